"""The values of the card readers room."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

CardReaderId = NewType("CardReaderId", UUID)

READERS_MAX = 100
LABEL_LENGTH_MAX = 60
REFERENCE_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class CardReader:
    """A device that reads cards.

    Attributes:
        label: what is written on it, so that an associate finds it.
        provider_reference: the payment provider's id of the device.
        removed_at: since when it asks nobody anymore; None while it does.
    """

    id: CardReaderId
    location_id: UUID
    label: str
    provider_reference: str
    registered_at: datetime
    removed_at: datetime | None = None
