"""The ledger's commands that need no loyalty programme: wallets and store credit."""

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store
from domain.ledger.book import Book, Why
from domain.ledger.model import Lot, LotId, TransferCode, TransferId, Wallet, WalletId
from domain.money import Money

STORE_CREDIT_FUNDER = "store_credit"


def open_wallet(conn: WriteConnection, unit: str, owner: str, act: Act) -> Wallet:
    """The wallet of this owner in this unit, opened when there is none yet. Answers it locked."""
    found = store.lock_owner(conn, unit, owner)
    if found is None:
        store.open_wallet(conn, store.fresh_wallet(WalletId(act.new_id()), unit, owner, act))
        found = store.lock_owner(conn, unit, owner)
        assert found is not None, "a wallet that was just opened is there"
    return found


def store_credit(conn: WriteConnection, owner: str, amount: Money, reference: str, act: Act) -> TransferId:
    """Credit `amount` to the owner's store credit in its currency and answer the transfer.

    `owner` is an opaque text such as "customer:<uuid>" or "order:<uuid>". Store credit vests at once and never expires.
    """
    assert amount.amount_minor > 0, "store credit is positive"
    wallet = open_wallet(conn, amount.currency, owner, act)
    book = Book(wallet, act)
    lot_id = LotId(act.new_id())
    lot = Lot(
        id=lot_id,
        wallet_id=wallet.id,
        unit=wallet.unit,
        origin_id=lot_id,
        funder=STORE_CREDIT_FUNDER,
        component="store_credit",
        order_id=None,
        vesting_key="",
        rule_version=0,
        original=amount.amount_minor,
        earned_at=act.now,
        available=amount.amount_minor,
    )
    book.issue(lot, f"funding:{STORE_CREDIT_FUNDER}", Why(TransferCode.STORE_CREDIT, reference=reference))
    store.save(conn, [book], act)
    return book.transfers[0].id
