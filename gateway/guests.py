"""Tokens that tell one guest from another behind the same network address.

A token proves only that we gave it to somebody at this network: it opens nothing. It is bound to the network, so that
tokens gathered elsewhere are worth nothing here, and a made-up one is no token at all.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b, sha256

from starlette.types import Message, Send

GUEST_HEADER = b"tillway-guest"
LIFETIME = timedelta(days=30)
_ID_BYTES, _TIME_BYTES, _PROOF_BYTES = 8, 4, 12
_BODY_LENGTH = 2 * (_ID_BYTES + _TIME_BYTES)
_LENGTH = _BODY_LENGTH + 2 * _PROOF_BYTES
"""Characters of a token, in hexadecimal."""


class GuestTokens:
    """Gives and reads tokens with one key for all replicas."""

    def __init__(
        self, signing_key: bytes, clock: Callable[[], datetime], *, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._key = sha256(b"tillway guest token\x00" + signing_key).digest()
        self._clock = clock
        self._random = random

    def give(self, network: str) -> str:
        """A new token for somebody at this network."""
        body = self._random(_ID_BYTES) + self._minutes().to_bytes(_TIME_BYTES, "big")
        return self._token(body, network).decode()

    def read(self, token: bytes, network: str) -> str | None:
        """The guest's name when the token was given at this network and is not too old; None for whatever else it is."""
        if len(token) != _LENGTH:
            return None
        try:
            body = bytes.fromhex(token[:_BODY_LENGTH].decode())
        except ValueError:
            return None
        if not hmac.compare_digest(token, self._token(body, network)):
            return None
        age = self._minutes() - int.from_bytes(body[_ID_BYTES:], "big")
        return body[:_ID_BYTES].hex() if age * 60 < LIFETIME.total_seconds() else None

    def _minutes(self) -> int:
        return int(self._clock().timestamp()) // 60

    def _token(self, body: bytes, network: str) -> bytes:
        proof = blake2b(body + network.encode(), key=self._key, digest_size=_PROOF_BYTES)
        return (body.hex() + proof.hexdigest()).encode()


def giving(token: str, send: Send) -> Send:
    """Send an answer with a token for its reader, which no cache may keep for another."""

    async def with_token(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
            told = [(b"cache-control", b"no-store"), (GUEST_HEADER, token.encode())]
            message = {**message, "headers": kept + told}
        await send(message)

    return with_token
