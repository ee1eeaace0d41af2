"""Stock on the wire: availability for everybody, counts for staff, corrections by hand."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.catalog.model import VariantId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.events.store import Topic
from domain.inventory import service, store
from domain.inventory.errors import InventoryErrorCode, LocationNotFound
from domain.inventory.model import Adjust, AdjustmentReason, Availability
from domain.locations import store as locations
from domain.locations.model import LocationId
from resolvers.batching import batch_field
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import BadInput, UserError
from resolvers.ids import uuid_of
from resolvers.nodes import fetch_nodes
from resolvers.public_reads import Part

if TYPE_CHECKING:
    from resolvers.catalog_types import ProductVariant
    from resolvers.locations_types import Location

VARIANTS_MAX = 100
LOCATIONS_MAX = 100

VariantIds = Annotated[
    list[strawberry.ID], strawberry.argument(description=f"Ids of ProductVariants, 1 to {VARIANTS_MAX}.")
]
LocationIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description=f"Ids of Locations, at most {LOCATIONS_MAX}; all active locations when null."),
]

described_enum(
    InventoryErrorCode,
    "Why a stock command was refused.",
    {
        "OUT_OF_STOCK": "Fewer units are available than asked for; see `available`.",
        "QUANTITY_INVALID": "The delta is 0 or out of range.",
        "BELOW_COMMITTED": "The level would fall below what is promised to orders; see `available`.",
        "NOT_TRACKED": "The variant keeps no stock.",
        "VARIANT_NOT_FOUND": "There is no such variant.",
        "LOCATION_NOT_FOUND": "There is no such location, or it is not one of yours.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
described_enum(
    AdjustmentReason,
    "Why a level is corrected by hand.",
    {
        "RECEIVED": "Goods came in from a supplier or another location.",
        "COUNTED": "A stock count found another number.",
        "FOUND": "Goods turned up.",
        "LOST": "Goods are gone.",
        "DAMAGED": "Goods can no longer be sold.",
        "CORRECTED": "An earlier entry was wrong.",
    },
    name="InventoryAdjustmentReason",
)


@strawberry.type(description="The stock of one variant in one location, at the moment it was read.")
class InventoryAvailability:
    """One level; the counts behind `available` are for staff."""

    value: strawberry.Private[Availability]

    available: int = strawberry.field(
        description="Units that may still be bought: on hand, less safety stock, commitments and holds that have not "
        "expired. Never negative."
    )
    version: int = strawberry.field(
        description="Grows with every movement, commitment and hold of this level; not when a hold merely expires."
    )

    @classmethod
    def of(cls, value: Availability) -> "InventoryAvailability":
        """The wire form of a level."""
        return cls(value=value, available=value.available, version=value.version)

    @strawberry.field(description="Sellable units that are there. Null without the scope `read_inventory`.")
    def on_hand(self, info: ContextInfo) -> int | None:
        return self.value.on_hand if _sees_counts(info.context) else None

    @strawberry.field(description="Units promised to orders. Null without the scope `read_inventory`.")
    def committed(self, info: ContextInfo) -> int | None:
        return self.value.committed if _sees_counts(info.context) else None

    @strawberry.field(
        description="Units kept for checkouts by holds that have not expired. Null without the scope `read_inventory`."
    )
    def held(self, info: ContextInfo) -> int | None:
        return self.value.held if _sees_counts(info.context) else None

    @strawberry.field(
        description="Units kept back from orders; a till may sell them. Null without the scope `read_inventory`."
    )
    def safety_stock(self, info: ContextInfo) -> int | None:
        return self.value.safety_stock if _sees_counts(info.context) else None

    @strawberry.field(description="Units that are there and not sellable. Null without the scope `read_inventory`.")
    def quarantined(self, info: ContextInfo) -> int | None:
        return self.value.quarantined if _sees_counts(info.context) else None

    @batch_field(description="The variant; null when it is not in your catalog.")
    @staticmethod
    async def variant(
        parents: Sequence["InventoryAvailability"], context: Context
    ) -> Sequence[Annotated["ProductVariant", strawberry.lazy("resolvers.catalog_types")] | None]:
        from resolvers.catalog_views import variants_by_ids

        return await variants_by_ids(context, [parent.value.variant_id for parent in parents])

    @batch_field(description="The location.")
    @staticmethod
    async def location(
        parents: Sequence["InventoryAvailability"], context: Context
    ) -> Sequence[Annotated["Location", strawberry.lazy("resolvers.locations_types")]]:
        from resolvers.locations_types import locations_by_ids

        found = await locations_by_ids(context, [parent.value.location_id for parent in parents])
        return [one for one in found if one is not None]


async def availability_of_variants(
    ctx: Context, variant_ids: Sequence[VariantId], location_ids: Collection[UUID] | None = None
) -> list[list[InventoryAvailability]]:
    """Each variant's stock by location priority, in these locations or in all active ones."""
    ctx.touched.extend((Part.STOCK, variant_id) for variant_id in variant_ids)
    found = await ctx.load_many_at(store.availability_of_variants, variant_ids)
    places = {level.location_id: level.location_version for levels in found.values() for level in levels}
    ctx.know_all(locations.versions, places)
    return [
        [
            InventoryAvailability.of(level)
            for level in found.get(variant_id, ())
            if location_ids is None or level.location_id in location_ids
        ]
        for variant_id in variant_ids
    ]


