"""The room's invariants as set-based queries over the whole database; an empty answer means that they hold."""

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.gift_cards.model import Violation
from domain.gift_cards.store import gift_card_table
from domain.ledger.model import WalletStatus
from domain.ledger.store import lot_table, wallet_table

OWN_WALLET = "a gift card has a wallet of its own in its currency"
BLOCKED = "a gift card is blocked exactly while its wallet is frozen"
INITIAL = "a gift card's first value is in its wallet"


def verify(conn: ReadConnection) -> list[Violation]:
    """Every card of which one of the three sentences does not hold."""
    card, wallet = gift_card_table.c, wallet_table.c
    joined = sa.select(card.id).join(wallet_table, wallet.id == card.wallet_id)
    foreign = sa.or_(wallet.unit != card.currency, wallet.owner.not_like("gift_card:%"))
    stopped = wallet.status == WalletStatus.FROZEN
    unequal = card.blocked_at.is_not(None) != stopped
    first = sa.exists().where(lot_table.c.wallet_id == card.wallet_id, lot_table.c.original == card.initial_minor)
    return [
        *(Violation(OWN_WALLET, row.id, "its wallet is another's") for row in conn.execute(joined.where(foreign))),
        *(Violation(BLOCKED, row.id, "card and wallet disagree") for row in conn.execute(joined.where(unequal))),
        *(Violation(INITIAL, row.id, "no lot has it") for row in conn.execute(joined.where(~first))),
    ]
