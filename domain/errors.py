"""How a rule says no.

A `Refused` is the answer to a caller: it carries a code from its room's closed enumeration, a sentence that says what to
do next, the path of the input field it is about, and facts that help. It rolls the transaction back, so a refusal
leaves no trace. Anything else that is raised is our own mistake and reaches the client masked.
"""

from enum import StrEnum

Fact = int | str | bool | None


class Refused(Exception):
    """A rule of the domain says no.

    Attributes:
        code: member of the room's error code enumeration; its name is what the client sees.
        message: one sentence in plain English that says what to do next. Carries no secret and no other person's data.
        field: path of the input field at fault, outermost first, in the schema's camelCase; empty when no field is.
        facts: what helps the caller decide (`available`, `maximum`, `attemptsLeft`), by camelCase name.
    """

    def __init__(
        self,
        code: StrEnum,
        message: str,
        *,
        field: tuple[str, ...] = (),
        facts: dict[str, Fact] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.facts: dict[str, Fact] = facts or {}


class ProviderUnavailable(Exception):
    """An outside service (Stripe) gave no usable answer; the caller may retry with the same idempotency key."""
