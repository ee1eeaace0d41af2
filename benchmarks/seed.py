"""A retailer of a fair size for benchmarks: `python -m benchmarks.seed --database-url …`, on either engine.

The demo retailer comes first, with everybody's credentials; then its range, stores, customers and orders are filled up
through the services that the API calls, the same at every run. `tillway verify` is clean afterwards.
"""

import argparse
import asyncio
import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from rich.console import Console
from uuid_utils.compat import uuid7

from domain.access import store as access
from domain.access.model import Terminal, TerminalId
from domain.acts import SYSTEM, Act, Actor, ActorKind, Scope
from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import ChannelId, NewMedia, NewPrice, NewProduct, NewVariant, SalesChannel, VariantId
from domain.codes import token_hash
from domain.connections import ReadConnection, WriteConnection
from domain.customers import service as customers
from domain.customers.model import CustomerId, SignUp
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.ledger.model import WalletId
from domain.locations import service as locations
from domain.locations import store as location_store
from domain.locations.model import Address, Coordinates, LocationFilter, LocationId, LocationKind, NewLocation
from domain.loyalty import service as loyalty
from domain.money import Money
from domain.orders.imports import ImportedLine, ImportedOrder, import_order
from domain.orders.model import OrderSource
from domain.orders.tills import TillLine, TillSale, TillTender, create_at_till
from domain.paging import Page
from domain.registers import service as registers
from gateway.app import Process, utc_now
from gateway.connections import connected
from gateway.demo.catalog import GBP
from gateway.demo.load import load_demo_retailer
from gateway.logs import configure_logs
from gateway.migrating import upgrade
from gateway.settings import Settings

PRODUCTS = 1_000
VARIANTS = 3_000
STORES = 10
CUSTOMERS = 1_000
ORDERS = 5_000
LINES_PER_ORDER = 5
UNITS_PER_LOCATION = 2_000

_CITIES = ("Leeds", "Bristol", "Cardiff", "Glasgow", "Belfast", "Norwich", "Exeter")
_ADJECTIVES = ("Amber", "Birch", "Cedar", "Dune", "Ember", "Fern", "Granite", "Hazel", "Indigo", "Juniper")
_NOUNS = ("Bowl", "Chair", "Desk", "Eiderdown", "Flask", "Glass", "Hamper", "Iron", "Jug", "Kettle")
_GROUP = 100
_OLD_PRICE_MINOR = 1_500
_FLOAT_MINOR = 10_000


@dataclass(frozen=True, slots=True)
class Member:
    """A customer and the account that earns."""

    customer_id: CustomerId
    wallet_id: WalletId


@dataclass(frozen=True, slots=True)
class Retailer:
    """What orders are made of."""

    till_channel: ChannelId
    tills: tuple[tuple[LocationId, TerminalId], ...]
    variants: tuple[VariantId, ...]
    members: tuple[Member, ...]


def seed(settings: Settings, console: Console, orders: int = ORDERS) -> None:
    """Fill an empty database."""
    upgrade(settings.database_url)
    asyncio.run(_demo(settings))
    connected(settings.database_url, lambda connection: _fill(connection, console, orders))


async def _demo(settings: Settings) -> None:
    process = Process(settings)
    await load_demo_retailer(process, utc_now)
    await process.stop()


def _fill(connection: sa.Connection, console: Console, orders: int) -> None:
    with connection.begin():
        conn = WriteConnection(ReadConnection(connection))
        retailer = _retailer(conn, utc_now() - timedelta(days=20))
    console.print(
        f"{len(retailer.variants):,} variants, {len(retailer.members):,} customers, {len(retailer.tills)} stores"
    )
    add_orders(connection, retailer, range(orders))
    console.print(f"{orders:,} orders of {LINES_PER_ORDER} lines")
    if connection.dialect.name == "postgresql":
        # What the server's own housekeeping does within a minute; until then it plans as for empty tables.
        with connection.begin():
            connection.exec_driver_sql("ANALYZE")


def add_orders(connection: sa.Connection, retailer: Retailer, numbers: range) -> None:
    """Orders of the last two weeks, each four minutes after the one before; every eighth is sold at a till for cash, the
    others come from an older system."""
    choice = random.Random(numbers.start)
    started = utc_now() - timedelta(days=14)
    for first in range(numbers.start, numbers.stop, _GROUP):
        with connection.begin():
            conn = WriteConnection(ReadConnection(connection))
            for number in range(first, min(first + _GROUP, numbers.stop)):
                at = started + timedelta(minutes=4 * number)
                lines = tuple(
                    TillLine(variant_id, choice.randint(1, 3))
                    for variant_id in choice.sample(retailer.variants, LINES_PER_ORDER)
                )
                if number % 8:
                    _import(conn, retailer, lines, number, at)
                else:
                    _sell(conn, retailer, lines, number, at)


def _act(at: datetime, actor: Actor = SYSTEM) -> Act:
    return Act(actor, at, uuid7, secrets.token_bytes)


def _retailer(conn: WriteConnection, at: datetime) -> Retailer:
    act = _act(at)
    channels = {channel.handle: channel for channel in catalog_store.all_channels(conn)}
    _open_stores(conn, act)
    places = location_store.page(conn, LocationFilter(active=True), Page(100)).items
    _add_products(conn, tuple(channels.values()), act)
    variants = catalog_store.tracked_variant_ids(conn)
    for place in places:
        takes = [Take(variant_id, place.id, UNITS_PER_LOCATION) for variant_id in variants]
        for start in range(0, len(takes), 500):
            inventory.receive_many(conn, takes[start : start + 500], act, reference="opening stock")
    tills = []
    for place in places:
        if place.kind is LocationKind.STORE:
            terminal = Terminal(TerminalId(act.new_id()), f"bench-{place.code}", place.id, None)
            access.insert_terminal(conn, terminal, token_hash(f"bench-{place.code}"), at)
            registers.open_session(conn, terminal.id, place.id, GBP, Money(_FLOAT_MINOR, GBP), act)
            tills.append((place.id, terminal.id))
    members = tuple(_member(conn, number, act) for number in range(CUSTOMERS))
    return Retailer(channels["pos"].id, tuple(tills), tuple(variants), members)


