"""What cash rounding brings in or costs: a transfer of the ledger, never a change of a price."""

from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import service as ledger
from domain.ledger.model import TransferCode
from domain.ledger.service import SystemTransfer
from domain.money import Money

ROUNDING = "cash_rounding"
DRAWER = "cash_drawer"


def book(conn: WriteConnection, gain: Money, order_id: UUID | None, reference: str, act: Act) -> None:
    """Write what the drawer has more (or, when negative, less) than what was due; nothing when cash was exact."""
    if gain.amount_minor == 0:
        return
    debit, credit = (DRAWER, ROUNDING) if gain.amount_minor > 0 else (ROUNDING, DRAWER)
    ledger.transfer_between(
        conn,
        SystemTransfer(gain.currency, debit, credit, abs(gain.amount_minor), TransferCode.CASH_ROUNDING, reference),
        act,
        order_id=order_id,
    )
