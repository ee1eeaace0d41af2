"""Stripe Tax through its own SDK against the sandbox."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ProviderUnavailable
from domain.money import Currency
from domain.pricing.model import TaxPlace, TaxShare
from domain.pricing.tax_provider import ReversalRecord, ReversedItem, SaleRecord, TaxedItem, TaxQuestion
from gateway.app import utc_now
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.server import SANDBOX_KEY, SandboxServer
from gateway.stripe_taxes import StripeTaxes

pytestmark = pytest.mark.anyio

LONDON = TaxPlace("GB", "", "WC2E 8RF", "London", "22 The Market")
NEW_YORK = TaxPlace("US", "NY", "10001", "New York", "1 Broadway")
GBP, USD = Currency("GBP"), Currency("USD")


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
async def taxes(running: SandboxServer) -> AsyncIterator[StripeTaxes]:
    running.sandbox.reset()
    made = StripeTaxes(SANDBOX_KEY, api_base=running.url, tax_codes={"food": "txcd_40060003"}, max_network_retries=0)
    yield made
    await made.close()


def question(*amounts: int, place: TaxPlace = LONDON, currency: Currency = GBP, inside: bool = True) -> TaxQuestion:
    items = tuple(TaxedItem(f"line-{n}", amount, 1, "standard") for n, amount in enumerate(amounts))
    return TaxQuestion("delivery", currency, inside, place, items)


async def test_each_item_and_the_transport_carry_their_tax(taxes: StripeTaxes) -> None:
    asked = replace(question(1200, 600), shipping=TaxedItem("parcel", 360, 1, "shipping"))
    answer = await taxes.calculate(asked)
    vat = "United Kingdom VAT"
    assert answer.taxes == {
        "line-0": (TaxShare(vat, 200_000, 200),),
        "line-1": (TaxShare(vat, 200_000, 100),),
        "parcel": (TaxShare(vat, 200_000, 60),),
    }
    assert timedelta(days=89) < answer.expires_at - utc_now() < timedelta(days=91)


async def test_several_jurisdictions_add_their_taxes_on_top(taxes: StripeTaxes) -> None:
    answer = await taxes.calculate(question(1999, place=NEW_YORK, currency=USD, inside=False))
    # 4 % is 79.96, 4.5 % is 89.955, 0.375 % is 7.49625.
    assert answer.taxes["line-0"] == (
        TaxShare("New York Sales Tax", 40_000, 80),
        TaxShare("New York City Sales Tax", 45_000, 90),
        TaxShare("Metropolitan Commuter Transportation District Sales Tax", 3_750, 7),
    )


@pytest.mark.parametrize(
    ("currency", "country", "amount", "tax"),
    [("JPY", "JP", 1100, 100), ("KWD", "KW", 10_500, 500), ("ISK", "IS", 1240, 240)],
)
async def test_currencies_with_none_three_or_other_digits_count_as_ours(
    taxes: StripeTaxes, currency: str, country: str, amount: int, tax: int
) -> None:
    answer = await taxes.calculate(question(amount, place=TaxPlace(country), currency=Currency(currency)))
    assert [share.amount_minor for share in answer.taxes["line-0"]] == [tax]


async def test_a_long_basket_is_read_page_by_page(taxes: StripeTaxes) -> None:
    asked = question(*[120 * n for n in range(1, 131)])
    answer = await taxes.calculate(asked)
    assert {key: shares[0].amount_minor for key, shares in answer.taxes.items()} == {
        f"line-{n}": 20 * (n + 1) for n in range(130)
    }
    recorded = await taxes.record(SaleRecord("key-1", answer.reference, "order-1"))
    assert recorded.items.keys() == answer.taxes.keys()


async def test_codes_are_stripes_own_mapped_or_the_accounts_preset(taxes: StripeTaxes, running: SandboxServer) -> None:
    items = tuple(TaxedItem(code, 1200, 1, code) for code in ("txcd_00000000", "food", "whatever"))
    answer = await taxes.calculate(TaxQuestion("delivery", GBP, True, LONDON, items))
    assert answer.taxes == {
        "txcd_00000000": (),
        "food": (TaxShare("United Kingdom VAT", 200_000, 200),),
        "whatever": (TaxShare("United Kingdom VAT", 200_000, 200),),
    }


async def test_a_sale_is_recorded_once_and_taken_back_in_parts_until_nothing_is_left(taxes: StripeTaxes) -> None:
    asked = replace(question(1200, 600), shipping=TaxedItem("parcel", 360, 1, "shipping"))
    sale = SaleRecord("key-1", (await taxes.calculate(asked)).reference, "order-1")
    recorded = await taxes.record(sale)
    assert await taxes.record(sale) == recorded
    item = ReversedItem(recorded.items["line-0"], "part-1", 1, 1000, 200)
    back = ReversalRecord("key-2", recorded.transaction, "return-1", GBP, True, (item,), 300, 60)
    first = await taxes.reverse(back)
    assert await taxes.reverse(back) == first
    with pytest.raises(ProviderUnavailable, match="does not take the sale back"):
        await taxes.reverse(replace(back, key="key-3", reference="return-2"))


async def test_a_reference_names_one_sale(taxes: StripeTaxes) -> None:
    first, second = [(await taxes.calculate(question(amount))).reference for amount in (1200, 600)]
    await taxes.record(SaleRecord("key-1", first, "order-1"))
    with pytest.raises(ProviderUnavailable, match="does not record the sale"):
        await taxes.record(SaleRecord("key-2", second, "order-1"))


async def test_an_address_that_cannot_be_taxed_and_a_currency_that_is_counted_otherwise_have_no_answer(
    taxes: StripeTaxes,
) -> None:
    for asked in (question(100, place=TaxPlace("US", "NY"), currency=USD), question(100, currency=Currency("MGA"))):
        with pytest.raises(ProviderUnavailable):
            await taxes.calculate(asked)


@pytest.mark.parametrize("kind", [FaultKind.BEFORE, FaultKind.DROP, FaultKind.AFTER])
async def test_trouble_on_the_way_is_no_answer(taxes: StripeTaxes, running: SandboxServer, kind: FaultKind) -> None:
    running.sandbox.faults.add(Fault(kind=kind, match="/v1/tax/calculations"))
    with pytest.raises(ProviderUnavailable):
        await taxes.calculate(question(1200))
    assert (await taxes.calculate(question(1200))).taxes["line-0"][0].amount_minor == 200


async def test_a_wrong_key_is_no_answer(running: SandboxServer) -> None:
    stranger = StripeTaxes("sk_live_wrong", api_base=running.url, max_network_retries=0)
    with pytest.raises(ProviderUnavailable):
        await stranger.calculate(question(1200))
    await stranger.close()
