"""Exact money: integer minor units with a currency, and the two splits everything else is built from.

Sources: ISO 4217 for exponents; the prefix rule and largest remainder are the arithmetic of docs/decisions/0004.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NewType

Currency = NewType("Currency", str)
"""An ISO 4217 code in capitals, such as "GBP"."""

_EXPONENT_0 = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_EXPONENT_2 = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
    MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
    VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905
)
_EXPONENT_3 = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
CURRENCIES = frozenset(map(Currency, _EXPONENT_0 | _EXPONENT_2 | _EXPONENT_3))
"""The currencies in use. Metals, test codes and units of account that nobody pays with are none."""


def exponent(currency: Currency) -> int:
    """Digits after the decimal point in this currency.

    >>> [exponent(Currency(code)) for code in ("EUR", "JPY", "KWD")]
    [2, 0, 3]
    """
    if currency in _EXPONENT_0:
        return 0
    return 3 if currency in _EXPONENT_3 else 2


def decimal_text(amount_minor: int, currency: Currency) -> str:
    """An amount in major units with the currency's own digits.

    >>> [decimal_text(amount, Currency(code)) for amount, code in ((1250, "EUR"), (-5, "EUR"), (1250, "JPY"))]
    ['12.50', '-0.05', '1250']
    """
    digits = exponent(currency)
    if not digits:
        return str(amount_minor)
    whole, part = divmod(abs(amount_minor), 10**digits)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{part:0{digits}}"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency. Adding two currencies is our mistake, so it asserts."""

    amount_minor: int
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "two currencies never add"
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "two currencies never subtract"
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units with the currency's own digits.

        >>> str(Money(1250, Currency("EUR")).decimal), str(Money(1250, Currency("JPY")).decimal)
        ('12.50', '1250')
        """
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: Currency) -> "Money":
        """The exact amount in minor units.

        Raises:
            ValueError: the amount is not finite or has more digits than the currency.

        >>> Money.from_decimal(Decimal("12.5"), Currency("EUR"))
        Money(amount_minor=1250, currency='EUR')
        """
        if not amount.is_finite():
            raise ValueError(f"{amount} is not an amount of money")
        minor = amount.scaleb(exponent(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} has more digits than {currency} has")
        return cls(int(minor), currency)


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves away from zero; `denominator` > 0.

    >>> round_half_up(2475, 10), round_half_up(-5, 2), round_half_up(10, 3)
    (248, -3, 3)
    """
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def prefix(total: int, units: int, quantity: int) -> int:
    """The part of `total` that belongs to the first `units` of `quantity` equal units.

    Differences of prefixes telescope, so any order of partial returns sums to `total` exactly.

    >>> [prefix(1000, n, 3) for n in range(4)]
    [0, 333, 667, 1000]
    """
    return round_half_up(total * units, quantity)


def slot(total: int, index: int, quantity: int) -> int:
    """What unit number `index` (from 0) of `quantity` is worth: a constant, whichever unit is returned first.

    >>> [slot(1000, n, 3) for n in range(3)]
    [333, 334, 333]
    """
    return prefix(total, index + 1, quantity) - prefix(total, index, quantity)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over `weights` by largest remainder; ties go to the earlier weight.

    The parts have the sign of `total`, sum to it exactly, and are in the order of the weights. When every weight is
    zero the first part takes all.

    >>> allocate(100, [600, 400]), allocate(1, [1, 1, 8]), allocate(-5, [1, 1])
    ([60, 40], [0, 0, 1], [-3, -2])
    """
    assert weights, "nothing to allocate to"
    assert min(weights) >= 0, "a weight is never negative"
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
