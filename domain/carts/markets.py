"""Where a cart's goods are taxed, and by which country its prices are with tax or without."""

from collections.abc import Mapping
from itertools import chain

from domain.carts.model import Cart, DeliveryGroup, Place
from domain.locations.model import Address, LocationId
from domain.pricing.model import TaxPlace


def place_of(at: Address | Place) -> TaxPlace:
    """Where something is taxed that goes to an address, or is handed over there."""
    return TaxPlace(at.country, at.region or "", at.postal_code or "", at.city, at.line1)


def tax_place(cart: Cart, group: DeliveryGroup, places: Mapping[LocationId, Place]) -> TaxPlace:
    """Where a group is taxed: its address, its store, or the channel's default while neither is known."""
    if group.address is not None:
        return place_of(group.address)
    place = None if group.location_id is None else places.get(group.location_id)
    if place is not None:
        return place_of(place)
    return TaxPlace(cart.channel.default_country, cart.channel.default_region or "")


def market_country(cart: Cart, places: Mapping[LocationId, Place]) -> str:
    """The country by which all prices of a cart are with tax or without: one basket has one mode.

    It is where the first group with goods is shipped to; where none is shipped to a known address, that of the first store
    from which goods are collected; else the channel's own.
    """
    used = {line.group_id for line in cart.lines}
    groups = [group for group in cart.groups if group.id in used]
    shipped = (group.address.country for group in groups if group.address is not None)
    stores = (places.get(group.location_id) for group in groups if group.location_id is not None)
    collected = (place.country for place in stores if place is not None)
    return next(chain(shipped, collected), cart.channel.default_country)
