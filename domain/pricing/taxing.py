"""Head office keeps the tax table, and says where prices are those with tax.

Both hold from the next read on: carts and tills read rates and modes with every quote, and nothing that is kept of the
catalog depends on a rate. Orders keep what they were placed by.
"""

from dataclasses import replace
from datetime import datetime

from domain.acts import Act
from domain.catalog import store_writes as catalog_writes
from domain.catalog.model import ChannelId, SalesChannel
from domain.connections import WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.pricing import store_rates, tax_rules
from domain.pricing.errors import ChannelNotFound, TooManyTaxRates
from domain.pricing.model import TaxRate, TaxRateId
from domain.pricing.tax_model import COUNTRY_RATES_MAX, PLACE_RATES_MAX, RateWish
from domain.promotions.service import EVERY


def set_rate(conn: WriteConnection, wish: RateWish, act: Act) -> TaxRate:
    """Levy a rate from now or from a later moment on. The rate that lasts then ends there; a planned one that would begin
    at the very moment is replaced.

    Raises:
        TaxRateInvalid, TaxRateBegun, TaxRateOverlaps, TooManyTaxRates: see their words.
    """
    rate = tax_rules.checked(wish, act.now)
    store_rates.lock(conn)
    found = tax_rules.succession(store_rates.series(conn, rate), rate, act.now)
    if found.ended is not None:
        store_rates.save(conn, found.ended)
    if found.replaces:
        store_rates.save(conn, rate)
    else:
        _check_room(conn, rate, act.now)
        store_rates.insert(conn, rate)
    events.touch(conn, act, Topic.CART, [EVERY])
    return rate


def end_rate(conn: WriteConnection, rate_id: TaxRateId, at: datetime | None, act: Act) -> TaxRate:
    """Let a rate end at a moment: by default now, or where it begins while that is to come. It stays on record.

    Raises:
        TaxRateNotFound, TaxRateOver, TaxRateInvalid, TaxRateOverlaps: see their words.
    """
    store_rates.lock(conn)
    before = store_rates.one(conn, rate_id)
    after = tax_rules.ended(store_rates.series(conn, before), before, at, act.now)
    if after != before:
        store_rates.save(conn, after)
        events.touch(conn, act, Topic.CART, [EVERY])
    return after


def set_market(
    conn: WriteConnection, channel_id: ChannelId, country: str, act: Act, *, prices_include_tax: bool | None
) -> SalesChannel:
    """Say whether a sales channel's prices are with tax for what goes to a country; None goes by the channel again.

    Raises:
        ChannelNotFound, TaxRateInvalid: see their words.
    """
    tax_rules.check_country(country)
    channel = catalog_writes.lock_channel(conn, channel_id)
    if channel is None:
        raise ChannelNotFound
    markets = {name: mode for name, mode in channel.market_taxes.items() if name != country}
    if prices_include_tax is not None:
        markets[country] = prices_include_tax
    if markets == channel.market_taxes:
        return channel
    catalog_writes.save_market_taxes(conn, channel_id, markets)
    events.touch(conn, act, Topic.CATALOG, [channel_id])
    events.touch(conn, act, Topic.CART, [EVERY])
    return replace(channel, market_taxes=markets)


def _check_room(conn: WriteConnection, rate: TaxRate, now: datetime) -> None:
    if store_rates.count_in_place(conn, rate, now) >= PLACE_RATES_MAX:
        raise TooManyTaxRates(PLACE_RATES_MAX)
    if store_rates.count_in_country(conn, rate.country, now) >= COUNTRY_RATES_MAX:
        raise TooManyTaxRates(COUNTRY_RATES_MAX)