def _open_stores(conn: WriteConnection, act: Act) -> None:
    found = location_store.page(conn, LocationFilter(active=True), Page(100)).items
    missing = STORES - sum(place.kind is LocationKind.STORE for place in found)
    for number in range(missing):
        city = _CITIES[number % len(_CITIES)]
        new = NewLocation(
            f"BEN-{number + 1}",
            f"{city} High Street",
            LocationKind.STORE,
            Address("GB", None, city, "BS1 4DJ", f"{number + 1} High Street"),
            Coordinates(51_000_000 + number * 500_000, -1_000_000 - number * 100_000),
            "Europe/London",
            priority=100 + number,
        )
        locations.create(conn, new, act)


def _add_products(conn: WriteConnection, channels: Sequence[SalesChannel], act: Act) -> None:
    present = catalog_store.tracked_variant_ids(conn)
    products = len({variant.product_id for variant in catalog_store.variants(conn, present).values()})
    news = list(_products(channels, PRODUCTS - products, VARIANTS - len(present)))
    for start in range(0, len(news), _GROUP):
        catalog.create_products(conn, news[start : start + _GROUP], act)


def _products(channels: Sequence[SalesChannel], products: int, variants: int) -> Iterator[NewProduct]:
    """This many products that share out this many variants, the first ones one more than the last."""
    each, more = divmod(variants, products)
    for number in range(products):
        title = f"{_ADJECTIVES[number % 10]} {_NOUNS[number // 10 % 10]} {number:04d}"
        handle = title.lower().replace(" ", "-")
        price = 500 + number * 7 % 9_000
        yield NewProduct(
            handle,
            title,
            tuple(_variants(number, price, each + (number < more), channels)),
            description=f"{title}, made to last. " * 8,
            vendor=f"Vendor {number % 40}",
            product_type=_NOUNS[number // 10 % 10],
            tags=(f"tag-{number % 25}", f"season-{number % 4}"),
            media=tuple(NewMedia(f"https://images.example/{handle}-{index}.jpg", title) for index in range(3)),
            published_in=tuple(channel.id for channel in channels),
        )


def _variants(number: int, price: int, count: int, channels: Sequence[SalesChannel]) -> Iterator[NewVariant]:
    for index in range(count):
        yield NewVariant(
            sku=f"BENCH-{number:04d}-{index}",
            options=(("Size", f"{index + 1}"),),
            prices=tuple(NewPrice(channel.id, price + 100 * index) for channel in channels),
            media_index=index % 3,
        )


def _member(conn: WriteConnection, number: int, act: Act) -> Member:
    new = SignUp(f"customer-{number}@bench.example", None, "Bench", f"Customer {number}", None)
    customer = customers.sign_up(conn, new, act)
    return Member(customer.id, loyalty.enroll(conn, customer.id, act).id)


def _import(conn: WriteConnection, retailer: Retailer, lines: tuple[TillLine, ...], number: int, at: datetime) -> None:
    member = retailer.members[number % len(retailer.members)]
    location_id, _ = retailer.tills[number % len(retailer.tills)]
    imported = ImportedOrder(
        source=OrderSource.IMPORT,
        sales_channel_id=retailer.till_channel,
        external_reference=f"bench-{number}",
        currency=GBP,
        prices_include_tax=True,
        placed_at=at,
        payer="older system",
        total_minor=sum(line.quantity * _OLD_PRICE_MINOR for line in lines),
        lines=tuple(
            ImportedLine(
                sku=f"OLD-{line.variant_id.hex[-8:]}",
                title="Goods of old",
                quantity=line.quantity,
                unit_price_minor=_OLD_PRICE_MINOR,
                total_minor=line.quantity * _OLD_PRICE_MINOR,
                variant_id=line.variant_id,
            )
            for line in lines
        ),
        location_id=location_id,
        fulfilled=True,
        customer_id=member.customer_id,
        wallet_id=member.wallet_id,
    )
    import_order(conn, imported, _act(at))


def _sell(conn: WriteConnection, retailer: Retailer, lines: tuple[TillLine, ...], number: int, at: datetime) -> None:
    location_id, terminal_id = retailer.tills[number % len(retailer.tills)]
    associate = Actor(
        ActorKind.ASSOCIATE,
        "bench",
        retailer.till_channel,
        location_ids=frozenset({UUID(str(location_id))}),
        terminal_id=UUID(str(terminal_id)),
        scopes=frozenset({Scope.POS_SESSION, Scope.WRITE_ORDERS}),
    )
    sale = TillSale(
        sales_channel_id=retailer.till_channel,
        location_id=location_id,
        terminal_id=terminal_id,
        lines=lines,
        tender=TillTender.CASH,
        customer_id=retailer.members[number % len(retailer.members)].customer_id,
    )
    create_at_till(conn, sale, _act(at, associate))


def main() -> None:
    """Seed the database that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--state-folder", type=Path, required=True, help="keeps the key that the credentials come from")
    parser.add_argument("--orders", type=int, default=ORDERS)
    given = parser.parse_args()
    configure_logs("text", "error")
    settings = Settings(database_url=given.database_url, state_folder=given.state_folder, worker=False)
    seed(settings, Console(), given.orders)


if __name__ == "__main__":
    main()
