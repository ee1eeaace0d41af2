"""A client that costs little: HTTP/1.1 on one kept connection, so that the machine is left to what is measured."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson


class WentWrong(Exception):
    """An answer that a benchmark cannot count: an error, or a refusal."""


@dataclass(slots=True)
class Client:
    """One connection to a gateway."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, port: int) -> Self:
        """Connect on loopback."""
        return cls(port, *await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, document: str, variables: Mapping[str, object], token: str | None = None) -> Any:
        """The data of an answer.

        Raises:
            WentWrong: a status other than 200, or errors.
        """
        body = orjson.dumps({"query": document, "variables": variables})
        bearer = f"authorization: Bearer {token}\r\n" if token else ""
        head = (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: application/json\r\n"
            f"accept: application/json\r\n{bearer}content-length: {len(body)}\r\n\r\n"
        )
        try:
            status, answer = await self._sent(head.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            # The gateway lets go of a connection that was idle for some seconds; whatever is asked is safe to ask again.
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            status, answer = await self._sent(head.encode() + body)
        data = orjson.loads(answer)
        if status != 200 or "errors" in data:
            raise WentWrong(answer[:1000].decode())
        return data["data"]

    async def get(self, target: str, tag: bytes | None = None) -> tuple[int, bytes]:
        """The status and the entity tag of a GET; with a tag, of one that asks whether the answer changed."""
        known = b"if-none-match: %s\r\n" % tag if tag else b""
        self.writer.write(
            f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\naccept: application/json\r\n".encode()
            + known
            + b"\r\n"
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        await self.reader.readexactly(int(headers.get(b"content-length", b"0")))
        return int(head.split()[1]), headers[b"etag"]

    async def do(self, mutation: str, given: Mapping[str, object], selection: str, token: str | None = None) -> Any:
        """A mutation's payload.

        Raises:
            WentWrong: an error or a refusal.
        """
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = (
            f"mutation Do($input: {kind}!) {{ {mutation}(input: $input) "
            f"{{ {selection} userErrors {{ code message }} }} }}"
        )
        payload = (await self.ask(document, {"input": given}, token))[mutation]
        if payload["userErrors"]:
            raise WentWrong(str(payload["userErrors"]))
        return payload

    async def close(self) -> None:
        """Let go of the connection."""
        self.writer.close()
        await self.writer.wait_closed()

    async def _sent(self, request: bytes) -> tuple[int, bytes]:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
        return int(lines[0].split()[1]), await self.reader.readexactly(length)
