"""What a cart would be sold for right now, from facts that were read before: no database here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.carts.errors import LocationNotFound, PickupNotOffered, ShippingOptionNotFound, VariantNotFound
from domain.carts.markets import market_country, tax_place
from domain.carts.model import (
    Cart,
    CartLine,
    CartLineId,
    CartProblem,
    CartProblemCode,
    CartQuote,
    CartStatus,
    DeliveryGroup,
    DeliveryGroupId,
    DeliveryMethod,
    Place,
    PointsWish,
    StoredShare,
    StoredWish,
    line_key,
)
from domain.carts.sourcing import Stock, shortages, sourced
from domain.catalog.model import Offer, VariantId
from domain.customers.exemption_model import TaxExemption
from domain.ledger.model import WalletId
from domain.locations.model import LocationId
from domain.loyalty import rules as loyalty
from domain.loyalty.program import Terms
from domain.payments.model import Tender
from domain.pricing import asking
from domain.pricing import rules as pricing
from domain.pricing.model import (
    Basket,
    BasketLine,
    PointsTender,
    PricedBasket,
    ShippingCharge,
    TaxPlace,
    TaxTable,
)
from domain.pricing.tax_provider import AnswerOf
from domain.promotions.compiling import NOTHING_OFFERED, Offered
from domain.promotions.model import Method
from domain.promotions.outcomes import Asked, Item, MissReason
from domain.shipping import rules as shipping_rules
from domain.shipping.model import ShippingOption


@dataclass(frozen=True, slots=True)
class PointsFacts:
    """What a wallet may spend now, and by which terms."""

    available: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything outside a cart that its quote depends on, as of one moment."""

    offers: Mapping[VariantId, Offer] = field(default_factory=dict)
    stock: Stock = field(default_factory=Stock)
    offered: Offered = NOTHING_OFFERED
    tax_rates: TaxTable = field(default_factory=TaxTable)
    options: tuple[ShippingOption, ...] = ()
    points: PointsFacts | None = None
    stored: Mapping[WalletId, int] = field(default_factory=dict)
    exemptions: Sequence[TaxExemption] = ()
    tax_answers: AnswerOf | None = None


def asked_by(cart: Cart) -> Asked:
    """Who asks for promotions with a cart."""
    return Asked(cart.discount_codes, cart.channel.id, cart.currency, cart.customer_id, cart.email)


def options_for(group: DeliveryGroup, options: Sequence[ShippingOption], weight_grams: int) -> list[ShippingOption]:
    """What is offered to a group's address for goods of a weight, cheapest first before goods are reduced."""
    if group.address is None:
        return []
    address = group.address
    found = shipping_rules.offered(
        options, address.country, address.region or "", address.postal_code or "", weight_grams
    )
    return sorted(found, key=lambda option: (shipping_rules.price_minor(option, 0, weight_grams), option.id))


def weight_grams(cart: Cart, group: DeliveryGroup, offers: Mapping[VariantId, Offer]) -> int:
    """What the goods of a group weigh; what has no known weight weighs nothing."""
    return sum(
        line.quantity * offers[line.variant_id].weight_grams
        for line in cart.lines
        if line.group_id == group.id and line.variant_id in offers and offers[line.variant_id].requires_shipping
    )


def settled(before: Sequence[Cart], after: Cart, facts: Facts) -> Cart:
    """A changed cart with its prices seen; what no cart before asked for must exist.

    Raises:
        VariantNotFound, LocationNotFound, PickupNotOffered, ShippingOptionNotFound: see their words.
    """
    known_variants = {line.variant_id for cart in before for line in cart.lines}
    for line in after.lines:
        if line.variant_id not in facts.offers and line.variant_id not in known_variants:
            raise VariantNotFound(str(line.variant_id))
    known_groups = tuple(group for cart in before for group in cart.groups)
    known_stores = {group.location_id for group in known_groups}
    for group in after.groups:
        if group.location_id is not None and group.location_id not in known_stores:
            _check_store(facts.stock.places.get(group.location_id))
    groups = tuple(
        _settled_group(known_groups, group, options_for(group, facts.options, weight_grams(after, group, facts.offers)))
        for group in after.groups
    )
    lines = tuple(
        replace(line, price_seen_minor=facts.offers[line.variant_id].price_minor)
        if line.price_seen_minor is None and line.variant_id in facts.offers
        else line
        for line in after.lines
    )
    return replace(after, lines=lines, groups=groups)


