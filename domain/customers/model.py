"""What a customer is."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

CustomerId = NewType("CustomerId", UUID)
CustomerGroupId = NewType("CustomerGroupId", UUID)


@dataclass(frozen=True, slots=True)
class Customer:
    """A person known to the shop.

    Attributes:
        email: normalized: no blanks around, lower case.
        phone: E.164, such as "+442071234567".
        loyalty_card_number: what the card's QR code says; a human code with prefix C.
        external_reference: the id in the system the customer was imported from.
        version: grows with every change.
    """

    id: CustomerId
    email: str | None
    phone: str | None
    given_name: str | None
    family_name: str | None
    loyalty_card_number: str
    external_reference: str | None
    created_at: datetime
    version: int

    @property
    def display_name(self) -> str:
        """Given and family name, or the card number when there is neither."""
        return " ".join(part for part in (self.given_name, self.family_name) if part) or self.loyalty_card_number


@dataclass(frozen=True, slots=True)
class SignUp:
    """A new customer's own words; at least one of e-mail and phone. `password_hash` is already slow-hashed."""

    email: str | None
    phone: str | None
    given_name: str | None
    family_name: str | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What sign-in compares with. `password_hash` is None for a customer without a password."""

    customer_id: CustomerId
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """Customers who are to be treated alike."""

    id: CustomerGroupId
    handle: str
    title: str
    created_at: datetime
