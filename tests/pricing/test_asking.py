"""What a basket asks a tax service, and what becomes of the answers."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from domain.money import Currency
from domain.pricing import asking
from domain.pricing import rules as pricing
from domain.pricing.model import Basket, BasketLine, ShippingCharge, TaxPlace, TaxRate, TaxShare, TaxSource, TaxTable
from domain.pricing.tax_provider import TaxAnswer, TaxQuestion
from tests.promotions.parts import item

GBP = Currency("GBP")
LONDON, BERLIN = TaxPlace("GB", "", "WC2E 8RF", "London"), TaxPlace("DE", "", "10178", "Berlin")
TABLE = TaxTable((TaxRate("GB", "GB VAT", 200_000, datetime(2020, 1, 1, tzinfo=UTC)),))
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def line(key: str, *, place: TaxPlace | None = LONDON, code: str = "standard", group: str = "one") -> BasketLine:
    return BasketLine(item(key, 2, 600), code, place, group_key=group)


def basket(*lines: BasketLine, shipping: tuple[ShippingCharge, ...] = ()) -> Basket:
    return Basket(GBP, True, lines, TABLE, shipping=shipping)


def answers(made: Basket, amount: int = 7) -> dict[str, TaxAnswer]:
    """An answer to every question: so much for each item."""
    found = {}
    for number, asked in enumerate(asking.questions(made)):
        items = (*asked.lines, *(() if asked.shipping is None else (asked.shipping,)))
        taxes = {one.key: (TaxShare("Stripe", 100_000, amount),) for one in items}
        found[asked.digest] = TaxAnswer(f"calc-{number}", LATER, taxes)
    return found


def test_each_delivery_is_asked_about_with_its_own_goods_and_transport() -> None:
    made = basket(
        line("a"),
        line("b", place=BERLIN, group="two"),
        line("c"),
        shipping=(ShippingCharge("two", 395, "shipping", BERLIN),),
    )
    first, second = asking.questions(made)
    assert [one.key for one in first.lines] == ["a", "c"]
    assert (first.destination, first.shipping) == (LONDON, None)
    assert [(one.key, one.amount_minor, one.quantity) for one in second.lines] == [("b", 1200, 2)]
    assert second.shipping is not None
    assert (second.shipping.key, second.shipping.amount_minor) == ("two", 395)


def test_gift_cards_exempt_goods_and_goods_without_destination_are_not_asked_about() -> None:
    made = basket(line("a", code="gift_card"), line("b", place=None))
    exempt = replace(line("c"), destination=None, exemption_id=UUID(int=1))
    assert asking.questions(made) == asking.questions(basket(exempt)) == ()
    assert asking.answered(made, {}.get) == made


def test_a_transport_of_nothing_taxed_is_asked_about_by_itself() -> None:
    made = basket(line("a", code="gift_card"), shipping=(ShippingCharge("one", 395, "shipping", LONDON),))
    (asked,) = asking.questions(made)
    assert ([one.key for one in asked.lines], asked.shipping) == (["one"], None)


def test_answers_are_added_up_and_never_computed_again() -> None:
    made = basket(line("a"), line("b"))
    priced = pricing.price(asking.answered(made, answers(made).get))
    assert [(one.net_minor, one.tax_minor, one.total_minor) for one in priced.lines] == [(1193, 7, 1200)] * 2
    assert priced.tax_source is TaxSource.SERVICE
    on_top = replace(made, prices_include_tax=False)
    priced = pricing.price(asking.answered(on_top, answers(on_top).get))
    assert [(one.net_minor, one.tax_minor, one.total_minor) for one in priced.lines] == [(1200, 7, 1207)] * 2


def test_one_answer_that_is_missing_leaves_all_of_it_to_the_table() -> None:
    made = basket(line("a"), line("b", place=BERLIN, group="two"))
    known = answers(made)
    del known[asking.questions(made)[1].digest]
    priced = pricing.price(asking.answered(made, known.get))
    assert (priced.tax_source, priced.tax_minor) == (TaxSource.TABLE, 200)


def test_the_table_knows_a_place_when_it_has_a_rate_for_every_item() -> None:
    made = basket(line("a"), line("b", place=BERLIN, group="two"))
    assert [asking.knows(made, asked) for asked in asking.questions(made)] == [True, False]


def test_two_questions_that_differ_in_anything_have_two_names() -> None:
    (asked,) = asking.questions(basket(line("a")))
    others: list[TaxQuestion] = [
        replace(asked, delivery="two"),
        replace(asked, currency=Currency("EUR")),
        replace(asked, prices_include_tax=False),
        replace(asked, destination=BERLIN),
        replace(asked, shipping=asked.lines[0]),
        replace(asked, lines=(replace(asked.lines[0], amount_minor=1),)),
    ]
    assert len({one.digest for one in (asked, *others)}) == 7