def _check_store(place: Place | None) -> None:
    if place is None or not place.active:
        raise LocationNotFound
    if not place.offers_pickup:
        raise PickupNotOffered


def _settled_group(
    known: Sequence[DeliveryGroup], group: DeliveryGroup, offered: Sequence[ShippingOption]
) -> DeliveryGroup:
    if group.shipping_option_id is None or group in known:
        return group
    if any(option.id == group.shipping_option_id for option in offered):
        return group
    chosen_before = any(other.shipping_option_id == group.shipping_option_id for other in known)
    if not chosen_before:
        raise ShippingOptionNotFound
    # The address moved to where the earlier choice is not offered: the choice lapses.
    return replace(group, shipping_option_id=None)


def quote(cart: Cart, facts: Facts) -> CartQuote:
    """The cart priced, with what serves its lines and what stands in the way."""
    weights = {group.id: weight_grams(cart, group, facts.offers) for group in cart.groups}
    offered = {group.id: options_for(group, facts.options, weights[group.id]) for group in cart.groups}
    shipping = _shipping(cart, facts.offers, offered)
    priced, basket = _priced(cart, facts, shipping, weights)
    stored = stored_shares(cart.stored, facts.stored, priced.due_minor)
    if cart.status is not CartStatus.OPEN:
        return CartQuote(priced, (), {}, facts.offers, shipping, offered, weights, stored, basket)
    sources = sourced(cart, facts.offers, facts.stock)
    problems = (
        *_line_problems(cart, facts, sources),
        *_delivery_problems(cart, facts, shipping),
        *_discount_problems(cart, priced),
        *_points_problems(cart.points, facts.points),
        *_stored_problems(stored),
    )
    return CartQuote(priced, problems, sources, facts.offers, shipping, offered, weights, stored, basket)


def stored_shares(wishes: Sequence[StoredWish], has: Mapping[WalletId, int], due_minor: int) -> tuple[StoredShare, ...]:
    """What gift cards and store credit pay of what is due, in the order they were applied, as far as they have it."""
    shares, left = [], due_minor
    for wish in wishes:
        available = has.get(wish.wallet_id, 0)
        amount = min(left, available if wish.amount_minor is None else min(wish.amount_minor, available))
        left -= amount
        shares.append(StoredShare(wish, available, amount))
    return tuple(shares)


def _shipping(
    cart: Cart, offers: Mapping[VariantId, Offer], offered: Mapping[DeliveryGroupId, Sequence[ShippingOption]]
) -> dict[DeliveryGroupId, ShippingOption]:
    chosen: dict[DeliveryGroupId, ShippingOption] = {}
    for group in cart.groups:
        options = offered[group.id]
        if options and needs_shipping(cart, group, offers):
            wish = (option for option in options if option.id == group.shipping_option_id)
            chosen[group.id] = next(wish, options[0])
    return chosen


def needs_shipping(cart: Cart, group: DeliveryGroup, offers: Mapping[VariantId, Offer]) -> bool:
    """Whether a group holds goods that travel."""
    return group.method is DeliveryMethod.SHIPPING and any(
        line.group_id == group.id and line.variant_id in offers and offers[line.variant_id].requires_shipping
        for line in cart.lines
    )


