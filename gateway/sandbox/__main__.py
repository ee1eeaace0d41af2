"""`python -m gateway.sandbox`: the sandbox as a process of its own, for several gateways or another program's tests."""

import argparse
import sys
from pathlib import Path

from gateway.sandbox.server import SANDBOX_KEY, SandboxServer


def main() -> None:
    """Serve until stopped; the first line printed is the address."""
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; any free one when 0")
    parser.add_argument("--state", type=Path, help="SQLite file to remember in; memory only when absent")
    parser.add_argument("--webhook-url", help="where events are delivered")
    parser.add_argument("--webhook-secret", default="whsec_sandbox", help="signs the events")
    parser.add_argument("--settle-after-s", type=int, help="when late refunds settle; only by control when absent")
    given = parser.parse_args()
    server = SandboxServer(
        state_file=given.state,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        port=given.port,
        settle_after_s=given.settle_after_s,
    )
    sys.stdout.write(f"{server.url}\nAPI key: {SANDBOX_KEY}\n")
    sys.stdout.flush()
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
