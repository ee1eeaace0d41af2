"""Bad values for every field of every mutation's input, made from the schema, around an input that would be accepted."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from resolvers.ids import global_id
from tests.api.schema import core_schema

Given = dict[str, Any]
Path = tuple[str | int, ...]

UNKNOWN = "0190" + "0" * 24 + "dead"
"""The key of no object, in hex."""

KINDS = {
    "cardReaderId": "CardReader",
    "cartId": "Cart",
    "categoryId": "Category",
    "cashLocationId": "Location",
    "collectionIds": "Collection",
    "customerGroupId": "CustomerGroup",
    "customerGroupIds": "CustomerGroup",
    "customerId": "Customer",
    "customerIds": "Customer",
    "fulfillmentOrderId": "FulfillmentOrder",
    "giftCardId": "GiftCard",
    "groupId": "CartDeliveryGroup",
    "holdId": "LoyaltyHold",
    "legalEntityId": "LegalEntity",
    "lineId": "CartLine",
    "lineIds": "CartLine",
    "locationId": "Location",
    "locationIds": "Location",
    "orderId": "Order",
    "orderLineId": "OrderLineItem",
    "paymentId": "Payment",
    "parentId": "Category",
    "priceListId": "PriceList",
    "pickupLocationId": "Location",
    "productId": "Product",
    "productIds": "Product",
    "promotionId": "Promotion",
    "publishIn": "SalesChannel",
    "refundId": "Refund",
    "registerSessionId": "RegisterSession",
    "returnId": "Return",
    "returnLineItemId": "ReturnLineItem",
    "salesChannelId": "SalesChannel",
    "salesChannelIds": "SalesChannel",
    "shipmentId": "Shipment",
    "shippingMethodId": "ShippingMethod",
    "shippingOptionId": "ShippingOption",
    "taxExemptionId": "TaxExemption",
    "taxRateId": "TaxRate",
    "terminalId": "Terminal",
    "variantId": "ProductVariant",
    "variantIds": "ProductVariant",
    "walletId": "LoyaltyWallet",
}
"""What each field of type ID names. A field that is not listed here fails the test that walks them."""


BIGGEST = 2**31 - 1
MEANINGLESS: dict[str, list[Any]] = {
    "beginsAtGrams": [-1, 1, BIGGEST],
    "daysMax": [-1, BIGGEST],
    "daysMin": [-1, BIGGEST],
    "weightMaxGrams": [-1, 0, BIGGEST],
    "acceptWithinMinutes": [-1, BIGGEST],
    "amount": ["-1.00", "9.501", "1" + "0" * 17],
    "claimDays": [-1, 0, BIGGEST],
    "currencyCode": ["USD"],
    "days": [-1, 0, BIGGEST],
    "delta": [0, -BIGGEST],
    "expectedVersion": [-1, 0, BIGGEST],
    "expiryDays": [-1, BIGGEST],
    "extensionDaysMax": [-1, 0, BIGGEST],
    "latitude": ["90.000001", "-91"],
    "longitude": ["180.000001", "-181"],
    "mediaIndex": [-1, BIGGEST],
    "noShowGraceHours": [-1, BIGGEST],
    "points": [0, BIGGEST],
    "preparationMinutes": [-1, BIGGEST],
    "priority": [-1, BIGGEST],
    "quantity": [-1, 0, BIGGEST],
    "quantityMin": [-1, 0, BIGGEST],
    "quoteMinutes": [-1, 0, BIGGEST],
    "ratePercent": ["-0.0001", "100.0001", "8.25001"],
    "ratePpm": [-1, BIGGEST],
    "reminderDays": [-1, 0, BIGGEST],
    "shortQuantity": [-1, BIGGEST],
    "transferHours": [-1, BIGGEST],
    "ttlSeconds": [-1, 0, BIGGEST],
    "validityMonths": [-1, 0, BIGGEST],
    "weightGrams": [-1, BIGGEST],
    "windowDays": [-1, BIGGEST],
}
"""Values of the right type that a field of this name never means."""

MEANT = {
    ("cartLinesUpdate", "quantity", 0): "removes the line",
    ("categoryCreate", "position", -1): "sorts before the others",
    ("giftCardsIssue", "currencyCode", "USD"): "issues cards in dollars",
    ("storeCreditGrant", "currencyCode", "USD"): "gives dollars",
    ("promotionBudgetSet", "currencyCode", "USD"): "bounds what is given in dollars",
    ("promotionCreate", "priority", -1): "applies after the others",
    ("promotionUpdate", "priority", -1): "applies after the others",
    ("promotionCreate", "currencyCode", "USD"): "holds for baskets in dollars",
    ("promotionUpdate", "currencyCode", "USD"): "holds for baskets in dollars",
    ("priceListCreate", "priority", -1): "is asked after the others",
    ("priceListUpdate", "priority", -1): "is asked after the others",
    ("customerGroupMembersRemove", "customerIds", global_id("Customer", UNKNOWN)): "leaves a stranger outside",
    ("cartGiftCardRemove", "giftCardId", global_id("GiftCard", UNKNOWN)): "leaves the cart without it",
    ("orderCreate", "points", 0): "pays with none",
    ("salesChannelCreate", "currencyCode", "USD"): "opens a channel in dollars",
    ("fulfillmentOrderPick", "quantity", 0): "picks none of a line that is short",
}
"""The exceptions, with what they mean there."""


@dataclass(frozen=True, slots=True)
class Attack:
    """An input of which one value is wrong, and what is wrong with it."""

    name: str
    value: Any
    label: str
    given: Given


def input_of(mutation: str) -> GraphQLInputObjectType:
    """The type of a mutation's `input`."""
    root = core_schema().mutation_type
    assert root is not None
    found = get_named_type(root.fields[mutation].args["input"].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


def attacks(mutation: str, good: Given) -> Iterator[Attack]:
    """Every input that differs from a good one by one bad value, for fields that it gives and for fields that it could."""
    for attack in _on_object(input_of(mutation), good, good, ()):
        if (mutation, attack.name, attack.value) not in MEANT:
            yield attack


def _on_object(kind: GraphQLInputObjectType, value: Given, good: Given, path: Path) -> Iterator[Attack]:
    yield _with(good, (*path, "noSuchField"), 1, "a field that there is not")
    for name, field in kind.fields.items():
        here = (*path, name)
        required = isinstance(field.type, GraphQLNonNull)
        if required:
            yield _with(good, here, None, "null")
        yield from _on_value(name, field.type.of_type if required else field.type, value.get(name), good, here)


def _on_value(name: str, kind: Any, value: Any, good: Given, path: Path) -> Iterator[Attack]:
    if isinstance(kind, GraphQLList):
        yield from _on_list(name, kind, value, good, path)
    elif isinstance(kind, GraphQLInputObjectType):
        yield _with(good, path, "text", "a text for an object")
        yield _with(good, path, {}, "an empty object") if _demands(kind) else _with(good, path, 1, "a number")
        if value is not None:
            yield from _on_object(kind, value, good, path)
    else:
        for bad in (*_bad(name, kind), *MEANINGLESS.get(name, ())):
            yield _with(good, path, bad, repr(bad)[:60])


def _on_list(name: str, kind: GraphQLList[Any], value: Any, good: Given, path: Path) -> Iterator[Attack]:
    item = kind.of_type.of_type if isinstance(kind.of_type, GraphQLNonNull) else kind.of_type
    yield _with(good, path, [None], "null in a list")
    if isinstance(item, GraphQLInputObjectType):
        yield _with(good, path, ["text"], "a text for an object in a list")
        if value:
            yield from _on_object(item, value[0], good, (*path, 0))
    else:
        for bad in (*_bad(name, item), *MEANINGLESS.get(name, ())):
            yield _with(good, path, [bad], f"[{bad!r}]"[:60])


def _demands(kind: GraphQLInputObjectType) -> bool:
    return any(isinstance(one.type, GraphQLNonNull) and one.default_value is None for one in kind.fields.values())


def _bad(name: str, kind: Any) -> list[Any]:
    """Values that no field of a type may take, whatever it means."""
    if isinstance(kind, GraphQLEnumType):
        return ["NO_SUCH_VALUE", 1, {}]
    if kind.name == "ID" and name == "idempotencyKey":
        return ["", "k" * 256, "k\x00", {}, 1.5]
    if kind.name == "ID":
        return [
            "",
            "x",
            global_id("Elsewhere", UNKNOWN),
            global_id(KINDS[name], "dead"),
            global_id(KINDS[name], UNKNOWN),
            1.5,
        ]
    return {
        "Int": [2**31, -(2**31) - 1, 1.5, "1", True, {}],
        "Boolean": ["true", 1, {}],
        "String": ["a\x00b", 1, {}, True],
        "Decimal": ["one", "NaN", "1e3", "1" * 60, {}, True],
        "CurrencyCode": ["gbp", "POUNDS", "XXX", "", 1, {}],
        "DateTime": ["yesterday", "2026-01-10", "2026-01-10T10:00:00", 1, {}],
        "Date": ["yesterday", "2026-02-30", 1, {}],
    }[kind.name]


def _with(good: Given, path: Path, value: Any, label: str) -> Attack:
    made = copy.deepcopy(good)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    name = next(step for step in reversed(path) if isinstance(step, str))
    bad = value[0] if isinstance(value, list) and value else value
    return Attack(name, bad if bad.__hash__ else None, f"{'.'.join(map(str, path))}: {label}", made)
