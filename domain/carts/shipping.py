"""Offering transports."""

from domain.acts import Act
from domain.carts import store
from domain.carts.errors import ShippingOptionInvalid
from domain.carts.model import NewShippingOption, ShippingOption, ShippingOptionId
from domain.connections import WriteConnection


def create_shipping_option(conn: WriteConnection, new: NewShippingOption, act: Act) -> ShippingOption:
    """Offer a transport.

    Raises:
        ShippingOptionInvalid: a price or a time makes no sense, or the country is no code.
    """
    if new.amount_minor < 0 or (new.free_from_minor is not None and new.free_from_minor < 0):
        raise ShippingOptionInvalid("A price is 0 or more.", "amount")
    if not 0 <= new.days_min <= new.days_max:
        raise ShippingOptionInvalid("The shortest time is at most the longest.", "daysMin")
    if new.country and (len(new.country) != 2 or not new.country.isupper()):
        raise ShippingOptionInvalid("A country is two capital letters, such as GB (ISO 3166-1).", "country")
    option = ShippingOption(
        id=ShippingOptionId(act.new_id()),
        sales_channel_id=new.sales_channel_id,
        country=new.country,
        title=new.title,
        amount_minor=new.amount_minor,
        tax_code=new.tax_code,
        free_from_minor=new.free_from_minor,
        days_min=new.days_min,
        days_max=new.days_max,
    )
    store.insert_option(conn, option)
    return option
