"""The tax service over Stripe Tax: calculations, transactions, reversals. Source: https://docs.stripe.com/tax/custom.

Whatever is not an answer that adds up exactly is QuestionRefused: a tax that lies in no item (a fee per delivery), a
part of our smallest unit, a currency or an address that Stripe does not tax.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeAlias

import stripe

from domain.errors import ProviderUnavailable
from domain.money import Currency, Money
from domain.pricing.model import TaxPlace, TaxShare
from domain.pricing.tax_provider import (
    QuestionRefused,
    RecordedSale,
    ReversalRecord,
    ReversedItem,
    SaleRecord,
    TaxAnswer,
    TaxedItem,
    TaxQuestion,
)
from gateway.stripe_calls import NOT_COUNTED_ALIKE, StripeConnection, exactly_from_stripe, reading, to_stripe

if TYPE_CHECKING:
    from stripe.params.tax import (
        CalculationCreateParams,
        CalculationCreateParamsCustomerDetailsAddress,
        CalculationCreateParamsLineItem,
        CalculationCreateParamsShippingCost,
        TransactionCreateReversalParams,
        TransactionCreateReversalParamsLineItem,
    )

_Breakdown: TypeAlias = (
    Sequence[stripe.tax.CalculationLineItem.TaxBreakdown] | Sequence[stripe.tax.Calculation.ShippingCost.TaxBreakdown]
)

ASKING_SECONDS_MAX = 4
"""A buyer waits: after this long tax is by our own table, where it knows the place."""
_PAGE_SIZE = 100
_PPM_PER_PERCENT = 10_000
_JURISDICTION_LENGTH_MAX = 80
_STRIPE_CODE = "txcd_"


class StripeTaxes:
    """`domain.pricing.tax_provider.TaxProvider` over Stripe Tax.

    `tax_codes` are Stripe's tax codes by ours. A code of ours that is Stripe's (`txcd_…`) needs no entry; without one an item
    is taxed by the account's preset code.
    """

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str = "",
        tax_codes: Mapping[str, str] | None = None,
        max_network_retries: int = 1,
    ) -> None:
        self._connection = StripeConnection(api_key, api_base=api_base, max_network_retries=max_network_retries)
        self._tax = self._connection.client.tax
        self._tax_codes = tax_codes or {}

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._connection.close()

    async def calculate(self, question: TaxQuestion) -> TaxAnswer:
        if question.currency in NOT_COUNTED_ALIKE:
            raise QuestionRefused(f"Stripe does not count {question.currency} as we do.")
        try:
            async with asyncio.timeout(ASKING_SECONDS_MAX):
                made = await reading(self._tax.calculations.create_async(self._params(question)))
                lines = await self._lines(made)
        except TimeoutError:
            raise ProviderUnavailable("Stripe Tax takes too long.") from None
        except stripe.InvalidRequestError as error:
            raise QuestionRefused(f"Stripe Tax refuses the question: {error.code or error.param}") from None
        return _answer(question, made, lines)

    async def record(self, sale: SaleRecord) -> RecordedSale:
        asked = self._tax.transactions.create_from_calculation_async(
            {"calculation": sale.calculation, "reference": sale.reference, "expand": ["line_items"]},
            {"idempotency_key": sale.key},
        )
        try:
            made = await reading(asked)
            lines = await self._recorded_lines(made)
        except stripe.InvalidRequestError as error:
            raise ProviderUnavailable(f"Stripe Tax does not record the sale: {error.user_message}") from None
        return RecordedSale(made.id, {line.reference: line.id for line in lines})

    async def reverse(self, reversal: ReversalRecord) -> str:
        asked = self._tax.transactions.create_reversal_async(_reversal(reversal), {"idempotency_key": reversal.key})
        try:
            return (await reading(asked)).id
        except stripe.InvalidRequestError as error:
            raise ProviderUnavailable(f"Stripe Tax does not take the sale back: {error.user_message}") from None

    def _params(self, question: TaxQuestion) -> "CalculationCreateParams":
        params: CalculationCreateParams = {
            "currency": question.currency.lower(),
            "line_items": [self._line(question, item) for item in question.lines],
            "customer_details": {"address": _address(question.destination), "address_source": "shipping"},
            "expand": ["line_items.data.tax_breakdown", "shipping_cost.tax_breakdown"],
        }
        if question.shipping is not None:
            shipping: CalculationCreateParamsShippingCost = {
                "amount": to_stripe(Money(question.shipping.amount_minor, question.currency)),
                "tax_behavior": _behavior(question),
            }
            code = self._code(question.shipping)
            if code is not None:
                shipping["tax_code"] = code
            params["shipping_cost"] = shipping
        return params

    def _line(self, question: TaxQuestion, item: TaxedItem) -> "CalculationCreateParamsLineItem":
        line: CalculationCreateParamsLineItem = {
            "amount": to_stripe(Money(item.amount_minor, question.currency)),
            "quantity": item.quantity,
            "reference": item.key,
            "tax_behavior": _behavior(question),
        }
        code = self._code(item)
        if code is not None:
            line["tax_code"] = code
        return line

    def _code(self, item: TaxedItem) -> str | None:
        known = self._tax_codes.get(item.tax_code)
        return known or (item.tax_code if item.tax_code.startswith(_STRIPE_CODE) else None)

    async def _lines(self, made: stripe.tax.Calculation) -> list[stripe.tax.CalculationLineItem]:
        """All items: the answer itself holds the first of them only."""
        assert made.line_items is not None, "they were asked for"
        lines, more = list(made.line_items.data), made.line_items.has_more
        while more:
            page = await reading(
                self._tax.calculations.line_items.list_async(
                    made.id or "",
                    {"limit": _PAGE_SIZE, "starting_after": lines[-1].id, "expand": ["data.tax_breakdown"]},
                )
            )
            lines, more = [*lines, *page.data], page.has_more
        return lines

    async def _recorded_lines(self, made: stripe.tax.Transaction) -> list[stripe.tax.TransactionLineItem]:
        assert made.line_items is not None, "they were asked for"
        lines, more = list(made.line_items.data), made.line_items.has_more
        while more:
            page = await reading(
                self._tax.transactions.line_items.list_async(
                    made.id, {"limit": _PAGE_SIZE, "starting_after": lines[-1].id}
                )
            )
            lines, more = [*lines, *page.data], page.has_more
        return lines


def _behavior(question: TaxQuestion | ReversalRecord) -> str:
    return "inclusive" if question.prices_include_tax else "exclusive"


def _address(place: TaxPlace) -> "CalculationCreateParamsCustomerDetailsAddress":
    """The destination, without what is not known; never a name or a phone."""
    address: CalculationCreateParamsCustomerDetailsAddress = {"country": place.country}
    if place.region:
        address["state"] = place.region
    if place.postal_code:
        address["postal_code"] = place.postal_code
    if place.city:
        address["city"] = place.city
    if place.line1:
        address["line1"] = place.line1
    return address


def _answer(
    question: TaxQuestion, made: stripe.tax.Calculation, lines: Sequence[stripe.tax.CalculationLineItem]
) -> TaxAnswer:
    """The taxes by item, when they are all the tax there is.

    Raises:
        QuestionRefused: they are not.
    """
    currency = question.currency
    taxes = {line.reference: _shares(line.tax_breakdown or [], currency, line.amount_tax) for line in lines}
    if question.shipping is not None and made.shipping_cost is not None:
        cost = made.shipping_cost
        taxes[question.shipping.key] = _shares(cost.tax_breakdown or [], currency, cost.amount_tax)
    asked = {item.key for item in question.lines} | (
        {question.shipping.key} if question.shipping is not None else set()
    )
    whole = exactly_from_stripe(made.tax_amount_exclusive + made.tax_amount_inclusive, currency)
    found = sum(share.amount_minor for shares in taxes.values() for share in shares)
    if taxes.keys() != asked or found != whole or made.id is None or made.expires_at is None:
        raise QuestionRefused("The answer of Stripe Tax does not add up.")
    return TaxAnswer(made.id, datetime.fromtimestamp(made.expires_at, UTC), taxes)


def _shares(breakdown: _Breakdown, currency: Currency, amount_tax: int) -> tuple[TaxShare, ...]:
    """One share for each jurisdiction that levies a tax here, in Stripe's order; one that levies none is left out."""
    shares = []
    for part in breakdown:
        rate, amount = part.tax_rate_details, exactly_from_stripe(part.amount, currency)
        if amount is None or (rate is None and amount):
            raise QuestionRefused("Stripe Tax names a tax that we cannot keep.")
        if rate is not None:
            name = f"{part.jurisdiction.display_name} {rate.display_name}"[:_JURISDICTION_LENGTH_MAX]
            shares.append(TaxShare(name, _ppm(rate.percentage_decimal), amount))
    if sum(share.amount_minor for share in shares) != exactly_from_stripe(amount_tax, currency):
        raise QuestionRefused("An item's taxes do not add up.")
    return tuple(shares)


