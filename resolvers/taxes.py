"""Taxes: head office keeps the table of rates, and says in which markets prices are gross."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.catalog import model as catalog_model
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.idempotency.service import Done
from domain.pricing import model, store_rates, taxing
from domain.pricing.errors import ChannelNotFound, TaxErrorCode, TaxRateInvalid
from domain.pricing.model import PPM, TaxRateId
from domain.pricing.tax_model import RateWish
from resolvers import nodes
from resolvers.carts_costs import percent
from resolvers.carts_inputs import KEY
from resolvers.catalog_groups import SalesChannel
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import InvalidCursor, UserError
from resolvers.ids import global_id, uuid_of
from resolvers.scalars import DecimalText

described_enum(
    TaxErrorCode,
    "Why a command on taxes was refused.",
    {
        "TAX_RATE_NOT_FOUND": "There is no such tax rate.",
        "TAX_RATE_INVALID": "It could never be right; see `field` and the message.",
        "TAX_RATE_BEGUN": "It has begun and is not rewritten; set one that begins later.",
        "TAX_RATE_OVER": "It is over, or was withdrawn.",
        "TAX_RATE_OVERLAPS": "It runs into another rate of the same jurisdiction, place and tax code; see the message.",
        "TOO_MANY_TAX_RATES": "The place or the country has as many as it may.",
        "CHANNEL_NOT_FOUND": "There is no such sales channel.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(
    description="What one jurisdiction levies in a place. Of one jurisdiction's rates the most exact holds: a longer beginning of "
    "the postal code, then a region, then the very tax code. Only callers with the scope `read_products` see it; carts and "
    "orders show what they are taxed."
)
class TaxRate(nodes.Node):
    """A rate on the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    region: str | None = strawberry.field(description="The country's own subdivision code; null is all of it.")
    postal_prefix: str | None = strawberry.field(description="How its postal codes begin; null is any.")
    tax_code: str | None = strawberry.field(description="The tax code of goods that it is for; null is any.")
    jurisdiction: str = strawberry.field(description="Who levies it, as receipts print it.")
    rate_percent: DecimalText = strawberry.field(description="Percent of the untaxed price, such as `8.25`.")
    valid_from: datetime = strawberry.field(description="First instant, inclusive.")
    valid_to: datetime | None = strawberry.field(
        description="End, exclusive; null while it lasts. A planned rate that ends where it begins was withdrawn."
    )

    @classmethod
    def of(cls, value: model.TaxRate) -> "TaxRate":
        """The wire form of a rate."""
        return cls(
            id=strawberry.ID(global_id("TaxRate", value.id)),
            country=value.country,
            region=value.region or None,
            postal_prefix=value.postal_prefix or None,
            tax_code=value.tax_code or None,
            jurisdiction=value.jurisdiction,
            rate_percent=percent(value.rate_ppm),
            valid_from=value.valid_from,
            valid_to=value.valid_to,
        )


@strawberry.type(description="Why a command on taxes was refused.")
class TaxUserError(UserError):
    """A refusal on the wire."""

    code: TaxErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.type(description="What became of a command on a tax rate.")
