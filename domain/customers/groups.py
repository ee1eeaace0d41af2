"""Groups of customers who are to be treated alike, such as staff or trade customers."""

import re
from collections.abc import Sequence
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.customers import store, store_groups
from domain.customers.errors import CustomerNotFound, GroupInvalid, GroupNotFound
from domain.customers.model import CustomerGroup, CustomerGroupId

MEMBERS_PER_CHANGE_MAX = 1_000
_TITLE_LENGTH_MAX = 120
_HANDLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HANDLE_LENGTH_MAX = 80


def create(conn: WriteConnection, handle: str, title: str, act: Act) -> CustomerGroup:
    """Make a group.

    Raises:
        GroupInvalid, GroupHandleTaken: see their words.
    """
    if len(handle) > _HANDLE_LENGTH_MAX or not _HANDLE.fullmatch(handle):
        raise GroupInvalid("A handle has up to 80 small letters, digits and single hyphens.", "handle")
    if not 1 <= len(title.strip()) <= _TITLE_LENGTH_MAX:
        raise GroupInvalid(f"A title has 1 to {_TITLE_LENGTH_MAX} characters.", "title")
    group = CustomerGroup(CustomerGroupId(act.new_id()), handle, title.strip(), act.now)
    store_groups.insert_group(conn, group)
    return group


def add_members(conn: WriteConnection, group_id: CustomerGroupId, customer_ids: Sequence[UUID]) -> CustomerGroup:
    """Put customers into a group. Doing it again changes nothing.

    Raises:
        GroupNotFound, CustomerNotFound: one of them does not exist.
    """
    group = _group(conn, group_id)
    if len(store.customers(conn, list(set(customer_ids)))) < len(set(customer_ids)):
        raise CustomerNotFound
    store_groups.add_members(conn, group_id, customer_ids)
    return group


def remove_members(conn: WriteConnection, group_id: CustomerGroupId, customer_ids: Sequence[UUID]) -> CustomerGroup:
    """Take customers out of a group. Doing it again changes nothing.

    Raises:
        GroupNotFound: there is none.
    """
    group = _group(conn, group_id)
    store_groups.remove_members(conn, group_id, customer_ids)
    return group


def _group(conn: WriteConnection, group_id: CustomerGroupId) -> CustomerGroup:
    found = store_groups.groups(conn, [group_id]).get(group_id)
    if found is None:
        raise GroupNotFound
    return found
