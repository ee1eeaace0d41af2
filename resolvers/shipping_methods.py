"""Shipping methods: head office says which transports a sales channel offers, where, and for how much."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.money import Currency
from domain.shipping import model, service, store
from domain.shipping.errors import ChannelNotFound, CurrencyMismatch, ShippingErrorCode
from domain.shipping.model import Basis, ShippingOptionId
from resolvers import nodes
from resolvers.carts_inputs import KEY
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import InvalidCursor, UserError
from resolvers.ids import global_id, uuid_of
from resolvers.scalars import Money, MoneyInput

described_enum(
    Basis,
    "What a shipping method's bands go by.",
    {"WEIGHT": "What the goods of the delivery weigh.", "VALUE": "What the goods are worth after discounts."},
    name="ShippingBasis",
)
described_enum(
    ShippingErrorCode,
    "Why a command on shipping methods was refused.",
    {
        "SHIPPING_OPTION_NOT_FOUND": "There is no such shipping method.",
        "SHIPPING_OPTION_INVALID": "It could never be right; see `field` and the message.",
        "CHANNEL_NOT_FOUND": "There is no such sales channel, or the method is another channel's.",
        "CURRENCY_MISMATCH": "An amount is in another currency than the sales channel's.",
        "TOO_MANY_SHIPPING_OPTIONS": "The sales channel has as many as it may.",
        "STALE_VERSION": "It has changed since; read it again.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
    name="ShippingMethodErrorCode",
)


@strawberry.type(description="A part of the world.")
class ShippingZone:
    """A zone on the wire."""

    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2; null is everywhere.")
    region: str | None = strawberry.field(description="The country's own subdivision code; null is all of it.")
    postal_prefix: str | None = strawberry.field(description="How its postal codes begin; null is any.")


@strawberry.type(description="What shipping costs from a weight, or from a worth of goods, on.")
class ShippingBand:
    """A band on the wire."""

    from_grams: int | None = strawberry.field(description="From this weight on; null when bands go by value.")
    from_value: Money | None = strawberry.field(description="From this worth on; null when bands go by weight.")
    price: Money = strawberry.field(description="The price, with tax or without as the sales channel sells there.")


@strawberry.type(
    description="A transport of one sales channel. An address is offered the active methods whose zone names it most exactly: "
    "a postal code before a region, a region before a country, a country before everywhere. Only callers with the scope "
    "`read_products` see it; carts show what they are offered as `shippingOptions`."
)
class ShippingMethod(nodes.Node):
    """A shipping option on the wire, whole."""

    title: str = strawberry.field(description="Its name.")
    zones: list[ShippingZone] = strawberry.field(description="Where it goes, at most 500.")
    basis: Basis = strawberry.field(description="What its bands go by.")
    bands: list[ShippingBand] = strawberry.field(description="What it costs, at most 50 bands; the first begins at 0.")
    per_kilogram: Money = strawberry.field(
        description="What each kilogram that is begun beyond the start of the last band adds."
    )
    weight_max_grams: int | None = strawberry.field(description="The heaviest delivery it takes; null for any.")
    tax_code: str = strawberry.field(description="What it is to the tax table.")
    free_from: Money | None = strawberry.field(description="Discounted goods of this worth ship free; null never.")
    days_min: int = strawberry.field(description="The fewest days it takes.")
    days_max: int = strawberry.field(description="The most days it takes.")
    active: bool = strawberry.field(description="Whether it is offered.")
    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel that offers it.")

    @classmethod
    def of(cls, value: model.ShippingOption, currency: Currency) -> "ShippingMethod":
        """The wire form of an option, in its channel's currency."""
        by_weight = value.basis is Basis.WEIGHT
        free_from = value.free_from_minor
        return cls(
            id=strawberry.ID(global_id("ShippingMethod", value.id)),
            title=value.title,
            zones=[
                ShippingZone(
                    country=zone.country or None, region=zone.region or None, postal_prefix=zone.postal_prefix or None
                )
                for zone in value.zones
            ],
            basis=value.basis,
            bands=[
                ShippingBand(
                    from_grams=band.begins_at if by_weight else None,
                    from_value=None if by_weight else Money.minor(band.begins_at, currency),
                    price=Money.minor(band.amount_minor, currency),
                )
                for band in value.bands
            ],
            per_kilogram=Money.minor(value.per_kilogram_minor, currency),
            weight_max_grams=value.weight_max_grams,
            tax_code=value.tax_code,
            free_from=None if free_from is None else Money.minor(free_from, currency),
            days_min=value.days_min,
            days_max=value.days_max,
            active=value.active,
            version=value.version,
            sales_channel_id=strawberry.ID(global_id("SalesChannel", value.sales_channel_id)),
        )


