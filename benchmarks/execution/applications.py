"""The Python servers, each one worker of uvicorn with uvloop and httptools.

python -m benchmarks.execution.applications NAME PORT
"""

import sys
from typing import Literal

import orjson
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from benchmarks.execution.documents import MEASURED
from benchmarks.execution.shop import schema


def stock() -> ASGIApp:
    """Strawberry's own view and graphql-core's executor, as they come."""
    return GraphQL[object, None](schema, graphql_ide=None)


def fixed() -> ASGIApp:
    """Finished bytes for each request, told apart by length: what uvicorn can do at most."""
    answers = {}
    for measured in MEASURED:
        result = schema.execute_sync(measured.query, variable_values=measured.variables)
        answers[len(measured.body)] = orjson.dumps({"data": result.data})

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        size = len(message["body"])
        while message.get("more_body"):
            message = await receive()
            size += len(message["body"])
        body = answers[size]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def serve(app: ASGIApp, port: int, http: type[HttpToolsProtocol] | Literal["httptools"]) -> None:
    """Serve without a line of log for each request, as the servers on Node do."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http=http,
        lifespan="off",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    from benchmarks.execution.tillway import protocol, tillway

    name = sys.argv[1]
    made = {"stock": stock, "fixed": fixed, "tillway": tillway}[name]()
    serve(made, int(sys.argv[2]), protocol() if name == "tillway" else "httptools")
