"""The resources within one request's transaction: found, changed, and every change told as an event."""

import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import JsonValue
from stripe._api_version import _ApiVersion

from gateway.sandbox.refusals import missing_resource
from gateway.sandbox.resources import (
    Charge,
    Customer,
    Dispute,
    Event,
    Location,
    PaymentIntent,
    PaymentMethod,
    Reader,
    Refund,
    Resource,
    TaxCalculation,
    TaxTransaction,
    kind_of,
    render,
)
from gateway.sandbox.store import Store
from gateway.sandbox.tax_rates import Rate

R = TypeVar(
    "R",
    Customer,
    PaymentMethod,
    PaymentIntent,
    Charge,
    Refund,
    Dispute,
    Location,
    Reader,
    TaxCalculation,
    TaxTransaction,
    Event,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from: the request's id and idempotency key; both None for what happens by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sandbox was told about itself.

    Attributes:
        base_url: where the sandbox is reached, for pages it sends customers to.
        settle_after_s: when refunds of the cards that settle late do so; None means only when told to.
        has_webhook: whether events are owed to a webhook.
        refund_outcomes: what the next refunds do, whatever their card; taken from the left.
        tax_rates: what Stripe Tax goes by.
    """

    base_url: str = ""
    settle_after_s: int | None = None
    has_webhook: bool = False
    refund_outcomes: deque[str] = field(default_factory=deque)
    tax_rates: Sequence[Rate] = ()


class Books:
    """The account's resources during one transaction of the store, at one time."""

    def __init__(self, store: Store, now: int, terms: Terms, origin: Origin) -> None:
        self.store = store
        self.now = now
        self.terms = terms
        self._origin = origin

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    def find(self, kind: type[R], resource_id: str | None) -> R | None:
        found = None if resource_id is None else self.store.find(resource_id)
        return found if isinstance(found, kind) else None

    def get(self, kind: type[R], resource_id: str, param: str = "id") -> R:
        """The resource.

        Raises:
            Refusal: resource_missing, naming `param`.
        """
        found = self.find(kind, resource_id)
        if found is None:
            raise missing_resource(kind_of(kind), resource_id, param)
        return found

    def save(self, resource: R, *events: str) -> R:
        """Write the resource and tell it under each event type, in order."""
        before = self.store.find(resource.id)
        self.store.save(resource)
        for event_type in events:
            self._tell(event_type, resource, before)
        return resource

    def _tell(self, event_type: str, resource: Resource, before: Resource | None) -> None:
        shown = render(resource)
        told: dict[str, JsonValue] = {"object": shown}
        if event_type.endswith(".updated") and before is not None:
            told["previous_attributes"] = _changed(render(before), shown)
        event = Event(
            id=self.new_id("evt"),
            created=self.now,
            type=event_type,
            api_version=_ApiVersion.CURRENT,
            data=told,
            request={"id": self._origin.request_id, "idempotency_key": self._origin.idempotency_key},
            pending_webhooks=1 if self.terms.has_webhook else 0,
        )
        self.store.save(event)
        if self.terms.has_webhook:
            self.store.enqueue(event.id, self.now)


def delivered(event: Event) -> Event:
    """The event once its webhook has answered."""
    return replace(event, pending_webhooks=0)


def _changed(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in before.items() if after.get(name) != value}
