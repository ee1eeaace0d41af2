"""An open drawer for tests that take or give cash."""

from uuid import UUID

from domain.acts import SYSTEM, Act
from domain.connections import WriteConnection
from domain.money import Currency, Money
from domain.registers import service
from domain.registers.model import RegisterSession


def drawer(
    conn: WriteConnection,
    act: Act,
    terminal_id: UUID,
    location_id: UUID,
    currency: str = "GBP",
    *,
    holds: int = 100_000,
) -> RegisterSession:
    """The till's new session with so much in it."""
    opening = Money(holds, Currency(currency))
    return service.open_session(conn, terminal_id, location_id, opening.currency, opening, act.by(SYSTEM))
