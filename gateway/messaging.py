"""Telling customers: each message is handed, signed, to the retailer's own notification service.

Without TILLWAY_MESSAGES_URL messages are only logged, which is what the demo does. A message is sent at least once and carries
an id made of its job, so that the receiver can drop a double. Its words are the receiver's: templates belong to marketing.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Protocol
from uuid import UUID

import httpx
import structlog

from domain.jobs.store import Job
from domain.orders.model import FulfillmentOrderId
from domain.pickup import service as pickup
from domain.pickup.model import MessageKind
from domain.pickup.steps import MESSAGE_JOB
from gateway.jobs import Handler, JobServices, Unanswered

PICKUP_MESSAGE = MESSAGE_JOB
TIMEOUT_SECONDS = 10
_log = structlog.get_logger("tillway.messages")


class Message(Protocol):
    """Something to tell a buyer; a frozen dataclass."""

    @property
    def kind(self) -> str: ...

    @property
    def order_number(self) -> str: ...


class Messenger:
    """Delivers messages to one address."""

    def __init__(self, url: str, signing_key: bytes) -> None:
        self._url = url
        self.signing_key = signing_key
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)

    async def deliver(self, message_id: UUID, message: Message) -> None:
        """Hand one message over.

        Raises:
            Unanswered: nobody took it; the job tries again.
        """
        body = json.dumps({"id": str(message_id), **asdict(message)}, default=str).encode()  # type: ignore[call-overload]  # messages are dataclasses
        if not self._url:
            _log.info("message", kind=str(message.kind), order=message.order_number)
            return
        signature = hmac.new(self.signing_key, b"message." + body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "tillway-signature": signature}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unanswered(repr(error)) from error
        if not answer.is_success:
            raise Unanswered(f"the message service answered {answer.status_code}")

    def handlers(self) -> Mapping[str, Handler]:
        """The jobs this messenger does."""

        async def send(services: JobServices, job: Job) -> None:
            fulfillment_order_id = FulfillmentOrderId(UUID(str(job.body["fulfillmentOrderId"])))
            kind, about = MessageKind(str(job.body["kind"])), datetime.fromisoformat(str(job.body["about"]))
            now = services.clock()
            message = await services.database.read(
                lambda conn: pickup.message(conn, fulfillment_order_id, kind, about, now)
            )
            if message is not None:
                await self.deliver(job.id, message)

        return {PICKUP_MESSAGE: send}

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()
