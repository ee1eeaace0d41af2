"""What tills and marketplaces send."""

from resolvers.ids import global_id
from tests.orders.desk import Desk
from tests.orders.shop import HOME


def sale(desk: Desk, key: str, **given: object) -> dict[str, object]:
    """Two shirts by SKU and one mug by variant, for cash in Soho."""
    return {
        "idempotencyKey": key,
        "locationId": global_id("Location", desk.shop.soho),
        "tender": "CASH",
        "lines": [
            {"sku": "SHIRT", "quantity": 1},
            {"variantId": global_id("ProductVariant", desk.shop.mug)},
            {"sku": "SHIRT"},
        ],
        **given,
    }


def from_market(desk: Desk, key: str, reference: str = "AMZ-1", **given: object) -> dict[str, object]:
    """One shirt at 12.00 with 2.00 tax, sent by us from Soho."""

    def gbp(amount: str) -> dict[str, str]:
        return {"amount": amount, "currencyCode": "GBP"}

    vat = {"jurisdiction": "GB VAT", "ratePpm": 200_000, "amount": gbp("2.00")}
    line = {"sku": "SHIRT", "title": "Shirt", "quantity": 1, "unitPrice": gbp("12.00"), "total": gbp("12.00")}
    return {
        "idempotencyKey": key,
        "externalReference": reference,
        "placedAt": "2026-01-09T08:00:00Z",
        "payer": "Marketplace",
        "currencyCode": "GBP",
        "pricesIncludeTax": True,
        "total": gbp("12.00"),
        "lines": [{**line, "taxLines": [vat]}],
        "locationId": global_id("Location", desk.shop.soho),
        "address": {"country": "GB", "city": HOME.city, "line1": HOME.line1},
        **given,
    }
