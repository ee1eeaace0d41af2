"""What a request left in the database."""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.tables import metadata
from tests.api.shop import Shop

_COUNTED = [table for name, table in sorted(metadata.tables.items()) if name != "throttle"]
_TOTAL = sa.union_all(*(sa.select(sa.literal(table.name), sa.func.count()).select_from(table) for table in _COUNTED))


async def row_counts(shop: Shop) -> dict[str, int]:
    """How many rows each table has: every change writes to a log, so none goes unseen."""

    def count(conn: ReadConnection) -> dict[str, int]:
        return dict(conn.execute(_TOTAL).all())

    return await shop.process.database.read(count)
