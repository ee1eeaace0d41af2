"""All SQL of customer groups."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.connections import ReadConnection, WriteConnection
from domain.customers.errors import GroupHandleTaken
from domain.customers.model import CustomerGroup, CustomerGroupId
from domain.customers.tables import CustomerGroupMemberRow, CustomerGroupRow
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.tables import table_of

_group = table_of(CustomerGroupRow)
_member = table_of(CustomerGroupMemberRow)


def insert_group(conn: WriteConnection, group: CustomerGroup) -> None:
    """Write a group.

    Raises:
        GroupHandleTaken: another one has its handle.
    """
    try:
        with conn.begin_nested():
            conn.execute(
                sa.insert(_group).values(
                    id=group.id, handle=group.handle, title=group.title, created_at=group.created_at
                )
            )
    except sa.exc.IntegrityError:
        raise GroupHandleTaken(group.handle) from None


def groups(conn: ReadConnection, ids: Sequence[CustomerGroupId]) -> Mapping[CustomerGroupId, CustomerGroup]:
    """Groups by id."""
    rows = conn.execute(sa.select(_group).where(_group.c.id.in_(ids)))
    return {group.id: group for group in map(_built, rows)}


def page(conn: ReadConnection, asked: Page) -> Slice[CustomerGroup]:
    """Groups, by handle."""
    return fetch_slice(conn, sa.select(_group), [SortColumn(_group.c.handle)], asked, _built)


def add_members(conn: WriteConnection, group_id: CustomerGroupId, customer_ids: Sequence[UUID]) -> None:
    """Put customers into a group; those who are in it stay."""
    rows = [{"group_id": group_id, "customer_id": customer_id} for customer_id in sorted(set(customer_ids))]
    if rows:
        conn.execute(insert(_member).on_conflict_do_nothing(), rows)


def remove_members(conn: WriteConnection, group_id: CustomerGroupId, customer_ids: Sequence[UUID]) -> None:
    """Take customers out of a group; those who are not in it stay out."""
    conn.execute(sa.delete(_member).where(_member.c.group_id == group_id, _member.c.customer_id.in_(customer_ids)))


def count_members(conn: ReadConnection, ids: Sequence[CustomerGroupId]) -> Mapping[CustomerGroupId, int]:
    """How many customers are in each group; absent when none are."""
    rows = conn.execute(
        sa.select(_member.c.group_id, sa.func.count()).where(_member.c.group_id.in_(ids)).group_by(_member.c.group_id)
    )
    return {CustomerGroupId(row[0]): int(row[1]) for row in rows}


def _built(row: sa.Row[*tuple[object, ...]]) -> CustomerGroup:
    return CustomerGroup(CustomerGroupId(row.id), row.handle, row.title, row.created_at)