def _ppm(percentage: str) -> int:
    """Parts per million of a percentage as Stripe writes it; a finer rate is rounded, its amount of tax is not.

    >>> _ppm("8.875"), _ppm("19.0"), _ppm("8.33333")
    (88750, 190000, 83333)
    """
    return int((Decimal(percentage) * _PPM_PER_PERCENT).quantize(Decimal(1), ROUND_HALF_UP))


def _reversal(reversal: ReversalRecord) -> "TransactionCreateReversalParams":
    params: TransactionCreateReversalParams = {
        "mode": "partial",
        "original_transaction": reversal.transaction,
        "reference": reversal.reference,
        "line_items": [_reversed_line(reversal, item) for item in reversal.items],
    }
    if reversal.shipping_net_minor or reversal.shipping_tax_minor:
        amount, tax = _negative(reversal, reversal.shipping_net_minor, reversal.shipping_tax_minor)
        params["shipping_cost"] = {"amount": amount, "amount_tax": tax}
    return params


def _reversed_line(reversal: ReversalRecord, item: ReversedItem) -> "TransactionCreateReversalParamsLineItem":
    amount, tax = _negative(reversal, item.net_minor, item.tax_minor)
    return {
        "original_line_item": item.item,
        "reference": item.reference,
        "quantity": item.quantity,
        "amount": amount,
        "amount_tax": tax,
    }


def _negative(reversal: ReversalRecord, net_minor: int, tax_minor: int) -> tuple[int, int]:
    """An amount in the price terms of the sale and the tax in it or on it, as Stripe takes back: below zero."""
    amount = net_minor + tax_minor if reversal.prices_include_tax else net_minor
    return -to_stripe(Money(amount, reversal.currency)), -to_stripe(Money(tax_minor, reversal.currency))
