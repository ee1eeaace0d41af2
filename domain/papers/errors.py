"""What papers may refuse."""

from enum import StrEnum

from domain.errors import Refused


class PaperErrorCode(StrEnum):
    """Every code a command on papers can answer."""

    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    RETURN_NOT_FOUND = "RETURN_NOT_FOUND"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    NOTHING_TO_CREDIT = "NOTHING_TO_CREDIT"
    LEGAL_ENTITY_MISSING = "LEGAL_ENTITY_MISSING"
    LEGAL_ENTITY_NOT_FOUND = "LEGAL_ENTITY_NOT_FOUND"
    LEGAL_ENTITY_INVALID = "LEGAL_ENTITY_INVALID"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    PREFIX_TAKEN = "PREFIX_TAKEN"
    BUYER_INVALID = "BUYER_INVALID"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class LineNotFound(Refused):
    """A line is not of this order."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.LINE_NOT_FOUND, "One of the lines is not of this order.", field=("input", "lineIds")
        )


class ReturnNotFound(Refused):
    """There is no such return of this order."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.RETURN_NOT_FOUND, "There is no such return of this order.", field=("input", "returnId")
        )


class NothingToCredit(Refused):
    """Nothing of the return was settled yet."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.NOTHING_TO_CREDIT,
            "Nothing of this return was settled yet. Ask again once it was.",
            field=("input", "returnId"),
        )


class LegalEntityMissing(Refused):
    """Nobody is named who sells in the order's channel."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.LEGAL_ENTITY_MISSING,
            "Nobody is named who sells in this sales channel. Head office names them by `legalEntitySet`.",
        )


class LegalEntityNotFound(Refused):
    """No such entity."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.LEGAL_ENTITY_NOT_FOUND, "There is no such legal entity.", field=("input", "legalEntityId")
        )


class LegalEntityInvalid(Refused):
    """It could never be right."""

    def __init__(self, flaw: str, field: str) -> None:
        super().__init__(PaperErrorCode.LEGAL_ENTITY_INVALID, flaw, field=("input", field))


class ChannelNotFound(Refused):
    """One of the channels does not exist."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.CHANNEL_NOT_FOUND, "There is no such sales channel.", field=("input", "salesChannelIds")
        )


class PrefixTaken(Refused):
    """Another entity's numbers begin so."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.PREFIX_TAKEN,
            "Another legal entity's numbers begin with this prefix, and a prefix never changes.",
            field=("input", "prefix"),
        )


class BuyerInvalid(Refused):
    """A buyer's line is too long, or an invoice asks for too many."""

    def __init__(self) -> None:
        super().__init__(
            PaperErrorCode.BUYER_INVALID,
            "An invoice names its buyer in at most 8 lines of 1 to 100 characters.",
            field=("input", "buyer"),
        )
