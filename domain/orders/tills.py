"""Sales at a till: scanned goods are priced in the till's channel and leave at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.acts import Act
from domain.card_readers import service as card_readers
from domain.card_readers.model import CardReaderId
from domain.carts import service as carts
from domain.carts import store as cart_store
from domain.carts.errors import CartNotFound
from domain.carts.markets import place_of
from domain.carts.model import Cart, CartId, CartStatus
from domain.catalog import store as catalog
from domain.catalog import store_offers
from domain.catalog.model import ChannelId, Offer, VariantId
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store as customers
from domain.gift_cards.model import GiftCardId
from domain.inventory import service as inventory
from domain.locations import store as locations
from domain.locations.model import Location, LocationId
from domain.loyalty import rules as loyalty_rules
from domain.loyalty import service as loyalty
from domain.loyalty import store as loyalty_store
from domain.orders import checkout, overriding, store_checkouts, taxing, top_ups
from domain.orders.checkout_model import (
    HOLD_LIFETIME,
    Checkout,
    CheckoutId,
    CheckoutStatus,
    PointsExceedGoods,
    PriceOverrideInvalid,
    TotalChanged,
)
from domain.orders.errors import CustomerNotFound, LinesInvalid, LocationNotAllowed, QuantityInvalid, VariantNotSoldHere
from domain.orders.from_cart import wants_of
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrderId,
    FulfillmentStatus,
    OrderId,
    OrderSource,
)
from domain.orders.overridden import Overridden, PriceOverride
from domain.orders.placement import PlacedGroup, Placement
from domain.orders.placing import place
from domain.orders.priced import by_id, placed_calculations, placed_line
from domain.orders.tendering import TenderPart, with_drawer, with_tenders
from domain.payments import service as payments
from domain.pricing import asking, exempting, price_lists
from domain.pricing import rules as pricing_rules
from domain.pricing import store as pricing_store
from domain.pricing.model import Basket, BasketLine, PointsTender, PricedBasket, TaxPlace
from domain.pricing.tax_provider import ProvidedTaxes, TaxQuestion
from domain.promotions import claiming
from domain.promotions import service as promotions
from domain.promotions.model import Method
from domain.promotions.outcomes import Asked, Item
from domain.promotions.rules import freeze

TILL_LINES_MAX = 250
QUANTITY_MAX = 9_999


class TillTender(StrEnum):
    """How a till's customer pays what points and the other tenders do not."""

    CASH = "CASH"
    CARD = "CARD"


class TillTenderKind(StrEnum):
    """What may pay a part at a till before the last tender pays the rest."""

    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    CASH = "CASH"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class TillLine:
    """Scanned units, the price of each that the associate says, None for the present one, and the gift card that they put
    value on, when they are gift cards and are to."""

    variant_id: VariantId
    quantity: int
    override: PriceOverride | None = None
    top_up: GiftCardId | None = None


@dataclass(frozen=True, slots=True)
class TillSale:
    """What a till sells.

    Attributes:
        cart_id: the customer's universal cart, whose lines are sold with what was scanned and which it empties.
        points: to be spent from the customer's wallet; 0 for none.
        parts: what pays before `tender`, which pays the rest.
        cash_tendered_minor: coins and notes handed over for the rest, with CASH; None when nobody counted.
        payment_method: the provider's token of the presented card; with CARD only.
        reader_id: the store's card reader that is to ask for the card, in place of a token; with CARD only.
        expected_due_minor: refuse unless this is what is due; None does not ask.
        checkout_id: what the checkout will be called; None calls it anything.
        taxes: what the tax service said of the sale; None where tax is by our own table.
    """

    sales_channel_id: ChannelId
    location_id: LocationId
    terminal_id: UUID
    lines: tuple[TillLine, ...]
    tender: TillTender
    payment_method: str | None = None
    customer_id: UUID | None = None
    email: str | None = None
    cart_id: CartId | None = None
    discount_codes: tuple[str, ...] = ()
    points: int = 0
    expected_due_minor: int | None = None
    checkout_id: CheckoutId | None = None
    parts: tuple[TenderPart, ...] = ()
    cash_tendered_minor: int | None = None
    reader_id: CardReaderId | None = None
    taxes: ProvidedTaxes | None = None


