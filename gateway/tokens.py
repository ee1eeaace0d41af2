"""Access tokens: who a caller is, signed and short-lived (JWT, HS256)."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from domain.acts import Actor, ActorKind, Scope
from resolvers.errors import Unauthenticated
from resolvers.services import AccessToken

READ_MAX = 10_000
"""Tokens whose proof is remembered, of about 1 KiB each."""
_ALGORITHM = "HS256"
_AUDIENCE = "tillway"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good token says: who acts, in which session if any, and until when."""

    actor: Actor
    session: str | None
    expires_at: datetime


class JwtTokens:
    """Issues and reads access tokens with one symmetric key."""

    def __init__(self, signing_key: bytes) -> None:
        self._key = signing_key
        self._read: OrderedDict[str, Proof] = OrderedDict()

    def issue(self, actor: Actor, now: datetime, lifetime: timedelta, *, session: str | None = None) -> AccessToken:
        """A token that proves `actor` until `now + lifetime`, to the second."""
        expires_at = (now + lifetime).replace(microsecond=0)
        claims = {
            "aud": _AUDIENCE,
            "sub": actor.id,
            "kind": actor.kind.value,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "channel": _text(actor.sales_channel_id),
            "customer": _text(actor.customer_id),
            "terminal": _text(actor.terminal_id),
            "locations": sorted(str(location) for location in actor.location_ids),
            "scopes": sorted(scope.value for scope in actor.scopes),
            "session": session,
        }
        return AccessToken(jwt.encode(claims, self._key, algorithm=_ALGORITHM), expires_at)

    def read(self, token: str, now: datetime) -> Proof:
        """Whom a token proves.

        Raises:
            Unauthenticated: forged, malformed or expired.
        """
        proof = self._read.get(token)
        if proof is None:
            proof = self._read[token] = self._proven(token)
            if len(self._read) > READ_MAX:
                self._read.popitem(last=False)
        if proof.expires_at <= now:
            self._read.pop(token, None)
            raise Unauthenticated("The access token has expired. Sign in again.")
        return proof

    def _proven(self, token: str) -> Proof:
        """What a token of ours says, expired or not. The same text always says the same."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "kind"]},
            )
            actor = Actor(
                ActorKind(claims["kind"]),
                claims["sub"],
                sales_channel_id=_uuid(claims["channel"]),
                customer_id=_uuid(claims["customer"]),
                location_ids=frozenset(UUID(location) for location in claims["locations"]),
                terminal_id=_uuid(claims["terminal"]),
                scopes=frozenset(Scope(scope) for scope in claims["scopes"]),
            )
            return Proof(actor, claims["session"], datetime.fromtimestamp(claims["exp"], UTC))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            raise Unauthenticated("The access token is not valid. Sign in again.") from None


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
