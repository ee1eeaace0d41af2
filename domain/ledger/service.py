"""The ledger's commands that need no loyalty programme: wallets and store credit."""

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import store, stored_value
from domain.ledger.model import TransferCode, TransferId, Wallet, WalletId
from domain.ledger.stored_value import NewValue
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
    wallet = open_wallet(conn, amount.currency, owner, act)
    new = NewValue(amount.amount_minor, STORE_CREDIT_FUNDER, STORE_CREDIT_FUNDER, TransferCode.STORE_CREDIT, reference)
    return stored_value.issue(conn, wallet, new, act)
