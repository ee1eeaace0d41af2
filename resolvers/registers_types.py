"""Register sessions on the wire: what a till took, gave and holds."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.connections import ReadConnection
from domain.orders.store_tills import TillSales, till_sales
from domain.payments.model import Tender
from domain.registers import model, store
from domain.registers.errors import RegisterErrorCode
from domain.registers.model import EntryKind, RegisterSessionId
from resolvers import nodes
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.errors import UserError
from resolvers.ids import global_id
from resolvers.locations_types import Location, location_by_id
from resolvers.scalars import Money


class RegisterSessionStatus(StrEnum):
    """Where a session stands."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CashMovementKind(StrEnum):
    """Cash that a person moves by hand."""

    PAID_IN = "PAID_IN"
    PAID_OUT = "PAID_OUT"
    DROP = "DROP"


described_enum(
    RegisterSessionStatus,
    "Where a register session stands.",
    {"OPEN": "Cash may go in and out.", "CLOSED": "It was counted; nothing moves any more."},
)
described_enum(
    CashMovementKind,
    "Cash that a person moves by hand.",
    {
        "PAID_IN": "Put into the drawer, such as more change.",
        "PAID_OUT": "Taken out to pay for something, such as a window cleaner.",
        "DROP": "Taken out to the safe or the bank.",
    },
)
described_enum(
    RegisterErrorCode,
    "Why a command on a register was refused.",
    {
        "SESSION_NOT_FOUND": "There is no such session in a store of yours.",
        "SESSION_ALREADY_OPEN": "The till has an open session.",
        "SESSION_CLOSED": "The session is closed.",
        "LOCATION_NOT_ALLOWED": "You do not work in the till's store.",
        "AMOUNT_INVALID": "The amount is below what it may be, or too large.",
        "CURRENCY_MISMATCH": "The drawer's cash is in another currency.",
        "REASON_INVALID": "The reason is missing or too long.",
        "INSUFFICIENT_DRAWER": "The drawer holds less than this, which is `maximum`.",
        "NOT_COUNTED": "Nobody has counted the drawer.",
        "COUNT_STALE": "Cash moved since the drawer was counted.",
        "TOO_MANY_MOVEMENTS": "The session has as many movements or counts as it may.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(description="What went into and out of a drawer, and what should be in it.")
class RegisterDrawer:
    """The sums of a session's entries; what goes out counts above zero."""

    cash_sales: Money = strawberry.field(description="Cash taken by sales, after change.")
    cash_refunds: Money = strawberry.field(description="Cash given back by refunds.")
    paid_in: Money = strawberry.field(description="Put in by hand.")
    paid_out: Money = strawberry.field(description="Taken out by hand.")
    dropped: Money = strawberry.field(description="Taken to the safe.")
    expected: Money = strawberry.field(description="What should be in the drawer: the float and all of these.")

    @classmethod
    def of(cls, value: model.Drawer, currency: str) -> "RegisterDrawer":
        """The wire form of a drawer."""

        def moved(kind: EntryKind) -> Money:
            return Money.minor(abs(value.sums.get(kind, 0)), currency)

        return cls(
            cash_sales=moved(EntryKind.SALE),
            cash_refunds=moved(EntryKind.REFUND),
            paid_in=moved(EntryKind.PAID_IN),
            paid_out=moved(EntryKind.PAID_OUT),
            dropped=moved(EntryKind.DROP),
            expected=Money.minor(value.expected_minor, currency),
        )


@strawberry.type(description="How much one tender settled of what a till sold.")
class RegisterTender:
    """A tender's sum."""

    tender: Tender = strawberry.field(description="The tender.")
    amount: Money = strawberry.field(description="How much of what was due it settled.")


@strawberry.type(description="What a till sold during a register session.")
class RegisterSales:
    """Sales of a session."""

    orders: int = strawberry.field(description="How many orders.")
    total: Money = strawberry.field(description="Their totals together.")
    tenders: list[RegisterTender] = strawberry.field(
        description="Which tenders settled them; points are no tender here."
    )

    @classmethod
    def of(cls, value: TillSales, currency: str) -> "RegisterSales":
        """The wire form of a till's sales."""
        return cls(
            orders=value.orders,
            total=Money.minor(value.total_minor, currency),
            tenders=[
                RegisterTender(tender=one, amount=Money.minor(sum_, currency)) for one, sum_ in value.tenders.items()
            ],
        )


@strawberry.type(description="Cash that a person put into a drawer or took out of it.")
class CashMovement:
    """A movement on the wire."""

    id: strawberry.ID = strawberry.field(description="The movement.")
    kind: CashMovementKind = strawberry.field(description="Which way, and what for.")
    amount: Money = strawberry.field(description="How much, above zero either way.")
    reason: str = strawberry.field(description="What was said.")
    created_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, value: model.RegisterEntry, currency: str) -> "CashMovement":
        """The wire form of a movement."""
        return cls(
            id=strawberry.ID(global_id("CashMovement", value.id)),
            kind=CashMovementKind(value.kind.value),
            amount=Money.minor(abs(value.amount_minor), currency),
            reason=value.reason,
            created_at=value.recorded_at,
        )


@strawberry.type(description="What somebody found in a drawer.")
class CashCount:
    """A count on the wire. Whoever counts is not told what should be there before the session is closed."""

    id: strawberry.ID = strawberry.field(description="The count.")
    counted: Money = strawberry.field(description="What was found.")
    difference: Money | None = strawberry.field(
        description="How much more that was than expected, below zero for less; null where `drawer` is."
    )
    counted_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, value: model.CashCount, currency: str, *, is_blind: bool) -> "CashCount":
        """The wire form of a count."""
        over = Money.minor(value.counted_minor - value.expected_minor, currency)
        return cls(
            id=strawberry.ID(global_id("CashCount", value.id)),
            counted=Money.minor(value.counted_minor, currency),
            difference=None if is_blind else over,
            counted_at=value.counted_at,
        )


