"""Payment methods and the customers they belong to."""

from dataclasses import replace

from pydantic import JsonValue

from gateway.sandbox import cards
from gateway.sandbox.books import Books
from gateway.sandbox.listing import Page, page
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal, missing_resource, not_simulated
from gateway.sandbox.resources import Customer, PaymentMethod

_CUSTOMER_TEXTS = ("email", "name", "phone", "description")


def resolve(books: Books, name: str) -> PaymentMethod:
    """The payment method of an id; each use of a test name such as `pm_card_visa` makes a new one, as at Stripe.

    Raises:
        Refusal: there is neither.
    """
    known = books.find(PaymentMethod, name)
    if known is not None:
        return known
    if cards.named(name) is None:
        raise missing_resource("PaymentMethod", name, "payment_method")
    return books.save(made(books, name))


def made(books: Books, card_name: str, *, present: bool = False) -> PaymentMethod:
    """A payment method on a test card, held to a reader when `present`."""
    card = cards.named(card_name)
    assert card is not None, "callers look the name up first"
    facts: dict[str, JsonValue] = {
        "brand": card.brand,
        "last4": card.number[-4:],
        "exp_month": 12,
        "exp_year": 2034,
        "country": "US",
        "fingerprint": f"sandbox{card.number[-9:]}",
        "funding": "debit" if "debit" in card_name else "credit",
    }
    return PaymentMethod(
        id=books.new_id("pm"),
        created=books.now,
        card_name=card_name,
        type="card_present" if present else "card",
        card=None if present else facts,
        card_present=facts if present else None,
    )


def create(books: Books, params: Params) -> PaymentMethod:
    """A payment method from a test token (`tok_visa`) or a test card number.

    Raises:
        Refusal: it is no card, or no test card.
    """
    if params.text("type") != "card":
        raise not_simulated("payment methods other than cards", "type")
    card = params.mapping("card") or {}
    token = card.get("token")
    name = f"pm_card_{str(token).removeprefix('tok_')}" if token else cards.name_of_number(str(card.get("number")))
    if name is None or cards.named(name) is None:
        raise Refusal("Your card was declined: use one of Stripe's test cards.", code="incorrect_number", param="card")
    params.ignore(["billing_details", "allow_redisplay"])
    return books.save(replace(made(books, name), metadata=params.metadata()))


def retrieve(books: Books, _params: Params, method_id: str) -> PaymentMethod:
    return resolve(books, method_id)


def attach(books: Books, params: Params, method_id: str) -> PaymentMethod:
    customer = books.get(Customer, params.required_text("customer"), "customer")
    return books.save(replace(resolve(books, method_id), customer=customer.id), "payment_method.attached")


def detach(books: Books, _params: Params, method_id: str) -> PaymentMethod:
    return books.save(replace(books.get(PaymentMethod, method_id), customer=None), "payment_method.detached")


def list_methods(books: Books, params: Params) -> Page:
    return page(books, params, PaymentMethod, members=("customer", "type"))


def create_customer(books: Books, params: Params) -> Customer:
    return books.save(_described(Customer(id=books.new_id("cus"), created=books.now), params), "customer.created")


def retrieve_customer(books: Books, _params: Params, customer_id: str) -> Customer:
    return books.get(Customer, customer_id)


def update_customer(books: Books, params: Params, customer_id: str) -> Customer:
    return books.save(_described(_living(books, customer_id), params), "customer.updated")


def delete_customer(books: Books, _params: Params, customer_id: str) -> Customer:
    return books.save(replace(_living(books, customer_id), deleted=True), "customer.deleted")


def list_customers(books: Books, params: Params) -> Page:
    return page(books, params, Customer, members=("email",))


def _living(books: Books, customer_id: str) -> Customer:
    customer = books.get(Customer, customer_id)
    if customer.deleted:
        raise missing_resource("customer", customer_id, "id")
    return customer


def _described(customer: Customer, params: Params) -> Customer:
    sent = {name: params.text(name) for name in _CUSTOMER_TEXTS if name in params}
    return replace(
        customer,
        email=sent.get("email", customer.email),
        name=sent.get("name", customer.name),
        phone=sent.get("phone", customer.phone),
        description=sent.get("description", customer.description),
        metadata=params.metadata(customer.metadata),
    )