def _priced(
    cart: Cart,
    facts: Facts,
    shipping: Mapping[DeliveryGroupId, ShippingOption],
    weights_grams: Mapping[DeliveryGroupId, int],
) -> tuple[PricedBasket, Basket]:
    destinations = {group.id: tax_place(cart, group, facts.stock.places) for group in cart.groups}
    basket = Basket(
        currency=cart.currency,
        prices_include_tax=cart.channel.includes_tax(market_country(cart, facts.stock.places)),
        lines=tuple(_basket_lines(cart, facts.offers, destinations)),
        tax_rates=facts.tax_rates,
    )
    basket = pricing.exempted(basket, facts.exemptions)

    def charges(goods_minor: int) -> list[ShippingCharge]:
        found = (
            ShippingCharge(
                group_id.hex,
                shipping_rules.price_minor(option, goods_minor, weights_grams[group_id]),
                option.tax_code,
                destinations[group_id],
            )
            for group_id, option in shipping.items()
        )
        return [pricing.exempted_charge(basket, charge, facts.exemptions) for charge in found]

    zone = _store_zone(cart, facts.stock.places)
    basket = pricing.promoted(basket, facts.offered, charges, store_zone=zone)
    if facts.tax_answers is not None:
        basket = asking.answered(basket, facts.tax_answers)
    priced = pricing.price(basket)
    tender = points_tender(cart, facts.points, priced)
    return priced if tender is None else pricing.with_points(priced, tender), basket


def _store_zone(cart: Cart, places: Mapping[LocationId, Place]) -> str | None:
    """The zone of the store in which everything is collected; None when not everything is, or not in one."""
    ways = {cart.group(line.group_id).location_id for line in cart.lines}
    store = next(iter(ways)) if len(ways) == 1 else None
    place = None if store is None else places.get(store)
    return None if place is None else place.time_zone


def _basket_lines(
    cart: Cart, offers: Mapping[VariantId, Offer], destinations: Mapping[DeliveryGroupId, TaxPlace]
) -> Iterator[BasketLine]:
    for line in cart.lines:
        offer = offers.get(line.variant_id)
        if offer is not None:
            group = cart.group(line.group_id)
            item = Item(
                key=line_key(line.id),
                product_id=offer.product_id,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price_minor=offer.price_minor,
                method=Method(group.method),
                location_id=group.location_id,
                category_ids=offer.category_ids,
                collection_ids=offer.collection_ids,
                is_promotable=offer.discountable,
            )
            yield BasketLine(item, offer.tax_code, destinations[line.group_id], group_key=line.group_id.hex)


def points_tender(cart: Cart, points: PointsFacts | None, priced: PricedBasket) -> PointsTender | None:
    """The points a cart spends: what is wished, as far as the wallet, the programme's steps and the goods allow."""
    if cart.points is None or points is None:
        return None
    most = min(
        loyalty.points_for(points.terms, priced.goods_total_minor, priced.currency),
        loyalty.redeemable(points.terms, points.available),
    )
    used = most if cart.points.points is None else min(most, loyalty.redeemable(points.terms, cart.points.points))
    return PointsTender(used, loyalty.points_value(points.terms, used, priced.currency))


def _line_problems(cart: Cart, facts: Facts, sources: Mapping[CartLineId, LocationId]) -> Iterator[CartProblem]:
    if not cart.lines:
        yield CartProblem(CartProblemCode.CART_EMPTY, "The cart is empty.")
    short = shortages(cart, facts.offers, facts.stock, sources)
    for line in cart.lines:
        offer = facts.offers.get(line.variant_id)
        if offer is None:
            message = "This item is no longer sold here. Remove it."
            yield CartProblem(CartProblemCode.NOT_AVAILABLE, message, line_id=line.id)
            continue
        if line.price_seen_minor is not None and line.price_seen_minor != offer.price_minor:
            yield _price_problem(line, offer)
        if line.id in short:
            message = f"Only {short[line.id]} of {line.quantity} are available this way."
            yield CartProblem(CartProblemCode.OUT_OF_STOCK, message, line_id=line.id, available=short[line.id])


def _price_problem(line: CartLine, offer: Offer) -> CartProblem:
    # A lower price is welcome news; a higher one needs the customer's consent, which cartLinesUpdate gives.
    return CartProblem(
        CartProblemCode.PRICE_CHANGED,
        "The price has changed since this item was added. Confirm it by setting the line's quantity again.",
        blocking=offer.price_minor > (line.price_seen_minor or 0),
        line_id=line.id,
        amount_minor=line.price_seen_minor,
    )


