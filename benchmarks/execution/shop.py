"""The shop that every server serves: types, data and the Strawberry schema. Node gets both as SDL and JSON."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import strawberry

PRODUCTS_MAX = 200


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class Image:
    url: str
    alt: str | None
    width: int
    height: int


@strawberry.type
class Video:
    url: str
    seconds: int


Media = Annotated[Image | Video, strawberry.union("Media")]


@strawberry.type
class Attribute:
    name: str
    values: list[str]


@strawberry.type
class Category:
    id: strawberry.ID
    name: str
    slug: str
    parent: Category | None


@strawberry.type
class Variant:
    id: strawberry.ID
    sku: str
    name: str
    stock: int
    price: Money
    attributes: list[Attribute]


@strawberry.type
class Product:
    id: strawberry.ID
    name: str
    slug: str
    description: str
    rating: float | None
    available: bool
    created_at: str
    price: Money
    thumbnail: Image | None
    category: Category
    media: list[Media]
    attributes: list[Attribute]
    all_variants: strawberry.Private[list[Variant]]

    @strawberry.field
    def variants(self, first: int = 10) -> list[Variant]:
        return self.all_variants[:first]

    @strawberry.field
    def related(self, first: int = 4) -> list[Product]:
        number = int(self.id)
        return [PRODUCTS[(number + offset) % PRODUCTS_MAX] for offset in range(first)]


@strawberry.type
class Address:
    name: str
    street: str
    street_more: str | None
    postal_code: str
    city: str
    country: str


@strawberry.type
class OrderLine:
    id: strawberry.ID
    quantity: int
    unit_price: Money
    total: Money
    variant: Variant


@strawberry.type
class Payment:
    id: strawberry.ID
    provider: str
    state: str
    amount: Money


@strawberry.type
class Fulfillment:
    id: strawberry.ID
    state: str
    tracking_code: str | None
    lines: list[OrderLine]


@strawberry.type
class Order:
    id: strawberry.ID
    number: str
    state: str
    created_at: str
    note: str | None
    email: str
    shipping_address: Address
    billing_address: Address
    lines: list[OrderLine]
    payments: list[Payment]
    fulfillments: list[Fulfillment]
    subtotal: Money
    tax: Money
    total: Money


@strawberry.type
class CartLine:
    id: strawberry.ID
    quantity: int
    variant: Variant
    total: Money


@strawberry.type
class Cart:
    id: strawberry.ID
    lines: list[CartLine]
    total: Money


@strawberry.type
class UserError:
    code: str
    message: str


@strawberry.type
class CartLinesAddPayload:
    cart: Cart | None
    user_errors: list[UserError]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ProductEdge:
    cursor: str
    node: Product


@strawberry.type
class ProductConnection:
    total_count: int
    page_info: PageInfo
    edges: list[ProductEdge]


@strawberry.input
class CartLinesAddInput:
    variant_id: strawberry.ID
    quantity: int = 1


@strawberry.type
class Query:
    @strawberry.field
    def products(self, first: int = 20, after: str | None = None) -> ProductConnection:
        start = int(after) if after else 0
        found = PRODUCTS[start : start + first]
        end = start + len(found)
        edges = [ProductEdge(cursor=str(start + place), node=product) for place, product in enumerate(found, start=1)]
        return ProductConnection(
            total_count=PRODUCTS_MAX,
            page_info=PageInfo(has_next_page=end < PRODUCTS_MAX, end_cursor=str(end)),
            edges=edges,
        )

    @strawberry.field
    def product(self, slug: str) -> Product | None:
        return BY_SLUG.get(slug)

    @strawberry.field
    def order(self, id: strawberry.ID) -> Order | None:
        return ORDERS.get(id)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def cart_lines_add(self, input: CartLinesAddInput) -> CartLinesAddPayload:
        variant = VARIANTS.get(input.variant_id)
        if variant is None or input.quantity < 1:
            refusal = UserError(code="INVALID", message="Send a variant and a positive quantity.")
            return CartLinesAddPayload(cart=None, user_errors=[refusal])
        line = CartLine(id=strawberry.ID("1"), quantity=input.quantity, variant=variant, total=variant.price)
        other = CartLine(id=strawberry.ID("2"), quantity=1, variant=FIRST, total=FIRST.price)
        cart = Cart(id=strawberry.ID("1"), lines=[line, other], total=variant.price)
        return CartLinesAddPayload(cart=cart, user_errors=[])


def _euros(cents: int) -> Money:
    return Money(amount=f"{cents // 100}.{cents % 100:02}", currency="EUR")


def _variant(product: int, place: int) -> Variant:
    return Variant(
        id=strawberry.ID(f"{product}-{place}"),
        sku=f"SKU-{product}-{place}",
        name=f"Size {place}",
        stock=product * place % 40,
        price=_euros(1000 + product * 25 + place * 100),
        attributes=[Attribute(name="Size", values=[str(place)])],
    )


def _product(number: int) -> Product:
    url = f"https://cdn.example.com/{number}"
    root = Category(id=strawberry.ID("0"), name="All", slug="all", parent=None)
    media: list[Image | Video] = [Image(url=f"{url}/{n}.webp", alt=None, width=1200, height=1200) for n in range(4)]
    media.insert(2, Video(url=f"{url}/film.mp4", seconds=42))
    return Product(
        id=strawberry.ID(str(number)),
        name=f"Product “Nr. {number}” café",
        slug=f"product-{number}",
        description="A fine product with a description of moderate length. " * 4,
        rating=None if number % 3 == 0 else number % 50 / 10,
        available=number % 11 != 0,
        created_at="2026-01-10T10:00:00+00:00",
        price=_euros(1000 + number * 25),
        thumbnail=Image(url=f"{url}/thumb.webp", alt="Front", width=256, height=256) if number % 7 else None,
        category=Category(id=strawberry.ID(str(number % 10)), name="Mugs", slug="mugs", parent=root),
        media=media,
        attributes=[Attribute(name=f"Attribute {n}", values=[f"Value {n}", f"Other {n}"]) for n in range(8)],
        all_variants=[_variant(number, place) for place in range(1, 5)],
    )


def _order(number: int) -> Order:
    lines = []
    for place in range(5):
        variant = PRODUCTS[(number + place) % PRODUCTS_MAX].all_variants[place % 4]
        lines.append(
            OrderLine(
                id=strawberry.ID(f"{number}-{place}"),
                quantity=place + 1,
                unit_price=variant.price,
                total=variant.price,
                variant=variant,
            )
        )
    address = Address(
        name="Anna Lindqvist",
        street="Sveavägen 1",
        street_more=None,
        postal_code="111 57",
        city="Stockholm",
        country="SE",
    )
    return Order(
        id=strawberry.ID(str(number)),
        number=str(10000 + number),
        state="SHIPPED",
        created_at="2026-01-10T10:00:00+00:00",
        note=None,
        email="anna@example.com",
        shipping_address=address,
        billing_address=address,
        lines=lines,
        payments=[
            Payment(id=strawberry.ID(f"{number}-{n}"), provider="stripe", state="CAPTURED", amount=_euros(10050))
            for n in range(2)
        ],
        fulfillments=[
            Fulfillment(id=strawberry.ID("1"), state="SHIPPED", tracking_code="TRACK123", lines=lines[:3]),
            Fulfillment(id=strawberry.ID("2"), state="PENDING", tracking_code=None, lines=lines[3:]),
        ],
        subtotal=_euros(50025),
        tax=_euros(10000),
        total=_euros(60025),
    )


PRODUCTS = [_product(number) for number in range(PRODUCTS_MAX)]
BY_SLUG = {product.slug: product for product in PRODUCTS}
VARIANTS: dict[str, Variant] = {variant.id: variant for product in PRODUCTS for variant in product.all_variants}
FIRST = PRODUCTS[5].all_variants[0]
ORDERS: dict[str, Order] = {str(number): _order(number) for number in range(50)}

schema = strawberry.Schema(Query, Mutation)


def as_json() -> dict[str, object]:
    """The data for other languages, with GraphQL's field names and the names of a union's types."""
    return {"products": _plain(PRODUCTS), "orders": _plain(list(ORDERS.values()))}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # A field with a resolver has no value of its own.
        found = {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.init}
        fields = {_camel(name): _plain(inside) for name, inside in found.items()}
        return {"__typename": type(value).__name__, **fields}
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