@strawberry.type(description="One till's drawer, from the float it opened with to the count it closed by.")
class RegisterSession(nodes.Node):
    """A session on the wire."""

    number: int = strawberry.field(description="1 for the till's first session, and so on without a gap.")
    status: RegisterSessionStatus = strawberry.field(description="Where it stands.")
    terminal_id: strawberry.ID = strawberry.field(description="The till.")
    opening_float: Money = strawberry.field(description="What was in the drawer when it opened.")
    opened_at: datetime = strawberry.field(description="When it opened.")
    closed_at: datetime | None = strawberry.field(description="When it closed; null while open.")
    counted: Money | None = strawberry.field(description="What was found at the close; null while open.")
    difference: Money | None = strawberry.field(
        description="How much more that was than expected, below zero for less; null while open."
    )
    note: str | None = strawberry.field(description="What was said at the close; null while open.")
    value: strawberry.Private[model.RegisterSession]

    @classmethod
    def of(cls, value: model.RegisterSession) -> "RegisterSession":
        """The wire form of a session."""
        end = value.closing
        over = None if end is None else end.counted_minor - end.expected_minor
        return cls(
            id=strawberry.ID(global_id("RegisterSession", value.id)),
            number=value.number,
            status=RegisterSessionStatus.OPEN if end is None else RegisterSessionStatus.CLOSED,
            terminal_id=strawberry.ID(global_id("Terminal", value.terminal_id)),
            opening_float=Money.minor(value.float_minor, value.currency),
            opened_at=value.opened_at,
            closed_at=None if end is None else end.at,
            counted=None if end is None else Money.minor(end.counted_minor, value.currency),
            difference=None if over is None else Money.minor(over, value.currency),
            note=None if end is None else end.note,
            value=value,
        )

    @strawberry.field(description="The till's store.")
    async def location(self, info: ContextInfo) -> Location | None:
        return await location_by_id(info.context, self.value.location_id)

    @strawberry.field(
        description="What moved and what should be there. While the session is open, null for whoever is to count it: it "
        "needs the scope `approve_overrides`."
    )
    async def drawer(self, info: ContextInfo) -> RegisterDrawer | None:
        if is_blind(info.context, self.value):
            return None
        found = await info.context.load(store.drawers, self.value.id)
        return None if found is None else RegisterDrawer.of(found, self.value.currency)

    @strawberry.field(description="What the till sold meanwhile. Null where `drawer` is.")
    async def sales(self, info: ContextInfo) -> RegisterSales | None:
        if is_blind(info.context, self.value):
            return None
        one, until = self.value, None if self.value.closing is None else self.value.closing.at

        def read(conn: ReadConnection) -> TillSales:
            return till_sales(conn, one.location_id, one.terminal_id, one.currency, one.opened_at, until)

        return RegisterSales.of(await info.context.read(read), one.currency)

    @strawberry.field(description=f"What was moved by hand, oldest first, at most {model.MOVEMENTS_MAX}.")
    async def movements(self, info: ContextInfo) -> list[CashMovement]:
        found = await info.context.load_list(store.movements, self.value.id)
        return [CashMovement.of(one, self.value.currency) for one in found]

    @strawberry.field(description=f"Every count, oldest first, at most {model.COUNTS_MAX}.")
    async def counts(self, info: ContextInfo) -> list[CashCount]:
        found = await info.context.load_list(store.counts, self.value.id)
        blind = is_blind(info.context, self.value)
        return [CashCount.of(one, self.value.currency, is_blind=blind) for one in found]


@strawberry.type(description="Why a command on a register was refused.")
class RegisterUserError(UserError):
    """A refusal on the wire."""

    code: RegisterErrorCode = strawberry.field(description="Which rule said no.")
    maximum: Money | None = strawberry.field(description="What the drawer holds; null when it was not too little.")


def is_blind(ctx: Context, session: model.RegisterSession) -> bool:
    """Whether the caller is to count an open drawer and not to know what should be in it."""
    return session.closing is None and not ctx.actor.may(Scope.APPROVE_OVERRIDES)


def may_see(ctx: Context, session: model.RegisterSession) -> bool:
    """Who works in a till's store sees its sessions; head office all."""
    return ctx.actor.may(Scope.READ_ORDERS) and ctx.actor.works_at(session.location_id)


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.load_many(store.sessions, [RegisterSessionId(key) for key in ids])
    seen = (found.get(RegisterSessionId(key)) for key in ids)
    return [RegisterSession.of(one) if one is not None and may_see(ctx, one) else None for one in seen]


nodes.register("RegisterSession", _fetch)
