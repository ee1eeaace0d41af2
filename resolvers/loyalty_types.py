"""Loyalty on the wire: wallets, statements, lots and holds."""

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.ledger import model as ledger_model
from domain.ledger import store as ledger
from domain.loyalty import model, rules, store
from domain.loyalty.program import Program
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput
from resolvers.ids import global_id
from resolvers.loyalty_enums import HoldState, TransferCode, WalletStatus
from resolvers.nodes import Node, register
from resolvers.scalars import Money

if TYPE_CHECKING:
    from resolvers.customers import Customer

EXPIRATIONS_MAX = 100


@strawberry.type(description="What a member has at one moment. Points past their time and holds that ran out are gone.")
class LoyaltyBalance:
    """The four numbers every channel shows."""

    available: int = strawberry.field(description="Points that can be spent now.")
    pending: int = strawberry.field(description="Points earned that wait for fulfillment.")
    held: int = strawberry.field(description="Points that open checkouts reserve.")
    debt: int = strawberry.field(description="Points owed; the next ones repay them first.")
    net: int = strawberry.field(description="`available` + `pending` + `held` - `debt`.")
    value: Money = strawberry.field(description="What `available` pays in the programme's currency.")
    version: int = strawberry.field(description="Grows with every entry of the statement. Drop anything older.")
    as_of: datetime = strawberry.field(description="When this was read.")

    @classmethod
    def of(cls, value: model.Wallet) -> "LoyaltyBalance":
        """The wire form of a wallet's numbers."""
        return cls(
            available=value.available,
            pending=value.pending,
            held=value.held,
            debt=value.debt,
            net=value.net,
            value=Money.minor(value.value_minor, value.currency),
            version=value.version,
            as_of=value.as_of,
        )


@strawberry.type(description="Points that expire together.")
class LoyaltyExpiration:
    """A sum and its date."""

    points: int = strawberry.field(description="How many.")
    expires_at: datetime | None = strawberry.field(description="From this instant on they are gone; null when never.")


@strawberry.type(description="Where a member stands in the running qualification period.")
class LoyaltyTierStatus:
    """The tier and the way to the next."""

    tier: str = strawberry.field(description="Name of the tier held.")
    valid_until: datetime = strawberry.field(description="When the period ends and its spend decides the tier anew.")
    credits: Money = strawberry.field(description="Qualifying spend of the period, returns taken off.")
    next_tier: str | None = strawberry.field(description="Name of the tier above; null at the top.")
    credits_to_next: Money | None = strawberry.field(description="Spend that it still takes; null at the top.")
    projected_tier: str = strawberry.field(description="The tier if the period ended now.")

    @classmethod
    def of(cls, value: model.TierStatus, currency: str) -> "LoyaltyTierStatus":
        """The wire form of a standing."""
        return cls(
            tier=value.tier,
            valid_until=value.period_ends_at,
            credits=Money.minor(value.credits_minor, currency),
            next_tier=value.next_tier,
            credits_to_next=None if value.next_tier is None else Money.minor(value.to_next_minor, currency),
            projected_tier=value.projected,
        )


@strawberry.type(description="The rules a member's points follow, in the version in force.")
class LoyaltyProgram:
    """A programme."""

    handle: str = strawberry.field(description="Stable short name.")
    name: str = strawberry.field(description="What customers call it.")
    version: int = strawberry.field(description="Version of the rules in force; published versions never change.")
    redeem_minimum: int = strawberry.field(description="Fewest points one redemption takes.")
    redeem_multiple: int = strawberry.field(description="Redemptions go in steps of this many points.")
    expiry_months: int = strawberry.field(description="Whole months that points live.")
    tiers: list[str] = strawberry.field(description="Names of the tiers, lowest first.")

    @classmethod
    def of(cls, value: Program) -> "LoyaltyProgram":
        """The wire form of a programme."""
        return cls(
            handle=value.handle,
            name=value.name,
            version=value.version,
            redeem_minimum=value.terms.redeem_minimum,
            redeem_multiple=value.terms.redeem_multiple,
            expiry_months=value.terms.expiry_months,
            tiers=[tier.name for tier in sorted(value.terms.tiers, key=lambda tier: tier.threshold_minor)],
        )


