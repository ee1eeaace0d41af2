"""What a basket asks a tax service, and the basket with what the service answered. Pure: nobody is asked here."""

from dataclasses import replace

from domain.gift_cards.model import TAX_CODE as GIFT_CARD_TAX_CODE
from domain.pricing.model import Basket, Calculated, TaxPlace, TaxShare
from domain.pricing.rules import rates_at
from domain.pricing.tax_provider import AnswerOf, TaxedItem, TaxQuestion


def questions(basket: Basket) -> tuple[TaxQuestion, ...]:
    """One question for each delivery that has something to be taxed, in the order of the lines.

    Gift cards are not asked about, nor what a certificate exempts: they carry no tax.
    """
    lines: dict[str, list[TaxedItem]] = {}
    places: dict[str, TaxPlace] = {}
    shares = basket.outcome.shares or ((),) * len(basket.lines)
    for line, off in zip(basket.lines, shares, strict=True):
        if line.destination is None or line.tax_code == GIFT_CARD_TAX_CODE:
            continue
        item = line.item
        amount = item.quantity * item.unit_price_minor - sum(share.amount_minor for share in off)
        taxed = TaxedItem(item.key, amount, item.quantity, line.tax_code)
        lines.setdefault(line.group_key, []).append(taxed)
        places[line.group_key] = line.destination
    shipping = _shipping(basket, places)
    return tuple(
        TaxQuestion(
            delivery=key,
            currency=basket.currency,
            prices_include_tax=basket.prices_include_tax,
            destination=place,
            # A transport of nothing that is taxed is the only thing asked about.
            lines=tuple(lines[key]) if key in lines else (shipping[key],),
            shipping=shipping.get(key) if key in lines else None,
        )
        for key, place in places.items()
    )


def _shipping(basket: Basket, places: dict[str, TaxPlace]) -> dict[str, TaxedItem]:
    """The transports by their groups; their places join those of the lines."""
    found: dict[str, TaxedItem] = {}
    shares = basket.outcome.charge_shares or ((),) * len(basket.shipping)
    for charge, off in zip(basket.shipping, shares, strict=True):
        if charge.destination is not None:
            amount = charge.amount_minor - sum(share.amount_minor for share in off)
            found[charge.group_key] = TaxedItem(charge.group_key, amount, 1, charge.tax_code)
            places.setdefault(charge.group_key, charge.destination)
    return found


def answered(basket: Basket, answer_of: AnswerOf) -> Basket:
    """The basket with the service's taxes when every question is answered; else as it is, to be taxed by the table."""
    taxes: dict[str, tuple[TaxShare, ...]] = {}
    calculations = []
    for question in questions(basket):
        answer = answer_of(question.digest)
        if answer is None:
            return basket
        taxes.update(answer.taxes)
        keys = tuple(item.key for item in question.lines)
        shipping_key = None if question.shipping is None else question.shipping.key
        calculations.append(Calculated(answer.reference, keys, shipping_key))
    return replace(basket, taxes=taxes, calculations=tuple(calculations)) if calculations else basket


def knows(basket: Basket, question: TaxQuestion) -> bool:
    """Whether our own table has a rate, be it zero, for every item of a question."""
    items = (*question.lines, *(() if question.shipping is None else (question.shipping,)))
    return all(rates_at(basket.tax_rates, question.destination, item.tax_code) for item in items)