class TaxRatePayload:
    """The payload of both commands on rates."""

    tax_rate: TaxRate | None = strawberry.field(description="The rate as it is now; null when refused.")
    user_errors: list[TaxUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `marketTaxSet`.")
class MarketTaxSetPayload:
    """A channel with its markets, or why not."""

    sales_channel: SalesChannel | None = strawberry.field(
        description="The sales channel as it is now; null when refused."
    )
    user_errors: list[TaxUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="The input of `taxRateSet`.")
class TaxRateSetInput:
    """A rate from the wire."""

    country: str = strawberry.field(description="Two capital letters (ISO 3166-1).")
    region: str | None = strawberry.field(
        default=None, description="The country's own subdivision code, such as `CA`; null is all of it."
    )
    postal_prefix: str | None = strawberry.field(
        default=None, description="How postal codes begin, at most 12 letters and digits; null is any."
    )
    tax_code: str | None = strawberry.field(
        default=None, description="The tax code of goods or deliveries that it is for; null is any."
    )
    jurisdiction: str = strawberry.field(description="Who levies it, as receipts print it, 1 to 60 characters.")
    rate_percent: DecimalText = strawberry.field(
        description="Percent of the untaxed price, 0 to 100 with at most four decimal places, such as `8.25`."
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="First instant, inclusive, never in the past; null is now."
    )
    valid_to: datetime | None = strawberry.field(default=None, description="End, exclusive; null while it lasts.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)

    def value(self) -> RateWish:
        """The domain's wish.

        Raises:
            TaxRateInvalid: the rate is finer than a millionth.
        """
        ppm = Decimal(self.rate_percent) * (PPM // 100)
        if ppm != ppm.to_integral_value():
            raise TaxRateInvalid("A rate has at most four decimal places.", "ratePercent")
        return RateWish(
            country=self.country,
            jurisdiction=self.jurisdiction,
            rate_ppm=int(ppm),
            region=self.region or "",
            postal_prefix=self.postal_prefix or "",
            tax_code=self.tax_code or "",
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


@strawberry.input(description="The input of `taxRateEnd`.")
class TaxRateEndInput:
    """A rate that is to end."""

    tax_rate_id: strawberry.ID = strawberry.field(description="The TaxRate.")
    at: datetime | None = strawberry.field(
        default=None,
        description="When, never in the past; null is now, and for a planned rate its beginning, which withdraws it.",
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `marketTaxSet`.")
class MarketTaxSetInput:
    """A market's mode from the wire."""

    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel.")
    country: str = strawberry.field(description="The destination, two capital letters (ISO 3166-1).")
    prices_include_tax: bool | None = strawberry.field(
        default=None,
        description="Whether the sales channel's prices are gross there; null goes by its own `pricesIncludeTax` again.",
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


Given = TaxRateSetInput | TaxRateEndInput | MarketTaxSetInput
T = TypeVar("T")


async def _done(
    ctx: Context,
    operation: str,
    given: Given,
    effect: Callable[[WriteConnection, Act], T],
    ways: tuple[Callable[[T], UUID], Callable[[ReadConnection, UUID], T]],
) -> Done[T] | TaxUserError:
    """What a command did, or why it was refused; `ways` name what it made, and find it again."""
    ctx.require(Scope.OPERATE)
    body = asdict(given)
    key = body.pop("idempotency_key")
    name, find = ways
    try:
        return await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=lambda made: name(made).hex,
            reload=lambda conn, reference: find(conn, UUID(hex=reference)),
        )
    except Refused as refused:
        code = member_of(TaxErrorCode, refused.code)
        return TaxUserError(code=code, field=list(refused.field) or None, message=refused.message)


async def _rate(
    ctx: Context, operation: str, given: Given, effect: Callable[[WriteConnection, Act], model.TaxRate]
) -> TaxRatePayload:
    ways = (lambda made: made.id, lambda conn, key: store_rates.one(conn, TaxRateId(key)))
    done = await _done(ctx, operation, given, effect, ways)
    if isinstance(done, TaxUserError):
        return TaxRatePayload(tax_rate=None, user_errors=[done], replayed=False)
    return TaxRatePayload(tax_rate=TaxRate.of(done.value), user_errors=[], replayed=done.replayed)


def _channel(conn: ReadConnection, key: UUID) -> catalog_model.SalesChannel:
    found = catalog.channels(conn, [ChannelId(key)]).get(ChannelId(key))
    if found is None:
        raise ChannelNotFound
    return found


@strawberry.type
class TaxesMutation:
    """Setting and ending rates; saying where prices are gross."""

    @strawberry.mutation(
        description="Levy a tax rate from now, or from a later moment on. The rate of the same jurisdiction, place and tax code that "
        "lasts then ends there; a planned one that would begin at the very moment is replaced; one that has begun is never "
        "rewritten. Carts and tills go by it from its first instant on, orders keep what they were placed by. Needs the "
        "scope `operate`."
    )
    async def tax_rate_set(self, info: ContextInfo, input: TaxRateSetInput) -> TaxRatePayload:
        return await _rate(
            info.context, "taxRateSet", input, lambda conn, act: taxing.set_rate(conn, input.value(), act)
        )

    @strawberry.mutation(
        description="Let a tax rate end at a moment, or change the end of one that is not over. Nothing is deleted: orders keep what "
        "they were placed by. Needs the scope `operate`."
    )
    async def tax_rate_end(self, info: ContextInfo, input: TaxRateEndInput) -> TaxRatePayload:
        key = TaxRateId(uuid_of("TaxRate", input.tax_rate_id))
        return await _rate(
            info.context, "taxRateEnd", input, lambda conn, act: taxing.end_rate(conn, key, input.at, act)
        )

    @strawberry.mutation(
        description="Say whether a sales channel's prices are gross for what goes to a country. Carts and tills go by it from the "
        "next read on, orders keep what they were placed by. Needs the scope `operate`."
    )
    async def market_tax_set(self, info: ContextInfo, input: MarketTaxSetInput) -> MarketTaxSetPayload:
        key, mode = ChannelId(uuid_of("SalesChannel", input.sales_channel_id)), input.prices_include_tax
        done = await _done(
            info.context,
            "marketTaxSet",
            input,
            lambda conn, act: taxing.set_market(conn, key, input.country, act, prices_include_tax=mode),
            (lambda made: made.id, _channel),
        )
        if isinstance(done, TaxUserError):
            return MarketTaxSetPayload(sales_channel=None, user_errors=[done], replayed=False)
        return MarketTaxSetPayload(sales_channel=SalesChannel.of(done.value), user_errors=[], replayed=done.replayed)


CountryArg = Annotated[
    str | None,
    strawberry.argument(description="Those of this country only, ISO 3166-1 alpha-2; null is every country."),
]
AtArg = Annotated[
    datetime | None,
    strawberry.argument(description="Those that are levied at this moment; null is all, with planned and ended ones."),
]


@strawberry.type
class TaxesQuery:
    """Reading rates."""

    @strawberry.field(description="Tax rates by country, then by their beginning. Needs the scope `read_products`.")
    async def tax_rates(
        self,
        info: ContextInfo,
        country: CountryArg = None,
        at: AtArg = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxRate]:
        info.context.require(Scope.READ_PRODUCTS)
        page = page_of("taxRates", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store_rates.page(conn, page, country=country, at=at))
        except ValueError:
            raise InvalidCursor from None
        return connect(
            "taxRates",
            found,
            node=TaxRate.of,
            key=lambda one: (one.country, one.valid_from.isoformat(), one.id.hex),
        )


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_PRODUCTS):
        return [None] * len(ids)
    found = await ctx.read(lambda conn: store_rates.rates(conn, [TaxRateId(key) for key in ids]))
    return [TaxRate.of(one) if (one := found.get(TaxRateId(key))) is not None else None for key in ids]


nodes.register("TaxRate", _fetch)
