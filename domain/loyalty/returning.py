"""Returns and cancellations: earned points go back to who paid for them, spent points to the lots they came from.

A preview runs the same steps on working copies and never saves them, so it equals the booking.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.ledger import store as ledger
from domain.ledger.book import Book, Why
from domain.ledger.model import (
    Hold,
    LotId,
    TransferCode,
    WalletId,
)
from domain.loyalty import rules, store, store_orders
from domain.loyalty.clawing import claw, give_back
from domain.loyalty.earning import Carried
from domain.loyalty.errors import ExceedsPurchasedQuantity
from domain.loyalty.model import Award, EarnedLine, EarnedOrder, LineReturn, LoyaltyReturn, ReturnedUnits, TenderShare
from domain.loyalty.program import PROGRAM_FUNDER, Program
from domain.loyalty.store import Standing
from domain.loyalty.views import preview_act
from domain.money import prefix


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything a return looks at.

    Attributes:
        lines: the order's earned lines as they are after the return, by id.
        book: of the wallet the order's points are in; None when the order has not earned.
        paid_from: of the wallet the tender's points go back to; the same book unless they parted ways.
    """

    order_id: UUID
    order: EarnedOrder | None
    program: Program
    lines: Mapping[UUID, EarnedLine]
    awards: Sequence[Award]
    tender: Mapping[UUID, tuple[TenderShare, int]]
    hold: Hold | None
    book: Book | None
    paid_from: Book