@dataclass(frozen=True, slots=True)
class _Basket:
    """A sale before it is taxed."""

    basket: Basket
    offers: Mapping[VariantId, Offer]
    wallet_id: UUID | None
    customer_key: str | None
    overridden: Mapping[VariantId, Overridden]


def tax_questions(conn: ReadConnection, sale: TillSale, act: Act) -> Sequence[TaxQuestion]:
    """What a tax service is to be asked before a till sells; refused as the sale would be."""
    location = _location(conn, sale, act)
    cart = None if sale.cart_id is None else _usable(cart_store.carts(conn, [sale.cart_id]).get(sale.cart_id), sale)
    return asking.questions(_basket(conn, sale, cart, _units(sale, cart), location, act).basket)


def create_at_till(conn: WriteConnection, sale: TillSale, act: Act) -> Checkout:
    """Sell at a till. Cash is taken and the order written at once; a card is asked for outside, then `checkout.finish`.

    Raises:
        LinesInvalid, QuantityInvalid, VariantNotSoldHere: the goods cannot be sold so.
        PriceOverrideInvalid, PriceOverrideNotAllowed: a price cannot be said so, or not by this associate.
        LocationNotAllowed, CustomerNotFound, CartNotFound, CardReaderNotFound: the place or the customer is wrong.
        TotalChanged, PaymentMethodRequired: the payment cannot be asked for.
        OutOfStock, InsufficientPoints, BelowMinimumOrNotMultiple, WalletClosed, WalletFrozen, InsufficientFunds: what it
        takes is not there.
        SessionClosed: cash is to be taken and the till has no open register session.
        TendersInvalid, CashTooLittle: the parts of the payment contradict each other, or are less than what is due.
        TaxUnavailable, TaxQuestionChanged: see `taxing.check`. TopUpInvalid and its like: see `top_ups.agreed`.
    """
    location = _location(conn, sale, act)
    cart = None if sale.cart_id is None else _usable(cart_store.lock(conn, sale.cart_id), sale)
    placement = _placement(conn, sale, cart, location, act)
    if sale.expected_due_minor not in (None, placement.due_minor):
        raise TotalChanged(placement.due_minor)
    placement = with_tenders(conn, placement, sale.parts, location.address.country, act.now)
    if sale.tender is TillTender.CARD and placement.asked_minor:
        reader = None
        if sale.reader_id is not None:
            reader = card_readers.asking(conn, sale.reader_id, location.id).provider_reference
        pending = checkout.open_checkout(
            conn, placement, sale.payment_method, act, checkout_id=sale.checkout_id, reader=reader
        )
        if cart is not None:
            carts.begin_checkout(conn, cart, pending.id, act)
        return pending
    if sale.tender is TillTender.CASH:
        placement = with_drawer(conn, placement, location.address.country, sale.cash_tendered_minor)
    return _sold(conn, placement, cart, sale.checkout_id or CheckoutId(act.new_id()), act)


def _location(conn: ReadConnection, sale: TillSale, act: Act) -> Location:
    found = locations.by_ids(conn, [sale.location_id]).get(sale.location_id)
    if found is None or not found.active or not found.sells or not act.actor.works_at(sale.location_id):
        raise LocationNotAllowed
    return found


def _usable(cart: Cart | None, sale: TillSale) -> Cart:
    if cart is None or cart.status is not CartStatus.OPEN or cart.customer_id != sale.customer_id:
        raise CartNotFound
    return cart


