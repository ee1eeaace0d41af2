"""Checkouts whose process died, whose answer was lost, or whose customer never confirmed come to one end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.catalog import service as catalog
from domain.catalog.model import ChannelId, NewChannel, SalesChannelKind
from domain.connections import WriteConnection
from domain.ledger import service as ledger
from domain.ledger import stored_value
from domain.ledger.model import TransferCode, WalletId
from domain.ledger.stored_value import NewValue
from domain.orders import checkout
from domain.orders.checkout_model import Checkout, CheckoutOutcome, CheckoutStatus
from domain.orders.model import FulfillmentMethod, FulfillmentOrderId, OrderId, OrderLineId, OrderSource
from domain.orders.placement import PlacedGroup, PlacedLine, Placement
from domain.payments import service, store
from domain.payments.model import PaymentStatus, PlacedTender, Tender
from domain.payments.provider import ProviderStatus
from gateway.checkout_jobs import HANDLERS as CHECKOUT_HANDLERS
from gateway.database import Database
from gateway.jobs import Worker
from gateway.payment_jobs import HANDLERS
from tests.payments.paper import EUR
from tests.payments.test_jobs import Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(db: Database, make_act: Callable[..., Act]) -> Shop:
    """A shop with one checkout of 10.00 waiting for its card."""
    opened = Shop(db, make_act)
    opened.worker = Worker(opened.services, {**HANDLERS, **CHECKOUT_HANDLERS})
    return opened


def line(act: Act) -> PlacedLine:
    """Something that is not stocked, for 10.00."""
    return PlacedLine(
        id=OrderLineId(act.new_id()),
        group=0,
        variant_id=None,
        product_id=None,
        sku="WRAP",
        title="Gift wrap",
        variant_title="",
        tax_code="standard",
        image_url=None,
        quantity=1,
        unit_price_minor=1_000,
        gross_minor=1_000,
        line_discount_minor=0,
        order_discount_minor=0,
        net_minor=1_000,
        taxes=(),
    )


def opened(conn: WriteConnection, act: Act, *tenders: PlacedTender) -> Checkout:
    channel = catalog.create_channel(
        conn,
        NewChannel(
            handle="web",
            name="Web",
            kind=SalesChannelKind.ONLINE,
            currency=EUR,
            prices_include_tax=True,
            default_country="DE",
            default_region=None,
        ),
        act,
    )
    placement = Placement(
        order_id=OrderId(act.new_id()),
        source=OrderSource.ONLINE,
        sales_channel_id=ChannelId(channel.id),
        currency=EUR,
        prices_include_tax=True,
        placed_at=act.now,
        lines=(line(act),),
        groups=(PlacedGroup(FulfillmentOrderId(act.new_id()), FulfillmentMethod.EXTERNAL, None),),
        email="guest@shop.example",
        tenders=tenders,
    )
    return checkout.open_checkout(conn, placement, "pm_card_visa", act)


async def outcome(shop: Shop, begun: Checkout) -> CheckoutOutcome:
    return (await shop.db.read(lambda conn: checkout.outcomes(conn, [begun.id])))[begun.id]


async def test_a_checkout_whose_process_died_before_the_call_is_paid_and_placed(shop: Shop) -> None:
    begun = await shop.services.write(opened)
    shop.later(timedelta(minutes=10))
    await shop.worker.drain()
    found = await outcome(shop, begun)
    assert found.checkout.status is CheckoutStatus.COMPLETED
    assert found.payment is not None
    assert (found.payment.status, found.payment.order_id) == (PaymentStatus.AUTHORIZED, begun.order_id)


def partly_stored(conn: WriteConnection, act: Act) -> tuple[Checkout, WalletId]:
    """A checkout that a wallet with 4.00 pays for together with the card."""
    wallet = ledger.open_wallet(conn, EUR, "gift_card:1", act)
    new = NewValue(400, "gift_card", "GRANTED", TransferCode.GIFT_CARD, "test")
    stored_value.issue(conn, wallet, new, act)
    return opened(conn, act, PlacedTender(Tender.GIFT_CARD, 400, wallet.id, label="ABCD")), wallet.id


async def test_a_gift_card_held_by_a_process_that_died_pays_with_the_card_or_is_free_again(shop: Shop) -> None:
    begun, wallet_id = await shop.services.write(partly_stored)
    assert (await shop.db.read(lambda conn: stored_value.spendable(conn, [wallet_id], shop.now)))[wallet_id] == 0
    shop.later(timedelta(minutes=10))
    await shop.worker.drain()
    assert (await outcome(shop, begun)).checkout.status is CheckoutStatus.COMPLETED
    paid = (await shop.db.read(lambda conn: store.payments_of_orders(conn, [begun.order_id])))[begun.order_id]
    assert sorted((one.tender, one.status, one.authorized_minor) for one in paid) == [
        (Tender.CARD, PaymentStatus.AUTHORIZED, 600),
        (Tender.GIFT_CARD, PaymentStatus.AUTHORIZED, 400),
    ]
    assert await shop.db.read(service.verify) == []


async def test_a_gift_card_of_a_checkout_that_comes_to_nothing_is_free_again(shop: Shop) -> None:
    begun, wallet_id = await shop.services.write(partly_stored)
    shop.later(timedelta(hours=25))
    await shop.worker.drain()
    assert (await outcome(shop, begun)).checkout.status is CheckoutStatus.DECLINED
    assert (await shop.db.read(lambda conn: stored_value.spendable(conn, [wallet_id], shop.now)))[wallet_id] == 400
    assert await shop.db.read(service.verify) == []


async def test_a_checkout_whose_answer_was_lost_is_asked_for_again_and_pays_once(shop: Shop) -> None:
    begun = await shop.services.write(opened)
    payment = (await outcome(shop, begun)).payment
    assert payment is not None
    await shop.provider.authorize(service.authorize_request(payment))
    shop.provider.lost = 1
    shop.later(timedelta(minutes=10))
    await shop.worker.drain()
    assert (await outcome(shop, begun)).checkout.status is CheckoutStatus.PENDING
    shop.later(timedelta(seconds=1))
    await shop.worker.drain()
    assert (await outcome(shop, begun)).checkout.status is CheckoutStatus.COMPLETED
    assert len(shop.provider.payments) == 1


async def test_a_checkout_that_nobody_paid_for_a_day_is_given_up_without_a_call(shop: Shop) -> None:
    begun = await shop.services.write(opened)
    shop.later(timedelta(hours=25))
    await shop.worker.drain()
    found = await outcome(shop, begun)
    assert (found.checkout.status, found.checkout.failure_code) == (CheckoutStatus.DECLINED, "never_made")
    assert shop.provider.payments == {}


async def test_a_customer_who_never_confirms_is_given_up_when_the_holds_end(shop: Shop) -> None:
    begun = await shop.services.write(opened)
    payment = (await outcome(shop, begun)).payment
    assert payment is not None
    promised = await shop.provider.authorize(service.authorize_request(payment))
    asking = replace(promised, status=ProviderStatus.REQUIRES_ACTION, authorized_minor=0)
    shop.provider.payments["pi_1"] = asking
    await shop.services.write(lambda conn, act: checkout.finish(conn, begun.id, asking, act))
    shop.later(timedelta(minutes=10))
    await shop.worker.drain()
    assert (await outcome(shop, begun)).checkout.status is CheckoutStatus.PENDING
    shop.later(timedelta(minutes=5))
    await shop.worker.drain()
    found = await outcome(shop, begun)
    assert (found.checkout.status, found.checkout.failure_code) == (CheckoutStatus.ABANDONED, "not_authenticated")


async def test_a_customer_who_confirms_with_the_bank_gets_the_order_by_the_event(shop: Shop) -> None:
    begun = await shop.services.write(opened)
    payment = (await outcome(shop, begun)).payment
    assert payment is not None
    promised = await shop.provider.authorize(service.authorize_request(payment))
    asking = replace(promised, status=ProviderStatus.REQUIRES_ACTION, authorized_minor=0)
    await shop.services.write(lambda conn, act: checkout.finish(conn, begun.id, asking, act))
    await shop.hears("evt_1", "payment_intent.amount_capturable_updated", "payment_intent", "pi_1")
    await shop.worker.drain()
    found = await outcome(shop, begun)
    assert found.checkout.status is CheckoutStatus.COMPLETED
    assert found.order is not None
    assert found.order.total_minor == 1_000
