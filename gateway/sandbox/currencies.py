"""What Stripe charges at least, per settlement currency. Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts."""

from babel.numbers import list_currencies

from domain.money import Currency, Money
from gateway.sandbox.refusals import Refusal

_MINIMUM_MINOR = {
    "AED": 200, "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "JPY": 50, "MXN": 1000,
    "MYR": 200, "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000,
}  # fmt: skip
_MINIMUM_ELSEWHERE_MINOR = 50
_MAXIMUM_MINOR = 99_999_999
_KNOWN = frozenset(list_currencies())


def currency(text: str) -> str:
    """Stripe's spelling of a currency: lower case.

    Raises:
        Refusal: there is no such currency.
    """
    if text.upper() not in _KNOWN:
        raise Refusal(f"Invalid currency: {text}", param="currency")
    return text.lower()


def chargeable(amount_minor: int, code: str) -> int:
    """The amount, when Stripe would charge it.

    Raises:
        Refusal: it is below the currency's minimum or has more than eight digits.
    """
    if amount_minor < 1:
        raise Refusal(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    least = _MINIMUM_MINOR.get(code.upper(), _MINIMUM_ELSEWHERE_MINOR)
    if amount_minor < least:
        raise Refusal(f"Amount must be at least {spelled(least, code)}", code="amount_too_small", param="amount")
    if amount_minor > _MAXIMUM_MINOR:
        raise Refusal(
            f"Amount must be no more than {spelled(_MAXIMUM_MINOR, code)}", code="amount_too_large", param="amount"
        )
    return amount_minor


def spelled(amount_minor: int, code: str) -> str:
    """An amount for a message: `12.50 eur`."""
    return f"{Money(amount_minor, Currency(code.upper())).decimal} {code.lower()}"
