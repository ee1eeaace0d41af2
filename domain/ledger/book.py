"""A wallet's working copy: every operation of the ledger, decided in memory and written by the store afterwards.

A `Book` is the one mutable value of the room. Operations change its wallet and lots and collect transfers; `store.save`
writes what was collected, and a preview simply never saves. All arithmetic is here, so both engines write the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.ledger import chain
from domain.ledger.model import (
    EXPIRED,
    REDEEMED,
    Bucket,
    Hold,
    HoldId,
    HoldState,
    Lot,
    LotId,
    LotMove,
    Phase,
    Pick,
    Transfer,
    TransferCode,
    TransferId,
    Wallet,
)

_Changes = dict[tuple[LotId, Bucket], int]


@dataclass(frozen=True, slots=True)
class Why:
    """What the transfers of one operation say about their cause. `effective_at` defaults to the act's time."""

    code: TransferCode
    reference: str = ""
    order_id: UUID | None = None
    hold_id: HoldId | None = None
    effective_at: datetime | None = None


def total(picks: Iterable[Pick]) -> int:
    """Units of all picks together."""
    return sum(pick.points for pick in picks)


class Book:
    """One wallet, the lots and holds that were loaded, and what has been booked on it since.

    Without lots (`lots=None`) only operations that need none of the older lots may be used: issuing, and owing.
    """

    def __init__(self, wallet: Wallet, act: Act, lots: Iterable[Lot] | None = None, holds: Iterable[Hold] = ()) -> None:
        self.opened = wallet
        self.wallet = wallet
        self.act = act
        self.complete = lots is not None
        self.lots: dict[LotId, Lot] = {lot.id: lot for lot in lots or ()}
        self.holds: dict[HoldId, Hold] = {hold.id: hold for hold in holds}
        self.loaded_lots = dict(self.lots)
        self.loaded_holds = dict(self.holds)
        self.transfers: list[Transfer] = []
        self.moves: list[LotMove] = []
        self.pending_account = f"wallet:{wallet.id}:pending"
        self.available_account = f"wallet:{wallet.id}:available"
        self.debt_account = f"wallet:{wallet.id}:debt"

    def own(self) -> list[Lot]:
        """The loaded lots that lie in this wallet, earliest expiry first; those without expiry last."""
        mine = [lot for lot in self.lots.values() if lot.wallet_id == self.wallet.id]
        return sorted(mine, key=lambda lot: (lot.expires_at is None, lot.expires_at or lot.earned_at, lot.id))

    def live(self) -> list[Lot]:
        """Lots with something to spend now, earliest expiry first."""
        assert self.complete, "older lots were not loaded"
        return [lot for lot in self.own() if lot.free and lot.alive(self.act.now)]

    def spendable(self) -> int:
        """What can be spent now."""
        return sum(lot.free for lot in self.live())

    def pick(self, points: int, lots: Sequence[Lot] | None = None) -> list[Pick]:
        """Up to `points` free units, from `lots` in their order or from the live lots."""
        picks: list[Pick] = []
        for lot in self.live() if lots is None else lots:
            part = min(lot.free, points)
            if part > 0:
                picks.append(Pick(lot.id, part))
                points -= part
        return picks

    def issue(self, lot: Lot, source: str, why: Why) -> None:
        """Put a new lot into the wallet, paid for by `source`. An empty lot is never issued."""
        assert lot.id not in self.lots, "a lot is issued once"
        assert lot.original == lot.pending + lot.available > 0, "a lot starts whole"
        self.lots[lot.id] = replace(lot, pending=0, available=0)
        bucket, account = (
            (Bucket.PENDING, self.pending_account) if lot.pending else (Bucket.AVAILABLE, self.available_account)
        )
        self._post(source, account, lot.original, why, {(lot.id, bucket): lot.original})

    def load(self, lots: Iterable[Lot]) -> None:
        """Take further stored lots into the working copy."""
        for lot in lots:
            if lot.id not in self.lots:
                self.lots[lot.id] = self.loaded_lots[lot.id] = lot

    def schedule(self, lots: Iterable[Lot], vests_at: datetime) -> None:
        """Say when these pending lots will be released."""
        for lot in lots:
            self.lots[lot.id] = replace(self.lots[lot.id], vests_at=vests_at)

    def release(self, lots: Sequence[Lot], expires_at: datetime | None, why: Why) -> int:
        """Make the pending units of these lots available until `expires_at`; answers how many."""
        for lot in lots:
            self.lots[lot.id] = replace(self.lots[lot.id], expires_at=expires_at)
        changes: _Changes = {}
        for lot in lots:
            changes[lot.id, Bucket.PENDING] = -lot.pending
            changes[lot.id, Bucket.AVAILABLE] = lot.pending
        points = sum(lot.pending for lot in lots)
        self._book(self.pending_account, self.available_account, points, why, changes)
        return points

    def spend(self, picks: Sequence[Pick], credit: str, why: Why, bucket: Bucket) -> int:
        """Move available units out to `credit` and count them in `bucket`; answers how many."""
        changes: _Changes = defaultdict(int)
        for pick in picks:
            changes[pick.lot_id, Bucket.AVAILABLE] -= pick.points
            changes[pick.lot_id, bucket] += pick.points
        self._book(self.available_account, credit, total(picks), why, changes)
        return total(picks)

    def drop(self, picks: Sequence[Pick], credit: str, why: Why, bucket: Bucket) -> int:
        """Move pending units out to `credit` and count them in `bucket`; answers how many."""
        changes: _Changes = defaultdict(int)
        for pick in picks:
            changes[pick.lot_id, Bucket.PENDING] -= pick.points
            changes[pick.lot_id, bucket] += pick.points
        self._book(self.pending_account, credit, total(picks), why, changes)
        return total(picks)

    def restore(self, picks: Sequence[Pick], debit: str, why: Why) -> int:
        """Give spent units back to the lots they came from; answers how many."""
        changes: _Changes = defaultdict(int)
        for pick in picks:
            changes[pick.lot_id, Bucket.SPENT] -= pick.points
            changes[pick.lot_id, Bucket.AVAILABLE] += pick.points
        self._book(debit, self.available_account, total(picks), why, changes)
        return total(picks)

    def owe(self, points: int, credit: str, why: Why) -> None:
        """Write down a debt towards `credit`."""
        self._book(self.debt_account, credit, points, why, {})

    def record(self, debit: str, credit: str, points: int, why: Why) -> None:
        """Write down a transfer between system accounts that this wallet is the cause of."""
        self._book(debit, credit, points, why, {})

    def settle(self) -> int:
        """Pay what is owed from what can be spent; answers how much. Every path that frees or adds units ends here."""
        if not self.wallet.debt:
            return 0
        picks = self.pick(self.wallet.debt)
        return self.spend(picks, self.debt_account, Why(TransferCode.DEBT_REPAY), Bucket.SPENT)

    def reserve(self, hold: Hold) -> None:
        """Reserve what the hold picks."""
        self.holds[hold.id] = hold
        changes: _Changes = {(pick.lot_id, Bucket.HELD): pick.points for pick in hold.picks}
        why = Why(TransferCode.HOLD, reference=hold.owner, order_id=hold.order_id, hold_id=hold.id)
        self._post(self.available_account, REDEEMED, hold.points, why, changes, Phase.PENDING)

    def free(self, hold: Hold, points: int, state: HoldState) -> Hold:
        """Free `points` of an open hold from the end of its consumption, which leaves it in `state`."""
        kept = hold.open_points - points
        changes: _Changes = {(pick.lot_id, Bucket.HELD): -pick.points for pick in hold.consumed(kept, points)}
        why = Why(TransferCode.VOID, reference=state.value, order_id=hold.order_id, hold_id=hold.id)
        self._book(self.available_account, REDEEMED, points, why, changes, Phase.VOIDED)
        self.holds[hold.id] = replace(hold, released=hold.released + points, state=state)
        return self.holds[hold.id]

    def capture(self, hold: Hold, points: int, why: Why) -> Hold:
        """Redeem the first `points` of an open hold and free the rest."""
        if hold.open_points > points:
            hold = self.free(hold, hold.open_points - points, HoldState.PENDING)
        changes: _Changes = {}
        for pick in hold.consumed(0, points):
            changes[pick.lot_id, Bucket.HELD] = -pick.points
            changes[pick.lot_id, Bucket.AVAILABLE] = -pick.points
            changes[pick.lot_id, Bucket.SPENT] = pick.points
        self._post(self.available_account, REDEEMED, points, why, changes)
        self.holds[hold.id] = replace(hold, posted=points, state=HoldState.POSTED, order_id=why.order_id)
        return self.holds[hold.id]

    def assign(self, hold: Hold) -> None:
        """Say whose a loaded hold is from now on."""
        self.holds[hold.id] = hold

    def recredit(self, hold: Hold, points: int) -> None:
        """Count `points` of a captured hold as given back."""
        self.loaded_holds.setdefault(hold.id, hold)
        self.holds[hold.id] = replace(hold, recredited=hold.recredited + points)

    def time_out(self) -> int:
        """Free the loaded holds whose time has come and settle what is owed; answers how many holds."""
        over = [hold for hold in self.holds.values() if hold.timed_out(self.act.now)]
        for hold in over:
            self.free(hold, hold.open_points, HoldState.EXPIRED)
        if over:
            self.settle()
        return len(over)

    def absorb(self, lots: Iterable[Lot], points: int) -> int:
        """Count up to `points` already expired units of these lots as given back; answers how many."""
        left = points
        for lot in lots:
            part = min(lot.expired - lot.absorbed, left)
            if part > 0:
                self.lots[lot.id] = replace(lot, absorbed=lot.absorbed + part)
                left -= part
        return points - left

    def expire(self) -> int:
        """Book the units of lots past their time that no hold protects; answers how many."""
        dead = [Pick(lot.id, lot.free) for lot in self.own() if lot.free and not lot.alive(self.act.now)]
        return self.spend(dead, EXPIRED, Why(TransferCode.EXPIRE), Bucket.EXPIRED)

    def slide(self, expires_at: datetime) -> None:
        """Move the expiry of every living, sliding lot to `expires_at`, never earlier."""
        for lot in self.own():
            if lot.slides and lot.expires_at is not None and lot.alive(self.act.now) and lot.expires_at < expires_at:
                self.lots[lot.id] = replace(lot, expires_at=expires_at)

    def _book(
        self, debit: str, credit: str, amount: int, why: Why, changes: _Changes, phase: Phase = Phase.POSTED
    ) -> None:
        if amount:
            self._post(debit, credit, amount, why, changes, phase)

    def _post(
        self, debit: str, credit: str, amount: int, why: Why, changes: _Changes, phase: Phase = Phase.POSTED
    ) -> None:
        """Append one transfer to the chain and apply it to the wallet and its lots."""
        transfer_id = TransferId(self.act.new_id())
        by_lot: dict[LotId, dict[Bucket, int]] = defaultdict(dict)
        for (lot_id, bucket), delta in changes.items():
            self.moves.append(LotMove(transfer_id, lot_id, bucket, delta))
            by_lot[lot_id][bucket] = delta
        for lot_id, deltas in by_lot.items():
            self.lots[lot_id] = self.lots[lot_id].shifted(deltas)
        wallet = self._moved(debit, credit, amount, phase, why.hold_id)
        effective_at = why.effective_at or self.act.now
        sealed = chain.seal(
            self.wallet.last_hash,
            transfer_id=transfer_id,
            unit=wallet.unit,
            debit=debit,
            credit=credit,
            amount=amount,
            code=why.code.value,
            phase=phase.value,
            order_id=why.order_id,
            hold_id=why.hold_id,
            reference=why.reference,
            effective_at=effective_at,
            version=wallet.version,
            balance_after=wallet.net,
        )
        self.transfers.append(
            Transfer(
                id=transfer_id,
                unit=wallet.unit,
                wallet_id=wallet.id,
                debit=debit,
                credit=credit,
                amount=amount,
                code=why.code,
                phase=phase,
                order_id=why.order_id,
                hold_id=why.hold_id,
                reference=why.reference,
                actor=f"{self.act.actor.kind.value}:{self.act.actor.id}"[:80],
                effective_at=effective_at,
                recorded_at=self.act.now,
                wallet_version=wallet.version,
                balance_after=wallet.net,
                prev_hash=self.wallet.last_hash,
                hash=sealed,
            )
        )
        self.wallet = replace(wallet, last_hash=sealed)

    def _moved(self, debit: str, credit: str, amount: int, phase: Phase, hold_id: HoldId | None) -> Wallet:
        """The wallet's balances after one transfer, at its next version."""
        wallet = self.wallet
        held = 0
        signed: dict[str, int] = {}
        if phase is Phase.POSTED:
            signed = {debit: -amount, credit: amount}
            if hold_id is not None and debit == self.available_account:
                held = -amount
        else:
            held = amount if phase is Phase.PENDING else -amount
        return replace(
            wallet,
            pending=wallet.pending + signed.get(self.pending_account, 0),
            available=wallet.available + signed.get(self.available_account, 0),
            held=wallet.held + held,
            debt=wallet.debt - signed.get(self.debt_account, 0),
            version=wallet.version + 1,
        )
