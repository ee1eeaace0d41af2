"""The demo retailer's range: sixty homeware and clothing products in two web shops, at tills and on a marketplace.

Names and words are ours; GTINs are from the range GS1 keeps for use within a company; images are addresses that nobody serves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.acts import Act
from domain.catalog import service
from domain.catalog.model import (
    Category,
    Collection,
    NewCategory,
    NewChannel,
    NewCollection,
    NewMedia,
    NewPrice,
    NewProduct,
    NewVariant,
    SalesChannel,
    SalesChannelKind,
)
from domain.connections import WriteConnection
from domain.money import Currency

GBP, EUR = Currency("GBP"), Currency("EUR")
CHANNELS = (
    NewChannel("web", "Web shop", SalesChannelKind.ONLINE, GBP, True, "GB"),
    NewChannel("pos", "Tills", SalesChannelKind.POS, GBP, True, "GB"),
    NewChannel("marketplace", "Demo marketplace", SalesChannelKind.MARKETPLACE, GBP, True, "GB"),
    NewChannel("web-eu", "Web shop, euro area", SalesChannelKind.ONLINE, EUR, True, "DE"),
)
CATEGORIES = (
    ("home", "Home", None),
    ("kitchen", "Kitchen", "home"),
    ("bedroom", "Bedroom", "home"),
    ("garden", "Garden", "home"),
    ("clothing", "Clothing", None),
    ("tops", "Tops", "clothing"),
    ("knitwear", "Knitwear", "clothing"),
    ("accessories", "Accessories", "clothing"),
    ("paper", "Paper", None),
)
SIZES = ("S", "M", "L")
COLORS = ("Navy", "Rust")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is made in several designs."""

    noun: str
    category: str
    price_minor: int
    step_minor: int
    designs: tuple[str, ...]
    says: str
    sizes: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    weight_grams: int = 300


KINDS = (
    Kind(
        "Mug",
        "kitchen",
        950,
        100,
        ("Harbor", "Meadow", "Orchard", "Slate", "Tide"),
        "Stoneware, 350 ml, for the dishwasher.",
        colors=COLORS,
    ),
    Kind("Bowl", "kitchen", 1250, 150, ("Harbor", "Meadow", "Slate", "Tide"), "Stoneware, for soup or noodles."),
    Kind("Tea Towel", "kitchen", 650, 50, ("Check", "Herb", "Lemon", "Stripe"), "Linen and cotton, 50 by 70 cm."),
    Kind(
        "Chopping Board",
        "kitchen",
        2400,
        300,
        ("Ash", "Beech", "Walnut"),
        "One piece of oiled wood.",
        weight_grams=1400,
    ),
    Kind(
        "Duvet Cover",
        "bedroom",
        5500,
        500,
        ("Cloud", "Fern", "Stripe"),
        "Washed cotton.",
        sizes=("Single", "Double", "King"),
        weight_grams=1600,
    ),
    Kind(
        "Cushion",
        "bedroom",
        2200,
        200,
        ("Bird", "Fern", "Grid", "Moss"),
        "Wool cover, feather filling.",
        weight_grams=700,
    ),
    Kind(
        "Candle",
        "bedroom",
        1400,
        100,
        ("Cedar", "Fig", "Sea Salt", "Tomato Leaf"),
        "Soy wax, burns for 40 hours.",
        weight_grams=420,
    ),
    Kind(
        "Plant Pot",
        "garden",
        1100,
        200,
        ("Fluted", "Plain", "Ribbed"),
        "Terracotta with a saucer.",
        sizes=("Small", "Large"),
        weight_grams=1800,
    ),
    Kind(
        "Watering Can",
        "garden",
        2900,
        400,
        ("Galvanized", "Green"),
        "Five liters, with a brass rose.",
        weight_grams=1300,
    ),
    Kind(
        "T-Shirt",
        "tops",
        1800,
        200,
        ("Anchor", "Plain", "Stripe", "Wave"),
        "Organic cotton.",
        sizes=SIZES,
        colors=COLORS,
        weight_grams=180,
    ),
    Kind(
        "Shirt",
        "tops",
        4200,
        400,
        ("Chambray", "Linen", "Oxford"),
        "Buttons made of corozo.",
        sizes=SIZES,
        weight_grams=260,
    ),
    Kind(
        "Jumper",
        "knitwear",
        6800,
        700,
        ("Cable", "Fisherman", "Raglan"),
        "British wool.",
        sizes=SIZES,
        colors=COLORS,
        weight_grams=650,
    ),
    Kind("Beanie", "knitwear", 1900, 200, ("Fisherman", "Ribbed"), "Lambswool, one size."),
    Kind(
        "Socks",
        "accessories",
        850,
        100,
        ("Boot", "Hiking", "Sunday"),
        "Merino and nylon.",
        sizes=("36-40", "41-46"),
        weight_grams=90,
    ),
    Kind("Tote Bag", "accessories", 1500, 250, ("Canvas", "Market", "Waxed"), "Carries a week's vegetables."),
    Kind("Scarf", "accessories", 3600, 300, ("Herringbone", "Tartan"), "Woven in the Borders."),
    Kind("Notebook", "paper", 750, 100, ("Dotted", "Lined", "Plain"), "192 pages, sewn so that it lies flat."),
    Kind("Card Set", "paper", 900, 100, ("Birds", "Winter"), "Eight cards with envelopes."),
    Kind("Wrapping Paper", "paper", 450, 50, ("Kraft", "Stars"), "Three meters, recycled."),
    Kind(
        "Raincoat",
        "tops",
        9500,
        500,
        ("Harbor",),
        "Waxed cotton with taped seams.",
        sizes=SIZES,
        colors=COLORS,
        weight_grams=900,
    ),
)


