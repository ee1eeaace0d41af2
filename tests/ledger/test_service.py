"""Store credit: another unit of the same engine."""

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import service, store
from domain.ledger.book import Book, Why
from domain.ledger.model import Bucket, TransferCode, WalletId
from domain.ledger.verify import verify
from domain.money import Currency, Money


def test_store_credit_opens_a_wallet_once_per_owner_and_currency(conn: WriteConnection, act: Act) -> None:
    for minor, currency in ((1250, "EUR"), (300, "EUR"), (500, "JPY")):
        service.store_credit(conn, "customer:1", Money(minor, Currency(currency)), "return 7", act)
    euro, yen = (service.open_wallet(conn, unit, "customer:1", act) for unit in ("EUR", "JPY"))
    assert (euro.available, euro.version, yen.available, yen.version) == (1550, 2, 500, 1)
    assert store.account_balances(conn, "EUR", ["funding:store_credit"]) == {"funding:store_credit": -1550}
    assert verify(conn).findings == ()


def test_store_credit_names_its_transfer_and_reason(conn: WriteConnection, act: Act) -> None:
    transfer_id = service.store_credit(conn, "order:9", Money(700, Currency("EUR")), "return 7", act)
    transfer = store.transfers(conn, [transfer_id])[transfer_id]
    assert (transfer.code, transfer.amount, transfer.reference, transfer.balance_after, transfer.change) == (
        TransferCode.STORE_CREDIT,
        700,
        "return 7",
        700,
        700,
    )


def test_a_wallet_can_never_be_written_below_zero(conn: WriteConnection, act: Act) -> None:
    service.store_credit(conn, "order:9", Money(700, Currency("EUR")), "return 7", act)
    wallet = service.open_wallet(conn, "EUR", "order:9", act)
    lots = store.living_lots(conn, [wallet.id])[wallet.id]
    book = Book(wallet, act, lots)
    book.spend(book.pick(701), "redeemed:tender", Why(TransferCode.REDEEM), Bucket.SPENT)
    assert (book.wallet.available, book.wallet.net) == (0, 0)
    book.record(book.available_account, "redeemed:tender", 1, Why(TransferCode.REDEEM))
    with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
        store.save(conn, [book], act)
    assert store.wallets(conn, [WalletId(wallet.id)])[wallet.id] == wallet