def _delivery_problems(
    cart: Cart, facts: Facts, shipping: Mapping[DeliveryGroupId, ShippingOption]
) -> Iterator[CartProblem]:
    for group in cart.groups:
        if group.location_id is not None:
            place = facts.stock.places.get(group.location_id)
            if place is None or not (place.active and place.offers_pickup):
                message = "This store no longer offers pickup. Choose another."
                yield CartProblem(CartProblemCode.PICKUP_NOT_OFFERED, message, group_id=group.id)
        elif needs_shipping(cart, group, facts.offers) and group.address is None:
            message = "Give an address to ship to, or choose a store for pickup."
            yield CartProblem(CartProblemCode.ADDRESS_MISSING, message, group_id=group.id)
        elif needs_shipping(cart, group, facts.offers) and group.id not in shipping:
            message = (
                "Nothing ships these goods to this address. Choose another address, fewer goods, or a store for pickup."
            )
            yield CartProblem(CartProblemCode.SHIPPING_UNAVAILABLE, message, group_id=group.id)
    if cart.customer_id is None and cart.email is None:
        yield CartProblem(CartProblemCode.CONTACT_MISSING, "Give an e-mail address for the order's messages.")


_DISCOUNT_PROBLEMS = {
    MissReason.SPEND_MORE: (
        CartProblemCode.DISCOUNT_MINIMUM_NOT_MET,
        "The cart is below this discount's minimum. Add more, or remove the code.",
    ),
    MissReason.ADD_UNITS: (
        CartProblemCode.DISCOUNT_MINIMUM_NOT_MET,
        "The cart holds too few units for this discount. Add more, or remove the code.",
    ),
    MissReason.ADD_GIFT: (
        CartProblemCode.DISCOUNT_NOT_APPLICABLE,
        "Put one of this discount's gifts into the cart, or remove the code.",
    ),
    MissReason.NOTHING_ELIGIBLE: (
        CartProblemCode.DISCOUNT_NOT_APPLICABLE,
        "Nothing in the cart qualifies for this discount. Remove the code.",
    ),
    MissReason.NOT_COMBINABLE: (
        CartProblemCode.DISCOUNT_NOT_COMBINABLE,
        "This discount does not combine with another one that applies. Remove one of them.",
    ),
}


def _discount_problems(cart: Cart, priced: PricedBasket) -> Iterator[CartProblem]:
    if not cart.lines:
        return
    outcome = priced.outcome
    applied = {one.bound.code for one in outcome.applied}
    misses = {miss.code: miss for miss in outcome.misses if miss.code is not None}
    for code in cart.discount_codes:
        if code in applied:
            continue
        miss = misses.get(code)
        if miss is None or miss.reason not in _DISCOUNT_PROBLEMS:
            message = "This discount code is not valid here or now. Remove it."
            yield CartProblem(CartProblemCode.DISCOUNT_CODE_INVALID, message, discount_code=code)
        else:
            kind, message = _DISCOUNT_PROBLEMS[miss.reason]
            yield CartProblem(kind, message, discount_code=code, amount_minor=miss.missing_minor or None)


def _points_problems(wish: PointsWish | None, points: PointsFacts | None) -> Iterator[CartProblem]:
    if wish is None or wish.points is None:
        return
    available = 0 if points is None else loyalty.redeemable(points.terms, points.available)
    if wish.points > available:
        message = f"Only {available} points can be spent now. Apply points again."
        yield CartProblem(CartProblemCode.POINTS_UNAVAILABLE, message, available=available)


def _stored_problems(shares: Sequence[StoredShare]) -> Iterator[CartProblem]:
    for share in shares:
        least = 1 if share.wish.amount_minor is None else share.wish.amount_minor
        if share.available_minor >= least:
            continue
        if share.wish.tender is Tender.GIFT_CARD:
            code = CartProblemCode.GIFT_CARD_UNAVAILABLE
            message = (
                f"The gift card ending in {share.wish.label} has less than it is to pay. Remove it or apply it again."
            )
        else:
            code = CartProblemCode.STORE_CREDIT_UNAVAILABLE
            message = "The store credit is less than it is to pay. Remove it or apply it again."
        yield CartProblem(code, message, amount_minor=share.available_minor)
