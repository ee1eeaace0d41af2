"""The carts room's closed enumerations, described."""

from domain.carts.errors import CartErrorCode
from domain.carts.model import CartProblemCode, CartStatus, DeliveryMethod
from resolvers.enums import described_enum

described_enum(
    CartStatus,
    "Where a cart is in its life. Only an open cart changes.",
    {
        "OPEN": "It can be changed and ordered.",
        "CHECKING_OUT": "It is being paid for; it opens again when the payment fails.",
        "COMPLETED": "It has become an order.",
        "MERGED": "Its lines went into a customer's cart.",
    },
)
described_enum(
    DeliveryMethod,
    "How a group of a cart's lines reaches the customer.",
    {"SHIPPING": "A parcel to the group's address.", "PICK_UP": "Collected by the customer in a store."},
)
described_enum(
    CartProblemCode,
    "What stands in the way of ordering a cart, or has changed.",
    {
        "CART_EMPTY": "There is nothing in it.",
        "NOT_AVAILABLE": "The line's variant is no longer published or priced here.",
        "OUT_OF_STOCK": "No single location can serve the line; see `available`.",
        "PRICE_CHANGED": "The unit price is another than when the line was added; see `amount` for the one seen.",
        "PICKUP_NOT_OFFERED": "The group's store no longer offers pickup.",
        "ADDRESS_MISSING": "The group ships, and there is no address.",
        "SHIPPING_UNAVAILABLE": "Nothing ships to the group's address.",
        "CONTACT_MISSING": "A guest's cart needs an e-mail address.",
        "DISCOUNT_CODE_INVALID": "The code is unknown, not valid now or here, or used up.",
        "DISCOUNT_MINIMUM_NOT_MET": "The cart is below the discount's minimum; see `amount` for what is missing, null when units are.",
        "DISCOUNT_NOT_APPLICABLE": "Nothing in the cart qualifies for the discount.",
        "DISCOUNT_NOT_COMBINABLE": "The discount does not combine with another one that applies.",
        "POINTS_UNAVAILABLE": "Fewer points can be spent than were applied; see `available`.",
        "GIFT_CARD_UNAVAILABLE": "A gift card has less than it is to pay; see `amount` for what it has.",
        "STORE_CREDIT_UNAVAILABLE": "The store credit is less than it is to pay; see `amount` for what there is.",
    },
)
described_enum(
    CartErrorCode,
    "Why a cart command was refused.",
    {
        "CART_NOT_FOUND": "No such cart, or not yours; a guest cart needs its token.",
        "STALE_VERSION": "The cart has changed since; see `version`.",
        "CHECKOUT_IN_PROGRESS": "The cart is being paid for.",
        "CART_COMPLETED": "The cart has become an order.",
        "LINE_NOT_FOUND": "The line is not in the cart.",
        "VARIANT_NOT_FOUND": "The variant is not sold in this cart's sales channel.",
        "QUANTITY_INVALID": "A quantity goes from 1 to `maximum`.",
        "QUANTITY_TOO_LARGE": "With what is there already the line would exceed `maximum`.",
        "TOO_MANY_LINES": "A cart holds at most `maximum` lines.",
        "TOO_MANY_CODES": "A cart holds at most `maximum` discount codes.",
        "TOO_MANY_GROUPS": "A cart is delivered in at most `maximum` groups.",
        "CODE_INVALID": "The text cannot be a discount code.",
        "GROUP_NOT_FOUND": "The cart has no such shipping group.",
        "LOCATION_NOT_FOUND": "There is no such location.",
        "PICKUP_NOT_OFFERED": "The location does not offer pickup.",
        "SHIPPING_OPTION_NOT_FOUND": "The option is not offered to the group's address.",
        "ADDRESS_INVALID": "A part of the address is missing, too long or not a code; see `field`.",
        "EMAIL_INVALID": "The e-mail address is not one.",
        "PHONE_INVALID": "The phone number is not one; give it with its country code.",
        "CUSTOMER_NOT_FOUND": "There is no such customer, or not for you.",
        "SIGN_IN_REQUIRED": "Only the cart of a customer spends points, from a wallet, and store credit.",
        "GIFT_CARD_NOT_FOUND": "No gift card has this code.",
        "GIFT_CARD_BLOCKED": "The gift card is stopped.",
        "CURRENCY_MISMATCH": "The gift card is in another currency than the cart.",
        "TOO_MANY_GIFT_CARDS": "A cart spends at most `maximum` gift cards, store credit included.",
        "TOO_MANY_ATTEMPTS": "Too many wrong codes; see `retryAt`.",
        "STORED_AMOUNT_INVALID": "The amount is not above zero, or in another currency.",
        "INSUFFICIENT_FUNDS": "The gift card or store credit has less than that, or nothing.",
        "POINTS_INVALID": "Give either a number of at least 1, or the maximum.",
        "INSUFFICIENT_POINTS": "The wallet can spend `available` points now.",
        "BELOW_MINIMUM_OR_NOT_MULTIPLE": "The programme redeems from a minimum, in steps; see the message.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
