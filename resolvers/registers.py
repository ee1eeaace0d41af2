"""Registers: opening a till's drawer, moving cash by hand, counting it without being told, and closing it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from domain.access import store as access
from domain.acts import Act, Scope
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.idempotency.service import Done
from domain.registers import model, service, store
from domain.registers.errors import RegisterErrorCode
from domain.registers.model import EntryKind, RegisterSessionId
from resolvers.carts_inputs import KEY
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import BadInput, Forbidden, InvalidCursor
from resolvers.ids import uuid_of
from resolvers.registers_types import (
    CashCount,
    CashMovement,
    CashMovementKind,
    RegisterSession,
    RegisterUserError,
    is_blind,
    may_see,
)
from resolvers.scalars import Money, MoneyInput

T = TypeVar("T")
_ERRORS = "Why nothing was done; empty on success."
_REPLAYED = "Whether this key had been answered before."
_SESSION = "The RegisterSession, of a store you work in."


@strawberry.input(description="The input of `registerSessionOpen`.")
class RegisterSessionOpenInput:
    """A float."""

    opening_float: MoneyInput = strawberry.field(description="What is in the drawer now, 0 or more.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `cashMovementCreate`.")
class CashMovementCreateInput:
    """Cash by hand."""

    register_session_id: strawberry.ID = strawberry.field(description=_SESSION)
    kind: CashMovementKind = strawberry.field(description="Which way, and what for.")
    amount: MoneyInput = strawberry.field(description="How much, above zero either way.")
    reason: str = strawberry.field(description="Why, in 1 to 200 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `cashCount`.")
class CashCountInput:
    """A count."""

    register_session_id: strawberry.ID = strawberry.field(description=_SESSION)
    counted_amount: MoneyInput = strawberry.field(
        description="All coins and notes in the drawer, the float among them."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `registerSessionClose`.")
class RegisterSessionCloseInput:
    """The end of a session."""

    register_session_id: strawberry.ID = strawberry.field(description=_SESSION)
    note: str = strawberry.field(default="", description="What to remember of it, at most 200 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


_Input = RegisterSessionOpenInput | CashMovementCreateInput | CashCountInput | RegisterSessionCloseInput


@strawberry.type(description="The answer to `registerSessionOpen` and `registerSessionClose`.")
class RegisterSessionPayload:
    """A session, or why not."""

    register_session: RegisterSession | None = strawberry.field(description="The session; null when refused.")
    user_errors: list[RegisterUserError] = strawberry.field(description=_ERRORS)
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type(description="The answer to `cashMovementCreate`.")
class CashMovementPayload:
    """A movement, or why not."""

    cash_movement: CashMovement | None = strawberry.field(description="The movement; null when refused.")
    user_errors: list[RegisterUserError] = strawberry.field(description=_ERRORS)
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type(description="The answer to `cashCount`.")
class CashCountPayload:
    """A count, or why not."""

    cash_count: CashCount | None = strawberry.field(description="The count; null when refused.")
    user_errors: list[RegisterUserError] = strawberry.field(description=_ERRORS)
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type
class RegistersMutation:
    """Cash at tills."""

    @strawberry.mutation(
        description="Open the drawer of the till you are signed in at; from now on it takes cash. Needs the scope "
        "`pos_session`."
    )
    async def register_session_open(self, info: ContextInfo, input: RegisterSessionOpenInput) -> RegisterSessionPayload:
        ctx = info.context
        actor = ctx.require(Scope.POS_SESSION)
        terminal_id, channel_id = actor.terminal_id, actor.sales_channel_id
        if terminal_id is None or channel_id is None:
            raise BadInput("Sign in at a terminal to open its drawer.")
        opening = input.opening_float.value()

        def effect(conn: WriteConnection, act: Act) -> model.RegisterSession:
            terminal = access.terminal(conn, terminal_id)
            currency = catalog.channels(conn, [ChannelId(channel_id)])[ChannelId(channel_id)].currency
            return service.open_session(conn, terminal_id, terminal.location_id, currency, opening, act)

        return await _session(ctx, "registerSessionOpen", input, effect)

    @strawberry.mutation(
        description="Put cash into a drawer by hand, or take it out. Needs the scope `write_orders` and work in its store."
    )
    async def cash_movement_create(self, info: ContextInfo, input: CashMovementCreateInput) -> CashMovementPayload:
        ctx, key = info.context, RegisterSessionId(uuid_of("RegisterSession", input.register_session_id))
        ctx.require(Scope.WRITE_ORDERS)
        amount, kind = input.amount.value(), EntryKind(input.kind.value)
        done = await _done(
            ctx,
            "cashMovementCreate",
            input,
            lambda conn, act: service.move(conn, key, kind, amount, input.reason, act),
            lambda one: one.source_id.hex,
            lambda conn, reference: store.entry_of(conn, UUID(hex=reference)),
        )
        if isinstance(done, RegisterUserError):
            return CashMovementPayload(cash_movement=None, user_errors=[done], replayed=False)
        made = CashMovement.of(done.value, amount.currency)
        return CashMovementPayload(cash_movement=made, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Write what you found in a drawer; what should be there is told by the close. Count again as often as "
        "cash moves. Needs the scope `write_orders` and work in its store."
    )
    async def cash_count(self, info: ContextInfo, input: CashCountInput) -> CashCountPayload:
        ctx, key = info.context, RegisterSessionId(uuid_of("RegisterSession", input.register_session_id))
        ctx.require(Scope.WRITE_ORDERS)
        counted = input.counted_amount.value()
        done = await _done(
            ctx,
            "cashCount",
            input,
            lambda conn, act: service.count(conn, key, counted, act),
            lambda one: one.id.hex,
            lambda conn, reference: store.count_of(conn, UUID(hex=reference)),
        )
        if isinstance(done, RegisterUserError):
            return CashCountPayload(cash_count=None, user_errors=[done], replayed=False)
        session = await ctx.read(lambda conn: store.one(conn, done.value.session_id))
        made = CashCount.of(done.value, counted.currency, is_blind=is_blind(ctx, session))
        return CashCountPayload(cash_count=made, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Close a drawer by its last count, after which no cash may have moved. Needs the scope `write_orders` "
        "and work in its store."
    )
    async def register_session_close(
        self, info: ContextInfo, input: RegisterSessionCloseInput
    ) -> RegisterSessionPayload:
        info.context.require(Scope.WRITE_ORDERS)
        key = RegisterSessionId(uuid_of("RegisterSession", input.register_session_id))
        return await _session(
            info.context,
            "registerSessionClose",
            input,
            lambda conn, act: service.close(conn, key, input.note, act),
        )


@strawberry.type
class RegistersQuery:
    """Reading registers."""

    @strawberry.field(
        description="A register session of a store you work in; without an id the open one of the till you are signed in at. "
        "Null when there is none. Needs the scope `read_orders`."
    )
    async def register_session(
        self,
        info: ContextInfo,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The RegisterSession; null for your till's open one.")
        ] = None,
    ) -> RegisterSession | None:
        ctx = info.context
        actor = ctx.require(Scope.READ_ORDERS)
        if id is not None:
            found = await ctx.load(store.sessions, RegisterSessionId(uuid_of("RegisterSession", id)))
        elif (terminal_id := actor.terminal_id) is not None:
            found = await ctx.read(lambda conn: store.current_of_terminal(conn, terminal_id))
        else:
            return None
        return RegisterSession.of(found) if found is not None and may_see(ctx, found) else None

    @strawberry.field(
        description="Register sessions, the newest first: of one store, or of all for head office. Needs the scope "
        "`read_orders` and work in that store."
    )
    async def register_sessions(
        self,
        info: ContextInfo,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The Location; null for all of them.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[RegisterSession]:
        ctx = info.context
        actor = ctx.require(Scope.READ_ORDERS)
        place = None if location_id is None else uuid_of("Location", location_id)
        if not (actor.works_at(place) if place is not None else actor.may(Scope.OPERATE)):
            raise Forbidden(Scope.OPERATE)
        name = f"registerSessions {location_id or ''}"
        page = page_of(name, first, after, last, before)
        try:
            found = await ctx.read(lambda conn: store.page(conn, page, place))
        except ValueError:
            raise InvalidCursor from None
        return connect(name, found, node=RegisterSession.of, key=lambda one: (one.id.hex,))


async def _session(
    ctx: Context,
    operation: str,
    given: RegisterSessionOpenInput | RegisterSessionCloseInput,
    effect: Callable[[WriteConnection, Act], model.RegisterSession],
) -> RegisterSessionPayload:
    done = await _done(
        ctx,
        operation,
        given,
        effect,
        lambda one: one.id.hex,
        lambda conn, reference: store.one(conn, RegisterSessionId(UUID(hex=reference))),
    )
    if isinstance(done, RegisterUserError):
        return RegisterSessionPayload(register_session=None, user_errors=[done], replayed=False)
    return RegisterSessionPayload(
        register_session=RegisterSession.of(done.value), user_errors=[], replayed=done.replayed
    )


async def _done(
    ctx: Context,
    operation: str,
    given: _Input,
    effect: Callable[[WriteConnection, Act], T],
    reference: Callable[[T], str],
    reload: Callable[[ReadConnection, str], T],
) -> Done[T] | RegisterUserError:
    """What a command did, or why it did nothing."""
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        return await ctx.command(operation, key, body, effect=effect, reference=reference, reload=reload)
    except Refused as refused:
        maximum = refused.facts.get("maximum")
        amount = None
        if isinstance(maximum, int) and isinstance(given, CashMovementCreateInput):
            amount = Money.minor(maximum, given.amount.currency_code)
        return RegisterUserError(
            code=member_of(RegisterErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            maximum=amount,
        )