@strawberry.type(description="One entry of a wallet's statement, never changed.")
class LoyaltyTransaction(Node):
    """A transfer as its wallet sees it."""

    type: TransferCode = strawberry.field(description="Why points moved.")
    points: int = strawberry.field(description="How many, always positive.")
    change: int = strawberry.field(
        description="Signed effect on the wallet's net: 0 for a release, a hold and a void, which only regroup."
    )
    balance_after: int = strawberry.field(description="The wallet's net after it.")
    version: int = strawberry.field(description="Its number in the statement, from 1 without gaps.")
    effective_at: datetime = strawberry.field(description="When it counts.")
    recorded_at: datetime = strawberry.field(description="When it was written; later for a sale uploaded late.")
    order_id: strawberry.ID | None = strawberry.field(description="The Order it belongs to; null when none.")
    funder: str | None = strawberry.field(
        description='Who pays for points given: "program" or for example "vendor:acme"; null for other entries.'
    )
    reference: str = strawberry.field(description="The rule, return or reason behind it; may be empty.")
    hash: str = strawberry.field(description="SHA-256 over the previous entry's hash and this one, in hex.")

    @classmethod
    def of(cls, value: ledger_model.Transfer) -> "LoyaltyTransaction":
        """The wire form of a transfer."""
        funded = value.debit.startswith("funding:")
        return cls(
            id=strawberry.ID(global_id("LoyaltyTransaction", value.id)),
            type=value.code,
            points=value.amount,
            change=value.change,
            balance_after=value.balance_after,
            version=value.wallet_version,
            effective_at=value.effective_at,
            recorded_at=value.recorded_at,
            order_id=None if value.order_id is None else strawberry.ID(global_id("Order", value.order_id)),
            funder=value.debit.removeprefix("funding:") if funded else None,
            reference=value.reference,
            hash=value.hash,
        )


@strawberry.type(description="Points issued together, which expire together.")
class LoyaltyLot(Node):
    """A lot."""

    component: str = strawberry.field(description='What issued it: "base", "tier", "bonus" or a rule\'s id.')
    funder: str = strawberry.field(description='Who paid: "program" or for example "vendor:acme".')
    original: int = strawberry.field(description="Points issued.")
    pending: int = strawberry.field(description="Of them, waiting for fulfillment.")
    available: int = strawberry.field(description="Of them, released and not held; none once it has expired.")
    held: int = strawberry.field(description="Of them, reserved by open checkouts.")
    spent: int = strawberry.field(description="Of them, spent.")
    expired: int = strawberry.field(description="Of them, lost to time and booked.")
    clawed: int = strawberry.field(description="Of them, taken back by returns.")
    earned_at: datetime = strawberry.field(description="When it was earned.")
    expires_at: datetime | None = strawberry.field(
        description="From this instant on nothing of it can be spent; null while pending."
    )

    @classmethod
    def of(cls, value: ledger_model.Lot, now: datetime) -> "LoyaltyLot":
        """The wire form of a lot at a moment."""
        return cls(
            id=strawberry.ID(global_id("LoyaltyLot", value.id)),
            component=value.component,
            funder=value.funder,
            original=value.original,
            pending=value.pending,
            available=value.free if value.alive(now) else 0,
            held=value.held,
            spent=value.spent,
            expired=value.expired,
            clawed=value.clawed,
            earned_at=value.earned_at,
            expires_at=value.expires_at,
        )


