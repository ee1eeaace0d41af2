"""A refund that waits for its customer is given up after a month, frees its amount once and can be made good (EC-41)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.payments import rules, service
from domain.payments.model import FindingKind, LegStatus, RefundLeg
from domain.payments.provider import RefundStatus
from domain.payments.timing_out import ACTION_LIFETIME
from gateway.database import Database
from gateway.payment_jobs import time_out_refunds
from tests.payments.paper import ORDER
from tests.payments.test_jobs import Shop

pytestmark = pytest.mark.anyio
LATE = ACTION_LIFETIME + timedelta(seconds=1)


@pytest.fixture
def shop(db: Database, make_act: Callable[..., Act]) -> Shop:
    return Shop(db, make_act)


async def waiting(shop: Shop) -> RefundLeg:
    """A refund of 60.00 out of 100.00 whose customer has to act."""
    await shop.captured()
    shop.provider.refund_status = RefundStatus.REQUIRES_ACTION
    leg = await shop.reserved(6_000)
    await shop.worker.drain()
    assert [one.status for one in await shop.legs()] == [LegStatus.REQUIRES_ACTION]
    return leg


async def time_out(shop: Shop) -> list[str]:
    """Run the recurring job once; the keys of what it canceled at the provider."""
    before = len(shop.provider.calls)
    await time_out_refunds(shop.services, None)  # type: ignore[arg-type]  # it reads nothing of its job
    return [key for verb, key in shop.provider.calls[before:] if verb == "cancel_refund"]


async def free(shop: Shop) -> int:
    capacities = await shop.db.read(lambda conn: service.capacity(conn, ORDER))
    return sum(found.free_minor for found in capacities)


async def test_before_its_time_it_waits_and_keeps_its_amount(shop: Shop) -> None:
    await waiting(shop)
    shop.later(ACTION_LIFETIME)
    assert await time_out(shop) == []
    assert await free(shop) == 4_000


async def test_after_its_time_it_is_canceled_and_frees_its_amount_once(shop: Shop) -> None:
    leg = await waiting(shop)
    shop.later(LATE)
    assert await time_out(shop) == [f"refund_cancel:{leg.id}:1"]
    assert await time_out(shop) == []
    await shop.hears("evt_late", "refund.updated", "refund", "re_1")
    await shop.worker.drain()
    assert [(one.status, one.failure_code) for one in await shop.legs()] == [(LegStatus.CANCELED, "action_timed_out")]
    assert await free(shop) == 10_000
    assert await shop.findings() == [FindingKind.REFUND_FAILED]
    assert await shop.db.read(service.verify) == []


async def test_a_customer_who_acts_at_the_last_moment_is_paid_and_not_canceled(shop: Shop) -> None:
    await waiting(shop)
    shop.provider.refunds["re_1"] = replace(shop.provider.refunds["re_1"], status=RefundStatus.SUCCEEDED)
    shop.later(LATE)
    await time_out(shop)
    assert [one.status for one in await shop.legs()] == [LegStatus.SUCCEEDED]
    assert await free(shop) == 4_000


async def test_without_an_answer_it_is_asked_again_with_the_same_key(shop: Shop) -> None:
    leg = await waiting(shop)
    shop.later(LATE)
    shop.provider.lost = 1
    assert await time_out(shop) == [f"refund_cancel:{leg.id}:1"]
    assert [one.status for one in await shop.legs()] == [LegStatus.REQUIRES_ACTION]
    assert await time_out(shop) == [f"refund_cancel:{leg.id}:1"]
    assert [one.status for one in await shop.legs()] == [LegStatus.CANCELED]


async def test_a_refund_that_timed_out_is_owed_until_it_is_made_good(shop: Shop) -> None:
    leg = await waiting(shop)
    shop.later(LATE)
    await time_out(shop)
    assert rules.all_ended(await shop.legs()) is False
    shop.provider.refund_status = RefundStatus.SUCCEEDED
    await shop.services.write(lambda conn, act: service.retry(conn, leg.id, act))
    await shop.worker.drain()
    assert [one.status for one in await shop.legs()] == [LegStatus.CANCELED, LegStatus.SUCCEEDED]
    assert rules.all_ended(await shop.legs()) is True
    assert await free(shop) == 4_000
    assert await shop.db.read(service.verify) == []
