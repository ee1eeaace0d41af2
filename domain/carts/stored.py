"""A cart's lines, groups and stored tenders as JSON values and back."""

from domain.carts.model import (
    CartLine,
    CartLineId,
    DeliveryGroup,
    DeliveryGroupId,
    DeliveryMethod,
    StoredWish,
)
from domain.carts.tables import GroupJson, LineJson, StoredJson
from domain.catalog.model import VariantId
from domain.ledger.model import WalletId
from domain.locations.model import Address, LocationId
from domain.payments.model import Tender
from domain.shipping.model import ShippingOptionId
from domain.uuids import uuid_of


def written_line(line: CartLine) -> LineJson:
    """A line for the cart's row."""
    return {
        "id": line.id.hex,
        "variant": line.variant_id.hex,
        "quantity": line.quantity,
        "group": line.group_id.hex,
        "seen": line.price_seen_minor,
    }


def read_line(value: LineJson) -> CartLine:
    """The line that `written_line` gave."""
    quantity, seen = value["quantity"], value["seen"]
    assert isinstance(quantity, int), "a quantity is stored as a number"
    assert seen is None or isinstance(seen, int), "a price is stored as a number"
    return CartLine(
        CartLineId(uuid_of(str(value["id"]))),
        VariantId(uuid_of(str(value["variant"]))),
        quantity,
        DeliveryGroupId(uuid_of(str(value["group"]))),
        seen,
    )


def written_group(group: DeliveryGroup) -> GroupJson:
    """A delivery group for the cart's row."""
    address = group.address
    return {
        "id": group.id.hex,
        "method": group.method.value,
        "location": None if group.location_id is None else group.location_id.hex,
        "option": None if group.shipping_option_id is None else group.shipping_option_id.hex,
        "address": None
        if address is None
        else {
            "country": address.country,
            "region": address.region,
            "city": address.city,
            "postal_code": address.postal_code,
            "line1": address.line1,
            "line2": address.line2,
            "name": address.name,
            "phone": address.phone,
        },
    }


def read_group(value: GroupJson) -> DeliveryGroup:
    """The group that `written_group` gave."""
    location, option, address = value["location"], value["option"], value["address"]
    return DeliveryGroup(
        DeliveryGroupId(uuid_of(str(value["id"]))),
        DeliveryMethod(str(value["method"])),
        None if location is None else LocationId(uuid_of(str(location))),
        _read_address(address) if isinstance(address, dict) else None,
        None if option is None else ShippingOptionId(uuid_of(str(option))),
    )


def written_wish(wish: StoredWish) -> StoredJson:
    """A gift card or store credit for the cart's row."""
    return {
        "tender": wish.tender.value,
        "wallet": wish.wallet_id.hex,
        "card": None if wish.gift_card_id is None else wish.gift_card_id.hex,
        "label": wish.label,
        "amount": wish.amount_minor,
    }


def read_wish(value: StoredJson) -> StoredWish:
    """The wish that `written_wish` gave."""
    card, amount = value["card"], value["amount"]
    assert amount is None or isinstance(amount, int), "an amount is stored as a number"
    return StoredWish(
        Tender(str(value["tender"])),
        WalletId(uuid_of(str(value["wallet"]))),
        None if card is None else uuid_of(str(card)),
        str(value["label"]),
        amount,
    )


def _read_address(parts: dict[str, str | None]) -> Address:
    return Address(
        country=parts["country"] or "",
        region=parts["region"],
        city=parts["city"] or "",
        postal_code=parts["postal_code"],
        line1=parts["line1"] or "",
        line2=parts["line2"],
        name=parts["name"],
        phone=parts["phone"],
    )