def _sold(
    conn: WriteConnection, placement: Placement, cart: Cart | None, checkout_id: CheckoutId, act: Act
) -> Checkout:
    """Everything in one transaction: nothing is left to be asked of anybody."""
    drawer = checkout.drawer_of(conn, placement)
    if placement.tenders:
        until, owner = act.now + HOLD_LIFETIME, str(checkout_id)
        held = payments.hold_stored_value(conn, placement.tenders, act, until=until, owner=owner)
        placement = replace(placement, tenders=held)
        checkout.write_tenders(conn, placement, drawer, act)
    inventory.sell(conn, wants_of(placement), placement.order_id, act)
    claiming.claim(conn, placement.order_id, placement.promotions, placement.currency, act)
    if placement.points:
        assert placement.wallet_id is not None, "points come out of a wallet"
        hold = loyalty.hold(
            conn,
            placement.wallet_id,
            placement.points,
            act,
            until=act.now + HOLD_LIFETIME,
            owner=str(checkout_id),
        )
        placement = replace(placement, hold_id=hold.id)
    place(conn, placement, act)
    sold = Checkout(
        id=checkout_id,
        cart_id=placement.cart_id,
        status=CheckoutStatus.COMPLETED,
        payment_id=None,
        order_id=placement.order_id,
        failure_code=None,
        placement=placement,
        started_at=act.now,
    )
    if cart is not None:
        carts.begin_checkout(conn, cart, checkout_id, act)
        carts.complete(conn, cart.id, placement.order_id, act)
    store_checkouts.insert(conn, sold)
    return sold


def _placement(conn: WriteConnection, sale: TillSale, cart: Cart | None, location: Location, act: Act) -> Placement:
    if sale.customer_id is not None and sale.customer_id not in customers.customers(conn, [sale.customer_id]):
        raise CustomerNotFound
    units = _units(sale, cart)
    basket = _basket(conn, sale, cart, units, location, act)
    priced = pricing_rules.price(taxing.taxed(basket.basket, sale.taxes))
    if sale.points:
        priced = pricing_rules.with_points(priced, _tender(conn, basket.wallet_id, sale.points, priced))
    applied = by_id(priced.outcome.applied)
    lines = tuple(
        replace(
            placed_line(line, basket.offers[variant_id], 0, applied, act),
            price_override=basket.overridden.get(variant_id),
        )
        for line, variant_id in zip(priced.lines, units, strict=True)
    )
    wishes = [(line.variant_id, line.top_up) for line in sale.lines]
    wishes += [] if cart is None else [(line.variant_id, None) for line in cart.lines]
    topped = top_ups.agreed(conn, wishes, dict(zip(units, lines, strict=True)), priced.currency, act.now)
    group = PlacedGroup(
        id=FulfillmentOrderId(act.new_id()),
        method=FulfillmentMethod.IN_STORE,
        location_id=sale.location_id,
        status=FulfillmentStatus.PICKED_UP,
    )
    return Placement(
        order_id=OrderId(act.new_id()),
        source=OrderSource.POS,
        sales_channel_id=sale.sales_channel_id,
        currency=priced.currency,
        prices_include_tax=priced.prices_include_tax,
        placed_at=act.now,
        lines=lines,
        groups=(group,),
        customer_id=sale.customer_id,
        email=sale.email,
        wallet_id=basket.wallet_id,
        location_id=sale.location_id,
        terminal_id=sale.terminal_id,
        cart_id=None if cart is None else cart.id,
        capture_requested=True,
        promotions=freeze(priced.outcome, basket.customer_key),
        top_ups=topped,
        tax_source=priced.tax_source,
        calculations=placed_calculations(
            priced, {made.key: line.id for made, line in zip(priced.lines, lines, strict=True)}
        ),
    )


def _units(sale: TillSale, cart: Cart | None) -> dict[VariantId, int]:
    """Units per variant, in the order of scanning; a variant scanned twice is one line."""
    units: dict[VariantId, int] = {}
    scanned: Sequence[tuple[VariantId, int]] = [(line.variant_id, line.quantity) for line in sale.lines]
    wanted = [] if cart is None else [(line.variant_id, line.quantity) for line in cart.lines]
    for variant_id, quantity in [*wanted, *scanned]:
        if quantity < 1:
            raise QuantityInvalid
        units[variant_id] = units.get(variant_id, 0) + quantity
    if not 1 <= len(units) <= TILL_LINES_MAX:
        raise LinesInvalid(TILL_LINES_MAX)
    if max(units.values()) > QUANTITY_MAX:
        raise QuantityInvalid
    return units


