"""All SQL of the policies room, and the joins by which rooms above read a policy along with what it rules."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from domain.connections import ReadConnection, WriteConnection
from domain.policies.model import PickupPolicy, ReturnPolicy
from domain.policies.tables import PickupPolicyRow, ReturnPolicyRow
from domain.statements import Row, Statement, one_of
from domain.tables import UtcDateTime, table_of

_pickup = table_of(PickupPolicyRow)
_return = table_of(ReturnPolicyRow)

_PREFIX = "policy_"

PICKUP_COLUMNS = [column.label(_PREFIX + column.name) for column in _pickup.c if column.name != "location_id"]
"""A pickup policy's columns under names of their own, for statements that read more than it; see `pickup_policy_of`."""

RETURN_COLUMNS = [column.label(_PREFIX + column.name) for column in _return.c if column.name != "sales_channel_id"]
"""The same of a return policy; see `return_policy_of`."""


def pickup_policy_holds(
    location_id: sa.ColumnElement[UUID], moment: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """The condition under which `pickup_policy` joins: the version that held at a location at a moment."""
    return _holds(_pickup, _pickup.c.location_id, location_id, moment)


def return_policy_holds(
    channel_id: sa.ColumnElement[UUID], moment: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """The condition under which `return_policy` joins: the version that held in a sales channel at a moment."""
    return _holds(_return, _return.c.sales_channel_id, channel_id, moment)


def _holds(
    table: sa.Table, own: sa.Column[UUID], owner: sa.ColumnElement[UUID], moment: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    return sa.and_(own == owner, table.c.version == _newest(table, own, owner, moment))


def _newest(
    table: sa.Table, own: sa.Column[UUID], owner: sa.ColumnElement[UUID], moment: sa.ColumnElement[datetime]
) -> sa.ScalarSelect[int]:
    inner = table.alias()
    return (
        sa.select(inner.c.version)
        .where(inner.c[own.name] == owner, inner.c.valid_from <= moment)
        .order_by(inner.c.valid_from.desc(), inner.c.version.desc())
        .limit(sa.literal_column("1"))
        .scalar_subquery()
    )


def _at(table: sa.Table, own: sa.Column[UUID], columns: Sequence[sa.ColumnElement[Any]]) -> Statement:
    """The versions of several owners that hold at one moment."""
    moment = sa.bindparam("at", type_=UtcDateTime())
    held = table.c.version == _newest(table, own, own, moment)
    return Statement(sa.select(own.label("owner"), *columns).where(one_of(own, "owners"), held))


class later(sa.ColumnElement[datetime]):  # noqa: N801 - reads like the function of SQL that it is
    """The moment that is a column's number of minutes or hours after a column's moment."""

    inherit_cache = False
    type = UtcDateTime()

    def __init__(
        self, moment: sa.ColumnElement[Any], amount: sa.ColumnElement[Any], unit: Literal["minutes", "hours"]
    ) -> None:
        self.moment, self.amount, self.unit = moment, amount, unit


@compiles(later, "postgresql")
def _later_interval(element: later, compiler: SQLCompiler, **options: Any) -> str:
    moment, amount = (str(compiler.process(part, **options)) for part in (element.moment, element.amount))
    return f"({moment} + {amount} * interval '1 {element.unit}')"


@compiles(later, "sqlite")
def _later_text(element: later, compiler: SQLCompiler, **options: Any) -> str:
    moment, amount = (str(compiler.process(part, **options)) for part in (element.moment, element.amount))
    return f"strftime('%Y-%m-%d %H:%M:%f', {moment}, {amount} || ' {element.unit}')"


_PICKUP_AT = _at(_pickup, _pickup.c.location_id, PICKUP_COLUMNS)
_RETURN_AT = _at(_return, _return.c.sales_channel_id, RETURN_COLUMNS)


def pickup_policies_at(conn: ReadConnection, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, PickupPolicy]:
    """How locations handle pickups ordered at a moment; a location that there is not is absent."""
    return {row.owner: pickup_policy_of(row) for row in _PICKUP_AT.all(conn, owners=ids, at=at)}


def return_policies_at(conn: ReadConnection, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, ReturnPolicy]:
    """What sales channels take back of orders placed at a moment; a channel that there is not is absent."""
    return {row.owner: return_policy_of(row) for row in _RETURN_AT.all(conn, owners=ids, at=at)}


def pickup_policy(conn: ReadConnection, location_id: UUID, version: int) -> PickupPolicy:
    """One version, which exists."""
    own = sa.and_(_pickup.c.location_id == location_id, _pickup.c.version == version)
    return pickup_policy_of(conn.execute(sa.select(*PICKUP_COLUMNS).where(own)).one())


def return_policy(conn: ReadConnection, channel_id: UUID, version: int) -> ReturnPolicy:
    """One version, which exists."""
    own = sa.and_(_return.c.sales_channel_id == channel_id, _return.c.version == version)
    return return_policy_of(conn.execute(sa.select(*RETURN_COLUMNS).where(own)).one())


def newest_pickup_version(conn: ReadConnection, location_id: UUID) -> int | None:
    """The newest version of a location's pickup policy; None when there is no such location."""
    query = sa.select(sa.func.max(_pickup.c.version)).where(_pickup.c.location_id == location_id)
    return conn.execute(query).scalar_one_or_none()


def newest_return_version(conn: ReadConnection, channel_id: UUID) -> int | None:
    """The newest version of a sales channel's return policy; None when there is no such channel."""
    query = sa.select(sa.func.max(_return.c.version)).where(_return.c.sales_channel_id == channel_id)
    return conn.execute(query).scalar_one_or_none()


def lock_pickup_policies(conn: WriteConnection, location_id: UUID) -> None:
    """Keep others from adding a version until the transaction ends: the first one is never changed, so it is the lock."""
    _lock(conn, _pickup, _pickup.c.location_id == location_id)


def lock_return_policies(conn: WriteConnection, channel_id: UUID) -> None:
    """As `lock_pickup_policies`."""
    _lock(conn, _return, _return.c.sales_channel_id == channel_id)


def _lock(conn: WriteConnection, table: sa.Table, own: sa.ColumnElement[bool]) -> None:
    conn.execute(sa.select(table.c.version).where(own, table.c.version == 1).with_for_update())


def add_pickup_policy(conn: WriteConnection, location_id: UUID, policy: PickupPolicy) -> None:
    """Write a version."""
    values = asdict(policy) | {"location_id": location_id, "reminder_days": list(policy.reminder_days)}
    conn.execute(sa.insert(_pickup).values(values))


def add_return_policy(conn: WriteConnection, channel_id: UUID, policy: ReturnPolicy) -> None:
    """Write a version."""
    conn.execute(sa.insert(_return).values(asdict(policy) | {"sales_channel_id": channel_id}))


def pickup_policy_of(row: Row | sa.Row[*tuple[object, ...]]) -> PickupPolicy:
    """The pickup policy that a row has among its columns."""
    return PickupPolicy(
        version=row.policy_version,
        valid_from=row.policy_valid_from,
        preparation_minutes=row.policy_preparation_minutes,
        accept_within_minutes=row.policy_accept_within_minutes,
        unanswered=row.policy_unanswered,
        expiry_days=row.policy_expiry_days,
        reminder_days=tuple(row.policy_reminder_days),
        extension_days_max=row.policy_extension_days_max,
        no_show_grace_hours=row.policy_no_show_grace_hours,
        transfer_hours=row.policy_transfer_hours,
        deposit_percent=row.policy_deposit_percent,
    )


def return_policy_of(row: Row | sa.Row[*tuple[object, ...]]) -> ReturnPolicy:
    """The return policy that a row has among its columns."""
    return ReturnPolicy(
        version=row.policy_version,
        valid_from=row.policy_valid_from,
        window_days=row.policy_window_days,
        claim_days=row.policy_claim_days,
        quote_minutes=row.policy_quote_minutes,
        refunds_shipping=row.policy_refunds_shipping,
        restocks=row.policy_restocks,
    )
