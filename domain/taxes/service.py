"""Use cases of the taxes room: commands leave jobs behind, and the jobs' handlers write what the service answered."""

from collections.abc import Sequence
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.jobs import store as jobs
from domain.money import Currency
from domain.pricing.tax_provider import RecordedSale, ReversalRecord, ReversedItem, SaleRecord
from domain.taxes import rules, store
from domain.taxes.model import Calculation, CalculationId, PlacedCalculation, Reversal, ReversalId, TakenBack

RECORD = "tax.record"
REVERSE = "tax.reverse"


def sold(
    conn: WriteConnection,
    order_id: UUID,
    currency: Currency,
    placed: Sequence[PlacedCalculation],
    act: Act,
    *,
    prices_include_tax: bool,
) -> None:
    """Have an order's sale recorded after this commit, one record for each calculation."""
    calculations = [
        Calculation(CalculationId(act.new_id()), order_id, position, currency, prices_include_tax, one)
        for position, one in enumerate(placed)
    ]
    store.insert(conn, calculations, act.now)
    for one in calculations:
        jobs.enqueue(conn, act, RECORD, {"calculation": str(one.id)})


def take_back(conn: WriteConnection, order_id: UUID, source: str, parts: Sequence[TakenBack], act: Act) -> None:
    """Have parts of an order reversed once its sale is recorded; what carries no calculation, such as a gift card, is left
    out. `source` names the cancellation or settlement, which takes back once."""
    calculations = store.lock_of_order(conn, order_id)
    sold = {part.id: (part.net_minor, part.tax_minor) for one in calculations for part in one.placed.parts}
    spread = rules.spread(sold, store.taken_back(conn, [one.id for one in calculations]), parts)
    reversals, ready = [], []
    for one in calculations:
        own = {part.id for part in one.placed.parts}
        taken = tuple(part for part in spread if part.id in own)
        if taken:
            reversals.append(Reversal(ReversalId(act.new_id()), one.id, source, taken))
            if one.transaction is not None:
                ready.append(reversals[-1].id)
    store.insert_reversals(conn, reversals, act.now)
    _have_reversed(conn, ready, act)


def to_record(conn: ReadConnection, calculation_id: CalculationId) -> SaleRecord | None:
    """What to ask the service to record; None when it has."""
    found = store.calculation(conn, calculation_id)
    if found.transaction is not None:
        return None
    return SaleRecord(f"tax_record:{found.id}", found.placed.reference, _named(str(found.order_id), found.position))


def record(conn: WriteConnection, calculation_id: CalculationId, recorded: RecordedSale, act: Act) -> None:
    """Write that the service has a sale in its books, and have it take back what came back meanwhile."""
    if store.lock(conn, calculation_id).transaction is None:
        store.save_recorded(conn, calculation_id, recorded.transaction, recorded.items)
        _have_reversed(conn, store.reversals_of(conn, calculation_id), act)


def _have_reversed(conn: WriteConnection, reversals: Sequence[ReversalId], act: Act) -> None:
    for reversal_id in reversals:
        jobs.enqueue(conn, act, REVERSE, {"reversal": str(reversal_id)})


def to_reverse(conn: ReadConnection, reversal_id: ReversalId) -> ReversalRecord | None:
    """What to ask the service to take back; None when it has."""
    wanted = store.reversal(conn, reversal_id)
    if wanted.transaction is not None:
        return None
    sale = store.calculation(conn, wanted.calculation_id)
    assert sale.transaction is not None, "a sale is recorded before it is reversed"
    names = {item.id: sale.recorded_items[item.key] for item in sale.placed.items}
    charge = sale.placed.charge
    items = tuple(
        ReversedItem(names[part.id], part.id.hex, part.quantity, part.net_minor, part.tax_minor)
        for part in wanted.parts
        if part.id in names
    )
    shipping = [part for part in wanted.parts if charge is not None and part.id == charge.id]
    return ReversalRecord(
        key=f"tax_reverse:{wanted.id}",
        transaction=sale.transaction,
        reference=_named(wanted.source, sale.position),
        currency=sale.currency,
        prices_include_tax=sale.prices_include_tax,
        items=items,
        shipping_net_minor=sum(part.net_minor for part in shipping),
        shipping_tax_minor=sum(part.tax_minor for part in shipping),
    )


def reverse(conn: WriteConnection, reversal_id: ReversalId, transaction: str) -> None:
    """Write that the service has taken a part back."""
    store.save_reversed(conn, reversal_id, transaction)


def _named(name: str, position: int) -> str:
    """Our name for a record: the plain one for an order's first calculation, with a number for those of further deliveries.

    >>> _named("order", 0), _named("order", 1)
    ('order', 'order:1')
    """
    return name if position == 0 else f"{name}:{position}"
