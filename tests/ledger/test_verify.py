"""A ledger that was tampered with is found out; one that was not is clean."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store as ledger
from domain.ledger import verify as ledger_verify
from domain.ledger.tables import HoldRow, LotMoveRow, LotRow, TransferRow, WalletRow
from domain.loyalty import service
from domain.loyalty.model import BudgetMode
from domain.loyalty.tables import AwardRow, BudgetRow, EarnedLineRow
from domain.loyalty.verify import verify
from domain.tables import table_of
from tests.conftest import NOW
from tests.loyalty.shop import member, named, order, programme, units

MakeAct = Callable[..., Act]
_transfer, _lot, _wallet = table_of(TransferRow), table_of(LotRow), table_of(WalletRow)


def busy(conn: WriteConnection, act: Act) -> None:
    """A ledger with an order, a hold, a return and a budget."""
    program = programme(conn, act)
    ann = member(conn, program, act, points=100)
    service.fund_budget(conn, program, "vendor:acme", 50, BudgetMode.PARTIAL, act, reference="invoice")
    service.earn_order(conn, order("o", ann, (5000, 2)), act)
    service.hold(conn, ann, 30, act, until=NOW + timedelta(minutes=15), owner="checkout")
    service.book_return(conn, named("o"), [units("o", 0, 1, 0, 2)], "r", act)


def test_a_busy_ledger_is_clean_and_everything_was_looked_at(conn: WriteConnection, act: Act) -> None:
    busy(conn, act)
    report = verify(conn)
    assert report.findings == ()
    assert report.checked == {"I1": 1, "I2": 1, "I3": 2, "I4": 1, "I5": 1, "I6": 1, "I7": 1, "I8": 4, "I9": 1, "I10": 4}


TAMPERINGS = {
    "a transfer's amount": (sa.update(_transfer).where(_transfer.c.code == "EARN").values(amount=49), {"I1", "I8"}),
    "a transfer's reason": (sa.update(_transfer).where(_transfer.c.code == "BONUS").values(reference="gift"), {"I8"}),
    "a missing transfer": (
        sa.update(_transfer).where(_transfer.c.code == "HOLD").values(wallet_version=99),
        {"I8"},
    ),
    "a wallet's balance": (sa.update(_wallet).values(available=_wallet.c.available + 1), {"I1", "I2", "I8"}),
    "a wallet's hash": (sa.update(_wallet).values(last_hash="f" * 64), {"I8"}),
    "a lot's counters": (
        sa.update(_lot).where(_lot.c.component == "base").values(spent=1, available=_lot.c.available - 1),
        {"I2", "I3"},
    ),
    "a lot's move": (
        sa.update(table_of(LotMoveRow)).where(table_of(LotMoveRow).c.bucket == "CLAWED").values(delta=24),
        {"I3"},
    ),
    "a hold's size": (sa.update(table_of(HoldRow)).values(released=1), {"I6"}),
    "a hold's owner of lots": (sa.update(table_of(HoldRow)).values(state="VOIDED"), {"I6"}),
    "an award": (sa.update(table_of(AwardRow)).values(points=60), {"I5"}),
    "a budget": (sa.update(table_of(BudgetRow)).values(remaining=51), {"I7"}),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(conn: WriteConnection, act: Act, name: str) -> None:
    busy(conn, act)
    statement, invariants = TAMPERINGS[name]
    conn.execute(statement)
    assert {finding.invariant for finding in verify(conn).findings} == invariants


def test_a_debt_beside_spendable_points_is_found(conn: WriteConnection, act: Act) -> None:
    busy(conn, act)
    conn.execute(sa.update(_wallet).values(debt=1))
    assert "I4" in {finding.invariant for finding in ledger_verify.verify(conn).findings}


def test_a_line_cannot_be_made_to_return_more_than_was_bought(conn: WriteConnection, act: Act) -> None:
    busy(conn, act)
    with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
        conn.execute(sa.update(table_of(EarnedLineRow)).values(returned=3))
    assert verify(conn).findings == ()


def test_the_same_script_gives_the_same_chain_on_both_engines(conn: WriteConnection, act: Act) -> None:
    busy(conn, act)
    heads = conn.execute(sa.select(_wallet.c.version, _wallet.c.last_hash)).all()
    assert [tuple(head) for head in heads] == [(4, "8deb2355303e9f9afce17ad367434599ffe9afab3f83fd33c4db81a1f9175d9d")]
    accounts = ["funding:program", "funding:vendor:acme", "redeemed:tender"]
    assert ledger.account_balances(conn, "SHOP", accounts) == {"funding:program": -125, "funding:vendor:acme": 50}
