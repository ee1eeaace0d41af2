"""Running processes: the server, the worker, and the demo retailer with a Stripe sandbox of its own."""

import asyncio
import signal
import socket
from collections.abc import Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from multiprocessing import get_context

import structlog
import uvicorn
from rich.console import Console

from gateway.app import Process, create_app, utc_now
from gateway.demo.load import DemoCredentials, load_demo_retailer
from gateway.logs import configure_logs
from gateway.memory import settle
from gateway.prefork import serve_processes
from gateway.protocol import bounded_protocol
from gateway.settings import Settings

_log = structlog.get_logger("tillway.serving")
_SANDBOX_WEBHOOK_SECRET = "whsec_tillway_sandbox"  # noqa: S105 - signs the sandbox's own webhooks on loopback


def serve_forever(settings: Settings, demo_console: Console | None = None) -> int:
    """Serve until told to stop; finishes what is in flight. With a console, as the demo, in one process. The exit code."""
    configure_logs(settings.log_format, settings.log_level if demo_console is None else "warning")
    before, after = _upgraded(settings.database_url)
    _log.info("database", before=before, after=after)
    with _listen(settings.host, settings.port) as listening:
        settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        if settings.processes == 1 or demo_console is not None:
            _run(_serve(settings, [listening, *_own(settings, 0)], demo_console=demo_console))
            return 0

        def serve(index: int, parent: int) -> None:
            _run(_serve(settings, [listening, *_own(settings, index)], parent=parent))

        return serve_processes(settings.processes, serve, stop_seconds_max=settings.shutdown_seconds_max)


def _run(serving: Coroutine[object, object, None]) -> None:
    """Run on the loop that uvicorn would choose: uvloop, where there is one."""
    with asyncio.Runner(loop_factory=uvicorn.Config(_run).get_loop_factory()) as runner:
        runner.run(serving)


def _upgraded(url: str) -> tuple[str | None, str | None]:
    """Bring the database up to date in a process of its own, so that no server keeps the memory it takes."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        return process.submit(_upgrade, url).result()


def _upgrade(url: str) -> tuple[str | None, str | None]:
    from gateway.migrating import upgrade

    return upgrade(url)


async def _serve(
    settings: Settings, sockets: list[socket.socket], *, demo_console: Console | None = None, parent: int | None = None
) -> None:
    async with AsyncExitStack() as stack:
        settings = await _with_sandbox(settings, stack)
        process = Process(settings)
        credentials = await load_demo_retailer(process, utc_now) if demo_console is not None else None
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(settings, process),
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=settings.shutdown_seconds_max,
                ws_max_size=settings.limits.widest("body_bytes"),
                ws_max_queue=32,
                proxy_headers=bool(settings.proxies),
                forwarded_allow_ips=settings.proxies,
                # Compression of messages costs memory per socket and lets a small frame unfold into a large one.
                ws_per_message_deflate=False,
                http=bounded_protocol(settings.head_bytes_max, settings.head_seconds_max),
                limit_concurrency=settings.connections_max,
            )
        )
        if parent is not None:
            _stop_with(parent, server)
        announcement = asyncio.create_task(_announce(server, settings, credentials, demo_console))
        try:
            await server.serve(sockets=sockets)
        finally:
            announcement.cancel()


def _stop_with(parent: int, server: uvicorn.Server) -> None:
    """Stop the server when its parent was killed, which nobody could tell it then: the descriptor reads as ended."""
    loop = asyncio.get_running_loop()

    def orphaned() -> None:
        loop.remove_reader(parent)
        server.should_exit = True

    loop.add_reader(parent, orphaned)


def _own(settings: Settings, index: int) -> list[socket.socket]:
    """A serving process's own listening socket, when it is to have one."""
    return [_listen(settings.host, settings.process_port + index)] if settings.process_port else []


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Peers that vanished without a word are found out; accepted connections inherit this.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.bind((host, port))
    listening.listen(2048)
    return listening


async def _with_sandbox(settings: Settings, stack: AsyncExitStack) -> Settings:
    """The settings as they are with a Stripe key; else with the sandbox started and its key, address and secret."""
    if settings.stripe_api_key.get_secret_value():
        return settings
    # Only here, so that a server with a key of its own does not keep the sandbox in memory.
    from gateway.sandbox.server import SANDBOX_KEY, SandboxServer

    sandbox = SandboxServer(
        state_file=settings.state_folder / "stripe-sandbox.db",
        webhook_url=f"http://{_loopback(settings.host)}:{settings.port}/webhooks/stripe",
        webhook_secret=_SANDBOX_WEBHOOK_SECRET,
    )
    await stack.enter_async_context(sandbox)
    given = {
        "stripe_api_key": SANDBOX_KEY,
        "stripe_api_base": sandbox.url,
        "stripe_webhook_secret": _SANDBOX_WEBHOOK_SECRET,
    }
    return Settings.model_validate({**settings.model_dump(), **given})


def _loopback(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound


async def _announce(
    server: uvicorn.Server, settings: Settings, credentials: DemoCredentials | None, console: Console | None
) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag only
        await asyncio.sleep(0.05)
    settle()
    base = f"http://{_loopback(settings.host)}:{settings.port}"
    if console is None:
        _log.info("serving", graphql=f"{base}/graphql")
    elif credentials is not None:
        console.print(
            credentials.announcement(base, settings.stripe_api_base), soft_wrap=True, markup=False, highlight=False
        )


def load_demo(settings: Settings, console: Console) -> None:
    """Bring the database up to date and load the demo retailer when it is empty."""
    configure_logs(settings.log_format, "warning")
    _upgraded(settings.database_url)

    async def load() -> None:
        process = Process(settings)
        credentials = await load_demo_retailer(process, utc_now)
        await process.stop()
        console.print(
            credentials.announcement(f"http://{settings.host}:{settings.port}"),
            soft_wrap=True,
            markup=False,
            highlight=False,
        )

    asyncio.run(load())


def work_forever(settings: Settings) -> None:
    """Do jobs until told to stop; a job in hand is finished."""
    configure_logs(settings.log_format, settings.log_level)
    _upgraded(settings.database_url)

    async def work() -> None:
        process = Process(settings)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stopped.set)
        await process.start(with_worker=True)
        _log.info("working")
        await stopped.wait()
        await process.stop()

    asyncio.run(work())
