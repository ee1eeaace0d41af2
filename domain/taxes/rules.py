"""What a tax service takes back, as a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from domain.taxes.model import TakenBack

Sold = Mapping[UUID, tuple[int, int]]
"""Net and tax of each taxed part of an order: lines and transports."""


def spread(sold: Sold, before: Iterable[TakenBack], wanted: Sequence[TakenBack]) -> list[TakenBack]:
    """What is taken back of each part, in the order of `sold`, so that no part gives back more than is left of it.

    A promotion that is priced again keeps money back of one return and pays it with a later one, of other goods. The service
    knows each part by itself, so what does not fit its own part comes out of others: net and tax sum to what is wanted as long
    as the order has that much left.
    """
    taken = [part for part in wanted if part.id in sold]
    earlier = list(before)
    nets = _within(
        _left({id_: net for id_, (net, _) in sold.items()}, ((part.id, part.net_minor) for part in earlier)),
        ((part.id, part.net_minor) for part in taken),
    )
    taxes = _within(
        _left({id_: tax for id_, (_, tax) in sold.items()}, ((part.id, part.tax_minor) for part in earlier)),
        ((part.id, part.tax_minor) for part in taken),
    )
    units = {part.id: part.quantity for part in taken}
    return [TakenBack(id_, units.get(id_, 1), nets[id_], taxes[id_]) for id_ in sold if nets[id_] or taxes[id_]]


def _left(sold: dict[UUID, int], before: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    for id_, amount in before:
        sold[id_] -= amount
    return sold


def _within(left: Mapping[UUID, int], wanted: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    asked = dict(wanted)
    taken = {id_: min(max(asked.get(id_, 0), 0), most) for id_, most in left.items()}
    rest = sum(asked.values()) - sum(taken.values())
    for id_, most in left.items():
        step = max(-taken[id_], min(rest, most - taken[id_]))
        taken[id_] += step
        rest -= step
    return taken
