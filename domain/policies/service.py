"""Setting policies. Reading them goes through `store`, mostly along with what they rule."""

from domain.acts import Act
from domain.connections import WriteConnection
from domain.policies import rules, store
from domain.policies.errors import (
    PolicyChannelNotFound,
    PolicyLocationNotFound,
    StalePolicyVersion,
    TooManyVersions,
)
from domain.policies.model import (
    PickupPolicy,
    PickupPolicyChange,
    PolicyChannelId,
    PolicyLocationId,
    ReturnPolicy,
    ReturnPolicyChange,
)


def open_location(conn: WriteConnection, location_id: PolicyLocationId) -> None:
    """Write a new location's first policy."""
    store.add_pickup_policy(conn, location_id, PickupPolicy())


def open_channel(conn: WriteConnection, channel_id: PolicyChannelId) -> None:
    """Write a new sales channel's first policy."""
    store.add_return_policy(conn, channel_id, ReturnPolicy())


def set_pickup_policy(conn: WriteConnection, change: PickupPolicyChange, act: Act) -> PickupPolicy:
    """Set how a location handles pickups of orders placed from a moment on; orders that are there keep theirs.

    Raises:
        PolicyLocationNotFound: there is none.
        StalePolicyVersion, TooManyVersions: its versions.
        ValidFromInvalid, NothingToChange, PolicyNumberOutOfRange, RemindersInvalid: the values.
    """
    store.lock_pickup_policies(conn, change.location_id)
    newest = store.newest_pickup_version(conn, change.location_id)
    if newest is None:
        raise PolicyLocationNotFound
    version = _next(newest, change.expected_version)
    since = rules.valid_from(change.valid_from, act.now)
    before = store.pickup_policies_at(conn, [change.location_id], since)[change.location_id]
    after = rules.changed_pickup(before, change, version, since)
    store.add_pickup_policy(conn, change.location_id, after)
    return after


def set_return_policy(conn: WriteConnection, change: ReturnPolicyChange, act: Act) -> ReturnPolicy:
    """Set what a sales channel takes back of orders placed from a moment on; orders that are there keep theirs.

    Raises:
        PolicyChannelNotFound: there is none.
        StalePolicyVersion, TooManyVersions: its versions.
        ValidFromInvalid, NothingToChange, PolicyNumberOutOfRange: the values.
    """
    store.lock_return_policies(conn, change.channel_id)
    newest = store.newest_return_version(conn, change.channel_id)
    if newest is None:
        raise PolicyChannelNotFound
    version = _next(newest, change.expected_version)
    since = rules.valid_from(change.valid_from, act.now)
    before = store.return_policies_at(conn, [change.channel_id], since)[change.channel_id]
    after = rules.changed_return(before, change, version, since)
    store.add_return_policy(conn, change.channel_id, after)
    return after


def _next(newest: int, expected: int | None) -> int:
    if expected not in (None, newest):
        raise StalePolicyVersion(newest)
    if newest >= rules.VERSIONS_MAX:
        raise TooManyVersions(rules.VERSIONS_MAX)
    return newest + 1
