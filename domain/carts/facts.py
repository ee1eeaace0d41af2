"""Reading what a cart's quote depends on: a constant number of statements, whatever the number of lines."""

from collections.abc import Mapping
from datetime import datetime

from domain.carts import markets, quoting, store_stock
from domain.carts.model import Cart, CartStatus, DeliveryMethod
from domain.carts.quoting import Facts, PointsFacts
from domain.carts.sourcing import Stock, shortages, sourced, with_backorders
from domain.catalog import store_offers
from domain.catalog.model import Offer, VariantId
from domain.connections import ReadConnection
from domain.inventory import store as inventory
from domain.ledger import stored_value
from domain.ledger.model import WalletId
from domain.loyalty import store as loyalty
from domain.pricing import exempting, price_lists
from domain.pricing import store as pricing
from domain.promotions import service as promotions
from domain.shipping import store as shipping


def gathered(conn: ReadConnection, cart: Cart, now: datetime) -> Facts:
    """The facts of one moment.

    Four statements with lines, one more when an address is known, when a line is short of stock, when a price list is active, when the customer has tax exemptions, two when points are
    spent, and three when gift cards or store credit are; for an empty cart one, and that only when stores are chosen.
    """
    variant_ids = {line.variant_id for line in cart.lines}
    store_ids = {group.location_id for group in cart.groups if group.location_id is not None}
    if not variant_ids:
        return Facts(stock=store_stock.stock(conn, (), store_ids, now) if store_ids else Stock())
    found = store_offers.offers(conn, [(variant_id, cart.channel.id) for variant_id in variant_ids])
    asked = quoting.asked_by(cart)
    offered = promotions.offered(conn, asked, now)
    offers = price_lists.listed(
        conn,
        {variant_id: offer for (variant_id, _), offer in found.items()},
        _quantities(cart),
        offered.situation,
        cart.channel.default_country,
    )
    stock = _with_backorders(conn, cart, offers, store_stock.stock(conn, variant_ids, store_ids, now))
    places = {markets.tax_place(cart, group, stock.places) for group in cart.groups}
    ships = any(group.method is DeliveryMethod.SHIPPING and group.address is not None for group in cart.groups)
    return Facts(
        offers=offers,
        stock=stock,
        offered=offered,
        tax_rates=pricing.tax_table(conn, places, now),
        options=tuple(shipping.active_of(conn, cart.channel.id)) if ships else (),
        points=points(conn, cart, now),
        stored=stored(conn, cart, now) if cart.stored else {},
        exemptions=exempting.current_of(conn, offered.situation),
    )


def _quantities(cart: Cart) -> dict[VariantId, int]:
    """Units of each variant, wherever they go."""
    units: dict[VariantId, int] = {}
    for line in cart.lines:
        units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    return units


def _with_backorders(conn: ReadConnection, cart: Cart, offers: Mapping[VariantId, Offer], stock: Stock) -> Stock:
    """Ask whether variants may be promised beyond stock only when stock does not do."""
    if cart.status is not CartStatus.OPEN:
        return stock
    short = shortages(cart, offers, stock, sourced(cart, offers, stock))
    if not short:
        return stock
    rules = inventory.stock_rules(conn, {line.variant_id for line in cart.lines if line.id in short})
    return with_backorders(stock, frozenset(variant_id for variant_id, rule in rules.items() if rule.backorders))


def points(conn: ReadConnection, cart: Cart, now: datetime) -> PointsFacts | None:
    """What the wallet a cart spends from may give now; None when no points are wished or the wallet is gone."""
    if cart.points is None:
        return None
    standing = loyalty.standing(conn, cart.points.wallet_id)
    wallet = loyalty.wallets(conn, [cart.points.wallet_id], now).get(cart.points.wallet_id)
    if standing is None or wallet is None:
        return None
    # The checkout that is being paid holds this cart's own points.
    own = wallet.held if cart.status is CartStatus.CHECKING_OUT else 0
    return PointsFacts(wallet.available + own, standing.program.terms)


def stored(conn: ReadConnection, cart: Cart, now: datetime) -> Mapping[WalletId, int]:
    """What the gift cards and store credit of a cart may give now; what its own checkout holds counts as theirs."""
    own = None if cart.checkout_id is None else str(cart.checkout_id)
    return stored_value.spendable(conn, [wish.wallet_id for wish in cart.stored], now, own=own)