@strawberry.type(description="Why a command on shipping methods was refused.")
class ShippingMethodUserError(UserError):
    """A refusal on the wire."""

    code: ShippingErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.type(description="What became of a command on a shipping method.")
class ShippingMethodPayload:
    """The payload of both commands."""

    shipping_method: ShippingMethod | None = strawberry.field(description="The method as it is now; null when refused.")
    user_errors: list[ShippingMethodUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="A part of the world.")
class ShippingZoneInput:
    """A zone from the wire."""

    country: str | None = strawberry.field(
        default=None, description="Two capital letters (ISO 3166-1); null is everywhere."
    )
    region: str | None = strawberry.field(default=None, description="The country's own subdivision code, such as `CA`.")
    postal_prefix: str | None = strawberry.field(
        default=None, description="How postal codes begin, capitals and digits without spaces."
    )


@strawberry.input(description="What shipping costs from a weight, or from a worth of goods, on.")
class ShippingBandInput:
    """A band from the wire."""

    begins_at_grams: int | None = strawberry.field(default=None, description="With WEIGHT: from this weight on.")
    begins_at_value: MoneyInput | None = strawberry.field(default=None, description="With VALUE: from this worth on.")
    price: MoneyInput = strawberry.field(description="The price, with tax or without as the sales channel sells there.")


@strawberry.input(description="Everything a shipping method says.")
class ShippingMethodInput:
    """An option from the wire."""

    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel that offers it; it never changes.")
    title: str = strawberry.field(description="Its name, 1 to 120 characters.")
    bands: list[ShippingBandInput] = strawberry.field(
        description="1 to 50 bands, each above the one before; the first begins at 0."
    )
    zones: list[ShippingZoneInput] = strawberry.field(description="Where it goes, 1 to 500 zones.")
    basis: Basis = strawberry.field(default=Basis.WEIGHT, description="What the bands go by.")
    per_kilogram: MoneyInput | None = strawberry.field(
        default=None, description="With WEIGHT: what each kilogram that is begun beyond the last band's start adds."
    )
    weight_max_grams: int | None = strawberry.field(default=None, description="Heavier deliveries do not go this way.")
    tax_code: str = strawberry.field(default="shipping", description="What it is to the tax table.")
    free_from: MoneyInput | None = strawberry.field(
        default=None, description="Discounted goods of this worth ship free; null never."
    )
    days_min: int = strawberry.field(description="The fewest days it takes.")
    days_max: int = strawberry.field(description="The most days it takes.")
    active: bool = strawberry.field(default=True, description="Whether it is offered.")

    def value(self, conn: ReadConnection) -> model.NewShippingOption:
        """The domain's option.

        Raises:
            ChannelNotFound, CurrencyMismatch: see their words.
        """
        channel_id = ChannelId(uuid_of("SalesChannel", self.sales_channel_id))
        channel = catalog.channels(conn, [channel_id]).get(channel_id)
        if channel is None:
            raise ChannelNotFound
        currency = channel.currency
        return model.NewShippingOption(
            sales_channel_id=channel_id,
            title=self.title,
            bands=tuple(model.Band(_start(one, currency), _minor(one.price, currency)) for one in self.bands),
            zones=tuple(model.Zone(one.country or "", one.region or "", one.postal_prefix or "") for one in self.zones),
            basis=self.basis,
            per_kilogram_minor=0 if self.per_kilogram is None else _minor(self.per_kilogram, currency),
            weight_max_grams=self.weight_max_grams,
            tax_code=self.tax_code,
            free_from_minor=None if self.free_from is None else _minor(self.free_from, currency),
            days_min=self.days_min,
            days_max=self.days_max,
            active=self.active,
        )


