"""Two at once, with real commits: one wins, and the books stay sound."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.inventory.model import Want
from domain.orders import service, store
from domain.orders.errors import NotReturnable
from domain.orders.imports import Imported
from domain.orders.model import CancelReason, FulfillmentMethod, FulfillmentStatus, OrderId, OrderLine, Tracking, Units
from gateway.database import Database
from tests.orders.shop import Shop, open_shop, pay_by_card, placed_line, placement
from tests.orders.test_imports import from_market

pytestmark = pytest.mark.anyio
MakeAct = Callable[..., Act]


def committed(conn: WriteConnection, act: Act, status: FulfillmentStatus) -> tuple[Shop, OrderLine]:
    """An order of three shirts that is paid and committed, or gone already."""
    shop = open_shop(conn, act)
    gone = status is FulfillmentStatus.PICKED_UP
    method = FulfillmentMethod.IN_STORE if gone else FulfillmentMethod.SHIPPING
    line = placed_line(act, shop.shirt, quantity=3, total=3600, tax=600)
    wanted = placement(shop, act, [line], method=method, status=status)
    if not gone:
        inventory.commit_now(conn, [Want(shop.shirt, shop.soho, 3, "1")], wanted.order_id, act)
    order = service.place(conn, wanted, act)
    pay_by_card(conn, act, order.id, order.due_minor)
    return shop, store.lines_of_orders(conn, [order.id])[order.id][0]


async def test_the_last_returnable_units_are_claimed_once(db: Database, make_act: MakeAct) -> None:
    _, line = await db.write(lambda conn: committed(conn, make_act(), FulfillmentStatus.PICKED_UP))

    async def claim() -> bool:
        try:
            await db.write(lambda conn: service.claim_units(conn, [Units(line.id, 1)]))
        except NotReturnable:
            return False
        return True

    won = await asyncio.gather(*(claim() for _ in range(12)))
    assert won.count(True) == 3
    assert (await db.read(lambda conn: store.lines(conn, [line.id])))[line.id].claimed == 3


async def test_parcels_and_cancellations_at_once_never_take_a_unit_twice(db: Database, make_act: MakeAct) -> None:
    _, line = await db.write(lambda conn: committed(conn, make_act(), FulfillmentStatus.OPEN))

    async def attempt(number: int) -> bool:
        act, one = make_act(), [Units(line.id, 1)]

        def step(conn: WriteConnection) -> None:
            if number % 2:
                service.create_shipment(conn, line.fulfillment_order_id, one, Tracking(), act)
            else:
                service.cancel_units(conn, line.order_id, one, CancelReason.OTHER, act)

        try:
            await db.write(step)
        except Refused:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(8)))
    after = (await db.read(lambda conn: store.lines(conn, [line.id])))[line.id]
    assert (won.count(True), after.fulfilled + after.canceled, after.open) == (3, 3, 0)
    assert await db.read(service.verify) == []
    assert await db.read(inventory.verify) == []


async def test_one_reference_imported_by_many_at_once_is_one_order(db: Database, make_act: MakeAct) -> None:
    shop = await db.write(lambda conn: open_shop(conn, make_act()))

    async def attempt(number: int) -> OrderId | None:
        act = make_act(at=make_act().now + timedelta(seconds=number))

        def step(conn: WriteConnection) -> Imported:
            return service.import_order(conn, from_market(shop), act)

        try:
            return (await db.write(step)).order.id
        except Refused:
            return None

    found = {order_id for order_id in await asyncio.gather(*(attempt(number) for number in range(8))) if order_id}
    assert len(found) == 1
    assert await db.read(service.verify) == []
    assert await db.read(inventory.verify) == []
