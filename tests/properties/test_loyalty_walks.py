"""Random walks over the loyalty commands: whatever is done in whatever order, every invariant holds after each step."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.ledger import store as ledger
from domain.loyalty import service, store
from domain.loyalty.model import AccountKind, BudgetMode, EarnLine, EarnOrder, ReturnedUnits
from domain.loyalty.program import Clawback, EarnRule, ExpiryMode, OnReturn, Program, Recredit, RuleType, Terms, Vesting
from domain.loyalty.verify import verify
from domain.money import Currency, allocate
from tests.conftest import NOW

MakeAct = Callable[..., Act]
RULES = (
    EarnRule("acme2x", RuleType.MULTIPLIER, category="acme", factor=Fraction(2), funder="vendor:acme"),
    EarnRule("gift", RuleType.BONUS, points=30, funder="vendor:gift"),
    EarnRule("big", RuleType.BONUS, points=40, min_spend_minor=50_00),
    EarnRule("share", RuleType.BONUS, points=17, on_return=OnReturn.PRORATE),
)
TERMS = st.builds(
    Terms,
    vesting=st.sampled_from([Vesting.IMMEDIATE, Vesting.FULFILLMENT, Vesting.DAYS]),
    vesting_days=st.just(3),
    expiry_mode=st.sampled_from(ExpiryMode),
    expiry_months=st.just(1),
    clawback=st.sampled_from(Clawback),
    recredit=st.sampled_from(Recredit),
    rules=st.just(RULES),
    points_per_day=st.sampled_from([None, 150]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "order",
                "order",
                "order",
                "spend",
                "spend",
                "hold",
                "capture",
                "void",
                "return",
                "return",
                "return",
                "cancel",
                "release",
                "later",
                "sweep",
                "offline",
                "adjust",
                "exchange",
                "merge",
                "join",
                "leave",
            ]
        ),
        st.integers(0, 3),
        st.integers(1, 120),
    ),
    max_size=40,
)


@dataclass
class Sold:
    """An order of the walk: its lines as (id, quantity) and how much of each has come back."""

    order_id: UUID
    lines: Sequence[tuple[UUID, int]]
    returned: dict[UUID, int]
    tendered: int


@dataclass
class Walk:
    """A small world of four members and a household pool."""

    conn: WriteConnection
    make_act: MakeAct
    program: Program
    members: list[UUID]
    pool: UUID
    now: datetime = NOW
    orders: list[Sold] = field(default_factory=list)
    holds: list[UUID] = field(default_factory=list)
    back: int = 0

    @property
    def act(self) -> Act:
        return self.make_act(at=self.now)

    def order(self, who: int, size: int, hold_points: int = 0) -> None:
        act = self.act
        order_id = act.new_id()
        lines = [(act.new_id(), 1 + size % 3), (act.new_id(), 2)]
        shares = allocate(hold_points, [size, 10])
        if hold_points:
            hold = service.hold(self.conn, self.members[who], hold_points, act, until=None, owner="walk")
            parts = [(line, share, quantity) for (line, quantity), share in zip(lines, shares, strict=True)]
            service.record_tender(self.conn, order_id, hold.id, parts, act)
            if size % 4:
                service.capture_hold(self.conn, hold.id, hold_points, act, order_id=order_id)
        service.earn_order(self.conn, self._earning(order_id, who, lines, (size * 99, 1001)), act)
        self.orders.append(Sold(order_id, lines, dict.fromkeys(dict(lines), 0), hold_points))

    def _earning(self, order_id: UUID, who: int, lines: Sequence[tuple[UUID, int]], minor: Sequence[int]) -> EarnOrder:
        return EarnOrder(
            order_id,
            self.members[who],
            "EUR",
            "WEB",
            tuple(
                EarnLine(line, part, quantity, f"f{index}", "acme" if index == 0 else None)
                for index, ((line, quantity), part) in enumerate(zip(lines, minor, strict=True))
            ),
            self.now,
        )

    def spend(self, who: int, size: int) -> None:
        self.order(who, size, hold_points=size)

    def hold(self, who: int, size: int) -> None:
        until = self.now + timedelta(hours=size)
        self.holds.append(service.hold(self.conn, self.members[who], size, self.act, until=until, owner="walk").id)

    def capture(self, who: int, size: int) -> None:
        if self.holds:
            service.capture_hold(self.conn, self.holds[who % len(self.holds)], size, self.act, order_id=None)

    def void(self, who: int, _size: int) -> None:
        if self.holds:
            service.void_hold(self.conn, self.holds[who % len(self.holds)], self.act)

    def _units(self, sold: Sold, size: int, *, everything: bool = False) -> list[ReturnedUnits]:
        units = []
        for line, quantity in sold.lines:
            left = quantity - sold.returned[line]
            take = left if everything else min(left, size % 3)
            if take:
                units.append(ReturnedUnits(line, take, sold.returned[line], quantity))
        return units

    def ret(self, who: int, size: int, *, everything: bool = False) -> None:
        if not self.orders:
            return
        sold = self.orders[size % len(self.orders)]
        units = self._units(sold, who, everything=everything)
        preview = service.preview_return(self.conn, sold.order_id, units, self.now)
        assert service.book_return(self.conn, sold.order_id, units, "walk", self.act) == preview
        for part in units:
            sold.returned[part.line_id] += part.quantity

    def cancel(self, who: int, size: int) -> None:
        self.ret(who, size, everything=True)

    def release(self, who: int, size: int) -> None:
        if self.orders:
            service.release(self.conn, self.orders[size % len(self.orders)].order_id, f"f{who % 2}", self.act)

    def later(self, who: int, size: int) -> None:
        self.now += timedelta(hours=size) if who < 3 else timedelta(days=size)

    def sweep(self, _who: int, _size: int) -> None:
        service.sweep(self.conn, self.act)

    def offline(self, who: int, size: int) -> None:
        service.offline_redeem(self.conn, self.members[who], size, self.act, reference="walk")

    def adjust(self, who: int, size: int) -> None:
        service.adjust(self.conn, self.members[who], size - 60 or 1, "CORRECTION", self.act)

    def exchange(self, who: int, size: int) -> None:
        if not self.orders:
            return
        sold = self.orders[size % len(self.orders)]
        units = self._units(sold, who + 1)
        act = self.act
        lines = [(act.new_id(), 1), (act.new_id(), 2)]
        new = self._earning(act.new_id(), who, lines, (size * 50, 777))
        done = service.exchange_order(self.conn, sold.order_id, units, new, "walk", act)
        assert 0 <= done.carried <= done.returned.clawed - done.returned.written_off
        for part in units:
            sold.returned[part.line_id] += part.quantity
        self.orders.append(Sold(new.order_id, lines, dict.fromkeys(dict(lines), 0), 0))

    def merge(self, who: int, size: int) -> None:
        service.merge(self.conn, self.members[who], self.members[size % 4], self.act)

    def join(self, who: int, _size: int) -> None:
        service.join_pool(self.conn, self.members[who], self.pool, self.act)

    def leave(self, who: int, _size: int) -> None:
        service.leave_pool(self.conn, self.members[who], self.act)


@contextmanager
def undone(conn: WriteConnection) -> Iterator[None]:
    """Leaves no trace of what happens inside, so that one database serves every example."""
    outer = conn.begin_nested()
    try:
        yield
    finally:
        outer.rollback()


def begin(conn: WriteConnection, make_act: MakeAct, terms: Terms) -> Walk:
    act = make_act()
    program = service.create_program(conn, "walk", "Walk", "WALK", Currency("EUR"), terms, act)
    members = [service.open_account(conn, program, f"walk:{n}", act) for n in range(4)]
    pool = service.open_account(conn, program, "walk:pool", act, kind=AccountKind.POOL)
    service.fund_budget(conn, program, "vendor:acme", 500, BudgetMode.PARTIAL, act, reference="walk")
    service.fund_budget(conn, program, "vendor:gift", 100, BudgetMode.ALL_OR_NOTHING, act, reference="walk")
    return Walk(conn, make_act, program, list(members), pool)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=TERMS, steps=STEPS)
def test_every_invariant_holds_after_every_step_of_any_walk(
    conn: WriteConnection, make_act: MakeAct, terms: Terms, steps: list[tuple[str, int, int]]
) -> None:
    with undone(conn):
        walk = begin(conn, make_act, terms)
        for name, who, size in steps:
            before = heads(walk)
            try:
                with conn.begin_nested():
                    getattr(walk, {"return": "ret"}.get(name, name))(who, size)
            except Refused:
                assert heads(walk) == before
            assert verify(conn).findings == ()


def heads(walk: Walk) -> list[tuple[int, str]]:
    """The newest version and hash of every wallet: what a refused command must not change."""
    ids = [*walk.members, walk.pool]
    found = ledger.wallets(walk.conn, [ledger.WalletId(key) for key in ids])
    return [(found[ledger.WalletId(key)].version, found[ledger.WalletId(key)].last_hash) for key in ids]


RETURNS = st.permutations([0, 0, 0, 1, 1, 2, 2, 2, 2, 2])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=RETURNS, amounts=st.tuples(*[st.integers(0, 30_000)] * 3), tender=st.integers(1, 500))
def test_any_order_of_partial_returns_ends_where_it_began(
    conn: WriteConnection, make_act: MakeAct, order: list[int], amounts: tuple[int, ...], tender: int
) -> None:
    with undone(conn):
        walk = begin(conn, make_act, Terms(vesting=Vesting.IMMEDIATE, rules=RULES))
        act, member = walk.act, walk.members[0]
        service.bonus(conn, member, 500, act, reference="start")
        quantities = (3, 2, 5)
        lines = [(act.new_id(), quantity) for quantity in quantities]
        order_id = act.new_id()
        hold = service.hold(conn, member, tender, act, until=None, owner="walk")
        shares = allocate(tender, [amount + 1 for amount in amounts])
        parts = [(line, share, quantity) for (line, quantity), share in zip(lines, shares, strict=True)]
        service.record_tender(conn, order_id, hold.id, parts, act)
        service.capture_hold(conn, hold.id, tender, act, order_id=order_id)
        earning = tuple(
            EarnLine(line, amount, quantity, "f", "acme")
            for (line, quantity), amount in zip(lines, amounts, strict=True)
        )
        service.earn_order(conn, EarnOrder(order_id, member, "EUR", "WEB", earning, NOW), act)
        back = [0, 0, 0]
        for index in order:
            line, quantity = lines[index]
            service.book_return(conn, order_id, [ReturnedUnits(line, 1, back[index], quantity)], "walk", act)
            back[index] += 1
        wallet = store.wallets(conn, [member], NOW)[member]
        assert (wallet.available, wallet.pending, wallet.held, wallet.debt) == (500, 0, 0, 0)
        accounts = ["funding:program", "funding:vendor:acme", "funding:vendor:gift", "redeemed:tender"]
        assert ledger.account_balances(conn, "WALK", accounts) == {
            "funding:program": -500,
            "funding:vendor:acme": 500,
            "funding:vendor:gift": 100,
            "redeemed:tender": 0,
        }
        assert verify(conn).findings == ()
