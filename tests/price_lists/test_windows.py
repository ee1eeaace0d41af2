"""A price list that begins or ends is shown from that very moment, whatever was remembered before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from domain.acts import Act
from domain.catalog import document_store, service
from domain.catalog.documents import ProductHead
from domain.connections import WriteConnection
from domain.price_lists.model import Price, Terms
from domain.pricing import price_lists
from gateway.caching.classifying import PublicRead
from gateway.caching.finished import Finished, FinishedCache
from gateway.caching.reading import PublicReads
from gateway.database import Database
from gateway.operations import Answer
from resolvers.catalog_views import products_of
from resolvers.context import Context
from resolvers.public_reads import Part
from tests.catalog import shop
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
BEGINS, ENDS = NOW + HOUR, NOW + 2 * HOUR
MOMENT = timedelta(microseconds=1)


async def test_products_show_a_list_from_its_first_instant_to_before_its_end(
    db: Database, make_act: Callable[..., Act], make_context: Callable[..., Context]
) -> None:
    def stocked(conn: WriteConnection) -> ProductHead:
        act = make_act()
        here = shop.channels(conn, act)
        made = service.create_product(conn, shop.jumper(here.gb), act)
        service.publish(conn, [made.id], here.gb.id, act)
        small = document_store.built(conn, [made.id])[made.id].variants[0]
        terms = Terms("Night", here.gb.currency, BEGINS, ENDS)
        price_lists.create(conn, terms, [Price(small.id, 4000)], act, active=True)
        return document_store.heads(conn, [made.id])[made.id]

    head = await db.write(stocked)
    remembered = make_context()

    async def shown(at: datetime) -> tuple[str, datetime | None]:
        context = make_context(at=at)
        context.documents = remembered.documents
        (product,) = await products_of(context, [head])
        price = product.all_variants[0].price
        assert price is not None
        assert product.price_range is not None
        assert product.price_range.minimum == price
        return str(price.amount), context.good_until

    assert [await shown(at) for at in (BEGINS - MOMENT, BEGINS, ENDS - MOMENT, ENDS)] == [
        ("65.00", BEGINS),
        ("40.00", ENDS),
        ("40.00", ENDS),
        ("65.00", None),
    ]


async def test_finished_bytes_are_kept_until_the_list_begins_and_not_a_moment_longer() -> None:
    seconds = 0.0
    cache = FinishedCache(bytes_max=10_000, clock=lambda: seconds)
    counter = SimpleNamespace(labels=lambda _name: SimpleNamespace(inc=lambda: None))
    reads = PublicReads(None, cache, lambda: True, counter)  # type: ignore[arg-type]  # neither is looked at here
    plan = PublicRead(frozenset({Part.CATALOG, Part.PRICE}), 0)
    asked = 0

    async def run() -> Answer:
        nonlocal asked
        asked += 1
        return Answer({"data": asked}, executed=True)

    async def pay() -> None:
        return None

    async def answer() -> bytes:
        now = NOW + timedelta(seconds=seconds)
        context = SimpleNamespace(touched=[], good_until=NOW + timedelta(seconds=10), clock=lambda: now)
        found = await reads.answer("key", plan, context, run, pay)  # type: ignore[arg-type]  # what is asked of a context
        assert isinstance(found, Finished)
        return found.body

    assert await answer() == b'{"data":1}'
    seconds = 9.999
    assert await answer() == b'{"data":1}'
    seconds = 10.0
    assert await answer() == b'{"data":2}'