@strawberry.type(description="A member's points: the same numbers on every channel, at the same moment.")
class LoyaltyWallet(Node):
    """A wallet as its member sees it."""

    value: strawberry.Private[model.Wallet]

    status: WalletStatus = strawberry.field(description="Whether it may be used.")
    balance: LoyaltyBalance = strawberry.field(description="What is there.")
    tier: LoyaltyTierStatus = strawberry.field(description="Where the member stands.")
    is_pooled: bool = strawberry.field(description="Whether the points are shared in a household pool.")

    @classmethod
    def of(cls, value: model.Wallet) -> "LoyaltyWallet":
        """The wire form of a wallet."""
        return cls(
            id=strawberry.ID(global_id("LoyaltyWallet", value.id)),
            value=value,
            status=value.status,
            balance=LoyaltyBalance.of(value),
            tier=LoyaltyTierStatus.of(value.tier, value.currency),
            is_pooled=value.kind is model.AccountKind.POOL,
        )

    @strawberry.field(description="The points that expire next, soonest first; spendable ones only.")
    def next_expirations(
        self,
        first: Annotated[int, strawberry.argument(description=f"How many dates, 1 to {EXPIRATIONS_MAX}.")] = 3,
    ) -> list[LoyaltyExpiration]:
        if not 1 <= first <= EXPIRATIONS_MAX:
            raise BadInput(f"`first` goes from 1 to {EXPIRATIONS_MAX}.", maximum=EXPIRATIONS_MAX)
        return [LoyaltyExpiration(points=e.points, expires_at=e.expires_at) for e in self.value.expirations[:first]]

    @strawberry.field(description="The programme the points belong to.")
    async def program(self, info: ContextInfo) -> LoyaltyProgram:
        return LoyaltyProgram.of(await _program(info.context, self.value.program_id))

    @strawberry.field(description="Whose it is; null when you may not see the customer, and for a household pool.")
    async def customer(self, info: ContextInfo) -> Annotated["Customer", strawberry.lazy("resolvers.customers")] | None:
        from resolvers.customers import customer_by_id

        return await customer_by_id(info.context, self.value.customer_id)

    @strawberry.field(description="The statement, newest first.")
    async def transactions(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LoyaltyTransaction]:
        page = page_of("loyaltyTransactions", first, after, last, before)
        found = await info.context.read(lambda conn: ledger.transactions(conn, self.value.ledger_id, page))
        return connect(
            "loyaltyTransactions", found, node=LoyaltyTransaction.of, key=lambda transfer: (transfer.wallet_version,)
        )

    @strawberry.field(description="What the points are made of, newest lot first, used up ones included.")
    async def lots(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LoyaltyLot]:
        page = page_of("loyaltyLots", first, after, last, before)
        now = self.value.as_of
        found = await info.context.read(lambda conn: ledger.lots(conn, self.value.ledger_id, page))
        return connect("loyaltyLots", found, node=lambda lot: LoyaltyLot.of(lot, now), key=lambda lot: (lot.id.hex,))


@strawberry.type(description="Points reserved for a payment that is not finished.")
class LoyaltyHold(Node):
    """A hold."""

    value: strawberry.Private[ledger_model.Hold]

    points: int = strawberry.field(description="Points it was made for.")
    posted: int = strawberry.field(description="Points of it that were spent.")
    state: HoldState = strawberry.field(description="What became of it.")
    expires_at: datetime | None = strawberry.field(
        description="From this instant on it holds nothing; null when an order owns it."
    )

    @classmethod
    def of(cls, value: ledger_model.Hold, now: datetime) -> "LoyaltyHold":
        """The wire form of a hold at a moment: one whose time has come is expired before any sweep says so."""
        return cls(
            id=strawberry.ID(global_id("LoyaltyHold", value.id)),
            value=value,
            points=value.points,
            posted=value.posted,
            state=HoldState.EXPIRED if value.timed_out(now) else value.state,
            expires_at=value.until,
        )

    @strawberry.field(description="What its points pay in the programme's currency.")
    async def worth(self, info: ContextInfo) -> Money:
        wallet = await wallet_by_id(info.context, self.value.wallet_id)
        assert wallet is not None, "a hold's wallet exists"
        program = await _program(info.context, wallet.program_id)
        worth = rules.points_value(program.terms, self.value.points, program.currency)
        return Money.minor(worth, program.currency)

    @strawberry.field(description="Which points it reserves, in the order they would be spent.")
    async def allocation(self, info: ContextInfo) -> list[LoyaltyExpiration]:
        lot_ids: list[UUID] = [pick.lot_id for pick in self.value.picks]
        lots = await gather(*(info.context.load(ledger.lots_by_id, lot_id) for lot_id in lot_ids))
        return [
            LoyaltyExpiration(points=pick.points, expires_at=None if lot is None else lot.expires_at)
            for pick, lot in zip(self.value.picks, lots, strict=True)
        ]


