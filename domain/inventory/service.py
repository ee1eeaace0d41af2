"""The commands of the stock room, gathered under one name for the rooms above, the resolvers and the gateway.

Each is a constant number of statements, locks its levels in (variant, location) order before it reads what depends on
them, and tells the change feed which variants to look at again. Variants that keep no stock are passed over.
"""

from datetime import timedelta

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import store, store_checks
from domain.inventory.model import Finding
from domain.inventory.moving import (
    adjust,
    discard,
    quarantine,
    receive_many,
    release_quarantine,
    restock,
    set_safety_stock,
    transfer,
    write_off,
)
from domain.inventory.promising import commit, commit_now, fulfill, hold, release, sell, uncommit

__all__ = [
    "adjust",
    "commit",
    "commit_now",
    "discard",
    "forget_expired_holds",
    "fulfill",
    "hold",
    "quarantine",
    "receive_many",
    "release",
    "release_quarantine",
    "restock",
    "sell",
    "set_safety_stock",
    "transfer",
    "uncommit",
    "verify",
    "write_off",
]

HOLD_REMEMBERED = timedelta(days=7)
"""How long a dead hold stays: a late payment still finds what it was for and takes it again if there is stock."""


def forget_expired_holds(conn: WriteConnection, act: Act) -> int:
    """Delete holds that have been dead for a week; returns how many. Only tidiness: a dead hold blocks nothing."""
    return store.forget_holds(conn, act.now - HOLD_REMEMBERED)


def verify(conn: ReadConnection) -> list[Finding]:
    """Every contradiction between levels, movements and commitments; empty when the records are sound."""
    return store_checks.verify(conn)
