"""Operations over Server-Sent Events: graphql-sse's distinct connections mode.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. One request is one stream. Nothing is buffered:
the next event is asked for when the last one is written, and a client that does not read is dropped.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TypeVar

import orjson
import structlog
from graphql import OperationType
from starlette.types import Receive, Send

from gateway.leaving import SEND_SECONDS_MAX, left
from gateway.masking import failed
from gateway.negotiation import EVENT_STREAM
from gateway.operations import Answer, Operations
from gateway.rates import Bill
from gateway.slots import Slots
from resolvers.context import Context
from resolvers.errors import Unauthenticated

KEEP_ALIVE_SECONDS = 15
EXPIRED = "The access token has expired. Sign in again."
T = TypeVar("T")
_log = structlog.get_logger("tillway.streaming")

SleepUntil = Callable[[datetime], Awaitable[None]]
"""Returns when that time has come; tests give their own."""


async def sleep_until(moment: datetime) -> None:
    """Wait on the wall clock, which credentials expire by."""
    while (seconds := (moment - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110 - the wall clock may be set
        await asyncio.sleep(min(seconds, 3600))


class Streaming:
    """Streams of one process."""

    def __init__(
        self,
        operations: Operations,
        *,
        slots: Slots | None = None,
        until: SleepUntil = sleep_until,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
        send_seconds_max: float = SEND_SECONDS_MAX,
    ) -> None:
        self._operations = operations
        self._slots = slots or Slots("subscriptions")
        self._until = until
        self._keep_alive_seconds = keep_alive_seconds
        self._send_seconds_max = send_seconds_max

    async def stream(self, bill: Bill, context: Context, receive: Receive, send: Send) -> None:
        """Serve one operation, which is paid, until it ends, the client leaves or does not read, or its credential expires.

        Raises:
            TooManyAtOnce: before anything is sent; the caller has its subscriptions open.
        """
        async with self._slots.held(bill.caller, bill.admitted.limits.subscriptions):
            await self._write(send, _START)
            gone = asyncio.ensure_future(left(receive))
            ended = asyncio.ensure_future(self._expiry(context))
            try:
                async with aclosing(self._answers(bill, context)) as answers:
                    await self._relay(answers, context, send, gone, ended)
            except TimeoutError:
                _log.info("slow client dropped", request_id=context.request_id)
            finally:
                await _stopped(gone)
                await _stopped(ended)

    async def _relay(
        self,
        answers: AsyncGenerator[Answer, None],
        context: Context,
        send: Send,
        gone: "asyncio.Task[None]",
        ended: "asyncio.Task[None]",
    ) -> None:
        await self._write(send, _body(b":\n\n"))
        following = _begun(anext(answers))
        try:
            while True:
                await asyncio.wait(
                    {following, gone, ended}, timeout=self._keep_alive_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if gone.done():
                    return
                if ended.done():
                    body = failed([Unauthenticated(EXPIRED)], context.request_id)
                    await self._write(send, _event(body))
                    break
                if not following.done():
                    await self._write(send, _body(b":\n\n"))
                    continue
                try:
                    answer = following.result()
                except StopAsyncIteration:
                    break
                await self._write(send, _event(answer.body))
                following = _begun(anext(answers))
        finally:
            await _stopped(following)
        await self._write(send, _body(b"event: complete\ndata: \n\n"))
        await self._write(send, {"type": "http.response.body", "body": b""})

    async def _answers(self, bill: Bill, context: Context) -> AsyncGenerator[Answer, None]:
        admitted = bill.admitted
        if admitted.operation.operation is not OperationType.SUBSCRIPTION:
            answer = await self._operations.execute(admitted, context)
            bill.note(answer.body)
            yield answer
            return
        async with aclosing(self._operations.subscribe(admitted, context)) as answers:
            async for answer in answers:
                bill.note(answer.body)
                yield answer

    async def _expiry(self, context: Context) -> None:
        if context.expires_at is None:
            await asyncio.Event().wait()
        else:
            await self._until(context.expires_at)

    async def _write(self, send: Send, message: dict[str, object]) -> None:
        async with asyncio.timeout(self._send_seconds_max):
            await send(message)


_START: dict[str, object] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", EVENT_STREAM), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")],
}


def _body(text: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": text, "more_body": True}


def _event(body: dict[str, object]) -> dict[str, object]:
    return _body(b"event: next\ndata: " + orjson.dumps(body) + b"\n\n")


def _begun(coroutine: Awaitable[T]) -> "asyncio.Task[T]":
    async def awaited() -> T:
        return await coroutine

    running: Coroutine[object, object, T] = awaited()
    return asyncio.ensure_future(running)


async def _stopped(task: "asyncio.Task[T]") -> None:
    """Cancel a task and wait for its end; what it still had to say is not asked for."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
