"""What the card readers room refuses."""

from enum import StrEnum

from domain.errors import Refused


class CardReaderErrorCode(StrEnum):
    """Why a command on card readers was refused."""

    CARD_READER_NOT_FOUND = "CARD_READER_NOT_FOUND"
    CARD_READER_UNKNOWN = "CARD_READER_UNKNOWN"
    CARD_READER_TAKEN = "CARD_READER_TAKEN"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    LABEL_INVALID = "LABEL_INVALID"
    TOO_MANY_CARD_READERS = "TOO_MANY_CARD_READERS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class CardReaderNotFound(Refused):
    """No such reader, or it stands elsewhere, or it was removed."""

    def __init__(self, field: str = "cardReaderId") -> None:
        super().__init__(
            CardReaderErrorCode.CARD_READER_NOT_FOUND,
            "There is no such card reader in this store. `cardReaders` lists those there are.",
            field=("input", field),
        )


class CardReaderUnknown(Refused):
    """The provider knows no such device."""

    def __init__(self) -> None:
        super().__init__(
            CardReaderErrorCode.CARD_READER_UNKNOWN,
            "The payment provider knows no such reader. Register it there first, then name its id here.",
            field=("input", "providerReference"),
        )


class CardReaderTaken(Refused):
    """The device is registered."""

    def __init__(self) -> None:
        super().__init__(
            CardReaderErrorCode.CARD_READER_TAKEN,
            "This device is registered in another store. Remove it there first.",
            field=("input", "providerReference"),
        )


class LocationNotFound(Refused):
    """No such location."""

    def __init__(self) -> None:
        super().__init__(
            CardReaderErrorCode.LOCATION_NOT_FOUND, "There is no such location.", field=("input", "locationId")
        )


class LabelInvalid(Refused):
    """A label that is empty or too long."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CardReaderErrorCode.LABEL_INVALID,
            f"A reader is labeled in 1 to {maximum} characters.",
            field=("input", "label"),
        )


class TooManyCardReaders(Refused):
    """A location has as many as it may."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CardReaderErrorCode.TOO_MANY_CARD_READERS, f"A store has at most {maximum} card readers. Remove one first."
        )
