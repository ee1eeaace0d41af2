"""Members and orders that tests of the loyalty room share."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from domain.acts import Act
from domain.connections import WriteConnection
from domain.loyalty import service, store
from domain.loyalty.model import EarnLine, EarnOrder, ReturnedUnits
from domain.loyalty.program import Program, Terms, Vesting
from domain.money import Currency
from tests.conftest import NOW

AT_ONCE = Terms(vesting=Vesting.IMMEDIATE)
SHOP = UUID(int=77)


def named(name: str) -> UUID:
    """A stable id for a name of a test."""
    return uuid5(SHOP, name)


def programme(conn: WriteConnection, act: Act, terms: Terms = AT_ONCE) -> Program:
    """A programme that grants at once, unless the test says otherwise."""
    return service.create_program(conn, "shop", "Shop", "SHOP", Currency("EUR"), terms, act)


def member(conn: WriteConnection, program: Program, act: Act, name: str = "ann", points: int = 0) -> UUID:
    """A member with some points."""
    wallet_id = service.open_account(conn, program, f"test:{name}", act)
    service.bonus(conn, wallet_id, points, act, reference="welcome")
    return wallet_id


def order(name: str, wallet_id: UUID, *lines: tuple[int, int], key: str = "f1", at: datetime = NOW) -> EarnOrder:
    """An order of (eligible minor units, quantity) lines, called 0, 1, 2 …"""
    return EarnOrder(
        order_id=named(name),
        wallet_id=wallet_id,
        currency="EUR",
        channel="WEB",
        lines=tuple(
            EarnLine(named(f"{name}/{index}"), minor, quantity, key) for index, (minor, quantity) in enumerate(lines)
        ),
        placed_at=at,
    )


def units(name: str, line: int, quantity: int, before: int, of: int) -> ReturnedUnits:
    """Units of a line of an order that come back."""
    return ReturnedUnits(named(f"{name}/{line}"), quantity, before, of)


def vector(conn: WriteConnection, wallet_id: UUID, now: datetime = NOW) -> Sequence[int]:
    """(available, pending, held, debt) as the member sees them."""
    wallet = store.wallets(conn, [wallet_id], now)[wallet_id]
    return (wallet.available, wallet.pending, wallet.held, wallet.debt)
