"""What cart mutations are given."""

import strawberry

from domain.carts import model
from domain.carts.model import CartAt, CartId, CartLineId, DeliveryGroupId
from domain.catalog.model import VariantId
from domain.locations.model import LocationId
from domain.shipping.model import ShippingOptionId
from resolvers.addresses import AddressInput
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.scalars import MoneyInput

KEY = "A name for this intent, chosen by the client: the same key and input have one effect. A fresh UUID is best."
CART = "The cart; null for the signed-in customer's own, which is opened when there is none."
TOKEN = "Opens a guest's cart; null for a customer's."  # noqa: S105 - a description
EXPECTED = "Refuse unless the cart is at this version; null does not ask."
LINES_MAX = 250
GROUPS_MAX = 20


def bounded(items: int, maximum: int, name: str) -> None:
    """Refuse a list that is too long before anything is looked up.

    Raises:
        BadInput: it has more than `maximum` items.
    """
    if items > maximum:
        raise BadInput(f"`{name}` has at most {maximum} items.", maximum=maximum)


@strawberry.input(description="Units to add.")
class CartLineInput:
    """A wanted line from the wire."""

    variant_id: strawberry.ID = strawberry.field(description="The ProductVariant.")
    quantity: int = strawberry.field(default=1, description="Units, 1 to 9,999.")
    pickup_location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store to collect them in; null ships them."
    )

    def value(self) -> model.WantedLine:
        """The domain's wanted line."""
        store_id = None if self.pickup_location_id is None else LocationId(uuid_of("Location", self.pickup_location_id))
        return model.WantedLine(VariantId(uuid_of("ProductVariant", self.variant_id)), self.quantity, store_id)


@strawberry.input(description="A line's new quantity.")
class CartLineUpdateInput:
    """A changed line from the wire."""

    line_id: strawberry.ID = strawberry.field(description="The CartLine.")
    quantity: int = strawberry.field(
        description="Units, 1 to 9,999. The same quantity confirms a price that has changed."
    )

    def value(self) -> model.LineQuantity:
        """The domain's change."""
        return model.LineQuantity(CartLineId(uuid_of("CartLine", self.line_id)), self.quantity)


@strawberry.input(description="A shipping group to make or change.")
class CartDeliveryGroupInput:
    """A changed group from the wire."""

    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="A shipping CartDeliveryGroup of the cart; null makes a new one."
    )
    address: AddressInput | None = strawberry.field(default=None, description="Where to ship; null leaves it.")
    shipping_option_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the address's shippingOptions; null leaves it."
    )
    line_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="CartLines to move into the group."
    )

    def value(self) -> model.GroupChange:
        """The domain's change."""
        bounded(len(self.line_ids), LINES_MAX, "lineIds")
        group_id = None if self.group_id is None else uuid_of("CartDeliveryGroup", self.group_id)
        option_id = None if self.shipping_option_id is None else uuid_of("ShippingOption", self.shipping_option_id)
        return model.GroupChange(
            None if group_id is None else DeliveryGroupId(group_id),
            None if self.address is None else self.address.value(),
            None if option_id is None else ShippingOptionId(option_id),
            tuple(CartLineId(uuid_of("CartLine", line_id)) for line_id in self.line_ids),
        )


def cart_at(cart_id: strawberry.ID | None, token: str | None, expected_version: int | None = None) -> CartAt:
    """How a caller names a cart."""
    return CartAt(None if cart_id is None else CartId(uuid_of("Cart", cart_id)), token, expected_version)


@strawberry.input(description="A cart to open.")
class CartCreateInput:
    """Input of cartCreate."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    lines: list[CartLineInput] = strawberry.field(default_factory=list, description="Units to start with; at most 250.")
    email: str | None = strawberry.field(default=None, description="For the order's messages.")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The customer an associate serves, whose own cart is opened. Needs the scope `pos_session`; a "
        "signed-in customer leaves it out.",
    )


@strawberry.input(description="Units to put into a cart.")
class CartLinesAddInput:
    """Input of cartLinesAdd."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    lines: list[CartLineInput] = strawberry.field(description="Units to add, 1 to 250 items.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Quantities to set.")
class CartLinesUpdateInput:
    """Input of cartLinesUpdate."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    lines: list[CartLineUpdateInput] = strawberry.field(description="Lines and their quantities, at most 250.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Lines to take out.")
class CartLinesRemoveInput:
    """Input of cartLinesRemove."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    line_ids: list[strawberry.ID] = strawberry.field(description="CartLines, at most 250.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="The discount codes a cart is to have.")
class CartDiscountCodesUpdateInput:
    """Input of cartDiscountCodesUpdate."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    codes: list[str] = strawberry.field(description="All codes, at most 10; an empty list removes them.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Shipping groups to make or change.")
class CartDeliveryGroupsUpdateInput:
    """Input of cartDeliveryGroupsUpdate."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    groups: list[CartDeliveryGroupInput] = strawberry.field(description="Groups, at most 20; others stay as they are.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Lines to be collected in a store.")
class CartPickupLocationSetInput:
    """Input of cartPickupLocationSet."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    line_ids: list[strawberry.ID] = strawberry.field(description="CartLines, at most 250.")
    location_id: strawberry.ID = strawberry.field(description="A Location that offers pickup.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Where the order's messages go.")
class CartBuyerIdentityUpdateInput:
    """Input of cartBuyerIdentityUpdate."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    email: str | None = strawberry.field(default=None, description="The e-mail address; null leaves it.")
    phone: str | None = strawberry.field(default=None, description="The phone number; null leaves it.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Points to spend; either a number or the maximum.")
class CartLoyaltyPointsApplyInput:
    """Input of cartLoyaltyPointsApply."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    points: int | None = strawberry.field(default=None, description="A number of points, at least 1.")
    maximum: bool = strawberry.field(default=False, description="As many as the goods take and the wallet has.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="The cart that is to spend no points.")
class CartLoyaltyPointsRemoveInput:
    """Input of cartLoyaltyPointsRemove."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="The guest cart to take over into one's own.")
class CartMergeInput:
    """Input of cartMerge."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    cart_id: strawberry.ID = strawberry.field(description="The guest's cart.")
    token: str = strawberry.field(description="The guest cart's token.")


@strawberry.input(description="A gift card to spend on a cart.")
class CartGiftCardApplyInput:
    """Input of cartGiftCardApply."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    code: str = strawberry.field(description="The gift card's code; spaces, hyphens and small letters do not matter.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much of it; null for as much as is due and the card has."
    )
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="A gift card that is not to be spent on a cart.")
class CartGiftCardRemoveInput:
    """Input of cartGiftCardRemove."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    gift_card_id: strawberry.ID = strawberry.field(description="The GiftCard, as `cart.storedTenders` names it.")
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    token: str | None = strawberry.field(default=None, description=TOKEN)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="Store credit to spend on a cart.")
class CartStoreCreditApplyInput:
    """Input of cartStoreCreditApply."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much of it; null for as much as is due and there is."
    )
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)


@strawberry.input(description="The cart that is to spend no store credit.")
class CartStoreCreditRemoveInput:
    """Input of cartStoreCreditRemove."""

    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    cart_id: strawberry.ID | None = strawberry.field(default=None, description=CART)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)
