"""Sales channels: opening them, and how their prices stand to tax."""

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.acts import Act
from domain.catalog import rules, store, store_writes
from domain.catalog.errors import ChannelNotFound, ValueInvalid
from domain.catalog.model import ChannelId, NewChannel, SalesChannel
from domain.connections import WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.policies import service as policies
from domain.policies.model import PolicyChannelId

_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_COUNTRIES_MAX = 250


def create_channel(conn: WriteConnection, new: NewChannel, act: Act) -> SalesChannel:
    """Open a sales channel.

    Raises:
        HandleInvalid, HandleTaken, ValueInvalid.
    """
    rules.check_handle(new.handle, 80)
    rules.check_text("name", new.name, 120, minimum=1)
    if not _CURRENCY.fullmatch(new.currency):
        raise ValueInvalid("currency", "currency is three capitals of ISO 4217, such as GBP.")
    if not _COUNTRY.fullmatch(new.default_country):
        raise ValueInvalid("defaultCountry", "defaultCountry is two capitals of ISO 3166-1, such as GB.")
    channel = SalesChannel(
        ChannelId(act.new_id()),
        new.handle,
        new.name,
        new.kind,
        new.currency,
        new.prices_include_tax,
        new.default_country,
        new.default_region,
    )
    store_writes.insert_channel(conn, channel)
    policies.open_channel(conn, PolicyChannelId(channel.id))
    events.touch(conn, act, Topic.CATALOG, [channel.id])
    return channel


def set_channel_tax(
    conn: WriteConnection, channel_id: ChannelId, prices_include_tax: bool, except_countries: Sequence[str], act: Act
) -> SalesChannel:
    """Say whether a sales channel's prices are gross, and in which markets it is the other way about. Carts and tills go by
    it from the next read on, orders keep what they were placed by.

    Raises:
        ChannelNotFound: there is none.
        ValueInvalid: a country is no code of two capitals, or there are too many.
    """
    found = store.channels(conn, [channel_id]).get(channel_id)
    if found is None:
        raise ChannelNotFound
    countries = tuple(sorted(set(except_countries)))
    if len(countries) > _COUNTRIES_MAX or not all(_COUNTRY.fullmatch(country) for country in countries):
        raise ValueInvalid("exceptCountries", f"Give at most {_COUNTRIES_MAX} codes of ISO 3166-1, such as US.")
    changed = replace(found, prices_include_tax=prices_include_tax, except_countries=countries)
    store_writes.save_channel_tax(conn, changed)
    events.touch(conn, act, Topic.CATALOG, [channel_id])
    return changed
