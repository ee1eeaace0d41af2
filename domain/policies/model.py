"""Values of the policies room. Durations name their unit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

PolicyLocationId = NewType("PolicyLocationId", UUID)
PolicyChannelId = NewType("PolicyChannelId", UUID)

PERCENT = 100
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""From when first versions hold."""


class Unanswered(StrEnum):
    """What becomes of a pickup that a store does not answer in time."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True)
class PickupPolicy:
    """How a location handles pickups of orders placed while this policy holds. The defaults are what a location opens with.

    Attributes:
        preparation_minutes: open minutes between an order and "ready".
        accept_within_minutes: how long a store may leave an order unanswered.
        unanswered: what happens then. ACCEPT: the goods are committed, so silence is no reason to wait. REJECT: another
            location sends them here, or the order is canceled.
        expiry_days: days a ready pickup waits, to the midnight that ends the last one where the store is.
        reminder_days: how many days before that the buyer is reminded; longest first, none twice.
        extension_days_max: how far ahead staff may extend it at once.
        no_show_grace_hours: how long an expired pickup may still be extended before it is canceled and refunded.
        transfer_hours: what a promise grows by when goods come from another location.
        deposit_percent: what of an order that is all collected must be paid with it, the rest when it is collected; 100 is
            all of it, 0 nothing.
    """

    version: int = 1
    valid_from: datetime = SINCE_EVER
    preparation_minutes: int = 120
    accept_within_minutes: int = 30
    unanswered: Unanswered = Unanswered.ACCEPT
    expiry_days: int = 7
    reminder_days: tuple[int, ...] = (3, 1)
    extension_days_max: int = 30
    no_show_grace_hours: int = 24
    transfer_hours: int = 24
    deposit_percent: int = PERCENT

    @property
    def accept_within(self) -> timedelta:
        return timedelta(minutes=self.accept_within_minutes)

    @property
    def no_show_grace(self) -> timedelta:
        return timedelta(hours=self.no_show_grace_hours)

    @property
    def transfer_takes(self) -> timedelta:
        return timedelta(hours=self.transfer_hours)


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """What a sales channel takes back of orders placed while this policy holds. The defaults are what a channel opens with.

    Attributes:
        window_days: how long after pickup or delivery a return may be asked for, to the end of that day where it was sold.
        claim_days: how long announced units stay claimed before anything arrives.
        quote_minutes: how long a quote binds.
        refunds_shipping: whether the shop bears the shipping of an order that comes back whole: it goes back with the last
            unit. Otherwise the buyer bears it.
        restocks: where goods go whose disposition nobody names: back on the shelf, or aside for a closer look.
    """

    version: int = 1
    valid_from: datetime = SINCE_EVER
    window_days: int = 30
    claim_days: int = 30
    quote_minutes: int = 30
    refunds_shipping: bool = True
    restocks: bool = True

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    @property
    def claim_lifetime(self) -> timedelta:
        return timedelta(days=self.claim_days)

    @property
    def quote_lifetime(self) -> timedelta:
        return timedelta(minutes=self.quote_minutes)


@dataclass(frozen=True, slots=True)
class PickupPolicyChange:
    """New values for a location's pickups; None keeps what would hold at that moment.

    Attributes:
        valid_from: from when, for orders placed from then on; None for now.
        expected_version: when given, the location's newest version must be this one.
    """

    location_id: PolicyLocationId
    expected_version: int | None = None
    valid_from: datetime | None = None
    preparation_minutes: int | None = None
    accept_within_minutes: int | None = None
    unanswered: Unanswered | None = None
    expiry_days: int | None = None
    reminder_days: tuple[int, ...] | None = None
    extension_days_max: int | None = None
    no_show_grace_hours: int | None = None
    transfer_hours: int | None = None
    deposit_percent: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnPolicyChange:
    """New values for what a sales channel takes back; None keeps what would hold at that moment.

    `valid_from` and `expected_version` are as in `PickupPolicyChange`.
    """

    channel_id: PolicyChannelId
    expected_version: int | None = None
    valid_from: datetime | None = None
    window_days: int | None = None
    claim_days: int | None = None
    quote_minutes: int | None = None
    refunds_shipping: bool | None = None
    restocks: bool | None = None
