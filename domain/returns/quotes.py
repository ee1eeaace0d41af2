"""Quote tokens: what was shown, signed, so that processing pays exactly that or refuses.

A token is three parts: what it is for and until when, a digest of the quote, and a keyed signature over both. It needs no
row: whoever holds the signing key can check it.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from datetime import UTC, datetime

from domain.returns.errors import QuoteExpired, QuoteInvalid, QuoteStale
from domain.returns.model import ReturnQuote

_TOKEN_LENGTH_MAX = 400


def token_of(quote: ReturnQuote, expires_at: datetime, signing_key: bytes) -> str:
    """The token that binds this quote until `expires_at`."""
    payload = f"{int(expires_at.timestamp())}.{_digest(quote)}"
    return f"{payload}.{_signature(payload, signing_key)}"


def check(token: str, quote: ReturnQuote, now: datetime, signing_key: bytes) -> None:
    """Make sure `token` was given for a quote that equals `quote`.

    Raises:
        QuoteInvalid: it is no token of ours.
        QuoteExpired: its time has passed.
        QuoteStale: it was given for something else, or what would be paid has changed.
    """
    payload, _, signature = token[:_TOKEN_LENGTH_MAX].rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(payload, signing_key).encode()):
        raise QuoteInvalid
    expires, _, digest = payload.partition(".")
    if datetime.fromtimestamp(int(expires), UTC) <= now:
        raise QuoteExpired
    if not hmac.compare_digest(digest, _digest(quote)):
        raise QuoteStale


def _digest(quote: ReturnQuote) -> str:
    """Everything a person would see of the quote, hashed: order, units and their slots, amounts, points, legs, policy.

    How long it binds is in the token itself; what the deliveries sum to is `shipping_minor`.
    """
    seen = asdict(quote)
    del seen["lifetime"], seen["charges"]
    text = json.dumps(seen, sort_keys=True, default=str, separators=(",", ":"))
    return _short(hashlib.sha256(text.encode()).digest())


def _signature(payload: str, signing_key: bytes) -> str:
    return _short(hmac.new(signing_key, b"return-quote." + payload.encode(), hashlib.sha256).digest())


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