@dataclass(slots=True)
class Outcome:
    """What a return came to, for saving and for the reply."""

    reply: LoyaltyReturn
    awards: list[Award] = field(default_factory=list)
    points_back: dict[UUID, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    carried: list[Carried] = field(default_factory=list)
    eligible_minor: int = 0


def preview_return(
    conn: ReadConnection, order_id: UUID, lines: Sequence[ReturnedUnits], now: datetime
) -> LoyaltyReturn:
    """What `book_return` would answer now.

    Raises:
        ExceedsPurchasedQuantity: more units than are left of a line.
    """
    standings = store.standings_of_order(conn, order_id)
    case = _load(conn, order_id, lines, standings, preview_act(now))
    return LoyaltyReturn() if case is None else _decide(case, lines, "").reply


def book_return(
    conn: WriteConnection, order_id: UUID, lines: Sequence[ReturnedUnits], return_reference: str, act: Act
) -> LoyaltyReturn:
    """Give back and take back the points of returned, canceled or short units; exact for any order of partial returns.

    An order that neither earned nor spent points answers zeros. Constant number of statements, however many lines.

    Raises:
        ExceedsPurchasedQuantity: more units than are left of a line.
    """
    return book(conn, order_id, lines, return_reference, act).reply


def book(conn: WriteConnection, order_id: UUID, lines: Sequence[ReturnedUnits], reference: str, act: Act) -> Outcome:
    """`book_return` with what an exchange needs to know."""
    standings = store.lock_standings_of_order(conn, order_id)
    case = _load(conn, order_id, lines, standings, act)
    if case is None:
        return Outcome(LoyaltyReturn())
    outcome = _decide(case, lines, reference)
    _save(conn, case, outcome, act, standings[0])
    return outcome


def _load(
    conn: ReadConnection,
    order_id: UUID,
    lines: Sequence[ReturnedUnits],
    standings: tuple[Standing | None, Standing | None],
    act: Act,
) -> _Case | None:
    earner, payer = standings
    program = earner.program if earner else payer.program if payer else None
    if program is None:
        return None
    line_ids = [line.line_id for line in lines]
    earned = store_orders.earned(conn, order_id, line_ids) if earner else None
    awards = earned.awards if earned else ()
    hold, tender = store_orders.paid(conn, order_id) if payer else (None, {})
    books = _books(conn, [standing for standing in (earner, payer) if standing], awards, hold, act)
    return _Case(
        order_id=order_id,
        order=earned.order if earned else None,
        program=program,
        lines=_after(earned.lines if earned else {}, lines),
        awards=awards,
        tender=tender,
        hold=hold,
        book=books[earner.wallet.id] if earner else None,
        paid_from=books[payer.wallet.id if payer else earner.wallet.id],  # type: ignore[union-attr]  # one of them is
    )


def _books(
    conn: ReadConnection, standings: Sequence[Standing], awards: Sequence[Award], hold: Hold | None, act: Act
) -> Mapping[WalletId, Book]:
    """Working copies of the wallets, with the lots of these awards and picks wherever they lie now."""
    wallets = {standing.wallet.id: standing.wallet for standing in standings}
    also = {award.lot_id for award in awards} | {pick.lot_id for pick in (hold.picks if hold else ())}
    lots = ledger.lots_with_families(conn, wallets, also)
    held = [wallet.id for wallet in wallets.values() if wallet.held]
    holds = ledger.open_holds(conn, held) if held else {}
    return {key: Book(wallet, act, lots, holds.get(key, ())) for key, wallet in wallets.items()}


def _after(earned: Mapping[UUID, EarnedLine], returned: Sequence[ReturnedUnits]) -> Mapping[UUID, EarnedLine]:
    lines = dict(earned)
    for units in returned:
        line = lines.get(units.line_id)
        if line is None:
            continue
        if units.quantity > line.quantity - line.returned:
            raise ExceedsPurchasedQuantity(line.quantity - line.returned)
        lines[line.line_id] = replace(line, returned=line.returned + units.quantity)
    return lines


def _decide(case: _Case, lines: Sequence[ReturnedUnits], reference: str) -> Outcome:
    """Give back first, so that what comes back pays for what is taken back."""
    books = {id(book): book for book in (case.paid_from, case.book) if book is not None}.values()
    for book in books:
        book.time_out()
    points_back = _points_back(case, lines)
    given = 0
    if case.hold is not None:
        terms = case.program.terms
        given = give_back(case.paid_from, case.hold, sum(points_back.values()), terms, reference)
    outcome = Outcome(LoyaltyReturn(), points_back=points_back if given else {})
    needs = _needs(case, [units.line_id for units in lines])
    debt, written_off = _take_back(case, needs, reference, outcome)
    for book in books:
        book.settle()
    by_line: dict[UUID | None, int] = defaultdict(int)
    for award, need in needs:
        by_line[award.line_id] += need
    outcome.reply = LoyaltyReturn(
        clawed=sum(by_line.values()),
        points_back=given,
        debt=debt,
        written_off=written_off,
        lines=tuple(
            LineReturn(line.line_id, by_line[line.line_id], outcome.points_back.get(line.line_id, 0)) for line in lines
        ),
    )
    outcome.eligible_minor = _eligible_back(case, lines)
    return outcome


def _eligible_back(case: _Case, lines: Sequence[ReturnedUnits]) -> int:
    """Eligible spend of the returned units; telescopes over partial returns."""
    back = 0
    for units in lines:
        line = case.lines.get(units.line_id)
        if line is not None:
            before = prefix(line.eligible_minor, line.returned - units.quantity, line.quantity)
            back += prefix(line.eligible_minor, line.returned, line.quantity) - before
    return back


def _points_back(case: _Case, lines: Sequence[ReturnedUnits]) -> dict[UUID, int]:
    """Spent points per line by the prefix rule, on the slots that come back."""
    back: dict[UUID, int] = {}
    for units in lines:
        share, already = case.tender.get(units.line_id, (None, 0))
        if share is not None:
            upto = prefix(share.points, units.returned_before + units.quantity, share.quantity)
            points = upto - prefix(share.points, units.returned_before, share.quantity)
            before = back.get(units.line_id, 0)
            back[units.line_id] = before + min(points, share.points - already - before)
    return back


def _needs(case: _Case, line_ids: Sequence[UUID]) -> list[tuple[Award, int]]:
    """What each award has to give back now."""
    returned = set(line_ids)
    needs: list[tuple[Award, int]] = []
    for award in case.awards:
        if award.line_id is None:
            need = rules.order_claw(award, list(case.lines.values()))
        elif award.line_id in returned:
            need = rules.line_claw(award, case.lines[award.line_id].returned)
        else:
            need = 0
        if need:
            needs.append((award, need))
    return needs


def _take_back(case: _Case, needs: Sequence[tuple[Award, int]], reference: str, outcome: Outcome) -> tuple[int, int]:
    """Claw each lot's awards together; (debt, written off)."""
    by_lot: dict[LotId, list[tuple[Award, int]]] = defaultdict(list)
    for award, need in needs:
        by_lot[award.lot_id].append((award, need))
    debt = written_off = 0
    for lot_id, members in by_lot.items():
        assert case.book is not None, "an award has an earner"
        why = Why(TransferCode.CLAWBACK, reference, case.order_id)
        need = sum(points for _, points in members)
        taken = claw(case.book, case.book.lots[lot_id], need, case.program.terms.clawback, why)
        lost = taken.written_off
        for award, points in members:
            part = min(lost, points)
            lost -= part
            clawed, unrecovered = award.clawed + points, award.unrecovered + part
            outcome.awards.append(replace(award, clawed=clawed, unrecovered=unrecovered))
        outcome.refunded[members[0][0].funder] += taken.to_funder
        outcome.carried += taken.carried
        debt += taken.debt
        written_off += taken.written_off
    return debt, written_off


def _save(conn: WriteConnection, case: _Case, outcome: Outcome, act: Act, earner: Standing | None) -> None:
    books = {id(book): book for book in (case.book, case.paid_from) if book is not None}
    ledger.save(conn, books.values(), act)
    store_orders.save_tender(conn, case.order_id, outcome.points_back)
    budgets = {funder: points for funder, points in outcome.refunded.items() if funder != PROGRAM_FUNDER}
    store_orders.change_budgets(conn, case.program.id, budgets)
    if case.order is None or earner is None:
        return
    returned = _credits_returned(case.order, case.lines)
    touched = [case.lines[part.line_id] for part in outcome.reply.lines if part.line_id in case.lines]
    store_orders.save_returned(conn, replace(case.order, tier_credits_returned=returned), touched, outcome.awards)
    back = returned - case.order.tier_credits_returned
    if back and case.order.period == earner.account.period:
        left = max(0, earner.account.tier_credits - back)
        store.set_tier(conn, replace(earner.account, tier_credits=left))


def _credits_returned(order: EarnedOrder, lines: Mapping[UUID, EarnedLine]) -> int:
    """How much of the order's qualifying spend has come back altogether."""
    back = sum(prefix(line.eligible_minor, line.returned, line.quantity) for line in lines.values())
    return order.tier_credits * back // order.eligible_minor if order.eligible_minor else 0
