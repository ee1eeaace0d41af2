"""Use cases of the customers room."""

from collections.abc import Sequence
from uuid import UUID

from domain.acts import Act
from domain.codes import human_code
from domain.connections import ReadConnection, WriteConnection
from domain.customers import rules, store
from domain.customers.errors import CustomerNotFound
from domain.customers.model import Customer, CustomerId, SignUp

CARD_PREFIX = "C"
CARD_LENGTH = 11


def sign_up(conn: WriteConnection, command: SignUp, act: Act) -> Customer:
    """Make a customer with a loyalty card number.

    Raises:
        ContactRequired, EmailInvalid, PhoneInvalid, NameInvalid: the input is not usable.
        ContactTaken: a customer with this e-mail or phone exists.
    """
    email, phone = rules.normalized_contact(command.email, command.phone)
    customer = Customer(
        id=CustomerId(act.new_id()),
        email=email,
        phone=phone,
        given_name=rules.checked_name(command.given_name, "givenName"),
        family_name=rules.checked_name(command.family_name, "familyName"),
        loyalty_card_number=human_code(CARD_PREFIX, CARD_LENGTH, act.new_secret),
        external_reference=None,
        created_at=act.now,
        version=1,
    )
    store.insert(conn, [customer], command.password_hash)
    return customer


def import_customers(conn: WriteConnection, references: Sequence[str], act: Act) -> dict[str, Customer]:
    """Customers for these external references, made where they are missing; keyed by reference."""
    wanted = list(dict.fromkeys(references))
    known = dict(store.customers_by_reference(conn, wanted))
    new = [
        Customer(
            id=CustomerId(act.new_id()),
            email=None,
            phone=None,
            given_name=None,
            family_name=None,
            loyalty_card_number=human_code(CARD_PREFIX, CARD_LENGTH, act.new_secret),
            external_reference=reference,
            created_at=act.now,
            version=1,
        )
        for reference in wanted
        if reference not in known
    ]
    if new:
        store.insert(conn, new)
    return known | {str(customer.external_reference): customer for customer in new}


def customer(conn: ReadConnection, customer_id: UUID) -> Customer:
    """A customer that must exist.

    Raises:
        CustomerNotFound: it does not.
    """
    found = store.customers(conn, [customer_id]).get(customer_id)
    if found is None:
        raise CustomerNotFound
    return found
