"""Values of the taxes room. Every amount is in minor units of the order's currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType
from uuid import UUID

from domain.money import Currency

CalculationId = NewType("CalculationId", UUID)
ReversalId = NewType("ReversalId", UUID)


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """An order line or a shipping charge that was taxed: the service's key of it, our id, its net and its tax."""

    key: str
    id: UUID
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class PlacedCalculation:
    """What a tax service taxed one delivery of an order by.

    Attributes:
        reference: the service's name of it.
        items: the order lines; a transport that is alone is an item too.
        charge: the transport, when it is no item.
    """

    reference: str
    items: tuple[PlacedItem, ...]
    charge: PlacedItem | None = None

    @property
    def parts(self) -> tuple[PlacedItem, ...]:
        """Everything that it taxed."""
        return self.items if self.charge is None else (*self.items, self.charge)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A calculation of an order that stands.

    Attributes:
        position: among its order's calculations, from 0.
        transaction: the service's name of the recorded sale; None until it is.
        recorded_items: the service's names of the recorded items by its keys; empty until then.
    """

    id: CalculationId
    order_id: UUID
    position: int
    currency: Currency
    prices_include_tax: bool
    placed: PlacedCalculation
    transaction: str | None = None
    recorded_items: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Units of an order line, or a whole shipping charge, that are taken back; net and tax are not negative."""

    id: UUID
    quantity: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """A part of one calculation that is taken back. `source` says by which cancellation or settlement."""

    id: ReversalId
    calculation_id: CalculationId
    source: str
    parts: tuple[TakenBack, ...]
    transaction: str | None = None
