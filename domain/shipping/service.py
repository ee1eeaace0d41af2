"""What others call: offering transports and changing them."""

from datetime import datetime

from domain.acts import Act
from domain.catalog import store as catalog
from domain.connections import WriteConnection
from domain.shipping import rules, store
from domain.shipping.errors import ChannelNotFound, StaleVersion, TooManyOptions
from domain.shipping.model import OPTIONS_MAX, NewShippingOption, ShippingOption, ShippingOptionId


def create(conn: WriteConnection, new: NewShippingOption, act: Act) -> ShippingOption:
    """Offer a transport.

    Raises:
        ShippingOptionInvalid, ChannelNotFound, TooManyOptions: see their words.
    """
    rules.check(new)
    if not catalog.channels(conn, [new.sales_channel_id]):
        raise ChannelNotFound
    if store.count_of(conn, new.sales_channel_id) >= OPTIONS_MAX:
        raise TooManyOptions(OPTIONS_MAX)
    made = _made(ShippingOptionId(act.new_id()), new, 1, act.now)
    store.insert(conn, made)
    return made


def update(
    conn: WriteConnection, option_id: ShippingOptionId, new: NewShippingOption, expected_version: int | None, act: Act
) -> ShippingOption:
    """Replace all that an option says; carts go by it from the next read on, orders keep what they were placed by.

    Raises:
        OptionNotFound, StaleVersion, ShippingOptionInvalid, ChannelNotFound: see their words.
    """
    rules.check(new)
    before = store.lock(conn, option_id)
    if expected_version not in (None, before.version):
        raise StaleVersion(before.version)
    if new.sales_channel_id != before.sales_channel_id:
        raise ChannelNotFound
    if _made(option_id, new, before.version, before.updated_at) == before:
        return before
    after = _made(option_id, new, before.version + 1, act.now)
    store.save(conn, after)
    return after


def _made(option_id: ShippingOptionId, new: NewShippingOption, version: int, updated_at: datetime) -> ShippingOption:
    return ShippingOption(
        id=option_id,
        sales_channel_id=new.sales_channel_id,
        title=new.title.strip(),
        zones=new.zones,
        basis=new.basis,
        bands=new.bands,
        per_kilogram_minor=new.per_kilogram_minor,
        weight_max_grams=new.weight_max_grams,
        tax_code=new.tax_code,
        free_from_minor=new.free_from_minor,
        days_min=new.days_min,
        days_max=new.days_max,
        active=new.active,
        version=version,
        updated_at=updated_at,
    )
