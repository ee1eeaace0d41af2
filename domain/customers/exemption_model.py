"""Values of tax exemptions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.customers.model import CustomerId

TaxExemptionId = NewType("TaxExemptionId", UUID)


class ExemptionReason(StrEnum):
    """Why a customer pays no tax."""

    RESALE = "RESALE"
    GOVERNMENT = "GOVERNMENT"
    NONPROFIT = "NONPROFIT"
    DIPLOMATIC = "DIPLOMATIC"
    REVERSE_CHARGE = "REVERSE_CHARGE"


@dataclass(frozen=True, slots=True)
class TaxExemption:
    """What a certificate proves: that a customer pays no tax on supplies in a country, or in a region of it.

    Attributes:
        certificate: its number; with REVERSE_CHARGE the buyer's VAT number.
        country: ISO 3166-1 alpha-2. region: the country's own subdivision code; empty for all of them.
        valid_from: first instant, inclusive. valid_to: end, exclusive; None while it lasts.
        revoked_at: since when it no longer counts; None while it does.
    """

    id: TaxExemptionId
    customer_id: CustomerId
    reason: ExemptionReason
    certificate: str
    country: str
    region: str
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime
    revoked_at: datetime | None = None

    def covers(self, country: str, region: str) -> bool:
        """Whether a supply in a place is free of tax."""
        return self.country == country and self.region in ("", region)


@dataclass(frozen=True, slots=True)
class NewExemption:
    """A certificate as it was shown."""

    customer_id: CustomerId
    reason: ExemptionReason
    certificate: str
    country: str
    region: str
    valid_from: datetime
    valid_to: datetime | None
