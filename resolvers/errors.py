"""How refusals and failures reach a client.

Business refusals become user errors in the payload, with their room's closed code. Everything at the top level carries
`extensions.code`; only the classes here pass the mask, whatever else is raised reads "Unexpected error." with the
request id.
"""

from typing import ClassVar

import strawberry
from graphql import GraphQLError

from domain.acts import Scope


class PublicError(GraphQLError):
    """A top-level error a client may read whole."""

    code: ClassVar[str] = "BAD_REQUEST"

    def __init__(self, message: str, **facts: str | int | bool) -> None:
        super().__init__(message, extensions={"code": self.code, **facts})


class Unauthenticated(PublicError):
    """Nobody is signed in, or the credential has expired or was revoked."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in and send the access token as `Authorization: Bearer …`.") -> None:
        super().__init__(message)


class Forbidden(PublicError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This needs the scope `{scope}`, which your credential does not carry.", scope=str(scope))


class BadInput(PublicError):
    """An argument is malformed in a way the schema's types cannot say."""

    code = "BAD_USER_INPUT"


class InvalidId(PublicError):
    """An id is malformed or names another type."""

    code = "INVALID_ID"

    def __init__(self, expected: str) -> None:
        super().__init__(
            f"This is not the id of a {expected}. Send an id exactly as this API gave it.", expected=expected
        )


class InvalidCursor(PublicError):
    """A cursor is malformed or comes from another list."""

    code = "INVALID_CURSOR"

    def __init__(self) -> None:
        super().__init__(
            "This cursor does not belong to this list and sort order. Start again without `after` and `before`."
        )


class Unavailable(PublicError):
    """A service we depend on did not answer; the same request with the same key may be sent again."""

    code = "UNAVAILABLE"

    def __init__(
        self, message: str = "Temporarily unavailable. Send the same request, with the same idempotencyKey, again."
    ) -> None:
        super().__init__(message)


@strawberry.interface(
    description="A rule's refusal of a mutation: nothing was changed. Each room has its own closed codes."
)
class UserError:
    """The fields every room's user error shares. Rooms add `code` with their own enumeration and facts that help."""

    field: list[str] | None = strawberry.field(
        description="Path of the input field at fault, outermost first; null when no single field is."
    )
    message: str = strawberry.field(
        description="What went wrong and what to do next, in English, for developers and logs."
    )
