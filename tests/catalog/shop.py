"""A small shop for catalog tests: one web channel in pounds, one in euros, and products made in one line."""

from dataclasses import dataclass

from domain.acts import Act
from domain.catalog import service
from domain.catalog.model import (
    NewChannel,
    NewMedia,
    NewPrice,
    NewProduct,
    NewVariant,
    Product,
    SalesChannel,
    SalesChannelKind,
)
from domain.connections import WriteConnection
from domain.money import Currency


@dataclass(frozen=True, slots=True)
class Channels:
    """The shop's channels."""

    gb: SalesChannel
    eu: SalesChannel


def channels(conn: WriteConnection, act: Act) -> Channels:
    gb = NewChannel("web-gb", "Web shop", SalesChannelKind.ONLINE, Currency("GBP"), True, "GB")
    eu = NewChannel("web-eu", "Boutique", SalesChannelKind.ONLINE, Currency("EUR"), True, "FR")
    return Channels(service.create_channel(conn, gb, act), service.create_channel(conn, eu, act))


def product(conn: WriteConnection, act: Act, channel: SalesChannel, title: str, price_minor: int = 1000) -> Product:
    """A published product with one variant, whose handle is its title in lower case."""
    price = NewPrice(channel.id, price_minor)
    new = NewProduct(title.lower().replace(" ", "-"), title, (NewVariant(prices=(price,)),), published_in=(channel.id,))
    return service.create_product(conn, new, act)


def jumper(channel: SalesChannel) -> NewProduct:
    """A product in two sizes with two images; the second variant has no price."""
    return NewProduct(
        handle="harbour-jumper",
        title="Harbour Jumper",
        variants=(
            NewVariant(
                sku="JMP-S",
                options=(("Size", "S"),),
                prices=(NewPrice(channel.id, 6500, 8000),),
                gtin="9520000000004",
                weight_grams=600,
            ),
            NewVariant(sku="JMP-M", options=(("Size", "M"),), media_index=1),
        ),
        description="Knitted from undyed wool.",
        vendor="Wharf & Wool",
        product_type="Knitwear",
        tags=("Winter", "Wool"),
        media=(NewMedia("https://images.example/jumper.jpg", "Front"), NewMedia("https://images.example/m.jpg")),
        published_in=(channel.id,),
    )
