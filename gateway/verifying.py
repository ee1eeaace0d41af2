"""`tillway verify`: every room's invariants over the whole database, on one connection that cannot write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from domain.catalog import document_store
from domain.connections import ReadConnection
from domain.gift_cards import verification as gift_cards
from domain.inventory import service as inventory
from domain.loyalty import verify as loyalty
from domain.orders import service as orders
from domain.orders import store_checks
from domain.orders import verification as order_checks
from domain.papers import store as papers
from domain.payments import verification as payments
from domain.pricing import verification as pricing
from domain.promotions import verification as promotions
from domain.registers import verification as registers
from domain.returns import verification as returns
from domain.returns.verification import Invariant
from domain.taxes import verification as taxes
from gateway.connections import connected
from gateway.schema_tables import metadata


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """One invariant of one room: the sentence, how many rows it was checked on, and each place where it does not hold."""

    room: str
    invariant: str
    checked: int
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a room's own name for an invariant means, and the table whose rows it is about."""

    sentence: str
    table: str


_Found = Iterable[tuple[str, str]]
"""(the room's name of the invariant, what was found) pairs."""

_GAPLESS = "the numbers of a series of papers have no gap"
_DOCUMENT = "a product's document is what the tables say"
_INVENTORY = {
    "on_hand": _Rule("goods on hand are the sum of their movements", "inventory_level"),
    "quarantined": _Rule("goods beside the shelf are the sum of their movements", "inventory_level"),
    "committed": _Rule("promised goods are the sum of open commitments", "inventory_level"),
    "backordered": _Rule("backorders are what is promised beyond what is there", "inventory_level"),
    "on_hand below zero": _Rule("nothing on hand is below zero", "inventory_level"),
    "quarantined below zero": _Rule("nothing beside the shelf is below zero", "inventory_level"),
    "safety_stock below zero": _Rule("no safety stock is below zero", "inventory_level"),
}
_ORDERS = {
    "subtotal": _Rule("an order's subtotal is the sum of its lines", "sales_order"),
    "discount": _Rule("an order's discount is the sum of its parts", "sales_order"),
    "shipping": _Rule("an order's shipping is the sum of its charges", "sales_order"),
    "shipping tax": _Rule("an order's shipping tax is the sum of its charges", "sales_order"),
    "tax": _Rule("an order's tax is the sum of its parts", "sales_order"),
    "total": _Rule("an order's total is the sum of its parts", "sales_order"),
    "points": _Rule("points spent on an order are the sum of its lines", "sales_order"),
    "points value": _Rule("the value of points spent is the sum of its lines", "sales_order"),
    "line taxes": _Rule("a line's tax is the sum of its jurisdictions", "order_line"),
    "counters": _Rule("a line's counters stay within its quantity", "order_line"),
    "canceled value": _Rule("canceled value is the worth of canceled units", "sales_order"),
    "status": _Rule("an order's status follows from its parts", "sales_order"),
    "money taken": _Rule("payments of an order are what is due", "sales_order"),
}
_PAYMENTS = {
    "I-01": _Rule("no payment gives back more than was captured of it", "payment"),
    "I-02": _Rule("no order gets back more than was captured for it", "refund_leg"),
    "I-13": _Rule("what cash was rounded by is booked in the ledger", "payment"),
    "I-13 drawer": _Rule("each cash payment and cash refund is one entry of a register session", "register_entry"),
    "I-14": _Rule("a gift card or store credit pays and gets back what its hold in the ledger says", "payment"),
    "I-12": _Rule("a failed refund frees its money once and is made good once", "refund_leg"),
}
_PROMOTIONS = {
    promotions.USES: _Rule(promotions.USES, "promotion_counter"),
    promotions.CODES: _Rule(promotions.CODES, "promotion_code"),
    promotions.BUDGETS: _Rule(promotions.BUDGETS, "promotion_budget"),
    promotions.CUSTOMERS: _Rule(promotions.CUSTOMERS, "promotion_use"),
}
_PRICING = {
    pricing.CURRENCY: _Rule(pricing.CURRENCY, "price_list"),
    pricing.CHARGED: _Rule(pricing.CHARGED, "order_line"),
}
_REGISTERS = {sentence: _Rule(sentence, "register_session") for sentence in (registers.DRAWER, registers.ABOVE_ZERO)}
_TAXES = {
    taxes.CALCULATED: _Rule(taxes.CALCULATED, "tax_calculation"),
    taxes.WITHIN: _Rule(taxes.WITHIN, "tax_reversal"),
}
_GIFT_CARDS = {
    sentence: _Rule(sentence, "gift_card")
    for sentence in (gift_cards.OWN_WALLET, gift_cards.BLOCKED, gift_cards.INITIAL)
}
_LOYALTY = {
    "I1": "all accounts of a unit stand at zero together",
    "I2": "a wallet's balances are the sums of its lots",
    "I3": "a lot's parts are what was issued, and the sums of its moves",
    "I4": "nobody owes points while having some, and no balance is negative",
    "I5": "an order's awards are what it earned",
    "I6": "a hold resolves once, by what it holds",
    "I7": "a funder's budget is the balance of its account",
    "I8": "every wallet's chain of hashes holds",
    "I9": "no more comes back than was bought or spent",
    "I10": "nothing is half written",
}
_RETURNS = {
    Invariant.COUNTERS: "return_line",
    Invariant.CLAIMS: "order_line",
    Invariant.APART: "return_slot",
    Invariant.SLOTS: "return_line",
    Invariant.WORTH: "return_settlement",
    Invariant.LEGS: "sales_return",
}


