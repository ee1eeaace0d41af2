"""The API desk: from a request to its answer, with Stripe's idempotency, in one transaction.

Source: https://docs.stripe.com/api/idempotent_requests. An answer is saved once the work began, be it good or bad; a request
that fails validation is not remembered, and a key is forgotten after a day.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from pydantic import JsonValue

from gateway.sandbox import disputes, listing, payment_intents, payment_methods, refunds, specification, tax, terminal
from gateway.sandbox.books import Books, Origin, Terms
from gateway.sandbox.listing import Page
from gateway.sandbox.parameters import Params, unflatten
from gateway.sandbox.refusals import Refusal, not_simulated, reused_key
from gateway.sandbox.resources import Event, Resource, render
from gateway.sandbox.store import Reply, Store

Handler = Callable[..., Resource | Page | Mapping[str, JsonValue]]

_KEY_LIFE_S = 24 * 3600
_KEY_MAX = 255
_EXPAND_DEPTH_MAX = 4


def _retrieve_event(books: Books, _params: Params, event_id: str) -> Event:
    return books.get(Event, event_id)


def _list_events(books: Books, params: Params) -> Page:
    return listing.page(books, params, Event, members=("type",))


_HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("POST", "/v1/payment_intents"): payment_intents.create,
    ("GET", "/v1/payment_intents"): payment_intents.list_intents,
    ("GET", "/v1/payment_intents/search"): listing.search_payment_intents,
    ("GET", "/v1/payment_intents/{intent}"): payment_intents.retrieve,
    ("POST", "/v1/payment_intents/{intent}"): payment_intents.update,
    ("POST", "/v1/payment_intents/{intent}/confirm"): payment_intents.confirm,
    ("POST", "/v1/payment_intents/{intent}/capture"): payment_intents.capture,
    ("POST", "/v1/payment_intents/{intent}/cancel"): payment_intents.cancel,
    ("POST", "/v1/refunds"): refunds.create,
    ("GET", "/v1/refunds"): refunds.list_refunds,
    ("GET", "/v1/refunds/{refund}"): refunds.retrieve,
    ("POST", "/v1/refunds/{refund}"): refunds.update,
    ("POST", "/v1/refunds/{refund}/cancel"): refunds.cancel,
    ("POST", "/v1/test_helpers/refunds/{refund}/expire"): refunds.expire,
    ("GET", "/v1/charges"): refunds.list_charges,
    ("GET", "/v1/charges/{charge}"): refunds.retrieve_charge,
    ("GET", "/v1/disputes"): disputes.list_disputes,
    ("GET", "/v1/disputes/{dispute}"): disputes.retrieve,
    ("POST", "/v1/customers"): payment_methods.create_customer,
    ("GET", "/v1/customers"): payment_methods.list_customers,
    ("GET", "/v1/customers/{customer}"): payment_methods.retrieve_customer,
    ("POST", "/v1/customers/{customer}"): payment_methods.update_customer,
    ("DELETE", "/v1/customers/{customer}"): payment_methods.delete_customer,
    ("POST", "/v1/payment_methods"): payment_methods.create,
    ("GET", "/v1/payment_methods"): payment_methods.list_methods,
    ("GET", "/v1/payment_methods/{payment_method}"): payment_methods.retrieve,
    ("POST", "/v1/payment_methods/{payment_method}/attach"): payment_methods.attach,
    ("POST", "/v1/payment_methods/{payment_method}/detach"): payment_methods.detach,
    ("GET", "/v1/events"): _list_events,
    ("GET", "/v1/events/{id}"): _retrieve_event,
    ("POST", "/v1/terminal/connection_tokens"): terminal.connection_token,
    ("POST", "/v1/terminal/locations"): terminal.create_location,
    ("GET", "/v1/terminal/locations"): terminal.list_locations,
    ("GET", "/v1/terminal/locations/{location}"): terminal.retrieve_location,
    ("POST", "/v1/terminal/readers"): terminal.create_reader,
    ("GET", "/v1/terminal/readers"): terminal.list_readers,
    ("GET", "/v1/terminal/readers/{reader}"): terminal.retrieve_reader,
    ("POST", "/v1/terminal/readers/{reader}/process_payment_intent"): terminal.process_payment_intent,
    ("POST", "/v1/terminal/readers/{reader}/refund_payment"): terminal.refund_payment,
    ("POST", "/v1/terminal/readers/{reader}/cancel_action"): terminal.cancel_action,
    ("POST", "/v1/tax/calculations"): tax.create_calculation,
    ("GET", "/v1/tax/calculations/{calculation}"): tax.retrieve_calculation,
    ("GET", "/v1/tax/calculations/{calculation}/line_items"): tax.list_calculation_lines,
    ("POST", "/v1/tax/transactions/create_from_calculation"): tax.record,
    ("POST", "/v1/tax/transactions/create_reversal"): tax.reverse,
    ("GET", "/v1/tax/transactions/{transaction}"): tax.retrieve_transaction,
    ("GET", "/v1/tax/transactions/{transaction}/line_items"): tax.list_transaction_lines,
    ("POST", "/v1/test_helpers/terminal/readers/{reader}/present_payment_method"): terminal.present_payment_method,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: `content` is its form body or query; `key` is the idempotency key."""

    method: str
    path: str
    content: str
    api_key: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and JSON body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_replay(self) -> bool:
        return "idempotent-replayed" in self.headers


