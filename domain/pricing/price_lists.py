"""Making and changing price lists, and what a buyer pays by them.

What an open list says shows in the documents of its products, which are written anew in the same transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.catalog import document_store, store, store_writes
from domain.catalog.model import ChannelId, Offer, ProductId, VariantId
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store_groups
from domain.customers.model import CustomerGroupId
from domain.events import store as events
from domain.events.store import Topic
from domain.price_lists import rules
from domain.price_lists import store as price_lists
from domain.price_lists.errors import (
    CurrencyMismatch,
    PriceListErrorCode,
    PriceListInvalid,
    StaleVersion,
    TooManyActive,
    TooManyPrices,
    UnknownReference,
)
from domain.price_lists.model import (
    ACTIVE_MAX,
    PRICES_MAX,
    PRICES_PER_CHANGE_MAX,
    Buyer,
    Listed,
    Price,
    PriceList,
    PriceListId,
    Terms,
)
from domain.promotions import store as promotions
from domain.promotions.outcomes import Asked, Situation
from domain.promotions.service import EVERY


def create(conn: WriteConnection, terms: Terms, prices: Sequence[Price], act: Act, *, active: bool) -> PriceList:
    """Write a list with its first prices.

    Raises:
        PriceListInvalid, CurrencyMismatch, UnknownReference, TooManyActive, TooManyPrices: see their words.
    """
    _check(conn, terms)
    if active and price_lists.count_active(conn) >= ACTIVE_MAX:
        raise TooManyActive(ACTIVE_MAX)
    made = PriceList(PriceListId(act.new_id()), terms, active, version=1, created_at=act.now, updated_at=act.now)
    price_lists.insert_list(conn, made)
    if prices:
        _put(conn, made, prices)
        _show(conn, made, {price.variant_id for price in prices}, act)
    return made


def update(
    conn: WriteConnection, list_id: PriceListId, terms: Terms, expected_version: int | None, act: Act, *, active: bool
) -> PriceList:
    """Replace all that a list says, but not its prices. An active one holds as changed from the next read on.

    Raises:
        PriceListNotFound, StaleVersion, PriceListInvalid, CurrencyMismatch, UnknownReference, TooManyActive: see their words.
    """
    _check(conn, terms)
    before = price_lists.lock(conn, list_id)
    if expected_version not in (None, before.version):
        raise StaleVersion(before.version)
    if terms.currency != before.terms.currency:
        raise CurrencyMismatch(before.terms.currency, "currencyCode")
    if (terms, active) == (before.terms, before.active):
        return before
    if active and not before.active and price_lists.count_active(conn) >= ACTIVE_MAX:
        raise TooManyActive(ACTIVE_MAX)
    after = replace(before, terms=terms, active=active, version=before.version + 1, updated_at=act.now)
    price_lists.save(conn, after)
    if before.active or after.active:
        shows = (before.active and before.terms.is_open) or (after.active and after.terms.is_open)
        _announce(conn, price_lists.variant_ids(conn, list_id) if shows else [], act)
    return after


def set_prices(conn: WriteConnection, list_id: PriceListId, prices: Sequence[Price], act: Act) -> PriceList:
    """Put prices into a list, in place of those of the same variant and quantity.

    Raises:
        PriceListNotFound, PriceListInvalid, UnknownReference, TooManyPrices: see their words.
    """
    found = _grown(price_lists.lock(conn, list_id), act)
    if not prices:
        raise PriceListInvalid("Give at least one price.", "prices")
    _put(conn, found, prices)
    price_lists.save(conn, found)
    _show(conn, found, {price.variant_id for price in prices}, act)
    return found


def remove_prices(conn: WriteConnection, list_id: PriceListId, variant_ids: Collection[UUID], act: Act) -> PriceList:
    """Take all of variants' prices out of a list; one that has none stays without.

    Raises:
        PriceListNotFound, PriceListInvalid, UnknownReference: see their words.
    """
    found = _grown(price_lists.lock(conn, list_id), act)
    if not variant_ids:
        raise PriceListInvalid("Give at least one variant.", "variantIds")
    _products_of(conn, variant_ids)
    price_lists.remove_prices(conn, list_id, list(variant_ids))
    price_lists.save(conn, found)
    _show(conn, found, variant_ids, act)
    return found


def buyer_of(situation: Situation, country: str) -> Buyer:
    """Who asks for prices, in the market of the sales channel asked in."""
    asked = situation.asked
    return Buyer(asked.sales_channel_id, country, asked.currency, situation.group_ids, situation.tier)


def listed(
    conn: ReadConnection,
    offers: Mapping[VariantId, Offer],
    quantities: Mapping[VariantId, int],
    situation: Situation,
    country: str,
) -> Mapping[VariantId, Offer]:
    """Offers at the price that a buyer pays for so many units now, in the market of the sales channel asked in.

    One statement; none while no list is active.
    """
    if not offers or not situation.has_price_lists:
        return offers
    found = price_lists.for_buyer(conn, offers.keys(), buyer_of(situation, country), situation.now)
    return {
        id_: _at(offer, found[id_], quantities.get(id_, 1), situation.now) if id_ in found else offer
        for id_, offer in offers.items()
    }


PersonalKey = tuple[UUID, ChannelId, VariantId]
"""A customer, a sales channel and a variant."""


def personal_prices(conn: ReadConnection, keys: Sequence[PersonalKey], now: datetime) -> Mapping[PersonalKey, Listed]:
    """What a customer of groups or a tier pays for one unit by price lists; absent where no list holds.

    All keys are of one customer and channel. Two statements for who is in no group and no tier, three for the others.
    """
    if not keys:
        return {}
    customer_id, channel_id, _ = keys[0]
    channel = store.channels(conn, [channel_id])[channel_id]
    _, situation = promotions.situation(conn, Asked((), channel_id, channel.currency, customer_id), now)
    if not situation.has_price_lists or (not situation.group_ids and situation.tier is None):
        return {}
    variant_ids = {variant_id for _, _, variant_id in keys}
    found = price_lists.for_buyer(conn, variant_ids, buyer_of(situation, channel.default_country), now)
    best = {key: rules.best(found.get(key[2], ()), 1, now) for key in keys}
    return {key: one for key, one in best.items() if one is not None}


def _at(offer: Offer, prices: Sequence[Listed], quantity: int, now: datetime) -> Offer:
    best = rules.best(prices, quantity, now)
    if best is None:
        return offer
    return replace(
        offer,
        price_minor=best.amount_minor,
        compare_at_minor=best.compare_at_minor,
        price_list_id=best.list_id,
    )


def _check(conn: ReadConnection, terms: Terms) -> None:
    rules.check_terms(terms)
    if terms.channel_id is not None:
        channel = store.channels(conn, [ChannelId(terms.channel_id)]).get(ChannelId(terms.channel_id))
        if channel is None:
            raise UnknownReference(PriceListErrorCode.CHANNEL_NOT_FOUND, "sales channel", "salesChannelId")
        if channel.currency != terms.currency:
            raise CurrencyMismatch(channel.currency, "currencyCode")
    if terms.group_id is not None and not store_groups.groups(conn, [CustomerGroupId(terms.group_id)]):
        raise UnknownReference(PriceListErrorCode.CUSTOMER_GROUP_NOT_FOUND, "customer group", "customerGroupId")


def _grown(found: PriceList, act: Act) -> PriceList:
    return replace(found, version=found.version + 1, updated_at=act.now)


def _put(conn: WriteConnection, of: PriceList, prices: Sequence[Price]) -> None:
    if len(prices) > PRICES_PER_CHANGE_MAX:
        raise TooManyPrices(PRICES_PER_CHANGE_MAX)
    if len({(price.variant_id, price.quantity_min) for price in prices}) < len(prices):
        raise PriceListInvalid("A variant has one price for each quantity.", "prices")
    for price in prices:
        rules.check_price(price)
    _products_of(conn, {price.variant_id for price in prices})
    price_lists.put_prices(conn, of.id, prices)
    if price_lists.count_prices(conn, of.id) > PRICES_MAX:
        raise TooManyPrices(PRICES_MAX)


def _products_of(conn: ReadConnection, variant_ids: Collection[UUID]) -> list[ProductId]:
    wanted = [VariantId(id_) for id_ in set(variant_ids)]
    found = store.variants(conn, wanted)
    if len(found) < len(wanted):
        raise UnknownReference(PriceListErrorCode.VARIANT_NOT_FOUND, "variant", "variantId")
    return sorted({variant.product_id for variant in found.values()})


def _show(conn: WriteConnection, changed: PriceList, variant_ids: Collection[UUID], act: Act) -> None:
    if changed.active:
        _announce(conn, variant_ids if changed.terms.is_open else [], act)


def _announce(conn: WriteConnection, variant_ids: Collection[UUID], act: Act) -> None:
    """Write the documents anew that show these variants, and say that every cart may cost something else."""
    product_ids = _products_of(conn, variant_ids) if variant_ids else []
    if product_ids:
        store_writes.lock_products(conn, product_ids)
        document_store.rewrite(conn, product_ids)
        events.touch(conn, act, Topic.PRODUCT, product_ids)
    events.touch(conn, act, Topic.CART, [EVERY])
