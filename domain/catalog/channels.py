"""Sales channels: opening them."""

import re

from domain.acts import Act
from domain.catalog import rules, store_writes
from domain.catalog.errors import ValueInvalid
from domain.catalog.model import ChannelId, NewChannel, SalesChannel
from domain.connections import WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.policies import service as policies
from domain.policies.model import PolicyChannelId

_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


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
