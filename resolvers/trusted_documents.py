"""Registering trusted documents, by head office for any client application and by a partner for itself."""

from collections.abc import Sequence

import strawberry
from graphql import GraphQLError, GraphQLSchema, parse, validate

from domain.acts import ActorKind, Scope
from domain.errors import Refused
from domain.trusted_documents import rules, service
from domain.trusted_documents.errors import DocumentInvalid, TrustedDocumentErrorCode
from domain.trusted_documents.rules import TrustedDocument
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError

TOKENS_MAX = 5_000
_ERRORS_MAX = 1

described_enum(
    TrustedDocumentErrorCode,
    "Why trusted documents were not registered or withdrawn.",
    {
        "CLIENT_INVALID": "The client's name has other characters than admitted, or is too long.",
        "ID_INVALID": "An id is not of a form that is admitted.",
        "ID_TAKEN": "An id is registered with another text.",
        "HASH_MISMATCH": "A `sha256:` id is not the hash of its text.",
        "DOCUMENT_INVALID": "A document does not parse or does not fit the schema.",
        "TOO_MANY": "More documents or bytes than admitted; see `maximum`.",
    },
)


@strawberry.type(description="Why trusted documents were not registered or withdrawn.")
class TrustedDocumentUserError(UserError):
    """A refusal on the wire."""

    code: TrustedDocumentErrorCode = strawberry.field(description="Which rule said no.")
    maximum: int | None = strawberry.field(description="The most that is admitted; null when no bound was met.")

    @classmethod
    def of(cls, refused: Refused) -> "TrustedDocumentUserError":
        """The wire form of a refusal."""
        maximum = refused.facts.get("maximum")
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(TrustedDocumentErrorCode, refused.code),
            maximum=maximum if isinstance(maximum, int) else None,
        )


@strawberry.input(description="A document to trust.")
class TrustedDocumentInput:
    """An id and a text."""

    id: str = strawberry.field(
        description="What the client sends as `documentId`: `sha256:` and the hash of the text, or a name of your own. "
        "Its text can never change."
    )
    text: str = strawberry.field(description="The document, such as a query with its fragments. At most 64 KiB.")


@strawberry.input(description="Documents to trust for one client application.")
class TrustedDocumentsRegisterInput:
    """A client and its documents."""

    client: str | None = strawberry.field(
        default=None,
        description="The application's name, as it sends it in the header `Tillway-Client`. Partners leave it out: "
        "their documents are for their own credential.",
    )
    documents: list[TrustedDocumentInput] = strawberry.field(description="The documents, 1 to 100 at once.")


@strawberry.type(description="The answer to `trustedDocumentsRegister`.")
class TrustedDocumentsRegisterPayload:
    """What was registered, or why nothing was."""

    added: int | None = strawberry.field(description="Documents that are new; null when refused.")
    present: int | None = strawberry.field(
        description="Documents that had been registered with the same text before; null when refused."
    )
    user_errors: list[TrustedDocumentUserError] = strawberry.field(
        description="Why nothing was registered; empty on success."
    )


@strawberry.input(description="Documents of one client application that are no longer trusted.")
class TrustedDocumentsWithdrawInput:
    """A client and ids."""

    client: str | None = strawberry.field(
        default=None, description="The application's name. Partners leave it out: they withdraw their own."
    )
    ids: list[str] = strawberry.field(description="The ids, 1 to 100 at once; those that are not registered are fine.")


@strawberry.type(description="The answer to `trustedDocumentsWithdraw`.")
class TrustedDocumentsWithdrawPayload:
    """What was withdrawn, or why nothing was."""

    withdrawn: int | None = strawberry.field(
        description="Documents that were registered and are not any more; null when refused."
    )
    user_errors: list[TrustedDocumentUserError] = strawberry.field(
        description="Why nothing was withdrawn; empty on success."
    )


@strawberry.type
class TrustedDocumentsMutation:
    """Registering and withdrawing."""

    @strawberry.mutation(
        description="Trust documents, so that clients may send their ids instead of their texts. All or none are "
        "registered; sending the same again changes nothing. Partners register their own; for any other client the "
        "scope `operate` is needed."
    )
    async def trusted_documents_register(
        self, info: ContextInfo, input: TrustedDocumentsRegisterInput
    ) -> TrustedDocumentsRegisterPayload:
        client = _client(info.context, input.client)
        documents = [TrustedDocument(one.id, one.text) for one in input.documents]
        try:
            rules.check_documents(documents)
            _check_texts(info.schema._schema, documents)  # noqa: SLF001 - validation needs the schema underneath
            done = await info.context.write(lambda conn, act: service.register(conn, client, documents, act))
        except Refused as refused:
            return TrustedDocumentsRegisterPayload(
                added=None, present=None, user_errors=[TrustedDocumentUserError.of(refused)]
            )
        return TrustedDocumentsRegisterPayload(added=done.added, present=done.present, user_errors=[])

    @strawberry.mutation(
        description="Trust documents no longer: their ids are not found within a second, on every replica. Partners "
        "withdraw their own; for any other client the scope `operate` is needed."
    )
    async def trusted_documents_withdraw(
        self, info: ContextInfo, input: TrustedDocumentsWithdrawInput
    ) -> TrustedDocumentsWithdrawPayload:
        client = _client(info.context, input.client)
        try:
            gone = await info.context.write(lambda conn, act: service.withdraw(conn, client, input.ids, act))
        except Refused as refused:
            return TrustedDocumentsWithdrawPayload(withdrawn=None, user_errors=[TrustedDocumentUserError.of(refused)])
        return TrustedDocumentsWithdrawPayload(withdrawn=gone, user_errors=[])


def _client(ctx: Context, named: str | None) -> str:
    """Whose documents a mutation is about.

    Raises:
        Unauthenticated, Forbidden: another client's without the scope.
    """
    own = ctx.actor.id if ctx.actor.kind is ActorKind.PARTNER else None
    if own is not None and named in (None, own):
        return own
    ctx.require(Scope.OPERATE)
    return named or ""


def _check_texts(schema: GraphQLSchema, documents: Sequence[TrustedDocument]) -> None:
    for position, document in enumerate(documents):
        try:
            errors = validate(schema, parse(document.text, max_tokens=TOKENS_MAX), max_errors=_ERRORS_MAX)
        except GraphQLError as error:
            errors = [error]
        except RecursionError:
            raise DocumentInvalid(position, "it is nested too deeply.") from None
        if errors:
            raise DocumentInvalid(position, errors[0].message)
