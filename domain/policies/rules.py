"""Pure decisions of policies: which values are sane, and what a change makes of the policy before it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta

from domain.policies.errors import (
    NothingToChange,
    PolicyNumberOutOfRange,
    RemindersInvalid,
    ValidFromInvalid,
)
from domain.policies.model import PERCENT, PickupPolicy, PickupPolicyChange, ReturnPolicy, ReturnPolicyChange

VERSIONS_MAX = 1_000
REMINDERS_MAX = 5
ANNOUNCED_DAYS_MAX = 730

DAYS_MAX = 365
WINDOW_DAYS_MAX = 3_650
HOURS_MAX = 24 * 30
PREPARATION_MINUTES_MAX = 60 * 24 * 30
ACCEPT_MINUTES_MAX = 60 * 24 * 7
QUOTE_MINUTES_MAX = 60 * 24

_PICKUP_BOUNDS: Mapping[str, tuple[str, int, int]] = {
    "preparation_minutes": ("preparationMinutes", 0, PREPARATION_MINUTES_MAX),
    "accept_within_minutes": ("acceptWithinMinutes", 0, ACCEPT_MINUTES_MAX),
    "expiry_days": ("expiryDays", 0, DAYS_MAX),
    "extension_days_max": ("extensionDaysMax", 1, DAYS_MAX),
    "no_show_grace_hours": ("noShowGraceHours", 0, HOURS_MAX),
    "transfer_hours": ("transferHours", 0, HOURS_MAX),
    "deposit_percent": ("depositPercent", 0, PERCENT),
}
_RETURN_BOUNDS: Mapping[str, tuple[str, int, int]] = {
    "window_days": ("windowDays", 0, WINDOW_DAYS_MAX),
    "claim_days": ("claimDays", 1, DAYS_MAX),
    "quote_minutes": ("quoteMinutes", 1, QUOTE_MINUTES_MAX),
}
_PICKUP_VALUES = tuple(one.name for one in fields(PickupPolicy) if one.name not in ("version", "valid_from"))
_RETURN_VALUES = tuple(one.name for one in fields(ReturnPolicy) if one.name not in ("version", "valid_from"))


def valid_from(wanted: datetime | None, now: datetime) -> datetime:
    """From when a change holds.

    Raises:
        ValidFromInvalid: in the past, or too far ahead.
    """
    latest = now + timedelta(days=ANNOUNCED_DAYS_MAX)
    if wanted is None:
        return now
    if not now <= wanted <= latest:
        raise ValidFromInvalid(now, latest)
    return wanted


def changed_pickup(before: PickupPolicy, change: PickupPolicyChange, version: int, since: datetime) -> PickupPolicy:
    """The policy after a change.

    Raises:
        NothingToChange, PolicyNumberOutOfRange, RemindersInvalid: its values.
    """
    values = _given(change, _PICKUP_VALUES)
    after = replace(before, version=version, valid_from=since, **values)  # type: ignore[arg-type]  # names are checked
    _check_bounds(after, _PICKUP_BOUNDS)
    days = after.reminder_days
    if len(days) > REMINDERS_MAX or len(set(days)) < len(days) or not all(1 <= day <= DAYS_MAX for day in days):
        raise RemindersInvalid(REMINDERS_MAX, DAYS_MAX)
    return replace(after, reminder_days=tuple(sorted(days, reverse=True)))


def changed_return(before: ReturnPolicy, change: ReturnPolicyChange, version: int, since: datetime) -> ReturnPolicy:
    """The policy after a change.

    Raises:
        NothingToChange, PolicyNumberOutOfRange: its values.
    """
    values = _given(change, _RETURN_VALUES)
    after = replace(before, version=version, valid_from=since, **values)  # type: ignore[arg-type]  # names are checked
    _check_bounds(after, _RETURN_BOUNDS)
    return after


def _given(change: PickupPolicyChange | ReturnPolicyChange, names: tuple[str, ...]) -> dict[str, object]:
    values = {name: value for name in names if (value := getattr(change, name)) is not None}
    if not values:
        raise NothingToChange
    return values


def _check_bounds(policy: PickupPolicy | ReturnPolicy, bounds: Mapping[str, tuple[str, int, int]]) -> None:
    for name, (field, minimum, maximum) in bounds.items():
        if not minimum <= getattr(policy, name) <= maximum:
            raise PolicyNumberOutOfRange(field, minimum, maximum)
