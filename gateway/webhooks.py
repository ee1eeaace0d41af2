"""Stripe's webhook endpoint: prove the sender, write the event id and a job in one transaction, answer 200.

Nothing is decided here. A forged, stale or malformed event is refused with a coded 400; a repeated one is answered 200
and does nothing. Source: https://docs.stripe.com/webhooks#verify-official-libraries.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import stripe
import structlog
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse

from domain.acts import PSP
from domain.connections import WriteConnection
from domain.payments import outbox
from gateway.database import Database
from gateway.jobs import act_at

BODY_BYTES_MAX = 256 * 1024
BODY_SECONDS_MAX = 10
TOLERANCE_SECONDS = 300

_OBJECTS = frozenset({"payment_intent", "refund", "charge", "dispute", "terminal.reader"})
_log = structlog.get_logger("tillway.webhooks")

Endpoint = Callable[[Request], Awaitable[JSONResponse]]


class _Rejected(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def stripe_webhook(database: Database, secret: SecretStr, clock: Callable[[], datetime]) -> Endpoint:
    """The endpoint for /webhooks/stripe. Without a `secret` every event is refused, since none can be proven."""

    async def endpoint(request: Request) -> JSONResponse:
        try:
            body = await _body(request)
            event = _proven(body, request.headers.get("stripe-signature"), secret.get_secret_value(), clock())
            accepted = await database.write(lambda conn: _accept(conn, event, clock()))
        except _Rejected as rejected:
            _log.warning("webhook.rejected", code=rejected.code)
            answer = {"error": {"code": rejected.code, "message": str(rejected)}}
            return JSONResponse(answer, rejected.status)
        return JSONResponse({"received": True, "replayed": not accepted})

    return endpoint


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise _Rejected(413, "BODY_TOO_LARGE", f"An event has at most {BODY_BYTES_MAX} bytes.")
    except TimeoutError:
        message = f"The event did not arrive within {BODY_SECONDS_MAX} seconds."
        raise _Rejected(408, "REQUEST_TIMEOUT", message) from None
    return bytes(body)


def _proven(body: bytes, signature: str | None, secret: str, now: datetime) -> Mapping[str, object]:
    if not secret or not signature:
        raise _Rejected(400, "SIGNATURE_MISSING", "Send the event as Stripe signed it, and configure its secret.")
    try:
        signature.encode("ascii")  # the SDK cannot compare anything else
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, secret, None)
    except (stripe.SignatureVerificationError, ValueError):
        raise _Rejected(400, "SIGNATURE_INVALID", "The signature does not fit this body and secret.") from None
    # The SDK measures age by the machine's clock; here it is the process's own, in both directions.
    if abs(now.timestamp() - _signed_at(signature)) > TOLERANCE_SECONDS:
        raise _Rejected(400, "SIGNATURE_STALE", f"The signature is older than {TOLERANCE_SECONDS} seconds.")
    try:
        event: object = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise _Rejected(400, "EVENT_MALFORMED", "The body is not an event.")
    return event


def _signed_at(signature: str) -> int:
    return int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))


def _accept(conn: WriteConnection, event: Mapping[str, object], now: datetime) -> bool:
    act = act_at(now, PSP)
    subject = _subject(event)
    kind, reference = subject if subject is not None else ("", "")
    return outbox.accept_event(conn, str(event["id"]), str(event["type"]), kind, reference, act)


def _subject(event: Mapping[str, object]) -> tuple[str, str] | None:
    """(kind, id) of the object to fetch; None for events that mean nothing to us. A charge is known by its payment."""
    data = event.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    if not isinstance(found, dict) or found.get("object") not in _OBJECTS:
        return None
    reference = found.get("payment_intent") if found["object"] == "charge" else found.get("id")
    return (str(found["object"]), reference) if isinstance(reference, str) else None