async def totals_available(ctx: Context, variant_ids: Sequence[VariantId]) -> list[int]:
    """Each variant's available units, all active locations together."""
    ctx.touched.extend((Part.STOCK, variant_id) for variant_id in variant_ids)
    found = await ctx.load_many_at(store.totals_of_variants, variant_ids)
    return [found.get(variant_id, 0) for variant_id in variant_ids]


@strawberry.type(description="A refusal of a stock command.")
class InventoryUserError(UserError):
    """A stock refusal on the wire."""

    code: InventoryErrorCode = strawberry.field(description="Which rule said no.")
    available: int | None = strawberry.field(description="Units that could have been taken; null when not about that.")

    @classmethod
    def of(cls, refused: Refused) -> "InventoryUserError":
        """The wire form of a refusal."""
        available = refused.facts.get("available")
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(InventoryErrorCode, refused.code),
            available=available if isinstance(available, int) else None,
        )


@strawberry.input(description="A correction of one level by hand.")
class InventoryAdjustInput:
    """What to correct."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant.")
    location_id: strawberry.ID = strawberry.field(description="The Location, one you work for.")
    delta: int = strawberry.field(description="Units to add, or to take away when negative; not 0.")
    reason: AdjustmentReason = strawberry.field(description="Why; written to the movement.")


@strawberry.type(description="The answer to `inventoryAdjust`.")
class InventoryAdjustPayload:
    """The corrected level, or why not."""

    availability: InventoryAvailability | None = strawberry.field(
        description="The level as it is now; null when refused."
    )
    user_errors: list[InventoryUserError] = strawberry.field(description="Why nothing was changed; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type
class InventoryQuery:
    """Reading stock."""

    @strawberry.field(
        description="Stock of variants by location, in the order of the ids given. A location that never had a variant "
        "is left out: it has none."
    )
    async def inventory_availability(
        self, info: ContextInfo, variant_ids: VariantIds, location_ids: LocationIds = None
    ) -> list[InventoryAvailability]:
        variants, places = await _watched(info.context, variant_ids, location_ids)
        return await _levels(info.context, variants, places)


@strawberry.type
class InventoryMutation:
    """Correcting stock."""

    @strawberry.mutation(
        description="Correct a level by hand, making it when there is none. Needs the scope `write_inventory` and work "
        "in that location."
    )
    async def inventory_adjust(
        self,
        info: ContextInfo,
        input: Annotated[InventoryAdjustInput, strawberry.argument(description="What to correct.")],
    ) -> InventoryAdjustPayload:
        ctx = info.context
        actor = ctx.require(Scope.WRITE_INVENTORY)
        variant_id = VariantId(uuid_of("ProductVariant", input.variant_id))
        location_id = LocationId(uuid_of("Location", input.location_id))
        command = Adjust(variant_id, location_id, input.delta, input.reason)

        def seen(conn: ReadConnection, _reference: str) -> Availability:
            return store.availability(conn, [(variant_id, location_id)], ctx.clock())[variant_id, location_id]

        def effect(conn: WriteConnection, act: Act) -> Availability:
            if not actor.works_at(location_id):
                raise LocationNotFound
            service.adjust(conn, command, act)
            return seen(conn, "")

        try:
            done = await ctx.command(
                "inventoryAdjust",
                input.idempotency_key,
                [variant_id.hex, location_id.hex, input.delta, input.reason],
                effect=effect,
                reference=lambda level: f"{level.variant_id}:{level.location_id}",
                reload=seen,
            )
        except Refused as refused:
            return InventoryAdjustPayload(
                availability=None, user_errors=[InventoryUserError.of(refused)], replayed=False
            )
        return InventoryAdjustPayload(
            availability=InventoryAvailability.of(done.value), user_errors=[], replayed=done.replayed
        )


@strawberry.type
class InventorySubscription:
    """Watching stock."""

    @strawberry.subscription(
        description="Stock of these variants: first every level as it is, then the levels of a variant whenever it is "
        "held, committed, moved or let go. A hold that merely expires sends nothing."
    )
    async def inventory_availability_changed(
        self, info: ContextInfo, variant_ids: VariantIds, location_ids: LocationIds = None
    ) -> AsyncIterator[InventoryAvailability]:
        ctx = info.context
        variants, places = await _watched(ctx, variant_ids, location_ids)
        async for change in ctx.feed.listen(Topic.AVAILABILITY, [str(variant_id) for variant_id in variants]):
            for level in await _levels(ctx, [VariantId(UUID(change.key))], places):
                yield level


async def _levels(
    ctx: Context, variants: Sequence[VariantId], places: Sequence[UUID] | None
) -> list[InventoryAvailability]:
    now = ctx.clock()
    found = await ctx.read(lambda conn: store.availability_of_variants(conn, variants, now))
    return [
        InventoryAvailability.of(level)
        for variant_id in variants
        for level in found.get(variant_id, ())
        if places is None or level.location_id in places
    ]


async def _watched(
    ctx: Context, variant_ids: Sequence[str], location_ids: Sequence[str] | None
) -> tuple[list[VariantId], list[UUID] | None]:
    """The ids asked for, each variant once; variants that the caller's catalog does not show are left out.

    Raises:
        BadInput: none, or more than the maximum.
        InvalidId: an id of something else.
    """
    if not 1 <= len(variant_ids) <= VARIANTS_MAX:
        raise BadInput(f"Ask for 1 to {VARIANTS_MAX} variants at once.", maximum=VARIANTS_MAX)
    if location_ids is not None and len(location_ids) > LOCATIONS_MAX:
        raise BadInput(f"Ask for at most {LOCATIONS_MAX} locations at once.", maximum=LOCATIONS_MAX)
    by_text = {text: VariantId(uuid_of("ProductVariant", text)) for text in variant_ids}
    places = None if location_ids is None else [uuid_of("Location", text) for text in location_ids]
    if _sees_counts(ctx):
        return list(dict.fromkeys(by_text.values())), places
    found = await fetch_nodes(ctx, list(by_text))
    shown = [key for key, node in zip(by_text.values(), found, strict=True) if node is not None]
    return list(dict.fromkeys(shown)), places


def _sees_counts(ctx: Context) -> bool:
    return ctx.actor.may(Scope.READ_INVENTORY)
