"""The timeline of an order on the wire."""

from datetime import datetime

import strawberry

from domain.acts import ActorKind, Scope
from domain.errors import Fact
from domain.orders import model
from domain.orders.model import OrderEventKind
from resolvers.context import ContextInfo


@strawberry.type(description="Something worth knowing about a step.")
class OrderEventFact:
    """A named fact."""

    name: str = strawberry.field(description="What it is, such as `amountMinor` or `trackingNumber`.")
    value: str | None = strawberry.field(description="Its value as text; null when it was unknown.")


@strawberry.type(description="What a step changed.")
class OrderEventChange:
    """A value before and after."""

    subject: str = strawberry.field(description="The UUID of the order, line, delivery or parcel that changed.")
    name: str = strawberry.field(description="What of it changed, such as `status` or `fulfilled`.")
    before: str | None = strawberry.field(description="The value before, as text; null when there was none.")
    after: str | None = strawberry.field(description="The value after, as text; null when there is none.")

    @classmethod
    def of(cls, value: model.Change) -> "OrderEventChange":
        """The wire form of a change."""
        return cls(subject=value.subject, name=value.name, before=_text(value.before), after=_text(value.after))


@strawberry.type(description="One step of an order's life. Steps are only ever added.")
class OrderEvent:
    """A step on the wire."""

    value: strawberry.Private[model.OrderEvent]

    kind: OrderEventKind = strawberry.field(description="What happened.")
    recorded_at: datetime = strawberry.field(description="When.")
    actor_kind: ActorKind = strawberry.field(description="Who did it.")
    facts: list[OrderEventFact] = strawberry.field(description="What helps to read it.")
    changes: list[OrderEventChange] = strawberry.field(description="What it changed; replaying them gives the state.")

    @classmethod
    def of(cls, value: model.OrderEvent) -> "OrderEvent":
        """The wire form of a step."""
        return cls(
            value=value,
            kind=value.kind,
            recorded_at=value.recorded_at,
            actor_kind=value.actor_kind,
            facts=[OrderEventFact(name=name, value=_text(fact)) for name, fact in value.facts.items()],
            changes=[OrderEventChange.of(change) for change in value.changes],
        )

    @strawberry.field(description="The id of who did it; null for callers who may not read all orders.")
    def actor_id(self, info: ContextInfo) -> str | None:
        return self.value.actor_id if info.context.actor.may(Scope.READ_ORDERS) else None


def _text(value: Fact) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
