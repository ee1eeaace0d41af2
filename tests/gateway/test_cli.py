"""The `tillway` command as a shell sees it: exit codes, and a sentence instead of a traceback."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path


def tillway(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code and what was complained of."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stderr


def test_a_wrong_setting_is_named_by_its_variable(tmp_path: Path) -> None:
    code, said = tillway("verify", TILLWAY_PORT="abc", TILLWAY_SECRET_KEY="short")
    assert code == 2
    assert "TILLWAY_PORT: Input should be a valid integer" in said
    assert "TILLWAY_SECRET_KEY: Value error, must have at least 32 characters" in said


def test_a_database_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    code, said = tillway("verify", "--database-url", f"sqlite:///{tmp_path}/none/there.db")
    assert (code, said) == (
        2,
        "The database cannot be used: unable to open database file. Check TILLWAY_DATABASE_URL.\n",
    )
    code, said = tillway("migrate", "--database-url", "postgresql://127.0.0.1:1/none")
    assert (code, "Traceback" in said, "TILLWAY_DATABASE_URL" in said) == (2, False, True)


def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        url = f"sqlite:///{tmp_path}/own.db"
        code, said = tillway("serve", "--port", port, "--database-url", url, TILLWAY_STATE_FOLDER=str(tmp_path))
    assert code == 2
    assert said.endswith("choose another by --port or TILLWAY_PORT; 0 takes a free one.\n")
    assert "Traceback" not in said


def test_a_file_that_is_not_there_and_a_command_that_is_not_one_are_usage_errors() -> None:
    assert tillway("import", "online-retail", "no-such-file.csv")[0] == 2
    assert tillway("no-such-command")[0] == 2


def test_an_interrupted_import_says_how_to_go_on(tmp_path: Path) -> None:
    """The file is a pipe that nobody writes to, so that the command is still reading when it is interrupted."""
    pipe = tmp_path / "history.csv"
    os.mkfifo(pipe)
    # A shell in the background ignores Ctrl-C, and so would what it starts.
    begin = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from gateway.cli import main; main()"
    command = [sys.executable, "-c", begin, "import", "online-retail", str(pipe)]
    url = f"sqlite:///{tmp_path}/history.db"
    running = subprocess.Popen([*command, "--database-url", url], stderr=subprocess.PIPE, text=True)
    # Opening for writing waits until the command has opened it for reading.
    with pipe.open("wb"):
        running.send_signal(signal.SIGINT)
        _, complaint = running.communicate(timeout=60)
    assert (running.returncode, complaint) == (
        130,
        "Stopped. What was done stays; the same command goes on from there.\n",
    )
