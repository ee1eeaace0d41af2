"""Pure changes of a cart, and who may open it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from domain.acts import Actor, ActorKind, Scope
from domain.carts.errors import (
    AddressInvalid,
    CartCompleted,
    CartNotFound,
    CheckoutInProgress,
    CodeInvalid,
    GroupNotFound,
    LineNotFound,
    QuantityInvalid,
    QuantityTooLarge,
    TooManyCodes,
    TooManyGiftCards,
    TooManyGroups,
    TooManyLines,
)
from domain.carts.model import (
    CODES_MAX,
    GROUPS_MAX,
    LINES_MAX,
    NEXT,
    QUANTITY_MAX,
    STORED_MAX,
    Cart,
    CartLine,
    CartLineId,
    CartStatus,
    DeliveryGroup,
    DeliveryGroupId,
    DeliveryMethod,
    GroupChange,
    LineQuantity,
    StoredWish,
    WantedLine,
)
from domain.codes import tokens_match
from domain.locations.model import Address, LocationId

NewId = Callable[[], UUID]

_CODE_LENGTH_MAX = 40
_ADDRESS_LENGTHS = {"region": 80, "city": 120, "postal_code": 20, "line1": 200, "line2": 200, "name": 120, "phone": 32}


def may_change(cart: Cart, token: str | None, actor: Actor) -> bool:
    """Whether a caller may change a cart: a guest with its token, its customer, or an associate who serves customers."""
    if cart.customer_id is None:
        return actor.kind is ActorKind.SYSTEM or tokens_match(token, cart.token_hash)
    if actor.customer_id is not None:
        return actor.customer_id == cart.customer_id
    return actor.kind in (ActorKind.ASSOCIATE, ActorKind.SYSTEM) and actor.may(Scope.POS_SESSION)


def may_read(cart: Cart, token: str | None, actor: Actor) -> bool:
    """Whether a caller may see a cart: whoever may change it, and staff who may read customers."""
    staff = actor.kind is ActorKind.STAFF and actor.may(Scope.READ_CUSTOMERS)
    return may_change(cart, token, actor) or (staff and cart.customer_id is not None)


def check_open(cart: Cart) -> None:
    """Refuse to change a cart that no longer changes.

    Raises:
        CheckoutInProgress, CartCompleted, CartNotFound: it is being paid for, was ordered, or was merged away.
    """
    match cart.status:
        case CartStatus.OPEN:
            return
        case CartStatus.CHECKING_OUT:
            raise CheckoutInProgress
        case CartStatus.COMPLETED:
            raise CartCompleted
        case CartStatus.MERGED:
            raise CartNotFound


def moved_on(cart: Cart, status: CartStatus) -> Cart:
    """The cart in its next status."""
    assert status in NEXT[cart.status], f"{cart.status} does not lead to {status}"
    return replace(cart, status=status)


def first_groups(new_id: NewId) -> tuple[DeliveryGroup, ...]:
    """The groups of a new cart: one that ships, to an address not known yet."""
    return (DeliveryGroup(DeliveryGroupId(new_id()), DeliveryMethod.SHIPPING),)


def add(cart: Cart, wanted: Sequence[WantedLine], new_id: NewId) -> Cart:
    """The cart with more units; lines for the same variant going the same way grow.

    Raises:
        QuantityInvalid, QuantityTooLarge, TooManyLines, TooManyGroups: see their words.
    """
    lines = list(cart.lines)
    for want in wanted:
        if not 1 <= want.quantity <= QUANTITY_MAX:
            raise QuantityInvalid
        cart, group_id = _group_for(cart, want.pickup_location_id, new_id)
        index = next(
            (i for i, o in enumerate(lines) if (o.variant_id, o.group_id) == (want.variant_id, group_id)), None
        )
        if index is None:
            lines.append(CartLine(CartLineId(new_id()), want.variant_id, want.quantity, group_id))
        else:
            lines[index] = replace(lines[index], quantity=lines[index].quantity + want.quantity, price_seen_minor=None)
            if lines[index].quantity > QUANTITY_MAX:
                raise QuantityTooLarge
    return _bounded(replace(cart, lines=tuple(lines)))


def set_quantities(cart: Cart, changes: Sequence[LineQuantity]) -> Cart:
    """The cart with other quantities; each named line counts as confirmed at its current price.

    Raises:
        LineNotFound, QuantityInvalid: see their words.
    """
    quantities = {change.line_id: change.quantity for change in changes}
    _check_lines(cart, list(quantities))
    if not all(1 <= quantity <= QUANTITY_MAX for quantity in quantities.values()):
        raise QuantityInvalid
    lines = tuple(
        replace(line, quantity=quantities[line.id], price_seen_minor=None) if line.id in quantities else line
        for line in cart.lines
    )
    return replace(cart, lines=lines)


def remove(cart: Cart, line_ids: Sequence[CartLineId]) -> Cart:
    """The cart without these lines.

    Raises:
        LineNotFound: one is not in the cart.
    """
    _check_lines(cart, line_ids)
    return _tidy(replace(cart, lines=tuple(line for line in cart.lines if line.id not in line_ids)))


def pick_up(cart: Cart, line_ids: Sequence[CartLineId], location_id: LocationId, new_id: NewId) -> Cart:
    """The cart with these lines to be collected in a store.

    Raises:
        LineNotFound, QuantityTooLarge, TooManyGroups: see their words.
    """
    _check_lines(cart, line_ids)
    cart, group_id = _group_for(cart, location_id, new_id)
    return _tidy(_moved(cart, line_ids, group_id))


def change_groups(cart: Cart, changes: Sequence[GroupChange], new_id: NewId) -> Cart:
    """The cart with shipping groups made, addressed and given lines, in the order of the changes.

    Raises:
        GroupNotFound, LineNotFound, AddressInvalid, QuantityTooLarge, TooManyGroups: see their words.
    """
    for change in changes:
        _check_lines(cart, change.line_ids)
        if change.address is not None:
            check_address(change.address)
        if change.group_id is None:
            group = DeliveryGroup(DeliveryGroupId(new_id()), DeliveryMethod.SHIPPING)
            cart = _bounded(replace(cart, groups=(*cart.groups, group)))
        else:
            group = _shipping_group(cart, change.group_id)
        changed = replace(
            group,
            address=change.address or group.address,
            shipping_option_id=change.shipping_option_id or group.shipping_option_id,
        )
        cart = replace(cart, groups=tuple(changed if other.id == group.id else other for other in cart.groups))
        cart = _moved(cart, change.line_ids, group.id)
    return _tidy(cart)


def set_codes(cart: Cart, codes: Sequence[str]) -> Cart:
    """The cart with exactly these discount codes, folded to capitals, each once, in the order given.

    Raises:
        TooManyCodes, CodeInvalid: see their words.
    """
    folded = tuple(dict.fromkeys(code.strip().upper() for code in codes))
    if len(folded) > CODES_MAX:
        raise TooManyCodes
    if any(not 1 <= len(code) <= _CODE_LENGTH_MAX for code in folded):
        raise CodeInvalid
    return replace(cart, discount_codes=folded)


def merge(own: Cart, guest: Cart, new_id: NewId) -> Cart:
    """A customer's cart with what a guest cart holds: quantities add up to the maximum, the guest's choices are newer.

    Codes and gift cards come together as far as they fit; an address or option chosen by the guest replaces the customer's.

    Raises:
        TooManyLines, TooManyGroups: see their words.
    """
    lines = list(own.lines)
    for line in guest.lines:
        own, group_id = _group_like(own, guest, guest.group(line.group_id), new_id)
        index = next(
            (i for i, o in enumerate(lines) if (o.variant_id, o.group_id) == (line.variant_id, group_id)), None
        )
        if index is None:
            lines.append(replace(line, group_id=group_id))
        else:
            quantity = min(QUANTITY_MAX, lines[index].quantity + line.quantity)
            lines[index] = replace(lines[index], quantity=quantity, price_seen_minor=line.price_seen_minor)
    first, chosen = own.groups[0], guest.groups[0]
    first = replace(
        first,
        address=chosen.address or first.address,
        shipping_option_id=chosen.shipping_option_id or first.shipping_option_id,
    )
    codes = tuple(dict.fromkeys((*own.discount_codes, *guest.discount_codes)))[:CODES_MAX]
    own_wallets = {wish.wallet_id for wish in own.stored}
    stored = (*own.stored, *(wish for wish in guest.stored if wish.wallet_id not in own_wallets))[:STORED_MAX]
    groups = (first, *own.groups[1:])
    merged = replace(own, lines=tuple(lines), groups=groups, discount_codes=codes, stored=stored)
    return _bounded(replace(merged, email=own.email or guest.email, phone=own.phone or guest.phone))


def with_stored(cart: Cart, wish: StoredWish) -> Cart:
    """The cart that spends a gift card or store credit; applied again it keeps its place with the new amount.

    Raises:
        TooManyGiftCards: it spends as many as it may already.
    """
    wallets = [other.wallet_id for other in cart.stored]
    if wish.wallet_id in wallets:
        place = wallets.index(wish.wallet_id)
        return replace(cart, stored=(*cart.stored[:place], wish, *cart.stored[place + 1 :]))
    if len(cart.stored) >= STORED_MAX:
        raise TooManyGiftCards
    return replace(cart, stored=(*cart.stored, wish))


def check_address(address: Address) -> None:
    """Refuse an address nothing could be sent to.

    Raises:
        AddressInvalid: a part is missing, too long, or the country is no code.
    """
    if len(address.country) != 2 or not address.country.isascii() or not address.country.isupper():
        raise AddressInvalid("country", "country is two capital letters, such as GB (ISO 3166-1).")
    if not address.city.strip():
        raise AddressInvalid("city", "An address has a city.")
    if not address.line1.strip():
        raise AddressInvalid("line1", "An address has a first line: house and street.")
    parts = {
        "region": address.region,
        "city": address.city,
        "postal_code": address.postal_code,
        "line1": address.line1,
        "line2": address.line2,
        "name": address.name,
        "phone": address.phone,
    }
    for part, text in parts.items():
        if text is not None and (len(text) > _ADDRESS_LENGTHS[part] or not text.isprintable()):
            field = "postalCode" if part == "postal_code" else part
            raise AddressInvalid(field, f"{field} has at most {_ADDRESS_LENGTHS[part]} printable characters.")


def _check_lines(cart: Cart, line_ids: Sequence[CartLineId]) -> None:
    if not set(line_ids) <= {line.id for line in cart.lines}:
        raise LineNotFound


def _shipping_group(cart: Cart, group_id: DeliveryGroupId) -> DeliveryGroup:
    for group in cart.groups:
        if group.id == group_id and group.method is DeliveryMethod.SHIPPING:
            return group
    raise GroupNotFound


def _group_for(cart: Cart, location_id: LocationId | None, new_id: NewId) -> tuple[Cart, DeliveryGroupId]:
    """The group for a store, made when there is none; the first group for shipping."""
    if location_id is None:
        return cart, cart.groups[0].id
    for group in cart.groups:
        if group.location_id == location_id:
            return cart, group.id
    group = DeliveryGroup(DeliveryGroupId(new_id()), DeliveryMethod.PICK_UP, location_id)
    return _bounded(replace(cart, groups=(*cart.groups, group))), group.id


def _group_like(own: Cart, guest: Cart, group: DeliveryGroup, new_id: NewId) -> tuple[Cart, DeliveryGroupId]:
    """Where a guest's group goes in the customer's cart; further shipping groups come along as they are."""
    if group.method is DeliveryMethod.PICK_UP or group.id == guest.groups[0].id:
        return _group_for(own, group.location_id, new_id)
    if all(other.id != group.id for other in own.groups):
        own = _bounded(replace(own, groups=(*own.groups, group)))
    return own, group.id


def _moved(cart: Cart, line_ids: Sequence[CartLineId], group_id: DeliveryGroupId) -> Cart:
    """The cart with lines in another group, joined with those that are there already."""
    kept = {line.id: line for line in cart.lines if line.id not in line_ids}
    for line in cart.lines:
        if line.id in line_ids:
            twin = next((o for o in kept.values() if (o.variant_id, o.group_id) == (line.variant_id, group_id)), None)
            if twin is None:
                kept[line.id] = replace(line, group_id=group_id)
            elif twin.quantity + line.quantity > QUANTITY_MAX:
                raise QuantityTooLarge
            else:
                kept[twin.id] = replace(twin, quantity=twin.quantity + line.quantity)
    order = {line.id: position for position, line in enumerate(cart.lines)}
    return replace(cart, lines=tuple(sorted(kept.values(), key=lambda line: order[line.id])))


def _tidy(cart: Cart) -> Cart:
    """The cart without empty groups; the first one stays."""
    used = {line.group_id for line in cart.lines}
    groups = tuple(group for group in cart.groups if group.id in used or group == cart.groups[0])
    return replace(cart, groups=groups)


def _bounded(cart: Cart) -> Cart:
    if len(cart.lines) > LINES_MAX:
        raise TooManyLines
    if len(cart.groups) > GROUPS_MAX:
        raise TooManyGroups
    return cart
