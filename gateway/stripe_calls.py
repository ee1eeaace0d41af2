"""Calling Stripe by its own SDK: the client, what an error means, and how Stripe counts money.

No usable answer (a time-out, a 5xx, a conflict with a request in flight) is `NoAnswer`; being refused as a client (a wrong
key) is ProviderUnavailable. Sources: https://docs.stripe.com/api/errors, https://docs.stripe.com/api/idempotent_requests.
"""

from collections.abc import Awaitable
from typing import TypeVar

import aiohttp
import stripe

from domain.errors import ProviderUnavailable
from domain.money import Currency, Money

T = TypeVar("T")

TIMEOUT_SECONDS = 10
_CONFLICT = 409
_SERVER_ERROR = 500

_STRIPE_FACTORS = {Currency("ISK"): 100, Currency("UGX"): 100}
"""Currencies without minor units that Stripe still counts in hundredths.
Source: https://docs.stripe.com/currencies#special-cases."""

NOT_COUNTED_ALIKE = frozenset({Currency("MGA")})
"""Stripe counts the ariary without minor units, ISO 4217 in fifths written as hundredths; the two never meet exactly."""


class NoAnswer(Exception):
    """Stripe may or may not have done what we asked."""


class StripeConnection:
    """One client object and its connections; no global state.

    `api_base` points at another server that speaks Stripe's API, such as the sandbox; Stripe's own when empty.
    """

    def __init__(self, api_key: str, *, api_base: str = "", max_network_retries: int = 2) -> None:
        # Of the SDK's clients the one that takes a third of the others' time; connections are opened at the first call.
        self._http = stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        self.client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=self._http,
            max_network_retries=max_network_retries,
        ).v1

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it without types


async def answer(asked: Awaitable[T]) -> T:
    """Stripe's answer.

    Raises:
        NoAnswer: there is none to rely on.
        ProviderUnavailable: Stripe refuses us as a client, or the account.
        stripe.CardError, stripe.InvalidRequestError: it is no.
    """
    try:
        return await asked
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise ProviderUnavailable(f"Stripe refuses our key: {error.code}") from None
    except (stripe.APIConnectionError, stripe.RateLimitError, aiohttp.ClientError, TimeoutError):
        # The SDK lets pass what breaks off while an answer's body is read.
        raise NoAnswer from None
    except (stripe.APIError, stripe.InvalidRequestError) as error:
        status = error.http_status or _SERVER_ERROR
        if status >= _SERVER_ERROR or status == _CONFLICT:
            raise NoAnswer from None
        raise


async def reading(asked: Awaitable[T]) -> T:
    """The answer to a question that moves no money; without one the caller simply asks later."""
    try:
        return await answer(asked)
    except NoAnswer:
        raise ProviderUnavailable("Stripe does not answer.") from None


def to_stripe(amount: Money) -> int:
    """An amount as Stripe counts it."""
    return amount.amount_minor * _STRIPE_FACTORS.get(amount.currency, 1)


def from_stripe(amount: int, currency: Currency) -> int:
    """Our minor units of what Stripe counted."""
    return amount // _STRIPE_FACTORS.get(currency, 1)


def exactly_from_stripe(amount: int, currency: Currency) -> int | None:
    """Like `from_stripe`; None for what has no whole number of our minor units."""
    whole, rest = divmod(amount, _STRIPE_FACTORS.get(currency, 1))
    return None if rest else whole
