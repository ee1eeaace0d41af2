"""Several serving processes behind one listening socket, forked from one that has everything imported.

The processes share the memory of what was imported before, which is most of it, and start in an instant. The parent
serves nothing: it starts a process again when one dies, and passes on the wish to stop. A process that dies takes only
its own open requests along; the socket and the others' stay.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

import structlog

from gateway.memory import settle

_log = structlog.get_logger("tillway.prefork")
_STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_GRACEFUL = frozenset({0, *(-stop for stop in _STOPS)})
"""Exit codes of a process that finished its work: a server ends by the signal that asked it to, when it is done."""
_PATIENCE_SECONDS = 5
_DEATHS_MAX = 5
_DEATHS_SECONDS = 30


def serve_processes(count: int, work: Callable[[int, int], None], *, stop_seconds_max: float) -> int:
    """Run `work(index, parent)` in `count` processes until a signal says stop; the exit code.

    `work` stops by itself at SIGTERM, and when `parent`, a file descriptor, reads as ended: then the parent was killed.
    What runs `stop_seconds_max` and a little later is killed. Processes that keep
    dying end the whole: an operator's supervisor should see it. Nothing may have started a thread or an event loop yet.
    """
    settle()
    awaited = _STOPS | {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    pipe = os.pipe()
    running = {_forked(index, work, pipe): index for index in range(count)}
    deaths: list[float] = []
    while True:
        received = signal.sigwait(awaited)
        if received in _STOPS:
            return _stopped(running, stop_seconds_max)
        for index in _dead(running):
            deaths = [moment for moment in deaths if moment > time.monotonic() - _DEATHS_SECONDS] + [time.monotonic()]
            if len(deaths) > _DEATHS_MAX:
                _log.error("processes keep dying", deaths=len(deaths), seconds=_DEATHS_SECONDS)
                _stopped(running, stop_seconds_max)
                return 1
            running[_forked(index, work, pipe)] = index


def _forked(index: int, work: Callable[[int, int], None], pipe: tuple[int, int]) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.close(pipe[1])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS | {signal.SIGCHLD})
        work(index, pipe[0])
        code = 0
    except KeyboardInterrupt:
        code = 0
    except BaseException:  # noqa: BLE001 - a forked process must never return into its parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _dead(running: dict[int, int]) -> list[int]:
    """Take the processes that have ended out of `running`; their indexes."""
    ended = []
    for process in tuple(running):
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            index = running.pop(process)
            _log.error("process died", index=index, process=process, code=os.waitstatus_to_exitcode(status))
            ended.append(index)
    return ended


def _stopped(running: dict[int, int], stop_seconds_max: float) -> int:
    """Ask every process to stop and wait for it; 1 when one had to be killed or failed while stopping."""
    for process in running:
        os.kill(process, signal.SIGTERM)
    code = 0
    deadline = time.monotonic() + stop_seconds_max + _PATIENCE_SECONDS
    while running:
        for process in tuple(running):
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                del running[process]
                code = code or int(os.waitstatus_to_exitcode(status) not in _GRACEFUL)
        if running and time.monotonic() > deadline:
            for process in running:
                os.kill(process, signal.SIGKILL)
            code = 1
        elif running:
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
    return code
