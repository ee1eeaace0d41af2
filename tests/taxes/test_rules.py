"""What a tax service takes back of an order never passes what it taxed, part by part, and sums to what was given back."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.taxes.model import TakenBack
from domain.taxes.rules import spread

A, B, C = (UUID(int=n) for n in (1, 2, 3))
SOLD = {A: (1000, 200), B: (500, 100)}


def test_what_came_back_is_taken_back_of_its_own_part() -> None:
    assert spread(SOLD, [], [TakenBack(B, 2, 250, 50)]) == [TakenBack(B, 2, 250, 50)]


def test_what_was_kept_back_of_one_part_is_later_taken_back_of_it() -> None:
    """The first return was paid 300 less than its goods, which the second is paid more."""
    first = spread(SOLD, [], [TakenBack(A, 1, 700, 140)])
    assert spread(SOLD, first, [TakenBack(B, 1, 800, 160)]) == [TakenBack(A, 1, 300, 60), TakenBack(B, 1, 500, 100)]


def test_less_than_nothing_of_one_part_is_less_of_another() -> None:
    assert spread(SOLD, [], [TakenBack(A, 1, 400, 80), TakenBack(B, 1, -100, -20)]) == [TakenBack(A, 1, 300, 60)]


def test_parts_without_a_calculation_are_left_out() -> None:
    assert spread(SOLD, [], [TakenBack(C, 1, 700, 0)]) == []


@given(
    st.dictionaries(st.sampled_from([A, B, C]), st.tuples(st.integers(0, 900), st.integers(0, 90)), min_size=1),
    st.randoms(use_true_random=False),
)
def test_any_shares_of_the_whole_are_taken_back_within_every_part(
    sold: dict[UUID, tuple[int, int]], random: Random
) -> None:
    left = [sum(amounts[which] for amounts in sold.values()) for which in (0, 1)]
    before: list[TakenBack] = []
    for _ in range(6):
        whole = [random.randint(0, most) for most in left]
        first = [random.randint(-900, 900) for _ in whole]
        ids = sorted(sold)
        wanted = [
            TakenBack(ids[0], 1, first[0], first[1]),
            TakenBack(ids[-1], 1, whole[0] - first[0], whole[1] - first[1]),
        ]
        if len(ids) == 1:
            wanted = [TakenBack(ids[0], 1, whole[0], whole[1])]
        done = spread(sold, before, wanted)
        assert [sum(part.net_minor for part in done), sum(part.tax_minor for part in done)] == whole
        before += done
        left = [most - amount for most, amount in zip(left, whole, strict=True)]
        for id_, (net, tax) in sold.items():
            assert 0 <= sum(part.net_minor for part in before if part.id == id_) <= net
            assert 0 <= sum(part.tax_minor for part in before if part.id == id_) <= tax
