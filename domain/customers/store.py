"""All SQL of the customers room."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.customers.errors import ContactTaken
from domain.customers.model import Credentials, Customer, CustomerId
from domain.customers.tables import CustomerRow
from domain.tables import table_of, violated_constraint

_customer = table_of(CustomerRow)
_PUBLIC = [column for column in _customer.c if column.name != "password_hash"]
_Columns = sa.Row[*tuple[object, ...]]


def _built(row: _Columns) -> Customer:
    return Customer(**row._mapping)  # noqa: SLF001 - the columns are the dataclass's fields


def customers(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Customer]:
    """Customers by id; absent ids are absent."""
    rows = conn.execute(sa.select(*_PUBLIC).where(_customer.c.id.in_(ids)))
    return {customer.id: customer for customer in map(_built, rows)}


def customers_by_reference(conn: ReadConnection, references: Sequence[str]) -> Mapping[str, Customer]:
    """Imported customers by their external reference."""
    rows = conn.execute(sa.select(*_PUBLIC).where(_customer.c.external_reference.in_(references)))
    return {customer.external_reference: customer for customer in map(_built, rows) if customer.external_reference}


def find(
    conn: ReadConnection, *, email: str | None = None, phone: str | None = None, card_number: str | None = None
) -> Customer | None:
    """The customer with this normalized e-mail, phone or card number; the first that is given decides."""
    if email is not None:
        clause = _customer.c.email == email
    elif phone is not None:
        clause = _customer.c.phone == phone
    else:
        clause = _customer.c.loyalty_card_number == (card_number or "")
    row = conn.execute(sa.select(*_PUBLIC).where(clause)).one_or_none()
    return None if row is None else _built(row)


def find_id_by_card(conn: ReadConnection, card_number: str) -> UUID | None:
    """The id behind a normalized loyalty card number."""
    found = find(conn, card_number=card_number)
    return None if found is None else found.id


def credentials(conn: ReadConnection, email: str | None, phone: str | None) -> Credentials | None:
    """What a sign-in by this normalized e-mail or phone compares with."""
    clause = _customer.c.email == email if email is not None else _customer.c.phone == phone
    row = conn.execute(sa.select(_customer.c.id, _customer.c.password_hash).where(clause)).one_or_none()
    return None if row is None else Credentials(CustomerId(row.id), row.password_hash)


def insert(conn: WriteConnection, new: Sequence[Customer], password_hash: str | None = None) -> None:
    """Write new customers.

    Raises:
        ContactTaken: an e-mail, phone or reference is in use.
    """
    rows = [
        {
            "id": customer.id,
            "email": customer.email,
            "phone": customer.phone,
            "given_name": customer.given_name,
            "family_name": customer.family_name,
            "password_hash": password_hash,
            "loyalty_card_number": customer.loyalty_card_number,
            "external_reference": customer.external_reference,
            "created_at": customer.created_at,
            "version": customer.version,
        }
        for customer in new
    ]
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(_customer), rows)
    except sa.exc.IntegrityError as error:
        if any(name in violated_constraint(error) for name in ("email", "phone", "external_reference")):
            raise ContactTaken from None
        raise
