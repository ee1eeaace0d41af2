"""What a member sees, computed at the moment of reading: dead lots and timed-out holds count as gone before any sweep."""

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.acts import SYSTEM, Act
from domain.ledger.book import Book
from domain.ledger.model import WalletId
from domain.loyalty import rules
from domain.loyalty.model import Account, Expiration, TierStatus, Wallet
from domain.loyalty.program import Program


@dataclass(frozen=True, slots=True)
class Named:
    """The account somebody asked for; after a merge it differs from the one that stands for it."""

    wallet_id: WalletId
    customer_id: UUID | None


def preview_act(now: datetime) -> Act:
    """Circumstances for working copies that are never saved; their ids mean nothing."""
    numbers = itertools.count(1)
    return Act(SYSTEM, now, lambda: UUID(int=next(numbers)), bytes)


def view(named: Named, account: Account, program: Program, book: Book) -> Wallet:
    """What a member sees of a working copy, which this may change."""
    now = book.act.now
    book.time_out()
    available = book.spendable()
    return Wallet(
        id=named.wallet_id,
        ledger_id=book.wallet.id,
        customer_id=named.customer_id,
        program_id=program.id,
        kind=account.kind,
        status=book.wallet.status,
        currency=program.currency,
        available=available,
        pending=book.wallet.pending,
        held=book.wallet.held,
        debt=book.wallet.debt,
        value_minor=rules.points_value(program.terms, available, program.currency),
        version=book.opened.version,
        expirations=_expirations(book),
        tier=tier_status(account, program),
        as_of=now,
    )


def _expirations(book: Book) -> tuple[Expiration, ...]:
    by_time: dict[datetime, int] = defaultdict(int)
    for lot in book.live():
        if lot.expires_at is not None:
            by_time[lot.expires_at] += lot.free
    return tuple(Expiration(by_time[time], time) for time in sorted(by_time))


def tier_status(account: Account, program: Program) -> TierStatus:
    """Where a member stands in the running period."""
    held = rules.tier_named(program.terms, account.tier)
    above = [tier for tier in program.terms.tiers if tier.threshold_minor > held.threshold_minor]
    following = min(above, key=lambda tier: tier.threshold_minor, default=None)
    return TierStatus(
        tier=held.name,
        credits_minor=account.tier_credits,
        next_tier=None if following is None else following.name,
        to_next_minor=0 if following is None else max(0, following.threshold_minor - account.tier_credits),
        projected=rules.tier_for(program.terms, account.tier_credits).name,
        period_ends_at=account.period_ends_at,
    )
