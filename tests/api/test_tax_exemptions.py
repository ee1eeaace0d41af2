"""Customers with a certificate pay no tax where it holds, as long as it does, and get back just what they paid."""

from typing import Any

import pytest

from tests.api.shop import Shop

pytestmark = pytest.mark.anyio

COST = "cost { tax { amount } total { amount } }"
SOLD = f"""order {{ id {COST} lines(first: 2) {{ nodes {{ id unitPrice {{ amount }} total {{ net {{ amount }} gross {{ amount }} }}
  taxLines {{ amount {{ amount }} }} taxExemption {{ certificate reason }} }} }} }}"""


async def ada(shop: Shop) -> str:
    return str((await shop.ask("{ me { id } }", token=shop.credentials.customer_token))["me"]["id"])


async def recorded(shop: Shop, office: str, customer: str, **more: object) -> str:
    proof = {"customerId": customer, "reason": "GOVERNMENT", "certificate": "G-77", "country": "GB"}
    given = {**proof, "validFrom": "2020-01-01T00:00:00Z", **more}
    return str((await shop.done("taxExemptionRecord", given, "taxExemption { id }", office))["taxExemption"]["id"])


async def sold(shop: Shop, customer: str | None, quantity: int = 3) -> Any:
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    lines = [{"sku": "MUG-HARB-NAVY", "quantity": quantity}]
    sale = {"locationId": place, "lines": lines, "tender": "CASH", "customerId": customer}
    return (await shop.done("orderCreate", sale, SOLD, await shop.associate(0)))["order"]


async def test_an_exempt_buyer_pays_the_net_of_each_unit_and_gets_it_back(shop: Shop) -> None:
    office, customer = await shop.staff(), await ada(shop)
    taxed = await sold(shop, customer)
    assert (taxed["cost"], taxed["lines"]["nodes"][0]["taxExemption"]) == (
        {"tax": {"amount": "4.75"}, "total": {"amount": "28.50"}},
        None,
    )
    await recorded(shop, office, customer)
    free = await sold(shop, customer)
    # 9.50 with 20 % is 7.92 without, and three of them are 23.76.
    assert free["cost"] == {"tax": {"amount": "0.00"}, "total": {"amount": "23.76"}}
    (line,) = free["lines"]["nodes"]
    identity = line.pop("id")
    assert line == {
        "unitPrice": {"amount": "7.92"},
        "total": {"net": {"amount": "23.76"}, "gross": {"amount": "23.76"}},
        "taxLines": [],
        "taxExemption": {"certificate": "G-77", "reason": "GOVERNMENT"},
    }
    place = (await shop.ask('{ location(code: "MAN-MS") { id } }'))["location"]["id"]
    back = {"orderId": free["id"], "locationId": place, "lines": [{"orderLineId": identity, "quantity": 3}]}
    document = "return { settlements { refund { amount } } }"
    returned = await shop.done("returnCreateAndProcess", back, document, await shop.associate(1))
    assert returned["return"]["settlements"] == [{"refund": {"amount": "23.76"}}]


async def test_a_cart_of_an_exempt_customer_shows_what_the_order_will_cost(shop: Shop) -> None:
    office, customer, token = await shop.staff(), await ada(shop), shop.credentials.customer_token
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    place = (await shop.ask('{ location(code: "LON-CG") { id } }'))["location"]["id"]
    wanted = {"lines": [{"variantId": variant, "quantity": 3, "pickupLocationId": place}]}
    before = await shop.done("cartLinesAdd", wanted, f"cart {{ {COST} }}", token)
    assert before["cart"]["cost"] == {"tax": {"amount": "4.75"}, "total": {"amount": "28.50"}}
    await recorded(shop, office, customer)
    after = await shop.ask(f"{{ cart {{ {COST} }} }}", token=token)
    assert after["cart"]["cost"] == {"tax": {"amount": "0.00"}, "total": {"amount": "23.76"}}


@pytest.mark.parametrize(
    "more",
    [{"country": "FR"}, {"region": "SCT"}, {"validTo": "2020-02-01T00:00:00Z"}, {"validFrom": "2999-01-01T00:00:00Z"}],
    ids=["country", "region", "over", "later"],
)
async def test_a_certificate_counts_only_where_and_while_it_holds(shop: Shop, more: dict[str, object]) -> None:
    office, customer = await shop.staff(), await ada(shop)
    await recorded(shop, office, customer, **more)
    assert (await sold(shop, customer))["cost"]["total"] == {"amount": "28.50"}


async def test_a_revoked_certificate_no_longer_counts_and_stays_on_record(shop: Shop) -> None:
    office, customer = await shop.staff(), await ada(shop)
    named = {"taxExemptionId": await recorded(shop, office, customer)}
    assert (await sold(shop, None))["cost"]["total"] == {"amount": "28.50"}
    revoked = await shop.done("taxExemptionRevoke", named, "taxExemption { revokedAt }", office)
    assert (await sold(shop, customer))["cost"]["total"] == {"amount": "28.50"}
    mine = await shop.ask("{ me { taxExemptions { certificate revokedAt } } }", token=shop.credentials.customer_token)
    assert mine["me"]["taxExemptions"] == [{"certificate": "G-77", **revoked["taxExemption"]}]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"certificate": " "}, "certificate"),
        ({"country": "gb"}, "country"),
        ({"validTo": "2019-01-01T00:00:00Z"}, "validTo"),
        ({"reason": "REVERSE_CHARGE", "certificate": "DE136695977"}, "certificate"),
    ],
)
async def test_a_certificate_that_could_never_be_right_is_refused(
    shop: Shop, more: dict[str, object], field: str
) -> None:
    proof = {"customerId": await ada(shop), "reason": "GOVERNMENT", "certificate": "G-77", "country": "GB"}
    given = {**proof, "validFrom": "2020-01-01T00:00:00Z", **more}
    payload = await shop.do("taxExemptionRecord", given, "taxExemption { id } userErrors { field }", await shop.staff())
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("TAX_EXEMPTION_INVALID", ["input", field])
    ]


async def test_a_valid_vat_number_shifts_the_tax_to_the_buyer(shop: Shop) -> None:
    office, customer = await shop.staff(), await ada(shop)
    await recorded(shop, office, customer, reason="REVERSE_CHARGE", certificate="DE136695976")
    (line,) = (await sold(shop, customer))["lines"]["nodes"]
    assert line["taxExemption"] == {"certificate": "DE136695976", "reason": "REVERSE_CHARGE"}