def _basket(
    conn: ReadConnection,
    sale: TillSale,
    cart: Cart | None,
    units: Mapping[VariantId, int],
    location: Location,
    act: Act,
) -> _Basket:
    channel = catalog.channels(conn, [sale.sales_channel_id])[sale.sales_channel_id]
    found = store_offers.offers(conn, [(variant_id, channel.id) for variant_id in units])
    for variant_id in units:
        if (variant_id, channel.id) not in found:
            raise VariantNotSoldHere(str(variant_id))
    place_of_tax = place_of(location.address)
    asked = Asked(sale.discount_codes, channel.id, channel.currency, sale.customer_id, sale.email, is_settled=True)
    offered = promotions.offered(conn, asked, act.now)
    own = {variant_id: offer for (variant_id, _), offer in found.items()}
    offers = price_lists.listed(conn, own, units, offered.situation, channel.default_country)
    said = _overrides(sale, cart)
    overridden = {id_: overriding.overridden(one, offers[id_].price_minor, act) for id_, one in said.items()}
    basket = Basket(
        currency=channel.currency,
        prices_include_tax=channel.includes_tax(location.address.country),
        lines=tuple(
            _basket_line(sale, offers[variant_id], units[variant_id], place_of_tax, said.get(variant_id))
            for variant_id in units
        ),
        tax_rates=pricing_store.tax_table(conn, [place_of_tax], act.now),
    )
    basket = pricing_rules.exempted(basket, exempting.current_of(conn, offered.situation))
    wallet_id = None if sale.customer_id is None else loyalty_store.wallet_id_of_customer(conn, sale.customer_id)
    basket = pricing_rules.promoted(basket, offered, lambda _: (), store_zone=location.time_zone)
    return _Basket(basket, offers, wallet_id, asked.customer_key, overridden)


def _tender(conn: ReadConnection, wallet_id: UUID | None, points: int, priced: PricedBasket) -> PointsTender:
    """What the points pay of these goods, in the terms of the customer's own programme."""
    standing = None if wallet_id is None else loyalty_store.standing(conn, wallet_id)
    if standing is None:
        raise CustomerNotFound
    terms = standing.program.terms
    value = loyalty_rules.points_value(terms, points, priced.currency)
    if value > priced.goods_total_minor:
        raise PointsExceedGoods(loyalty_rules.points_for(terms, priced.goods_total_minor, priced.currency))
    return PointsTender(points, value)


def _overrides(sale: TillSale, cart: Cart | None) -> dict[VariantId, PriceOverride]:
    """The prices that are said, by variant: one for all units of a variant, for they make one line."""
    said = {line.variant_id: line.override for line in sale.lines if line.override is not None}
    wanted = () if cart is None else (line.variant_id for line in cart.lines)
    others = {*wanted, *(line.variant_id for line in sale.lines if line.override != said.get(line.variant_id))}
    if not said.keys().isdisjoint(others):
        raise PriceOverrideInvalid("All units of a variant in one sale have one price.")
    return said


def _basket_line(
    sale: TillSale, offer: Offer, quantity: int, place_of_tax: TaxPlace, override: PriceOverride | None
) -> BasketLine:
    item = Item(
        key=offer.variant_id.hex,
        product_id=offer.product_id,
        variant_id=offer.variant_id,
        quantity=quantity,
        unit_price_minor=offer.price_minor if override is None else override.unit_price_minor,
        method=Method.IN_STORE,
        location_id=sale.location_id,
        category_ids=offer.category_ids,
        collection_ids=offer.collection_ids,
        is_promotable=offer.discountable and (override is None or override.is_promotable),
    )
    group_key = "" if sale.checkout_id is None else str(sale.checkout_id)
    return BasketLine(item, offer.tax_code, place_of_tax, group_key=group_key)