async def _program(ctx: Context, program_id: UUID) -> Program:
    found = await ctx.load(store.programs, program_id)
    assert found is not None, "a wallet's programme exists"
    return found


async def wallet_by_id(ctx: Context, wallet_id: UUID) -> model.Wallet | None:
    """What lies behind a wallet's id, whoever asks."""
    return await ctx.load_at(store.wallets, wallet_id)


def may_see_customer(ctx: Context, customer_id: UUID | None) -> bool:
    """Whether the caller may see this customer's points: the customer, and who holds `read_loyalty`."""
    own = customer_id is not None and ctx.actor.customer_id == customer_id
    return own or ctx.actor.may(Scope.READ_LOYALTY)


async def visible_wallets(ctx: Context, ids: Sequence[UUID]) -> list[LoyaltyWallet | None]:
    """Wallets the caller may see, in order; None for the rest."""
    found = await gather(*(wallet_by_id(ctx, key) for key in ids))
    return [
        None if value is None or not may_see_customer(ctx, value.customer_id) else LoyaltyWallet.of(value)
        for value in found
    ]


async def wallet_of_customer(ctx: Context, customer_id: UUID) -> LoyaltyWallet | None:
    """A customer's wallet; None when not enrolled or not the caller's to see."""
    if not may_see_customer(ctx, customer_id):
        return None
    found = await ctx.load_at(store.wallets_by_customers, customer_id)
    return None if found is None else LoyaltyWallet.of(found)


async def may_see_ledger(ctx: Context, ledger_id: UUID | None) -> bool:
    """Whether the caller may see what lies in a wallet: its members, and who holds `read_loyalty`."""
    if ledger_id is None:
        return False
    if ctx.actor.may(Scope.READ_LOYALTY):
        return True
    members = await ctx.load_list(store.customers_of_ledger_wallets, ledger_id)
    return ctx.actor.customer_id is not None and ctx.actor.customer_id in members


async def _transactions(ctx: Context, ids: Sequence[UUID]) -> list[LoyaltyTransaction | None]:
    found = await gather(*(ctx.load(ledger.transfers, key) for key in ids))
    return [
        LoyaltyTransaction.of(value) if value is not None and await may_see_ledger(ctx, value.wallet_id) else None
        for value in found
    ]


async def _lots(ctx: Context, ids: Sequence[UUID]) -> list[LoyaltyLot | None]:
    now = ctx.clock()
    found = await gather(*(ctx.load(ledger.lots_by_id, key) for key in ids))
    return [
        LoyaltyLot.of(value, now) if value is not None and await may_see_ledger(ctx, value.wallet_id) else None
        for value in found
    ]


async def visible_holds(ctx: Context, ids: Sequence[UUID]) -> list[LoyaltyHold | None]:
    """Holds the caller may see, in order; None for the rest."""
    now = ctx.clock()
    found = await gather(*(ctx.load(ledger.holds, key) for key in ids))
    return [
        LoyaltyHold.of(value, now) if value is not None and await may_see_ledger(ctx, value.wallet_id) else None
        for value in found
    ]


register("LoyaltyWallet", visible_wallets)
register("LoyaltyTransaction", _transactions)
register("LoyaltyLot", _lots)
register("LoyaltyHold", visible_holds)