def _minor(given: MoneyInput, currency: Currency) -> int:
    amount = given.value()
    if amount.currency != currency:
        raise CurrencyMismatch(currency)
    return amount.amount_minor


def _start(band: ShippingBandInput, currency: Currency) -> int:
    if band.begins_at_value is not None:
        return _minor(band.begins_at_value, currency)
    return band.begins_at_grams or 0


@strawberry.input(description="The input of `shippingMethodCreate`.")
class ShippingMethodCreateInput:
    """A new method."""

    shipping_method: ShippingMethodInput = strawberry.field(description="What it says.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `shippingMethodUpdate`.")
class ShippingMethodUpdateInput:
    """A method's new values."""

    shipping_method_id: strawberry.ID = strawberry.field(description="The ShippingMethod.")
    shipping_method: ShippingMethodInput = strawberry.field(description="What it says from now on, all of it.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse unless the method is at this version; null does not ask."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


Effect = Callable[[WriteConnection, Act], model.ShippingOption]


async def _currencies(ctx: Context, found: Sequence[model.ShippingOption]) -> dict[ChannelId, Currency]:
    channels = await ctx.load_many(catalog.channels, list({one.sales_channel_id for one in found}))
    return {id_: channel.currency for id_, channel in channels.items()}


async def _done(
    ctx: Context, operation: str, given: ShippingMethodCreateInput | ShippingMethodUpdateInput, effect: Effect
) -> ShippingMethodPayload:
    ctx.require(Scope.WRITE_PRODUCTS)
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=lambda made: made.id.hex,
            reload=lambda conn, reference: store.one(conn, ShippingOptionId(UUID(hex=reference))),
        )
    except Refused as refused:
        error = ShippingMethodUserError(
            code=member_of(ShippingErrorCode, refused.code), field=list(refused.field) or None, message=refused.message
        )
        return ShippingMethodPayload(shipping_method=None, user_errors=[error], replayed=False)
    currency = (await _currencies(ctx, [done.value]))[done.value.sales_channel_id]
    return ShippingMethodPayload(
        shipping_method=ShippingMethod.of(done.value, currency), user_errors=[], replayed=done.replayed
    )


@strawberry.type
class ShippingMethodsMutation:
    """Changing shipping methods."""

    @strawberry.mutation(description="Offer a transport. Needs the scope `write_products`.")
    async def shipping_method_create(
        self, info: ContextInfo, input: ShippingMethodCreateInput
    ) -> ShippingMethodPayload:
        return await _done(
            info.context,
            "shippingMethodCreate",
            input,
            lambda conn, act: service.create(conn, input.shipping_method.value(conn), act),
        )

    @strawberry.mutation(
        description="Replace everything a shipping method says. Carts go by it from the next read on, orders keep what they "
        "were placed by. Needs the scope `write_products`."
    )
    async def shipping_method_update(
        self, info: ContextInfo, input: ShippingMethodUpdateInput
    ) -> ShippingMethodPayload:
        key = ShippingOptionId(uuid_of("ShippingMethod", input.shipping_method_id))
        return await _done(
            info.context,
            "shippingMethodUpdate",
            input,
            lambda conn, act: service.update(conn, key, input.shipping_method.value(conn), input.expected_version, act),
        )


@strawberry.type
class ShippingMethodsQuery:
    """Reading shipping methods."""

    @strawberry.field(description="Shipping methods, the newest first. Needs the scope `read_products`.")
    async def shipping_methods(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ShippingMethod]:
        info.context.require(Scope.READ_PRODUCTS)
        page = page_of("shippingMethods", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store.page(conn, page))
        except ValueError:
            raise InvalidCursor from None
        currencies = await _currencies(info.context, found.items)
        return connect(
            "shippingMethods",
            found,
            node=lambda one: ShippingMethod.of(one, currencies[one.sales_channel_id]),
            key=lambda one: (one.id.hex,),
        )


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_PRODUCTS):
        return [None] * len(ids)
    found = await ctx.read(lambda conn: store.options(conn, [ShippingOptionId(key) for key in ids]))
    currencies = await _currencies(ctx, list(found.values()))
    made = {key: ShippingMethod.of(one, currencies[one.sales_channel_id]) for key, one in found.items()}
    return [made.get(ShippingOptionId(key)) for key in ids]


nodes.register("ShippingMethod", _fetch)
