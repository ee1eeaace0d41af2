"""Customers: who somebody is, and what is no contact."""

import pytest

from domain.acts import Act
from domain.codes import is_human_code
from domain.connections import WriteConnection
from domain.customers import rules, service, store
from domain.customers.model import SignUp
from domain.errors import Refused

ADA = SignUp(" Ada@Example.com ", "+44 20 7946 0018", "Ada", " Lovelace ", "hash")


def test_a_customer_is_found_by_normalized_contact_and_by_card(conn: WriteConnection, act: Act) -> None:
    ada = service.sign_up(conn, ADA, act)
    assert (ada.email, ada.phone, ada.display_name) == ("ada@example.com", "+442079460018", "Ada Lovelace")
    assert is_human_code(ada.loyalty_card_number)
    for found in (
        store.find(conn, email="ada@example.com"),
        store.find(conn, phone="+442079460018"),
        store.find(conn, card_number=ada.loyalty_card_number),
    ):
        assert found == ada
    assert store.find_id_by_card(conn, "C-0000-0000-0000") is None


@pytest.mark.parametrize(
    "again", [SignUp("ada@example.com", None, None, None, None), SignUp(None, "+442079460018", None, None, None)]
)
def test_a_contact_belongs_to_one_customer(conn: WriteConnection, act: Act, again: SignUp) -> None:
    service.sign_up(conn, ADA, act)
    with pytest.raises(Refused) as refused:
        service.sign_up(conn, again, act)
    assert refused.value.code == "CONTACT_TAKEN"


@pytest.mark.parametrize(
    ("email", "phone", "code"),
    [
        (None, None, "CONTACT_REQUIRED"),
        ("", "  ", "CONTACT_REQUIRED"),
        ("ada", None, "EMAIL_INVALID"),
        ("ada@localhost", None, "EMAIL_INVALID"),
        ("a@b@c.com", None, "EMAIL_INVALID"),
        ("a" * 250 + "@example.com", None, "EMAIL_INVALID"),
        (None, "12", "PHONE_INVALID"),
        (None, "020 7946 0018", "PHONE_INVALID"),
        (None, "'; DROP TABLE customer; --", "PHONE_INVALID"),
    ],
)
def test_what_is_no_contact_is_refused_by_its_own_code(email: str | None, phone: str | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.normalized_contact(email, phone)
    assert refused.value.code == code


@pytest.mark.parametrize(("password", "code"), [("short", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")])
def test_a_password_has_10_to_128_characters(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_password(password)
    assert refused.value.code == code


def test_imported_customers_are_made_once_per_reference(conn: WriteConnection, act: Act) -> None:
    first = service.import_customers(conn, ["17850", "13047", "17850"], act)
    again = service.import_customers(conn, ["13047", "12583"], act)
    assert sorted(first) == ["13047", "17850"]
    assert again["13047"] == first["13047"]
    assert sorted(again) == ["12583", "13047"]