def verify_database(url: str) -> list[VerifyResult]:
    """Check everything, at one moment of the database; rooms bottom up. Writes nothing.

    Must not be called from a running event loop.
    """
    return connected(url, _verify, snapshot=True)


def _verify(connection: sa.Connection) -> list[VerifyResult]:
    with connection.begin():
        conn = ReadConnection(connection)
        return [result for room in _ROOMS for result in room(conn)]


def _catalog(conn: ReadConnection) -> list[VerifyResult]:
    found = (
        (_DOCUMENT, f"product {each.product_id}: its document {'is missing' if each.missing else 'says otherwise'}")
        for each in document_store.verify(conn)
    )
    return _results(conn, "catalog", {_DOCUMENT: _Rule(_DOCUMENT, "product")}, found)


def _inventory(conn: ReadConnection) -> list[VerifyResult]:
    found = (
        (each.what, f"variant {each.variant_id} at {each.location_id}: expected {each.expected}, is {each.actual}")
        for each in inventory.verify(conn)
    )
    return _results(conn, "inventory", _INVENTORY, found)


def _payments(conn: ReadConnection) -> list[VerifyResult]:
    found = ((each.invariant, f"{each.subject}: {each.detail}") for each in payments.verify(conn))
    return _results(conn, "payments", _PAYMENTS, found)


def _registers(conn: ReadConnection) -> list[VerifyResult]:
    return _results(conn, "registers", _REGISTERS, registers.verify(conn))


def _loyalty(conn: ReadConnection) -> list[VerifyResult]:
    report = loyalty.verify(conn)
    by_name: dict[str, list[str]] = {name: [] for name in _LOYALTY}
    for each in report.findings:
        by_name.setdefault(each.invariant, []).append(f"{each.subject}: {each.message}")
    return [
        VerifyResult("loyalty", _LOYALTY.get(name, name), report.checked.get(name, 0), _told("loyalty", texts))
        for name, texts in by_name.items()
    ]


def _gift_cards(conn: ReadConnection) -> list[VerifyResult]:
    found = ((each.invariant, f"gift card {each.subject}: {each.detail}") for each in gift_cards.verify(conn))
    return _results(conn, "gift_cards", _GIFT_CARDS, found)


def _orders(conn: ReadConnection) -> list[VerifyResult]:
    found = (
        (each.invariant, f"order {each.order_id}: expected {each.expected}, is {each.actual}")
        for each in orders.verify(conn)
    )
    return _results(conn, "orders", _ORDERS, found)


def _pricing(conn: ReadConnection) -> list[VerifyResult]:
    charged = (
        (pricing.CHARGED, f"line {line_id}: expected {wanted}, is {charged}")
        for line_id, wanted, charged in store_checks.listed_in_other_currencies(conn)
    )
    return _results(conn, "pricing", _PRICING, [*pricing.verify(conn), *charged])


def _promotions(conn: ReadConnection) -> list[VerifyResult]:
    found = promotions.verify(conn, order_checks.held_promotions(conn))
    return _results(conn, "promotions", _PROMOTIONS, found)


def _returns(conn: ReadConnection) -> list[VerifyResult]:
    found = (
        (each.invariant.value, f"{each.subject}: expected {each.expected}, is {each.actual}")
        for each in returns.verify(conn)
    )
    rules = {invariant.value: _Rule(invariant.value, table) for invariant, table in _RETURNS.items()}
    return _results(conn, "returns", rules, found)


def _taxes(conn: ReadConnection) -> list[VerifyResult]:
    return _results(conn, "taxes", _TAXES, taxes.verify(conn, store_checks.taxed_by_service(conn)))


def _papers(conn: ReadConnection) -> list[VerifyResult]:
    found = (
        (_GAPLESS, f"series {kind} of {entity_id}: {count} papers, last number {last}")
        for entity_id, kind, count, last in papers.gaps(conn)
    )
    return _results(conn, "papers", {_GAPLESS: _Rule(_GAPLESS, "paper")}, found)


_ROOMS: Sequence[Callable[[ReadConnection], list[VerifyResult]]] = (
    _catalog,
    _inventory,
    _registers,
    _payments,
    _loyalty,
    _gift_cards,
    _orders,
    _pricing,
    _promotions,
    _returns,
    _taxes,
    _papers,
)


def _results(conn: ReadConnection, room: str, rules: Mapping[str, _Rule], found: _Found) -> list[VerifyResult]:
    """Every rule of the room, those that hold too; a name that is not listed keeps its own words."""
    by_name: dict[str, list[str]] = {name: [] for name in rules}
    for name, text in found:
        by_name.setdefault(name, []).append(text)
    counts = {table: _count(conn, table) for table in {rule.table for rule in rules.values()}}
    results = []
    for name, texts in by_name.items():
        rule = rules.get(name)
        checked = len(texts) if rule is None else counts[rule.table]
        results.append(VerifyResult(room, name if rule is None else rule.sentence, checked, _told(room, texts)))
    return results


def _told(room: str, texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{room}: {text}" for text in texts)


def _count(conn: ReadConnection, table: str) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(metadata.tables[table])).scalar_one())
