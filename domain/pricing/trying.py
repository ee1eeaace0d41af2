"""Trying promotions on a basket that nobody has, before anybody gets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.catalog import store as catalog
from domain.catalog import store_offers
from domain.catalog.model import ChannelId, Offer, VariantId
from domain.connections import ReadConnection
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.money import Currency
from domain.pricing import price_lists
from domain.pricing.errors import NotSoldHere
from domain.promotions import service as promotions
from domain.promotions.model import Method, PromotionId
from domain.promotions.outcomes import Asked, Charge, Item, Outcome, Situation

SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Goods to be tried; `unit_price_minor` is None for the price of today."""

    variant_id: VariantId
    quantity: int
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A basket and its circumstances.

    Attributes:
        promotion_ids: to be treated as if they were active.
        shipping_minor: what the delivery costs; 0 for nothing.
    """

    channel_id: ChannelId
    currency: Currency
    lines: tuple[TrialLine, ...]
    codes: tuple[str, ...] = ()
    customer_id: UUID | None = None
    location_id: LocationId | None = None
    method: Method = Method.SHIPPING
    promotion_ids: tuple[PromotionId, ...] = ()
    shipping_minor: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """The basket as it was priced, in the order of its lines, and what promotions did to it."""

    items: Sequence[Item]
    outcome: Outcome


def try_out(conn: ReadConnection, trial: Trial, now: datetime) -> Tried:
    """What promotions would do; changes nothing.

    Raises:
        NotSoldHere: the channel has no price for a variant, and none was given.
        PromotionNotFound: one of the promotions to be tried is none.
    """
    asked = Asked(trial.codes, trial.channel_id, trial.currency, trial.customer_id)
    offered = promotions.as_if(conn, asked, now, trial.promotion_ids)
    offers = _offers(conn, trial, offered.situation)
    items: list[Item] = []
    for position, line in enumerate(trial.lines):
        offer = offers.get(line.variant_id)
        if offer is None:
            raise NotSoldHere(str(line.variant_id))
        price = offer.price_minor if line.unit_price_minor is None else line.unit_price_minor
        items.append(
            Item(
                key=f"{position:04}",
                product_id=offer.product_id,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price_minor=price,
                method=trial.method,
                location_id=trial.location_id,
                category_ids=offer.category_ids,
                collection_ids=offer.collection_ids,
                is_promotable=offer.discountable,
            )
        )
    place = None
    if trial.location_id is not None:
        place = locations.by_ids(conn, [trial.location_id]).get(trial.location_id)
    charges = [Charge(SHIPPING, trial.shipping_minor)] if trial.shipping_minor else []
    zone = None if place is None else place.time_zone
    return Tried(items, offered.evaluate(items, lambda _: charges, store_zone=zone))


def _offers(conn: ReadConnection, trial: Trial, situation: Situation) -> Mapping[VariantId, Offer]:
    """What the channel sells of the lines, at the prices that its lists give this buyer."""
    channel = catalog.channels(conn, [trial.channel_id]).get(trial.channel_id)
    found = store_offers.offers(conn, [(line.variant_id, trial.channel_id) for line in trial.lines])
    own = {variant_id: offer for (variant_id, _), offer in found.items()}
    if channel is None or not own:
        return own
    units: dict[VariantId, int] = {}
    for line in trial.lines:
        units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    return price_lists.listed(conn, own, units, situation, channel.default_country)
