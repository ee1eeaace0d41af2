"""The room's invariants over the whole database, as far as its own tables show them."""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.registers.store import entry_table, session_table

DRAWER = "a closed drawer expected its float and the sum of its entries"
ABOVE_ZERO = "no drawer holds less than nothing"


def verify(conn: ReadConnection) -> list[tuple[str, str]]:
    """(invariant, what was found) for each place where one does not hold."""
    session, entry = session_table.c, entry_table.c
    total = (session.float_minor + sa.func.coalesce(sa.func.sum(entry.amount_minor), 0)).label("total")
    sums = (
        sa.select(session.id, session.expected_minor, total)
        .select_from(session_table.outerjoin(entry_table, entry.session_id == session.id))
        .group_by(session.id, session.expected_minor, session.float_minor)
        .subquery()
    )
    found = conn.execute(sa.select(sums).where(sa.or_(sums.c.total != sums.c.expected_minor, sums.c.total < 0)))
    return [
        (ABOVE_ZERO if row.total < 0 else DRAWER, f"{row.id}: expected {row.expected_minor}, is {row.total}")
        for row in found
    ]
