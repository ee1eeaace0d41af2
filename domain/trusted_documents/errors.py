"""Refusals of the room of trusted documents."""

from enum import StrEnum

from domain.errors import Refused


class TrustedDocumentErrorCode(StrEnum):
    """Why documents were not registered."""

    CLIENT_INVALID = "CLIENT_INVALID"
    ID_INVALID = "ID_INVALID"
    ID_TAKEN = "ID_TAKEN"
    HASH_MISMATCH = "HASH_MISMATCH"
    DOCUMENT_INVALID = "DOCUMENT_INVALID"
    TOO_MANY = "TOO_MANY"


def _at(position: int, name: str) -> tuple[str, ...]:
    return "documents", str(position), name


class ClientInvalid(Refused):
    """The name is none."""

    def __init__(self) -> None:
        super().__init__(
            TrustedDocumentErrorCode.CLIENT_INVALID,
            "A client's name has 1 to 80 letters, digits, dots, hyphens or underscores.",
            field=("client",),
        )


class IdInvalid(Refused):
    """The id is none that the appendix of GraphQL over HTTP admits."""

    def __init__(self, position: int) -> None:
        super().__init__(
            TrustedDocumentErrorCode.ID_INVALID,
            "An id has 1 to 200 letters, digits or `-._~`; with a colon it is `sha256:` and 64 lower-case hexadecimal "
            "digits, or `x-` and a name of yours, such as `x-app:42`.",
            field=_at(position, "id"),
        )


class HashMismatch(Refused):
    """A `sha256:` id is not the hash of its text."""

    def __init__(self, position: int) -> None:
        super().__init__(
            TrustedDocumentErrorCode.HASH_MISMATCH,
            "This `sha256:` id is not the hash of the document's UTF-8 text.",
            field=_at(position, "id"),
        )


class IdTaken(Refused):
    """Another text has the id."""

    def __init__(self, document_id: str) -> None:
        super().__init__(
            TrustedDocumentErrorCode.ID_TAKEN,
            f"The id `{document_id}` is registered with another text. Give the new text an id of its own.",
            field=("documents",),
        )


class DocumentInvalid(Refused):
    """The text would not run."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(
            TrustedDocumentErrorCode.DOCUMENT_INVALID,
            f"This document cannot be run: {why}",
            field=_at(position, "text"),
        )


class TooMany(Refused):
    """A bound is met."""

    def __init__(self, what: str, maximum: int) -> None:
        super().__init__(
            TrustedDocumentErrorCode.TOO_MANY,
            f"At most {maximum} {what}.",
            field=("documents",),
            facts={"maximum": maximum},
        )
