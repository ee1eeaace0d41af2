"""What the gateway wires in beside the database: the outside world and its secrets, by protocol."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.acts import Actor
from domain.payments.provider import PaymentProvider
from resolvers.tax_desk import TaxDesk


class PasswordHasher(Protocol):
    """Slow hashes, off the event loop and with bounded concurrency."""

    async def hash(self, secret: str) -> str:
        """A salted hash that names its own parameters."""
        ...

    async def verify(self, stored: str | None, secret: str) -> bool:
        """Whether the secret fits; takes the same time when there is no stored hash, so strangers learn nothing."""
        ...


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token and when it stops working."""

    token: str
    expires_at: datetime


class TokenIssuer(Protocol):
    """Signed, short-lived access tokens."""

    def issue(self, actor: Actor, now: datetime, lifetime: timedelta, *, session: str | None = None) -> AccessToken:
        """A token that proves this actor until `now + lifetime`; `session` lets it be revoked before."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one process.

    Attributes:
        payments: the payment provider.
        passwords: slow hashes.
        tokens: access tokens.
        signing_key: for quotes and capability tokens that are derived and not stored.
        public_url: base of links in messages and QR codes, without a trailing slash.
        taxes: the tax service that is asked what carts and sales cost; None where tax is by our own table.
    """

    payments: PaymentProvider
    passwords: PasswordHasher
    tokens: TokenIssuer
    signing_key: bytes
    public_url: str
    taxes: TaxDesk | None = None
