"""Values of papers. Amounts are in minor units of the order's currency."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.money import Currency

PaperId = NewType("PaperId", UUID)
LegalEntityId = NewType("LegalEntityId", UUID)


class PaperKind(StrEnum):
    """What a paper is."""

    RECEIPT = "RECEIPT"
    INVOICE = "INVOICE"
    GIFT_RECEIPT = "GIFT_RECEIPT"
    CREDIT_NOTE = "CREDIT_NOTE"


LETTERS = {
    PaperKind.RECEIPT: "R",
    PaperKind.INVOICE: "I",
    PaperKind.GIFT_RECEIPT: "G",
    PaperKind.CREDIT_NOTE: "C",
}
"""What the numbers of a kind begin with, after the entity's own prefix."""


@dataclass(frozen=True, slots=True)
class NewLegalEntity:
    """Who sells.

    Attributes:
        prefix: what its papers' numbers begin with, such as "GB"; of capitals and digits.
        address: lines below the name. tax_numbers: registrations as papers print them, such as "VAT GB123456789".
        channel_ids: the sales channels it sells in; one channel is one entity's.
        footer: what stands at the end of its papers.
    """

    name: str
    prefix: str
    address: tuple[str, ...] = ()
    tax_numbers: tuple[str, ...] = ()
    channel_ids: tuple[UUID, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Who sells, as it is now; papers keep it as it was."""

    id: LegalEntityId
    name: str
    prefix: str
    address: tuple[str, ...]
    tax_numbers: tuple[str, ...]
    channel_ids: tuple[UUID, ...]
    footer: str


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of a paper. Amounts are None on a gift receipt. `notes` are discounts and the like, with what they take off."""

    title: str
    sku: str
    quantity: int
    unit_price_minor: int | None = None
    total_minor: int | None = None
    notes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What one jurisdiction takes at one rate: the net it is taken of, and the tax."""

    jurisdiction: str
    rate_ppm: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a paper says. Whatever depends on amounts is empty on a gift receipt.

    Attributes:
        parties: the seller's lines, name first. buyer: the buyer's, on an invoice.
        facts: (name, value) pairs such as the order's number and where it was sold.
        sums: (name, amount) pairs down to the total, which is the last.
        tenders: (name, amount) pairs: how it was paid, or how it goes back.
        code: what its QR code says; `orderLookup` reads it.
    """

    currency: Currency
    parties: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[PaperLine, ...]
    code: str
    buyer: tuple[str, ...] = ()
    sums: tuple[tuple[str, int], ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    tenders: tuple[tuple[str, int], ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """An issued paper.

    Attributes:
        number: place in its series, from 1. name: the number as it is printed.
        source: what it is about: an order's or a return's id as text, with the lines of a gift receipt.
    """

    id: PaperId
    kind: PaperKind
    legal_entity_id: LegalEntityId
    number: int
    name: str
    order_id: UUID
    source: str
    issued_at: datetime
    content: Content


@dataclass(frozen=True, slots=True)
class Wish:
    """A paper that is asked for.

    Attributes:
        return_id: what a credit note is about; None for the others.
        buyer: name, address and VAT number, for an invoice.
        line_ids: of a gift receipt; empty for all lines.
    """

    kind: PaperKind
    order_id: UUID
    return_id: UUID | None = None
    buyer: tuple[str, ...] = ()
    line_ids: tuple[UUID, ...] = ()
