"""Which policies are sane."""

from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.policies import rules
from domain.policies.model import (
    PickupPolicy,
    PickupPolicyChange,
    PolicyChannelId,
    PolicyLocationId,
    ReturnPolicy,
    ReturnPolicyChange,
    Unanswered,
)
from tests.conftest import NOW, Ids

LOCATION, CHANNEL = PolicyLocationId(Ids()()), PolicyChannelId(Ids()())


def test_what_a_change_leaves_out_stays_and_reminders_are_sorted() -> None:
    change = PickupPolicyChange(LOCATION, expiry_days=3, reminder_days=(1, 2), unanswered=Unanswered.REJECT)
    after = rules.changed_pickup(PickupPolicy(transfer_hours=48), change, 2, NOW)
    assert after == PickupPolicy(
        2, NOW, expiry_days=3, reminder_days=(2, 1), unanswered=Unanswered.REJECT, transfer_hours=48
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "NOTHING_TO_CHANGE"),
        ({"preparation_minutes": -1}, "NUMBER_OUT_OF_RANGE"),
        ({"preparation_minutes": 43_201}, "NUMBER_OUT_OF_RANGE"),
        ({"accept_within_minutes": 10_081}, "NUMBER_OUT_OF_RANGE"),
        ({"expiry_days": 366}, "NUMBER_OUT_OF_RANGE"),
        ({"extension_days_max": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"no_show_grace_hours": 2**31 - 1}, "NUMBER_OUT_OF_RANGE"),
        ({"transfer_hours": 721}, "NUMBER_OUT_OF_RANGE"),
        ({"reminder_days": (1, 1)}, "REMINDERS_INVALID"),
        ({"reminder_days": (0,)}, "REMINDERS_INVALID"),
        ({"reminder_days": (6, 5, 4, 3, 2, 1)}, "REMINDERS_INVALID"),
    ],
)
def test_an_absurd_pickup_policy_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.changed_pickup(PickupPolicy(), PickupPolicyChange(LOCATION, **change), 2, NOW)  # type: ignore[arg-type]  # parametrised
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "NOTHING_TO_CHANGE"),
        ({"window_days": -1}, "NUMBER_OUT_OF_RANGE"),
        ({"window_days": 3_651}, "NUMBER_OUT_OF_RANGE"),
        ({"claim_days": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"quote_minutes": 1_441}, "NUMBER_OUT_OF_RANGE"),
    ],
)
def test_an_absurd_return_policy_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.changed_return(ReturnPolicy(), ReturnPolicyChange(CHANNEL, **change), 2, NOW)  # type: ignore[arg-type]  # as above
    assert refused.value.code == code


def test_a_policy_holds_from_now_or_a_day_within_two_years_and_never_from_the_past() -> None:
    assert rules.valid_from(None, NOW) == NOW
    assert rules.valid_from(NOW + timedelta(days=730), NOW) == NOW + timedelta(days=730)
    for wrong in (NOW - timedelta(microseconds=1), NOW + timedelta(days=731)):
        with pytest.raises(Refused) as refused:
            rules.valid_from(wrong, NOW)
        assert refused.value.code == "VALID_FROM_INVALID"
