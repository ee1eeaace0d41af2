"""The seam to a tax service. The gateway implements it; the domain knows no service by name.

Every method may raise `domain.errors.ProviderUnavailable`: there was no usable answer. `QuestionRefused` is that of one
question alone. A question changes nothing and may be
asked again at will; what is recorded or reversed carries a key made of our own row, under which it happens once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import ProviderUnavailable
from domain.money import Currency
from domain.pricing.model import TaxPlace, TaxShare


class QuestionRefused(ProviderUnavailable):
    """The service has no usable answer to this very question, such as to an address that it cannot place; others it answers."""


@dataclass(frozen=True, slots=True)
class TaxedItem:
    """Goods or a transport to be taxed. `amount_minor` is for the whole quantity after discounts, in the price terms of
    its question."""

    key: str
    amount_minor: int
    quantity: int
    tax_code: str


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """What tax one delivery costs.

    Attributes:
        delivery: our name of it, so that no two sales share a calculation.
        prices_include_tax: whether the amounts contain their tax.
        lines: at least one.
        shipping: the transport of these lines; None when nothing is charged for it.
    """

    delivery: str
    currency: Currency
    prices_include_tax: bool
    destination: TaxPlace
    lines: tuple[TaxedItem, ...]
    shipping: TaxedItem | None = None

    @property
    def digest(self) -> str:
        """The name of this question and no other: two that differ in anything have two digests."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """What the service says to a question.

    Attributes:
        reference: the service's name of its calculation, which a sale is recorded by.
        expires_at: until when a sale may be recorded by it.
        taxes: by the items' keys, the transport's among them; what is not taxed has no entry or an empty one. Rounding is the
            service's.
    """

    reference: str
    expires_at: datetime
    taxes: Mapping[str, tuple[TaxShare, ...]]


@dataclass(frozen=True, slots=True)
class ProvidedTaxes:
    """What became of questions, by their digests: the answers, and which ones the service gave no usable answer to."""

    answers: Mapping[str, TaxAnswer]
    unanswered: frozenset[str] = frozenset()


AnswerOf = Callable[[str], TaxAnswer | None]
"""The answer to the question of a digest; None while there is none."""


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """A sale to be recorded: the calculation it was taxed by, and our name for it, unique among all records."""

    key: str
    calculation: str
    reference: str


@dataclass(frozen=True, slots=True)
class RecordedSale:
    """What the service made of a sale: its name of the record, and its names of the record's items by our keys."""

    transaction: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReversedItem:
    """Units of a recorded item that are taken back; net and tax are positive. `item` is the service's name of it."""

    item: str
    reference: str
    quantity: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class ReversalRecord:
    """A part of a recorded sale to be taken back.

    Attributes:
        reference: our name for it, unique among all records.
        prices_include_tax: as in the question that the sale was taxed by.
        shipping_net_minor, shipping_tax_minor: the part of its transport, positive; 0 for none.
    """

    key: str
    transaction: str
    reference: str
    currency: Currency
    prices_include_tax: bool
    items: tuple[ReversedItem, ...]
    shipping_net_minor: int = 0
    shipping_tax_minor: int = 0


class TaxProvider(Protocol):
    """What we ask of a tax service."""

    async def calculate(self, question: TaxQuestion) -> TaxAnswer:
        """The taxes of one delivery; every amount of tax lies in an item."""
        ...

    async def record(self, sale: SaleRecord) -> RecordedSale:
        """Put a sale into the service's books. With the same key it answers the same."""
        ...

    async def reverse(self, reversal: ReversalRecord) -> str:
        """Take a part of a sale back; the service's name of that. With the same key it answers the same."""
        ...
