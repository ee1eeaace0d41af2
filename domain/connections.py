"""The two kinds of connection a store may be given.

A query receives a `ReadConnection`, a command a `WriteConnection`. Every write connection reads too, never the other way
round, so the type checker keeps code that writes out of the reach of a query. Both are SQLAlchemy connections on
SQLite or PostgreSQL; only the port in `gateway.database` opens, commits and closes them.
"""

from typing import NewType

import sqlalchemy as sa

ReadConnection = NewType("ReadConnection", sa.Connection)
WriteConnection = NewType("WriteConnection", ReadConnection)
