"""The ledger's commands that need no loyalty programme: wallets, store credit, transfers between system accounts."""

from dataclasses import dataclass
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import chain, store, stored_value
from domain.ledger.model import Phase, Transfer, TransferCode, TransferId, Wallet, WalletId
from domain.ledger.stored_value import NewValue
from domain.money import Money

STORE_CREDIT_FUNDER = "store_credit"


@dataclass(frozen=True, slots=True)
class SystemTransfer:
    """`amount` of a unit from one system account to another; no wallet's balance moves."""

    unit: str
    debit: str
    credit: str
    amount: int
    code: TransferCode
    reference: str


def transfer_between(conn: WriteConnection, new: SystemTransfer, act: Act, *, order_id: UUID | None) -> TransferId:
    """Write a transfer between system accounts, which is in no wallet's chain, and answer it."""
    transfer_id = TransferId(act.new_id())
    sealed = chain.seal(
        chain.GENESIS,
        transfer_id=transfer_id,
        unit=new.unit,
        debit=new.debit,
        credit=new.credit,
        amount=new.amount,
        code=new.code.value,
        phase=Phase.POSTED.value,
        order_id=order_id,
        hold_id=None,
        reference=new.reference,
        effective_at=act.now,
        version=0,
        balance_after=0,
    )
    transfer = Transfer(
        id=transfer_id,
        unit=new.unit,
        wallet_id=None,
        debit=new.debit,
        credit=new.credit,
        amount=new.amount,
        code=new.code,
        phase=Phase.POSTED,
        order_id=order_id,
        hold_id=None,
        reference=new.reference,
        actor=f"{act.actor.kind.value}:{act.actor.id}"[:80],
        effective_at=act.now,
        recorded_at=act.now,
        wallet_version=0,
        balance_after=0,
        prev_hash=chain.GENESIS,
        hash=sealed,
    )
    store.insert_transfers(conn, [transfer])
    return transfer_id


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