@dataclass(frozen=True, slots=True)
class _Work:
    """A valid request and who does it."""

    handler: Handler
    ids: Sequence[str]
    params: Params
    expand: Sequence[str]
    path: str


def answer(store: Store, asked: Asked, now: int, terms: Terms) -> Answer:
    """Answer a request; when this returns, its work and its answer are committed."""
    origin = Origin(f"req_{secrets.token_hex(7)}", asked.key)
    headers = {"request-id": str(origin.request_id)}
    if asked.key is not None:
        headers["idempotency-key"] = asked.key
    try:
        work = _understood(asked)
        with store.transaction():
            return _once(Books(store, now, terms, origin), asked, work, headers)
    except Refusal as refusal:
        return Answer(refusal.status, _json(refusal.body()), headers)


def refused(refusal: Refusal) -> Answer:
    """The answer to a request that never reached the desk."""
    return Answer(refusal.status, _json(refusal.body()), {"request-id": f"req_{secrets.token_hex(7)}"})


def _understood(asked: Asked) -> _Work:
    if not asked.api_key.startswith(("sk_test_", "rk_test_")):
        raise Refusal("Invalid API Key provided: the sandbox accepts test keys only (sk_test_…).", status=401)
    matched = specification.match(asked.method, asked.path)
    if matched is None:
        raise Refusal(f"Unrecognized request URL ({asked.method}: {asked.path}).", status=404)
    operation = matched.operation
    handler = _HANDLERS.get((operation.method, operation.template))
    if handler is None:
        raise not_simulated(f"{operation.method} {operation.template}")
    if asked.key is not None and len(asked.key) > _KEY_MAX:
        raise Refusal(f"Idempotency keys have up to {_KEY_MAX} characters.", kind="idempotency_error")
    sent = specification.validate(operation, unflatten(parse_qsl(asked.content, keep_blank_values=True)))
    params = Params(sent)
    return _Work(handler, matched.ids, params, params.texts("expand") or (), asked.path)


def _once(books: Books, asked: Asked, work: _Work, headers: Mapping[str, str]) -> Answer:
    if asked.key is None or asked.method != "POST":
        status, body = _done(books, work)
        return Answer(status, body, headers)
    fingerprint = hashlib.sha256(f"{asked.method} {asked.path}\n{asked.content}".encode()).hexdigest()
    saved = books.store.reply(asked.key, books.now - _KEY_LIFE_S)
    if saved is not None:
        if saved.fingerprint != fingerprint:
            raise reused_key(asked.key)
        return Answer(saved.status, saved.body, {**headers, "idempotent-replayed": "true"})
    status, body = _done(books, work)
    books.store.save_reply(asked.key, Reply(fingerprint, status, body), books.now)
    return Answer(status, body, headers)


def _done(books: Books, work: _Work) -> tuple[int, bytes]:
    """Do the work. A refusal takes the work back, except a decline, which is itself a thing that happened."""
    declined: Refusal | None = None
    try:
        with books.store.attempt():
            try:
                shown = _shown(books, work, work.handler(books, work.params, *work.ids))
            except Refusal as refusal:
                if not refusal.keeps_work:
                    raise
                declined = refusal
            else:
                if unread := work.params.unread():
                    raise not_simulated(f"the parameter {unread[0]}", unread[0])
                return 200, _json(shown)
    except Refusal as refusal:
        return refusal.status, _json(refusal.body())
    assert declined is not None, "the only way out that has not returned"
    return declined.status, _json(declined.body())


def _shown(books: Books, work: _Work, made: Resource | Page | Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    if isinstance(made, Mapping):
        return dict(made)
    if not isinstance(made, Page):
        shown = render(made)
    else:
        data: list[JsonValue] = [render(item) for item in made.items]
        shown = {"object": "list", "url": work.path, "has_more": made.has_more, "data": data}
        if made.search:
            last = made.items[-1].id if made.items and made.has_more else None
            shown |= {"object": "search_result", "next_page": last}
    for path in work.expand:
        _expand(books, shown, path.split("."), path)
    return shown


def _expand(books: Books, inside: JsonValue, parts: Sequence[str], path: str) -> None:
    if isinstance(inside, list):
        for item in inside:
            _expand(books, item, parts, path)
        return
    if not isinstance(inside, dict) or parts[0] not in inside or len(parts) > _EXPAND_DEPTH_MAX:
        raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
    value = inside[parts[0]]
    if isinstance(value, str):
        found = books.store.find(value)
        if found is None:
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
        value = inside[parts[0]] = render(found)
    if len(parts) > 1 and value is not None:
        _expand(books, value, parts[1:], path)


def _json(body: Mapping[str, JsonValue]) -> bytes:
    return json.dumps(body).encode()
