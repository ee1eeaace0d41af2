"""What tax services were told of, against what was sold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.connections import ReadConnection
from domain.taxes import store

CALCULATED = "what a tax service taxed is in one calculation of its order"
WITHIN = "no more is taken back of a taxed part than was sold"


def verify(conn: ReadConnection, sold: Mapping[UUID, tuple[int, int]]) -> Iterable[tuple[str, str]]:
    """(invariant, what was found) for each place where one does not hold. `sold` is (net, tax) of each order line and each
    shipping charge of the orders that a tax service taxed."""
    named: dict[UUID, int] = defaultdict(int)
    for part_id in store.calculated_parts(conn):
        named[part_id] += 1
    for part_id, (_, tax) in sold.items():
        if named[part_id] > 1 or (tax and not named[part_id]):
            yield CALCULATED, f"part {part_id}: expected 1, is {named[part_id]}"
    back: dict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for part in store.taken_back(conn):
        net, tax = back[part.id]
        back[part.id] = (net + part.net_minor, tax + part.tax_minor)
    for part_id, taken in back.items():
        net, tax = sold.get(part_id, (0, 0))
        if not (0 <= taken[0] <= net and 0 <= taken[1] <= tax):
            yield WITHIN, f"part {part_id}: expected {net} and {tax} at most, is {taken[0]} and {taken[1]}"
