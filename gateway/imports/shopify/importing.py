"""The import: reads, plans and writes, so many products a commit, and accounts for every row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.acts import Act
from domain.connections import WriteConnection
from gateway.database import Database
from gateway.imports.shopify.applying import StockKeeper, apply
from gateway.imports.shopify.model import Outcome, Part, PlannedProduct, Report, Row
from gateway.imports.shopify.planning import Target, plan
from gateway.imports.shopify.reading import groups, rows

PRODUCTS_PER_COMMIT = 50


@dataclass(frozen=True, slots=True)
class ProductImport:
    """What to import into.

    Attributes:
        target: the channel that prices and publications are for.
        new_act: gives the act of the next commit.
        keep_stock: takes the opening stock of new variants, in the transaction that makes them; None keeps none.
        watch: hears the report so far after every commit.
    """

    target: Target
    new_act: Callable[[], Act]
    keep_stock: StockKeeper | None = None
    watch: Callable[[Report], None] = lambda _report: None


@dataclass(frozen=True, slots=True)
class _Chunk:
    plans: Sequence[PlannedProduct]
    settled: Part


async def import_products(database: Database, lines: Iterable[str], wanted: ProductImport) -> Report:
    """Import an export, whose `lines` keep their line ends; what was committed stays when a later row is unreadable.

    Raises:
        UnreadableFile: the file is no product export.
    """
    report = Report()
    for chunk in _chunks(groups(rows(lines)), wanted.target):
        report = report.plus(chunk.settled)
        if chunk.plans:
            report = report.plus(await database.write(_command(chunk.plans, wanted)))
        wanted.watch(report)
    return report.in_file_order()


def _command(plans: Sequence[PlannedProduct], wanted: ProductImport) -> Callable[[WriteConnection], Part]:
    act = wanted.new_act()
    return lambda conn: apply(conn, plans, wanted.target, wanted.keep_stock, act)


def _chunks(found: Iterable[Sequence[Row] | Outcome], target: Target) -> Iterator[_Chunk]:
    """Plans with different handles, with the rows that were settled before them."""
    plans: dict[str, PlannedProduct] = {}
    settled: list[Part] = []
    for one in found:
        if isinstance(one, Outcome):
            settled.append(Part((one,)))
            continue
        planned = plan(one, target)
        # A handle that comes again is written after its first part, so that it finds it.
        if one[0].handle in plans or len(plans) >= PRODUCTS_PER_COMMIT:
            yield _Chunk(list(plans.values()), _joined(settled))
            plans, settled = {}, []
        settled.append(Part(planned.refused, planned.notes))
        if planned.product is not None:
            plans[one[0].handle] = planned.product
    yield _Chunk(list(plans.values()), _joined(settled))


def _joined(parts: Sequence[Part]) -> Part:
    outcomes = tuple(outcome for part in parts for outcome in part.outcomes)
    return Part(outcomes, tuple(note for part in parts for note in part.notes))
