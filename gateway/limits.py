"""What each kind of caller may ask for, at once and in a time: configuration with defaults, and the refusal that names the limit.

Strangers get the least, machines that hold a contract the most.
"""

from typing import Annotated

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field

from domain.acts import ActorKind
from resolvers.connections import PAGE_MAX
from resolvers.errors import PublicError

Positive = Annotated[int, Ge(1)]
Natural = Annotated[int, Ge(0)]


class LimitExceeded(PublicError):
    """The request asks for more than a limit admits; the error says which and how much."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, maximum: int, found: int | None = None) -> None:
        facts = {} if found is None else {"found": found}
        told = f"is {found}; at most {maximum} is admitted" if found is not None else f"is over {maximum}"
        super().__init__(
            f"The operation's {limit} {told}. Ask for less at once.", limit=limit, maximum=maximum, **facts
        )


def hold(*counts: tuple[str, int, int]) -> None:
    """Hold counts to their limits, each as the limit's name, its maximum and what was found.

    Raises:
        LimitExceeded: for the first that is over.
    """
    for name, maximum, found in counts:
        if found > maximum:
            raise LimitExceeded(name, maximum, found)


class Limits(BaseModel):
    """The maxima of one caller kind. The defaults are a guest's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: Positive = Field(256 * 1024, description="Bytes of a request's body, or of a message on a WebSocket.")
    body_seconds: Positive = Field(10, description="Seconds in which a body must have arrived.")
    document_bytes: Positive = Field(32 * 1024, description="Bytes of a document.")
    tokens: Positive = Field(2_000, description="Lexical tokens of a document, comments among them.")
    depth: Positive = Field(16, description="Levels of selections, through fragments.")
    aliases: Positive = Field(60, description="Aliases in a document.")
    root_fields: Positive = Field(20, description="Fields at the root of an operation, through fragments.")
    fragments: Positive = Field(200, description="Fragment definitions, spreads and inline fragments of a document.")
    directives: Positive = Field(50, description="Directives in a document.")
    operations: Positive = Field(20, description="Operations in a document.")
    cost: Positive = Field(20_000, description="Cost of an operation: declared weights times page sizes.")
    page_size: Annotated[int, Ge(1), Le(PAGE_MAX)] = Field(PAGE_MAX, description="Items of one page.")
    variables_bytes: Positive = Field(128 * 1024, description="Bytes of the variables as JSON.")
    variables_values: Positive = Field(5_000, description="Values in the variables, nested ones among them.")
    variables_depth: Positive = Field(16, description="Levels of lists and objects in the variables.")
    list_items: Positive = Field(250, description="Items of one list in the variables or the document.")
    seconds: Positive = Field(15, description="Seconds after which an operation is given up.")
    concurrent_operations: Positive = Field(64, description="Operations of one caller at the same time.")
    subscriptions: Positive = Field(32, description="Open subscriptions of one caller.")
    sockets: Positive = Field(16, description="Open WebSockets of one caller.")
    requests_per_second: Natural = Field(
        100, description="Requests of one caller a second, twice as many at once; 0 is no limit."
    )
    cost_per_minute: Natural = Field(
        1_000_000, description="Cost of one caller's operations a minute, all of it at once; 0 is no limit."
    )
    new_tokens_per_minute: Natural = Field(
        200_000,
        description="Tokens a minute of documents that a process does not know yet, all at once; 0 is no limit.",
    )


def _kind(**limits: int) -> Limits:
    """The limits of whoever is known: a guest's, with more time, and what else this kind may have more of."""
    return Limits(**{"seconds": 30, **limits})


_AT_WORK = {"document_bytes": 64 * 1024, "tokens": 4_000, "cost": 50_000, "subscriptions": 64, "sockets": 32}
_BY_CONTRACT = _AT_WORK | {
    "body_bytes": 1024 * 1024,
    "variables_bytes": 1024 * 1024,
    "variables_values": 20_000,
    "list_items": 1_000,
    "body_seconds": 30,
    "tokens": 5_000,
    "cost": 100_000,
    "aliases": 100,
    "root_fields": 50,
    "cost_per_minute": 5_000_000,
    "new_tokens_per_minute": 1_000_000,
}


class CallerLimits(BaseModel):
    """The limits of every caller kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    guest: Limits = Field(Limits(), description="Nobody signed in; one caller is one network address.")
    customer: Limits = Field(_kind(), description="A signed-in customer.")
    associate: Limits = Field(_kind(**_AT_WORK), description="An associate at a till; one caller is one till.")
    staff: Limits = Field(_kind(**_BY_CONTRACT), description="Head office.")
    partner: Limits = Field(_kind(**_BY_CONTRACT), description="A partner's machine.")

    def of(self, kind: ActorKind) -> Limits:
        """The limits of one kind; the system itself counts as head office."""
        match kind:
            case ActorKind.GUEST:
                return self.guest
            case ActorKind.CUSTOMER:
                return self.customer
            case ActorKind.ASSOCIATE:
                return self.associate
            case ActorKind.PARTNER:
                return self.partner
            case ActorKind.STAFF | ActorKind.SYSTEM | ActorKind.PSP:
                return self.staff

    def widest(self, name: str) -> int:
        """The largest value any kind has of one limit, for bounds that are set before the caller is known."""
        values: list[int] = [getattr(getattr(self, kind), name) for kind in type(self).model_fields]
        return max(values)
