"""Runs worked loyalty cases: each step is one call of the room's services, each expectation is checked after it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.idempotency.service import Command, once
from domain.ledger import store as ledger
from domain.loyalty import rules, service, store
from domain.loyalty.model import AccountKind, BudgetMode, EarnLine, EarnOrder, ReturnedUnits
from domain.loyalty.program import (
    Clawback,
    EarnRule,
    ExpiryMode,
    OnReturn,
    Program,
    Recredit,
    RuleType,
    Terms,
    Tier,
    Vesting,
)
from domain.loyalty.verify import verify
from domain.money import Currency, allocate, slot

Step = Mapping[str, Any]
MEMBER = AccountKind.MEMBER
_VESTING = {"IMMEDIATE": Vesting.IMMEDIATE, "FULFILMENT": Vesting.FULFILLMENT}


def identity(*parts: str) -> UUID:
    """A stable id for a name of the case."""
    return uuid5(NAMESPACE_URL, "/".join(parts))


def terms_of(config: Mapping[str, Any]) -> Terms:
    """The programme of a case: the base programme and what the case changes in it."""
    vest, _, days = config.get("vest", "IMMEDIATE").partition(":")
    base = Terms()
    thresholds = config.get("tier_thresholds")
    factors = {tier.name: tier.factor for tier in base.tiers}
    return replace(
        base,
        vesting=Vesting.DAYS if vest == "DAYS" else _VESTING[vest],
        vesting_days=int(days or 0),
        time_zone=config.get("time_zone", "UTC"),
        expiry_mode=ExpiryMode(config.get("expiry_mode", "MONTH_END")),
        clawback=Clawback(config.get("clawback", "ALLOW_NEGATIVE")),
        recredit=Recredit(config.get("recredit", "GRACE")),
        redeem_minimum=config.get("min_redeem", 1),
        redeem_multiple=config.get("multiple", 1),
        points_per_day=config.get("caps", {}).get("points_per_day"),
        tiers=tuple(Tier(name, minor, factors[name]) for name, minor in thresholds) if thresholds else base.tiers,
        rules=tuple(_rule(rule) for rule in config.get("rules", ())),
    )


def _rule(raw: Step) -> EarnRule:
    return EarnRule(
        id=raw["id"],
        type=RuleType(raw["type"]),
        category=raw.get("category"),
        channel=raw.get("channel"),
        factor=Fraction(*raw.get("factor", (1, 1))),
        points=raw.get("points", 0),
        min_spend_minor=raw.get("min_spend", 0),
        on_return=OnReturn(raw.get("on_return", "THRESHOLD")),
        funder=raw.get("funding", "program"),
    )


@dataclass
class SoldLine:
    """What the case knows of a sold line: its worth, the points that paid for it, and what came back."""

    amount: int
    quantity: int
    points: int
    returned: int = 0


@dataclass
class World:
    """One case while it runs."""

    conn: WriteConnection
    make_act: Callable[..., Act]
    program: Program
    now: datetime = datetime(2026, 1, 10, 10, tzinfo=UTC)
    wallets: dict[str, UUID] = field(default_factory=dict)
    holds: dict[str, UUID] = field(default_factory=dict)
    hold_points: dict[str, int] = field(default_factory=dict)
    sold: dict[str, dict[str, SoldLine]] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)

    @property
    def act(self) -> Act:
        return self.make_act(at=self.now)

    def open(self, name: str, kind: AccountKind) -> None:
        """Open the wallet of somebody the case names."""
        if name not in self.wallets:
            self.wallets[name] = service.open_account(self.conn, self.program, f"case:{name}", self.act, kind=kind)

    def wallet(self, name: str) -> UUID:
        return self.wallets[name]

    def once(self, step: Step, effect: Callable[[], Mapping[str, int]]) -> Mapping[str, int]:
        """An effect that a repeated step with the same id replays."""
        body = json.dumps({key: value for key, value in step.items() if key not in ("expect", "reply", "error")})
        command = Command("case", f"{step['op']}:{step['id']}", step["op"], body)
        done = once(
            self.conn, command, self.act, effect=effect, reference=json.dumps, reload=lambda _, text: json.loads(text)
        )
        return done.value

    # Steps

    def order(self, step: Step) -> Mapping[str, int]:
        oid, lines = step["oid"], step["lines"]
        points = self.hold_points.get(step.get("hold", ""), 0)
        shares = allocate(points, [line["amount"] for line in lines])
        if "hold" in step and oid not in self.sold:
            self._tender(step, [(line["id"], share, line["qty"]) for line, share in zip(lines, shares, strict=True)])
        self.sold.setdefault(
            oid,
            {
                line["id"]: SoldLine(line["amount"], line["qty"], share)
                for line, share in zip(lines, shares, strict=True)
            },
        )
        service.earn_order(
            self.conn, self._earning(oid, step["member"], lines, shares, step.get("channel", "WEB")), self.act
        )
        return {}

    def _tender(self, step: Step, shares: list[tuple[str, int, int]]) -> None:
        hold, oid = step["hold"], step["oid"]
        parts = [(identity(oid, line), points, quantity) for line, points, quantity in shares]
        service.record_tender(self.conn, identity(oid), self.holds[hold], parts, self.act)
        if step.get("capture") == "FULFILMENT":
            self.captures[oid] = hold
        else:
            service.capture_hold(self.conn, self.holds[hold], self.hold_points[hold], self.act, order_id=identity(oid))

    def _earning(self, oid: str, member: str, lines: list[Step], shares: list[int], channel: str) -> EarnOrder:
        worth = [rules.points_value(self.program.terms, share, "EUR") for share in shares]
        return EarnOrder(
            order_id=identity(oid),
            wallet_id=self.wallet(member),
            currency="EUR",
            channel=channel,
            lines=tuple(
                EarnLine(
                    line_id=identity(oid, line["id"]),
                    eligible_minor=line["amount"] - value,
                    quantity=line["qty"],
                    vesting_key=oid,
                    category=line.get("category"),
                    excluded=line.get("excluded", False),
                )
                for line, value in zip(lines, worth, strict=True)
            ),
            placed_at=self.now,
        )

    def bonus(self, step: Step) -> Mapping[str, int]:
        expires = datetime.fromisoformat(step["expires"]) if "expires" in step else None
        wallet = self.wallet(step["member"])
        return self.once(
            step,
            lambda: {
                "points": service.bonus(
                    self.conn, wallet, step["points"], self.act, reference=step["id"], expires_at=expires
                )
            },
        )

    def hold(self, step: Step) -> Mapping[str, int]:
        until = self.now + timedelta(seconds=step["ttl"]) if "ttl" in step else None
        wallet = self.wallet(step["member"])

        def effect() -> Mapping[str, int]:
            made = service.hold(self.conn, wallet, step["points"], self.act, until=until, owner=f"case:{step['id']}")
            self.holds[step["id"]], self.hold_points[step["id"]] = made.id, made.points
            return {}

        return self.once(step, effect)

    def post(self, step: Step) -> Mapping[str, int]:
        points = step.get("points", self.hold_points[step["id"]])
        service.capture_hold(self.conn, self.holds[step["id"]], points, self.act, order_id=None)
        return {}

    def void(self, step: Step) -> Mapping[str, int]:
        service.void_hold(self.conn, self.holds[step["id"]], self.act)
        return {}

    def tick(self, _step: Step) -> Mapping[str, int]:
        service.sweep_holds(self.conn, self.act)
        return {}

    def expire(self, _step: Step) -> Mapping[str, int]:
        service.sweep_expired(self.conn, self.act)
        return {}

    def release_due(self, _step: Step) -> Mapping[str, int]:
        service.release_due(self.conn, self.act)
        return {}

    def fulfil(self, step: Step) -> Mapping[str, int]:
        oid = step["order"]
        if oid in self.captures:
            hold = self.captures.pop(oid)
            service.capture_hold(self.conn, self.holds[hold], self.hold_points[hold], self.act, order_id=identity(oid))
        service.release(self.conn, identity(oid), oid, self.act)
        return {}

    def ret(self, step: Step) -> Mapping[str, int]:
        return self.once(step, lambda: self._returned(step["order"], step["lines"], step["id"]))

    def cancel(self, step: Step) -> Mapping[str, int]:
        lines = [{"id": key, "qty": line.quantity - line.returned} for key, line in self.sold[step["order"]].items()]
        return self.once(step, lambda: self._returned(step["order"], lines, step["id"]))

    def _units(self, oid: str, lines: list[Step]) -> list[ReturnedUnits]:
        sold = self.sold[oid]
        return [
            ReturnedUnits(identity(oid, line["id"]), line["qty"], sold[line["id"]].returned, sold[line["id"]].quantity)
            for line in lines
        ]

    def _returned(self, oid: str, lines: list[Step], reference: str) -> Mapping[str, int]:
        units = self._units(oid, lines)
        preview = service.preview_return(self.conn, identity(oid), units, self.now)
        booked = service.book_return(self.conn, identity(oid), units, reference, self.act)
        assert preview == booked, "a preview equals the booking"
        money = self._worth(oid, lines) - rules.points_value(self.program.terms, booked.points_back, "EUR")
        return {
            "money": money,
            "points_back": booked.points_back,
            "clawed": booked.clawed,
            "shortfall_written_off": booked.written_off,
        }

    def _worth(self, oid: str, lines: list[Step]) -> int:
        """The full worth of the units, which are marked as returned."""
        worth = 0
        for line in lines:
            sold = self.sold[oid][line["id"]]
            worth += sum(slot(sold.amount, sold.returned + i, sold.quantity) for i in range(line["qty"]))
            sold.returned += line["qty"]
        return worth

    def offline_redeem(self, step: Step) -> Mapping[str, int]:
        wallet = self.wallet(step["member"])

        def effect() -> Mapping[str, int]:
            booked = service.offline_redeem(self.conn, wallet, step["points"], self.act, reference=step["id"])
            return {"from_points": booked.from_points, "debt": booked.debt}

        return self.once(step, effect)

    def exchange(self, step: Step) -> Mapping[str, int]:
        oid, new = step["order"], step["new_order"]
        member = next(name for name, wallet in self.wallets.items() if wallet == self._owner(oid))

        def effect() -> Mapping[str, int]:
            order = self._earning(new, member, step["new_lines"], [0] * len(step["new_lines"]), "WEB")
            done = service.exchange_order(
                self.conn, identity(oid), self._units(oid, step["lines"]), order, step["id"], self.act
            )
            due = sum(line["amount"] for line in step["new_lines"]) - self._worth(oid, step["lines"])
            self.sold[new] = {line["id"]: SoldLine(line["amount"], line["qty"], 0) for line in step["new_lines"]}
            return {
                "money": max(0, -due),
                "to_pay": max(0, due),
                "carried": done.carried,
                "clawed": done.returned.clawed,
            }

        return self.once(step, effect)

    def _owner(self, oid: str) -> UUID:
        from domain.loyalty.store_orders import earned_order

        found = earned_order(self.conn, identity(oid))
        assert found is not None
        return found.wallet_id

    def adjust(self, step: Step) -> Mapping[str, int]:
        wallet = self.wallet(step["member"])
        return self.once(
            step, lambda: {"points": service.adjust(self.conn, wallet, step["points"], step["id"], self.act)}
        )

    def merge(self, step: Step) -> Mapping[str, int]:
        source, into = self.wallet(step["source"]), self.wallet(step["into"])

        def effect() -> Mapping[str, int]:
            service.merge(self.conn, source, into, self.act)
            return {}

        return self.once(step, effect)

    def join_pool(self, step: Step) -> Mapping[str, int]:
        service.join_pool(self.conn, self.wallet(step["member"]), self.wallet(step["pool"]), self.act)
        return {}

    def leave_pool(self, step: Step) -> Mapping[str, int]:
        service.leave_pool(self.conn, self.wallet(step["member"]), self.act)
        return {}

    def tier_period_end(self, step: Step) -> Mapping[str, int]:
        service.end_period(self.conn, self.wallet(step["member"]))
        return {}

    # Expectations

    def vector(self, name: str) -> list[int]:
        wallet = store.wallets(self.conn, [self.wallet(name)], self.now)[self.wallet(name)]
        return [wallet.available, wallet.pending, wallet.held, wallet.debt]

    def next_expiry(self, name: str) -> list[object]:
        wallet = store.wallets(self.conn, [self.wallet(name)], self.now)[self.wallet(name)]
        first = wallet.expirations[0]
        return [first.points, first.expires_at]

    def check(self, expected: Mapping[str, Any]) -> None:
        for name, value in expected.items():
            match name:
                case "accounts":
                    stood = ledger.account_balances(self.conn, self.program.unit, list(value))
                    assert {account: stood.get(account, 0) for account in value} == value
                case "next_expiry":
                    wanted = {who: [points, datetime.fromisoformat(at)] for who, (points, at) in value.items()}
                    assert {who: self.next_expiry(who) for who in value} == wanted
                case "tier":
                    now = {who: store.wallets(self.conn, [self.wallet(who)], self.now) for who in value}
                    assert {who: now[who][self.wallet(who)].tier.tier for who in value} == value
                case _:
                    assert (name, self.vector(name)) == (name, value)


def run(case: Step, conn: WriteConnection, make_act: Callable[..., Act]) -> None:
    """Run one case from its first step to its last; after each step the whole ledger is verified."""
    config = case.get("config", {})
    act = make_act()
    program = service.create_program(conn, "case", "Case", "CASE", Currency("EUR"), terms_of(config), act)
    world = World(conn, make_act, program)
    for step in case["steps"]:
        for role, kind in (("member", MEMBER), ("source", MEMBER), ("into", MEMBER), ("pool", AccountKind.POOL)):
            if role in step:
                world.open(step[role], kind)
    for funder, points in config.get("budgets", {}).items():
        mode = BudgetMode(config.get("budget_mode", "ALL_OR_NOTHING"))
        service.fund_budget(conn, program, funder, points, mode, act, reference="budget")
    for member, tier in case.get("tiers", {}).items():
        service.set_tier(conn, world.wallet(member), tier)
    for step in case["steps"]:
        run_step(world, step)


def run_step(world: World, step: Step) -> None:
    """One step: its answer or refusal, its expectations, and every invariant."""
    if "at" in step:
        world.now = datetime.fromisoformat(step["at"])
    refused = None
    try:
        with world.conn.begin_nested():
            reply = getattr(world, step["op"])(step)
    except Refused as refusal:
        refused, reply = refusal.code.value, {}
    assert refused == step.get("error")
    for name, value in step.get("reply", {}).items():
        assert (name, reply.get(name)) == (name, value)
    world.check(step.get("expect", {}))
    assert verify(world.conn).findings == ()
