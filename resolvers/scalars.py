"""Values on the wire: money, times and days. Never a float."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from domain import money
from resolvers.errors import BadInput

DecimalText = NewType("DecimalText", str)
CurrencyCode = NewType("CurrencyCode", str)

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)


def _parse_decimal(value: object) -> str:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError('A Decimal is text such as "12.50".')
    return value


def _parse_currency(value: object) -> str:
    if not isinstance(value, str) or value not in money.CURRENCIES:
        raise ValueError('A CurrencyCode is the ISO 4217 code of a currency in use, such as "EUR".')
    return value


def _parse_datetime(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError('A DateTime is text such as "2026-01-31T12:00:00Z".')
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError('A DateTime is text such as "2026-01-31T12:00:00Z".') from None
    if parsed.tzinfo is None:
        raise ValueError('A DateTime names its offset, such as "2026-01-31T12:00:00Z".')
    return parsed.astimezone(UTC)


def _parse_date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError('A Date is text such as "2026-01-31".') from None


def _datetime_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    DecimalText: strawberry.scalar(
        name="Decimal",
        description='A decimal number as text, such as `"12.50"`; never a float.',
        serialize=str,
        parse_value=_parse_decimal,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="The ISO 4217 code of a currency in use, in capitals, such as `EUR`.",
        serialize=str,
        parse_value=_parse_currency,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in RFC 3339, answered in UTC, such as `2026-01-31T12:00:00Z`.",
        serialize=_datetime_text,
        parse_value=_parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day in ISO 8601, such as `2026-01-31`.",
        serialize=lambda value: value.isoformat(),
        parse_value=_parse_date,
    ),
}


def schema_config() -> StrawberryConfig:
    """The configuration every schema of ours is built with, in tests too."""
    return StrawberryConfig(scalar_map=SCALARS)


@strawberry.type(description="An amount of money in one currency.")
class Money:
    """Money on the wire."""

    amount: DecimalText = strawberry.field(
        description="Major units with the currency's own digits, such as `12.50` or `1250` for JPY."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency.")

    @classmethod
    def of(cls, value: money.Money) -> "Money":
        """The wire form of a domain amount."""
        return cls.minor(value.amount_minor, value.currency)

    @classmethod
    def minor(cls, amount_minor: int, currency: str) -> "Money":
        """The wire form of minor units beside their currency."""
        text = money.decimal_text(amount_minor, money.Currency(currency))
        return cls(amount=DecimalText(text), currency_code=CurrencyCode(currency))


@strawberry.input(description="An amount of money in one currency.")
class MoneyInput:
    """Money from the wire."""

    amount: DecimalText = strawberry.field(
        description="Major units, such as `12.50`; at most the currency's own digits."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency.")

    def value(self) -> money.Money:
        """The domain amount.

        Raises:
            BadInput: the amount has more digits than the currency.
        """
        try:
            return money.Money.from_decimal(Decimal(self.amount), money.Currency(self.currency_code))
        except (ValueError, InvalidOperation):
            raise BadInput(f"{self.amount} is not an amount of {self.currency_code}.") from None


@strawberry.type(description="An amount split into what is taxed, the tax, and their sum.")
class TaxedMoney:
    """Net, tax and gross."""

    net: Money = strawberry.field(description="Without tax.")
    tax: Money = strawberry.field(description="The tax, all jurisdictions together.")
    gross: Money = strawberry.field(description="Net and tax together: what is paid.")

    @classmethod
    def minor(cls, net_minor: int, tax_minor: int, currency: str) -> "TaxedMoney":
        """From minor units beside their currency."""
        return cls(
            net=Money.minor(net_minor, currency),
            tax=Money.minor(tax_minor, currency),
            gross=Money.minor(net_minor + tax_minor, currency),
        )
