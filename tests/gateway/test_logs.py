"""Logs tell what went wrong and never what the variables held."""

import subprocess
import sys

import pytest

SCRIPT = """
import structlog
from gateway.logs import REQUEST_ID, configure_logs

configure_logs({log_format!r}, "info")
REQUEST_ID.set("req-1")

def broken():
    password = "hun" + "ter2"
    raise RuntimeError("no such thing")

try:
    broken()
except RuntimeError:
    structlog.get_logger("tillway.test").exception("unexpected error")
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_unexpected_error_is_logged_with_its_request_and_without_local_variables(log_format: str) -> None:
    # A process of its own, for logging is configured once in each.
    script = SCRIPT.format(log_format=log_format)
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    assert [word in told for word in ("unexpected error", "req-1", "in broken", "RuntimeError: no such thing")] == [
        True
    ] * 4
    assert "hunter2" not in told
