"""What pricing a basket costs with 5, 50 and 500 active promotions: CPU, and SQL statements.

    python -m benchmarks.pricing

writes `benchmarks/pricing.md`. A cart of 50 lines is quoted whole, as every read and change of a cart does it (offers,
stock, promotions, tax), on SQLite; promotions alone are measured beside it. CPU is user and system time of the process.
"""

import itertools
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

import sqlalchemy as sa

from domain.acts import SYSTEM, Act, Actor, ActorKind
from domain.carts import facts, service
from domain.carts.model import Cart, CartLine, NewCart, WantedLine
from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import (
    NewChannel,
    NewCollection,
    NewPrice,
    NewProduct,
    NewVariant,
    Offer,
    SalesChannelKind,
    VariantId,
)
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import service as locations
from domain.locations.model import Address, Coordinates, LocationKind, NewLocation
from domain.money import Currency
from domain.promotions import service as promotions
from domain.promotions.model import (
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyXGetY,
    Conditions,
    Definition,
    Effect,
    FreeShipping,
    ItemFilter,
    Method,
    PercentageOff,
    SpendSteps,
    Step,
    Target,
    Trigger,
)
from domain.promotions.outcomes import Item
from gateway.database import sqlite_engine
from gateway.schema_tables import metadata

RECORD = Path(__file__).parent / "pricing.md"
LINES, PRODUCTS, GROUPS = 50, 400, 40
SIZES = (0, 5, 50, 500)
RUNS, WARM = 60, 5
NOW = datetime(2026, 1, 10, 10, 0, tzinfo=UTC)
GBP = Currency("GBP")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one size: milliseconds of CPU at the median and at the lowest, and statements of one quote."""

    promotions: int
    applied: int
    whole_ms: float
    engine_ms: float
    engine_lowest_ms: float
    statements: int


def measured(folder: Path) -> Iterator[Figures]:
    """The figures of every size, smallest first, in one database that gets more and more promotions."""
    engine = sqlite_engine(sa.make_url(f"sqlite:///{folder}/pricing.db"), pool_size=1, read_only=False)
    metadata.create_all(engine)
    with engine.connect() as connection:
        conn = WriteConnection(ReadConnection(connection))
        act = Act(SYSTEM, NOW, uuid4, os.urandom)
        cart, products, collections = _shop(conn, act)
        kinds = _definitions(products, collections)
        active = 0
        for size in SIZES:
            for definition in itertools.islice(kinds, size - active):
                made = promotions.create(conn, definition, [], act)
                promotions.activate(conn, made.id, None, act)
            active = size
            yield _figures(conn, cart, size)
    engine.dispose()


def _shop(conn: WriteConnection, act: Act) -> tuple[Cart, list[UUID], list[UUID]]:
    """A channel with products in collections, and a cart of 50 lines to be collected in its one store."""
    channel = catalog.create_channel(conn, NewChannel("web", "Web", SalesChannelKind.ONLINE, GBP, True, "GB"), act)
    place = locations.create(
        conn,
        NewLocation(
            "SOHO",
            "Soho",
            LocationKind.STORE,
            Address("GB", None, "London", "W1D 3QF", "1 High Street"),
            Coordinates(51_500_000, -120_000),
            "Europe/London",
        ),
        act,
    )
    collections = [
        catalog.create_collection(conn, NewCollection(f"c{number}", f"Collection {number}"), act).id
        for number in range(GROUPS)
    ]
    products: list[UUID] = []
    for number in range(PRODUCTS):
        variant = NewVariant(sku=f"S{number}", prices=(NewPrice(channel.id, 500 + 37 * (number % 50)),))
        title, own = f"Product {number}", (collections[number % GROUPS], collections[(number * 7 + 3) % GROUPS])
        new = NewProduct(
            f"p{number}", title, (variant,), collection_ids=tuple(dict.fromkeys(own)), published_in=(channel.id,)
        )
        products.append(catalog.create_product(conn, new, act).id)
    found = catalog_store.variants_by_sku(conn, [f"S{number}" for number in range(LINES)])
    variants = [VariantId(found[f"S{number}"].id) for number in range(LINES)]
    inventory.receive_many(conn, [Take(variant, place.id, 100) for variant in variants], act)
    guest = act.by(Actor(ActorKind.GUEST, "guest", channel.id))
    lines = tuple(WantedLine(variant, 1 + n % 3, place.id) for n, variant in enumerate(variants))
    quoted, _ = service.create(conn, NewCart(channel.id, lines=lines, email="a@example.com"), guest)
    return quoted.cart, products, list(collections)


def _definitions(products: list[UUID], collections: list[UUID]) -> Iterator[Definition]:
    """Promotions as a retailer runs them side by side: most are for some goods, some for every basket, some by code."""
    pick = random.Random(7)
    makers: list[Callable[[], tuple[Effect, Conditions]]] = [
        lambda: (PercentageOff(pick.randint(1, 20) * 10_000), _goods(pick.sample(products, 3))),
        lambda: (AmountOff(pick.randint(10, 90), per_unit=True, target=Target.LINES), _goods(pick.sample(products, 5))),
        lambda: (BuyXGetY(2, 1, ppm=500_000), _group(pick.choice(collections))),
        lambda: (PercentageOff(50_000, Target.ORDER), _group(pick.choice(collections))),
        lambda: (SpendSteps((Step(500_000, amount_minor=500), Step(900_000, ppm=10_000))), Conditions()),
        lambda: (PercentageOff(100_000), _goods(pick.sample(products, 1))),
        lambda: (
            BundlePrice(1500, tuple(BundlePart(_goods([p]).items) for p in pick.sample(products, 2))),
            Conditions(),
        ),
        lambda: (FreeShipping(), Conditions(minimum_subtotal_minor=pick.randint(1, 9) * 100_000)),
        lambda: (AmountOff(500), Conditions(minimum_subtotal_minor=10_000, tiers=frozenset({"GOLD"}))),
        lambda: (PercentageOff(150_000, Target.ORDER), Conditions()),
    ]
    for number in itertools.count():
        effect, conditions = makers[number % len(makers)]()
        made = Definition(f"Promotion {number}", effect, NOW, conditions=conditions, currency=GBP, priority=number % 7)
        yield replace(made, trigger=Trigger.CODE) if number % len(makers) == len(makers) - 1 else made


def _goods(products: list[UUID]) -> Conditions:
    return Conditions(items=ItemFilter(product_ids=frozenset(products)))


def _group(collection: UUID) -> Conditions:
    return Conditions(items=ItemFilter(collection_ids=frozenset({collection})))


def _figures(conn: WriteConnection, cart: Cart, size: int) -> Figures:
    seen: list[str] = []
    known = facts.gathered(conn, cart, NOW)  # makes the index

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(conn, "before_cursor_execute", count)
    quoted = service.quote(conn, cart, NOW)
    sa.event.remove(conn, "before_cursor_execute", count)
    items = [_item(line, known.offers[line.variant_id]) for line in cart.lines]
    alone = _cpu_ms(lambda: known.offered.evaluate(items))
    return Figures(
        promotions=size,
        applied=len(quoted.priced.outcome.applied),
        whole_ms=median(_cpu_ms(lambda: service.quote(conn, cart, NOW))),
        engine_ms=median(alone),
        engine_lowest_ms=alone[0],
        statements=len(seen),
    )


def _item(line: CartLine, offer: Offer) -> Item:
    return Item(
        line.id.hex,
        offer.product_id,
        line.variant_id,
        line.quantity,
        offer.price_minor,
        Method.PICK_UP,
        None,
        offer.category_ids,
        offer.collection_ids,
    )


def _cpu_ms(work: Callable[[], object]) -> list[float]:
    """Many runs in milliseconds of CPU, the lowest first."""
    taken = []
    for _ in range(WARM + RUNS):
        begun = time.process_time_ns()
        work()
        taken.append((time.process_time_ns() - begun) / 1e6)
    return sorted(taken[WARM:])


def rendered(figures: list[Figures]) -> str:
    """The record as Markdown."""
    rows = [
        f"| {one.promotions} | {one.applied} | {one.engine_ms:.2f} | {one.engine_lowest_ms:.2f} | {one.whole_ms:.2f} | {one.statements} |"
        for one in figures
    ]
    return "\n".join(
        [
            "# Pricing a basket",
            "",
            "`python -m benchmarks.pricing`: a cart of 50 lines of different products, quoted whole on SQLite (offers, stock,",
            f"promotions, tax), {RUNS} times for each size; {os.cpu_count()} shared virtual cores, Python {platform.python_version()}. CPU is user and",
            "system time at the median; other work ran on the machine. Of ten promotions six are for some products, collections or",
            "a bundle, two for every basket, one is for a tier, and one waits for a code. Aim: at most 10 ms with 500, and no",
            "statement more than with 5.",
            "",
            "| active promotions | of them applied | promotions alone, CPU ms | lowest run | whole quote, CPU ms | SQL statements |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Measure and write the record."""
    with tempfile.TemporaryDirectory() as folder:
        text = rendered(list(measured(Path(folder))))
    RECORD.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
