"""Papers: receipts, invoices, gift receipts and credit notes of orders."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.errors import Refused
from domain.papers import model, printing, service, store
from domain.papers.errors import PaperErrorCode
from domain.papers.model import LegalEntityId, NewLegalEntity, PaperId, PaperKind, Wish
from resolvers import nodes
from resolvers.carts_inputs import KEY, bounded
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import BadInput, InvalidCursor, UserError
from resolvers.ids import global_id, uuid_of
from resolvers.order_access import order_for_caller, visible_order
from resolvers.papers_links import LIFETIME_SECONDS, link_of_paper

T = TypeVar("T")
LINES_MAX = 500

described_enum(
    PaperKind,
    "What a paper is.",
    {
        "RECEIPT": "What was sold, how it was taxed and paid.",
        "INVOICE": "The same to a buyer who is named.",
        "GIFT_RECEIPT": "What was bought, without a price anywhere.",
        "CREDIT_NOTE": "What goes back by a return.",
    },
    name="PaperKind",
)
described_enum(
    PaperErrorCode,
    "Why a command on papers was refused.",
    {
        "ORDER_NOT_FOUND": "There is no such order, or it is not yours.",
        "RETURN_NOT_FOUND": "There is no such return of this order.",
        "LINE_NOT_FOUND": "A line is not of this order.",
        "NOTHING_TO_CREDIT": "Nothing of the return was settled yet.",
        "LEGAL_ENTITY_MISSING": "Nobody is named who sells in the order's sales channel.",
        "LEGAL_ENTITY_NOT_FOUND": "There is no such legal entity.",
        "LEGAL_ENTITY_INVALID": "It could never be right; see `field` and the message.",
        "CHANNEL_NOT_FOUND": "There is no such sales channel.",
        "PREFIX_TAKEN": "Another legal entity has this prefix, or a prefix was to change.",
        "BUYER_INVALID": "The buyer's lines are too many or too long.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
    name="PaperErrorCode",
)


@strawberry.type(
    description="A receipt, invoice, gift receipt or credit note, as it was issued: it never changes, and the numbers of a "
    "legal entity and kind have no gap. Visible to whoever sees its order."
)
class Paper(nodes.Node):
    """A paper on the wire. Whoever makes one has checked that the caller may see its order."""

    value: strawberry.Private[model.Paper]

    kind: PaperKind = strawberry.field(description="What it is.")
    number: str = strawberry.field(description="Its number as printed, such as `GB-R-0000017`.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    order_id: strawberry.ID = strawberry.field(description="The Order it is about.")

    @classmethod
    def of(cls, value: model.Paper) -> "Paper":
        """The wire form of a paper."""
        return cls(
            id=strawberry.ID(global_id("Paper", value.id)),
            value=value,
            kind=value.kind,
            number=value.name,
            issued_at=value.issued_at,
            order_id=strawberry.ID(global_id("Order", value.order_id)),
        )

    @strawberry.field(
        description="The paper for a receipt printer, each line at most so long, ending with a line break."
    )
    def text(
        self,
        columns: Annotated[int, strawberry.argument(description="Characters a line holds, 24 to 120.")] = 42,
    ) -> str:
        if not printing.COLUMNS_MIN <= columns <= printing.COLUMNS_MAX:
            raise BadInput(f"A printer has {printing.COLUMNS_MIN} to {printing.COLUMNS_MAX} columns.")
        return printing.text(self.value, columns)

    @strawberry.field(
        description="Where its PDF is: A4 for invoices and credit notes, a roll of 80 mm for the others. The link is good for "
        "15 minutes, for whoever has it."
    )
    def pdf_url(self, info: ContextInfo) -> str:
        ctx = info.context
        ends_at = int(ctx.clock().timestamp()) + LIFETIME_SECONDS
        link = link_of_paper(ctx.services.signing_key, self.value.id, ends_at)
        return f"{ctx.services.public_url}/papers/{link}.pdf"


@strawberry.type(description="Who sells in some sales channels, as papers name them. Needs the scope `read_products`.")
class LegalEntity(nodes.Node):
    """A legal entity on the wire."""

    name: str = strawberry.field(description="Its name.")
    prefix: str = strawberry.field(description="What its papers' numbers begin with; it never changes.")
    address: list[str] = strawberry.field(description="Lines below the name.")
    tax_numbers: list[str] = strawberry.field(description="Registrations, such as `VAT GB123456789`.")
    footer: str = strawberry.field(description="What stands at the end of its papers; may be empty.")
    sales_channel_ids: list[strawberry.ID] = strawberry.field(description="The SalesChannels it sells in.")

    @classmethod
    def of(cls, value: model.LegalEntity) -> "LegalEntity":
        """The wire form of an entity."""
        return cls(
            id=strawberry.ID(global_id("LegalEntity", value.id)),
            name=value.name,
            prefix=value.prefix,
            address=list(value.address),
            tax_numbers=list(value.tax_numbers),
            footer=value.footer,
            sales_channel_ids=[strawberry.ID(global_id("SalesChannel", one)) for one in value.channel_ids],
        )


@strawberry.type(description="Why a command on papers was refused.")
class PaperUserError(UserError):
    """A refusal on the wire."""

    code: PaperErrorCode = strawberry.field(description="Which rule said no.")

    @classmethod
    def of(cls, refused: Refused) -> "PaperUserError":
        """The wire form of a refusal."""
        return cls(
            code=member_of(PaperErrorCode, refused.code), field=list(refused.field) or None, message=refused.message
        )


@strawberry.type(description="The answer to `paperIssue`.")
class PaperIssuePayload:
    """A paper, or why not."""

    paper: Paper | None = strawberry.field(description="The paper; null when refused.")
    user_errors: list[PaperUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `legalEntitySet`.")
class LegalEntitySetPayload:
    """An entity, or why not."""

    legal_entity: LegalEntity | None = strawberry.field(description="The entity as it is now; null when refused.")
    user_errors: list[PaperUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="The input of `paperIssue`.")
class PaperIssueInput:
    """A paper that is asked for."""

    kind: PaperKind = strawberry.field(description="What it is to be.")
    order_id: strawberry.ID = strawberry.field(description="The Order.")
    order_token: str | None = strawberry.field(default=None, description="The order's capability, for guests.")
    return_id: strawberry.ID | None = strawberry.field(
        default=None, description="With CREDIT_NOTE: the Return it is about."
    )
    buyer: list[str] = strawberry.field(
        default_factory=list, description="With INVOICE: name, address and VAT number of the buyer, at most 8 lines."
    )
    line_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="With GIFT_RECEIPT: the OrderLineItems of the gift; empty for all."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `legalEntitySet`.")
class LegalEntitySetInput:
    """Who sells."""

    legal_entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="The LegalEntity that is said anew; null makes one."
    )
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    prefix: str = strawberry.field(description="1 to 8 capitals and digits; of a LegalEntity that exists, its own.")
    address: list[str] = strawberry.field(default_factory=list, description="At most 8 lines below the name.")
    tax_numbers: list[str] = strawberry.field(default_factory=list, description="At most 8 registrations, as printed.")
    sales_channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The SalesChannels it sells in; another entity loses them by it."
    )
    footer: str = strawberry.field(default="", description="What stands at the end, at most 500 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type
class PapersMutation:
    """Issuing papers, and saying who sells."""

    @strawberry.mutation(
        description="Issue a paper about an order you may see, or get the one that was issued before: a paper is issued once "
        "for an order and kind, for a choice of lines, or for each settlement of a return."
    )
    async def paper_issue(self, info: ContextInfo, input: PaperIssueInput) -> PaperIssuePayload:
        ctx = info.context
        bounded(len(input.line_ids), LINES_MAX, "lineIds")
        _check_fit(input)
        try:
            order = await order_for_caller(ctx, input.order_id, input.order_token)
            wish = Wish(
                kind=input.kind,
                order_id=order.id,
                return_id=None if input.return_id is None else uuid_of("Return", input.return_id),
                buyer=tuple(line.strip() for line in input.buyer),
                line_ids=tuple(uuid_of("OrderLineItem", text) for text in input.line_ids),
            )
            body = asdict(input)
            key = body.pop("idempotency_key")
            done = await ctx.command(
                "paperIssue",
                key,
                body,
                effect=lambda conn, act: service.issue(conn, wish, act),
                reference=lambda paper: paper.id.hex,
                reload=lambda conn, reference: store.papers(conn, [PaperId(UUID(hex=reference))])[
                    PaperId(UUID(hex=reference))
                ],
            )
        except Refused as refused:
            return PaperIssuePayload(paper=None, user_errors=[PaperUserError.of(refused)], replayed=False)
        return PaperIssuePayload(paper=Paper.of(done.value), user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Say who sells in sales channels, for papers from now on; those that were issued stay as they are. Needs "
        "the scope `operate`."
    )
    async def legal_entity_set(self, info: ContextInfo, input: LegalEntitySetInput) -> LegalEntitySetPayload:
        ctx = info.context
        ctx.require(Scope.OPERATE)
        entity_id = None
        if input.legal_entity_id is not None:
            entity_id = LegalEntityId(uuid_of("LegalEntity", input.legal_entity_id))
        new = NewLegalEntity(
            name=input.name,
            prefix=input.prefix,
            address=tuple(input.address),
            tax_numbers=tuple(input.tax_numbers),
            channel_ids=tuple(uuid_of("SalesChannel", text) for text in input.sales_channel_ids),
            footer=input.footer,
        )
        body = asdict(input)
        key = body.pop("idempotency_key")
        try:
            done = await ctx.command(
                "legalEntitySet",
                key,
                body,
                effect=lambda conn, act: service.set_entity(conn, entity_id, new, act),
                reference=lambda entity: entity.id.hex,
                reload=lambda conn, reference: store.entities(conn, [LegalEntityId(UUID(hex=reference))])[
                    LegalEntityId(UUID(hex=reference))
                ],
            )
        except Refused as refused:
            return LegalEntitySetPayload(legal_entity=None, user_errors=[PaperUserError.of(refused)], replayed=False)
        return LegalEntitySetPayload(legal_entity=LegalEntity.of(done.value), user_errors=[], replayed=done.replayed)


def _check_fit(given: PaperIssueInput) -> None:
    """Refuse what the kind of paper has no use for, rather than leave it out in silence."""
    for name, is_given, kind in (
        ("returnId", given.return_id is not None, PaperKind.CREDIT_NOTE),
        ("buyer", bool(given.buyer), PaperKind.INVOICE),
        ("lineIds", bool(given.line_ids), PaperKind.GIFT_RECEIPT),
    ):
        if is_given and given.kind is not kind:
            raise BadInput(f"Give `{name}` with {kind.value} only.")


@strawberry.type
class PapersQuery:
    """Reading papers."""

    @strawberry.field(
        description="Papers of every order, the newest first, for head office. Needs the scope `operate`."
    )
    async def papers(
        self,
        info: ContextInfo,
        kind: Annotated[PaperKind | None, strawberry.argument(description="Only of this kind; null for all.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Paper]:
        info.context.require(Scope.OPERATE)
        page = page_of("papers", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.page(conn, page, kind))
        except ValueError:
            raise InvalidCursor from None
        return connect("papers", found, node=Paper.of, key=lambda one: (one.id.hex,))

    @strawberry.field(description="Who sells, oldest first. Needs the scope `read_products`.")
    async def legal_entities(self, info: ContextInfo) -> list[LegalEntity]:
        info.context.require(Scope.READ_PRODUCTS)
        return [LegalEntity.of(one) for one in (await info.context.read(store.entities)).values()]


async def papers_of_order(ctx: Context, order_id: UUID) -> list[Paper]:
    """Papers about an order that the caller may see, oldest first."""
    return [Paper.of(one) for one in await ctx.load_list(store.of_orders, order_id)]


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.load_many(store.papers, [PaperId(key) for key in ids])
    papers = [found.get(PaperId(key)) for key in ids]
    return [
        Paper.of(one) if one is not None and await visible_order(ctx, one.order_id) is not None else None
        for one in papers
    ]


async def _fetch_entities(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_PRODUCTS):
        return [None] * len(ids)
    found = await ctx.read(lambda conn: store.entities(conn, [LegalEntityId(key) for key in ids]))
    return [LegalEntity.of(found[LegalEntityId(key)]) if key in found else None for key in ids]


nodes.register("Paper", _fetch)
nodes.register("LegalEntity", _fetch_entities)
