"""Signed webhooks, delivered in the order things happened and tried again when nobody answers.

Source: https://docs.stripe.com/webhooks#verify-manually.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import httpx

from gateway.sandbox.books import delivered
from gateway.sandbox.resources import Event, render
from gateway.sandbox.store import Delivery, Store

_ATTEMPTS_MAX = 16
_WAIT_MAX_S = 3600
_TIMEOUT_S = 10


@dataclass(slots=True)
class Webhook:
    """Where events go, as it is now: no url means nobody is told; paused keeps them until they are asked for."""

    url: str | None = None
    secret: str = "whsec_sandbox"  # noqa: S105 - signs nothing but the sandbox's own events
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Drained:
    """How many events were accepted by the webhook and how many are still owed."""

    delivered: int
    failed: int


def sign(payload: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header of a payload at a Unix time.

    >>> sign(b"{}", "whsec_test", 1).partition(",v1=")[0]
    't=1'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Deliverer:
    """Delivers what the webhook is owed, one event at a time, and settles refunds that are due.

    `settle` moves on the refunds due by a time. Every method but `wake` and `call` runs on the sandbox's event loop.
    """

    def __init__(self, store: Store, webhook: Webhook, now: Callable[[], int], settle: Callable[[int], None]) -> None:
        self._store = store
        self._webhook = webhook
        self._now = now
        self._settle = settle
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False)
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look for work; from any thread."""
        self.call(self._woken.set)

    def call(self, action: Callable[[], None]) -> None:
        """Do something on the sandbox's event loop, from any thread; nothing when it is not running."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    async def run(self) -> None:
        """Work until canceled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            self._settle(self._now())
            if not self._webhook.paused:
                await self._deliver(lambda: [each for each in self._owed() if each.due_at <= self._now()])
            await self._sleep()

    async def drain(self) -> Drained:
        """Settle what is due, then try everything owed once, due or not, paused or not."""
        self._settle(self._now())
        return await self._deliver(self._owed)

    async def deliver(self, event_ids: Sequence[str]) -> Drained:
        """Deliver these events now, in this order, whether they were delivered before or not."""
        return await self._deliver(lambda: [Delivery(event_id, 0, 0) for event_id in event_ids])

    async def close(self) -> None:
        await self._http.aclose()

    def _owed(self) -> list[Delivery]:
        with self._store.transaction():
            return self._store.deliveries()

    async def _deliver(self, choose: Callable[[], Sequence[Delivery]]) -> Drained:
        """Deliver what `choose` says once it is our turn: before that, another round may still deliver it."""
        accepted = 0
        async with self._turn:
            owed = choose()
            for delivery in owed:
                accepted += await self._attempt(delivery)
        return Drained(accepted, len(owed) - accepted)

    async def _attempt(self, delivery: Delivery) -> bool:
        with self._store.transaction():
            event = self._store.find(delivery.event_id)
        if not isinstance(event, Event) or not await self._accepted(event):
            self._try_later(delivery)
            return False
        with self._store.transaction():
            self._store.delivered(event.id)
            self._store.save(delivered(event))
        return True

    async def _accepted(self, event: Event) -> bool:
        if self._webhook.url is None:
            return False
        payload = json.dumps(render(event)).encode()
        # The clock of a signature is the real one: the receiver compares it with its own.
        signature = sign(payload, self._webhook.secret, int(time.time()))
        headers = {"content-type": "application/json; charset=utf-8", "stripe-signature": signature}
        try:
            answer = await self._http.post(self._webhook.url, content=payload, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _try_later(self, delivery: Delivery) -> None:
        attempts = delivery.attempts + 1
        with self._store.transaction():
            if attempts >= _ATTEMPTS_MAX:
                self._store.delivered(delivery.event_id)
            else:
                wait_s = min(2**delivery.attempts, _WAIT_MAX_S)
                self._store.reschedule(replace(delivery, attempts=attempts, due_at=self._now() + wait_s))

    async def _sleep(self) -> None:
        with self._store.transaction():
            due_at = self._store.next_due(deliveries=not self._webhook.paused)
        wait_s = None if due_at is None else max(1, due_at - self._now())
        try:
            await asyncio.wait_for(self._woken.wait(), wait_s)
        except TimeoutError:
            return
