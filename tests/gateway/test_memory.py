"""A process that serves keeps what it needs in sight and no more."""

import ctypes
import gc
from collections.abc import Iterator

import pytest

from gateway.memory import give_back, settle


@pytest.fixture
def collecting() -> Iterator[None]:
    """The collector as it was, afterwards."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collecting")
def test_what_start_up_made_is_not_looked_through_again() -> None:
    made = [[] for _ in range(1_000)]

    settle()

    assert gc.get_freeze_count() >= len(made)
    assert not any(one is made for one in gc.get_objects())
    assert gc.isenabled()


def test_freed_memory_is_given_back_where_the_c_library_can_be_told() -> None:
    assert give_back() is hasattr(ctypes.CDLL(None), "mallopt")


def test_nothing_is_told_to_a_library_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())

    assert not give_back()
