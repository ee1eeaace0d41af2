"""Holds and chains without a database."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.chain import GENESIS, seal
from domain.ledger.model import Hold, HoldId, HoldState, LotId, Pick, WalletId

NOW = datetime(2026, 1, 10, 10, tzinfo=UTC)


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=6), data=st.data())
def test_parts_of_a_hold_are_consumed_in_order_and_sum_up(sizes: list[int], data: st.DataObject) -> None:
    picks = tuple(Pick(LotId(UUID(int=index)), size) for index, size in enumerate(sizes))
    hold = Hold(HoldId(UUID(int=9)), WalletId(UUID(int=8)), sum(sizes), HoldState.PENDING, "", picks, NOW)
    cut = data.draw(st.integers(0, sum(sizes)))
    one_by_one = [pick.lot_id for pick in picks for _ in range(pick.points)]
    head, tail = hold.consumed(0, cut), hold.consumed(cut, sum(sizes) - cut)
    assert [pick.lot_id for pick in head for _ in range(pick.points)] == one_by_one[:cut]
    assert [pick.lot_id for pick in tail for _ in range(pick.points)] == one_by_one[cut:]


def test_every_field_changes_the_seal() -> None:
    fields = {
        "transfer_id": UUID(int=1),
        "unit": "POINTS",
        "debit": "a",
        "credit": "b",
        "amount": 1,
        "code": "EARN",
        "phase": "POSTED",
        "order_id": None,
        "hold_id": None,
        "reference": "x|y",
        "effective_at": NOW,
        "version": 1,
        "balance_after": 1,
    }
    others = {
        "transfer_id": UUID(int=2),
        "unit": "EUR",
        "debit": "a|b",
        "credit": "c",
        "amount": 2,
        "code": "BONUS",
        "phase": "VOIDED",
        "order_id": UUID(int=3),
        "hold_id": UUID(int=4),
        "reference": "x\\py",
        "effective_at": NOW.replace(year=2027),
        "version": 2,
        "balance_after": 2,
    }
    first = seal(GENESIS, **fields)  # type: ignore[arg-type]
    seals = {seal(GENESIS, **{**fields, name: other}) for name, other in others.items()}  # type: ignore[arg-type]
    assert len(seals | {first, seal("1" * 64, **fields)}) == len(others) + 2  # type: ignore[arg-type]
