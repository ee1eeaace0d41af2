"""Promotions: head office makes and changes them, and tries them on a basket before anybody gets them."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.promotions import model, service, store
from domain.promotions.errors import PromotionErrorCode
from domain.promotions.model import PromotionId, PromotionStatus
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import BadInput, InvalidCursor, UserError
from resolvers.ids import uuid_of
from resolvers.promotions_inputs import (
    PromotionActivateInput,
    PromotionBudgetSetInput,
    PromotionCodesAddInput,
    PromotionCreateInput,
    PromotionDeactivateInput,
    PromotionTestInput,
    PromotionUpdateInput,
)
from resolvers.promotions_test import PromotionTest, tested
from resolvers.promotions_types import Promotion, PromotionBudget, PromotionCode


@strawberry.type(description="Why a promotion command was refused.")
class PromotionUserError(UserError):
    """A refusal on the wire."""

    code: PromotionErrorCode = strawberry.field(description="Which rule said no.")
    version: int | None = strawberry.field(description="The present version, for STALE_VERSION; else null.")
    maximum: int | None = strawberry.field(description="The bound that was met, for TOO_MANY_ACTIVE; else null.")

    @classmethod
    def of(cls, refused: Refused) -> "PromotionUserError":
        """The wire form of a refusal."""
        version, maximum = (refused.facts.get(name) for name in ("version", "maximum"))
        return cls(
            code=member_of(PromotionErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            version=version if isinstance(version, int) else None,
            maximum=maximum if isinstance(maximum, int) else None,
        )


@strawberry.type(description="What became of a promotion command.")
class PromotionPayload:
    """The payload of every change of a promotion."""

    promotion: Promotion | None = strawberry.field(description="The promotion as it is now; null when refused.")
    user_errors: list[PromotionUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `promotionCodesAdd`.")
class PromotionCodesAddPayload:
    """Added codes, or why not."""

    codes: list[PromotionCode] | None = strawberry.field(
        description="The codes that were added, at most 10,000, by code; null when refused."
    )
    user_errors: list[PromotionUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `promotionBudgetSet`.")
class PromotionBudgetSetPayload:
    """A budget, or why not."""

    budget: PromotionBudget | None = strawberry.field(description="The budget as it is now; null when refused.")
    user_errors: list[PromotionUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


Effect = Callable[[WriteConnection, Act], model.Promotion]


async def _changed(ctx: Context, operation: str, key: strawberry.ID, body: object, effect: Effect) -> PromotionPayload:
    ctx.require(Scope.WRITE_PROMOTIONS)
    try:
        done = await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=lambda promotion: promotion.id.hex,
            reload=lambda conn, reference: store.one(conn, PromotionId(UUID(hex=reference))),
        )
    except Refused as refused:
        return PromotionPayload(promotion=None, user_errors=[PromotionUserError.of(refused)], replayed=False)
    return PromotionPayload(promotion=Promotion.of(done.value), user_errors=[], replayed=done.replayed)


def _body(given: object) -> dict[str, object]:
    """What the client asked, without its key."""
    body: dict[str, object] = asdict(given)  # type: ignore[call-overload]  # every input is a dataclass
    del body["idempotency_key"]
    return body


def _id(text: strawberry.ID) -> PromotionId:
    return PromotionId(uuid_of("Promotion", text))


@strawberry.type
class PromotionsMutation:
    """Changing promotions."""

    @strawberry.mutation(
        description="Write a promotion, as a draft or active at once. Needs the scope `write_promotions`."
    )
    async def promotion_create(self, info: ContextInfo, input: PromotionCreateInput) -> PromotionPayload:
        definition = input.promotion.value()

        def effect(conn: WriteConnection, act: Act) -> model.Promotion:
            made = service.create(conn, definition, input.codes, act)
            return service.activate(conn, made.id, None, act) if input.activate else made

        return await _changed(info.context, "promotionCreate", input.idempotency_key, _body(input), effect)

    @strawberry.mutation(
        description="Replace everything a promotion says. Carts see it at their next read and their subscribers at once; "
        "orders keep what they were given. Needs the scope `write_promotions`."
    )
    async def promotion_update(self, info: ContextInfo, input: PromotionUpdateInput) -> PromotionPayload:
        promotion_id, definition = _id(input.promotion_id), input.promotion.value()
        return await _changed(
            info.context,
            "promotionUpdate",
            input.idempotency_key,
            _body(input),
            lambda conn, act: service.update(conn, promotion_id, definition, input.expected_version, act),
        )

    @strawberry.mutation(
        description="Put a promotion to work within its period. Doing it again changes nothing. Needs the scope "
        "`write_promotions`."
    )
    async def promotion_activate(self, info: ContextInfo, input: PromotionActivateInput) -> PromotionPayload:
        promotion_id = _id(input.promotion_id)
        return await _changed(
            info.context,
            "promotionActivate",
            input.idempotency_key,
            _body(input),
            lambda conn, act: service.activate(conn, promotion_id, input.expected_version, act),
        )

    @strawberry.mutation(
        description="Take a promotion off work; orders keep what it gave them. Doing it again changes nothing. Needs the "
        "scope `write_promotions`."
    )
    async def promotion_deactivate(self, info: ContextInfo, input: PromotionDeactivateInput) -> PromotionPayload:
        promotion_id = _id(input.promotion_id)
        return await _changed(
            info.context,
            "promotionDeactivate",
            input.idempotency_key,
            _body(input),
            lambda conn, act: service.deactivate(conn, promotion_id, input.expected_version, act),
        )

    @strawberry.mutation(
        description="Give a promotion codes: named ones, or so many that nobody can guess, each good for one order. All or "
        "none are added. Needs the scope `write_promotions`."
    )
    async def promotion_codes_add(self, info: ContextInfo, input: PromotionCodesAddInput) -> PromotionCodesAddPayload:
        ctx, promotion_id = info.context, _id(input.promotion_id)
        ctx.require(Scope.WRITE_PROMOTIONS)
        if (input.codes is None) == (input.generate is None):
            raise BadInput("Give `codes` or `generate`, not both.")
        batch_id = ctx.new_id()

        def effect(conn: WriteConnection, act: Act) -> UUID:
            if input.generate is not None:
                service.generate_codes(conn, promotion_id, input.generate, act, batch_id=batch_id)
            else:
                codes, single_use = input.codes or [], input.single_use
                service.add_codes(conn, promotion_id, codes, act, single_use=single_use, batch_id=batch_id)
            return batch_id

        try:
            done = await ctx.command(
                "promotionCodesAdd",
                input.idempotency_key,
                _body(input),
                effect=effect,
                reference=lambda batch: batch.hex,
                reload=lambda _conn, reference: UUID(hex=reference),
            )
        except Refused as refused:
            errors = [PromotionUserError.of(refused)]
            return PromotionCodesAddPayload(codes=None, user_errors=errors, replayed=False)
        made = await ctx.read(lambda conn: store.codes_of_batch(conn, done.value))
        codes = [PromotionCode.of(code) for code in made]
        return PromotionCodesAddPayload(codes=codes, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Say how much a funder pays for promotions in one currency. What would go beyond it does not apply. "
        "Needs the scope `write_promotions`."
    )
    async def promotion_budget_set(
        self, info: ContextInfo, input: PromotionBudgetSetInput
    ) -> PromotionBudgetSetPayload:
        ctx, limit = info.context, input.limit.value()
        ctx.require(Scope.WRITE_PROMOTIONS)
        try:
            done = await ctx.command(
                "promotionBudgetSet",
                input.idempotency_key,
                _body(input),
                effect=lambda conn, act: service.set_budget(
                    conn, input.funder, limit.amount_minor, limit.currency, act
                ),
                reference=lambda budget: f"{budget.funder} {budget.currency}",
                reload=_budget,
            )
        except Refused as refused:
            errors = [PromotionUserError.of(refused)]
            return PromotionBudgetSetPayload(budget=None, user_errors=errors, replayed=False)
        budget = PromotionBudget.of(done.value)
        return PromotionBudgetSetPayload(budget=budget, user_errors=[], replayed=done.replayed)


def _budget(conn: ReadConnection, reference: str) -> model.Budget:
    return next(one for one in store.budgets(conn) if f"{one.funder} {one.currency}" == reference)


@strawberry.type
class PromotionsQuery:
    """Reading promotions."""

    @strawberry.field(description="A promotion; null when there is none. Needs the scope `read_promotions`.")
    async def promotion(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="The Promotion.")],
    ) -> Promotion | None:
        info.context.require(Scope.READ_PROMOTIONS)
        found = await info.context.load(store.promotions, _id(id))
        return None if found is None else Promotion.of(found)

    @strawberry.field(description="Promotions, the newest first. Needs the scope `read_promotions`.")
    async def promotions(
        self,
        info: ContextInfo,
        status: Annotated[
            PromotionStatus | None, strawberry.argument(description="Only those of this status; null for all.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Promotion]:
        info.context.require(Scope.READ_PROMOTIONS)
        page = page_of("promotions", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.page(conn, page, status))
        except ValueError:
            raise InvalidCursor from None
        return connect("promotions", found, node=Promotion.of, key=lambda one: (one.id.hex,))

    @strawberry.field(
        description="What every funder pays for promotions and has paid, by funder and currency. Needs the scope "
        "`read_promotions`."
    )
    async def promotion_budgets(self, info: ContextInfo) -> list[PromotionBudget]:
        info.context.require(Scope.READ_PROMOTIONS)
        return [PromotionBudget.of(one) for one in await info.context.read(store.budgets)]

    @strawberry.field(
        description="What promotions would do to a basket as if: for any buyer, place, moment and prices, with promotions "
        "that are not active yet. Nothing is changed. Needs the scope `read_promotions`."
    )
    async def promotion_test(
        self,
        info: ContextInfo,
        input: Annotated[PromotionTestInput, strawberry.argument(description="The basket and its circumstances.")],
    ) -> PromotionTest:
        info.context.require(Scope.READ_PROMOTIONS)
        return await tested(info.context, input)