def load_demo_catalog(conn: WriteConnection, act: Act) -> None:
    """Write the demo's channels, categories, collections and products, published and priced."""
    channels = {new.handle: service.create_channel(conn, new, act) for new in CHANNELS}
    categories: dict[str, Category] = {}
    for position, (handle, name, parent) in enumerate(CATEGORIES):
        parent_id = categories[parent].id if parent else None
        categories[handle] = service.create_category(conn, NewCategory(handle, name, parent_id, position), act)
    gifts = service.create_collection(conn, NewCollection("gifts", "Gifts under £20", "Small things that please."), act)
    products = list(_products(channels, categories, gifts))
    service.create_products(conn, products, act)


def _products(
    channels: Mapping[str, SalesChannel], categories: Mapping[str, Category], gifts: Collection
) -> Iterator[NewProduct]:
    number = 0
    for kind in KINDS:
        for index, design in enumerate(kind.designs):
            price = kind.price_minor + index * kind.step_minor
            variants = tuple(_variants(kind, design, price, channels, number))
            number += len(variants)
            title = f"{design} {kind.noun}"
            handle = title.lower().replace(" ", "-")
            yield NewProduct(
                handle,
                title,
                variants,
                description=kind.says,
                vendor="Tillway Goods",
                product_type=kind.noun,
                tags=(kind.category, design.lower()),
                category_id=categories[kind.category].id,
                collection_ids=(gifts.id,) if price < 2000 else (),
                media=(NewMedia(f"https://images.example/{handle}.jpg", title),),
                published_in=tuple(channel.id for channel in channels.values()),
            )


def _variants(
    kind: Kind, design: str, price: int, channels: Mapping[str, SalesChannel], number: int
) -> Iterator[NewVariant]:
    base = f"{kind.noun[:3]}-{design[:4]}".upper().replace(" ", "")
    for size in kind.sizes or ("",):
        for color in kind.colors or ("",):
            options = tuple(pair for pair in (("Size", size), ("Color", color)) if pair[1])
            parts = [base, *(value[:4].upper() for _, value in options)]
            yield NewVariant(
                sku="-".join(parts),
                gtin=own_gtin(number),
                options=options,
                prices=tuple(NewPrice(channel.id, _price(price, channel)) for channel in channels.values()),
                weight_grams=kind.weight_grams,
            )
            number += 1


def _price(pence: int, channel: SalesChannel) -> int:
    """The price in a channel's currency: euro prices are the pounds' with a tenth on top, in whole tens of cents."""
    return pence if channel.currency == GBP else -(-pence * 11 // 100) * 10


def own_gtin(number: int) -> str:
    """A GTIN-13 of the range for use within a company, with its check digit.

    >>> own_gtin(7)
    '2000000000077'
    """
    body = f"200000{number:06d}"
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(body))
    return f"{body}{-total % 10}"
