"""The enumerations of orders, described once."""

from domain.acts import ActorKind
from domain.orders.checkout_model import CheckoutErrorCode
from domain.orders.errors import OrderErrorCode
from domain.orders.model import (
    CancelReason,
    FulfillmentMethod,
    FulfillmentStatus,
    OrderEventKind,
    OrderSource,
    OrderStatus,
    ShipmentStatus,
)
from domain.orders.overridden import OverrideReason
from domain.orders.store_pages import OrderSort
from domain.orders.tills import TillTender, TillTenderKind
from resolvers.enums import described_enum

described_enum(
    OrderStatus,
    "How far an order is as a whole; lines and deliveries tell the rest.",
    {
        "OPEN": "Something is still to happen.",
        "CANCELED": "Every unit was canceled.",
        "CLOSED": "Every delivery has ended; returns are still possible.",
    },
)
described_enum(
    OrderSource,
    "Which door an order came through.",
    {
        "ONLINE": "A cart that was paid.",
        "POS": "A till.",
        "MARKETPLACE": "A partner's marketplace.",
        "IMPORT": "History of another system.",
    },
)
described_enum(
    FulfillmentMethod,
    "How goods reach the customer.",
    {
        "SHIPPING": "By parcel from one of our locations.",
        "PICK_UP": "Collected in a store.",
        "IN_STORE": "Handed over at a till.",
        "EXTERNAL": "Sent by somebody else, such as the marketplace.",
    },
)
described_enum(
    FulfillmentStatus,
    "How far one location's part of an order is.",
    {
        "OPEN": "Nobody has begun.",
        "ACCEPTED": "The location will do it.",
        "PICKING": "The goods are being taken from the shelf.",
        "WAITING_FOR_TRANSFER": "Goods come from another location first.",
        "READY_FOR_PICKUP": "The customer may come.",
        "CUSTOMER_ARRIVED": "The customer is there.",
        "PICKED_UP": "The customer has the goods.",
        "SHIPPED": "All of it is on its way.",
        "DELIVERED": "All of it has arrived.",
        "EXPIRED": "Nobody came in time; it can be extended or is canceled.",
        "CANCELED": "Nothing of it will leave.",
    },
)
described_enum(ShipmentStatus, "Where a parcel is.", {"SHIPPED": "On its way.", "DELIVERED": "With the customer."})
described_enum(
    CancelReason,
    "Why units are canceled.",
    {
        "CUSTOMER_REQUEST": "The customer does not want them any more.",
        "OUT_OF_STOCK": "They are not to be had.",
        "SHORT_PICK": "The picker did not find them.",
        "NO_SHOW": "Nobody collected them.",
        "FRAUD": "The order is not trusted.",
        "PAYMENT_FAILED": "They were not paid.",
        "OTHER": "Another reason.",
    },
)
described_enum(
    OrderEventKind,
    "What happened to an order.",
    {
        "PLACED": "It was agreed.",
        "PAYMENT_CAPTURE_REQUESTED": "Its money was asked for.",
        "BALANCE_PAID": "A part of what was owed until the collection was paid.",
        "UNITS_CANCELED": "Units were canceled.",
        "CANCELED": "Nothing of it was left.",
        "CLOSED": "Its last delivery ended.",
        "FULFILLMENT_MOVED": "A delivery took a step.",
        "UNITS_FULFILLED": "Units were handed over or shipped.",
        "SHIPMENT_CREATED": "A parcel left.",
        "SHIPMENT_DELIVERED": "A parcel arrived.",
        "POINTS_RELEASED": "Points it earned became spendable.",
        "RETURN_CHANGED": "A return took a step.",
        "REFUND_CHANGED": "A refund took a step.",
    },
)
described_enum(
    ActorKind,
    "How somebody who acted proved who they are.",
    {
        "GUEST": "Nobody signed in.",
        "CUSTOMER": "A customer.",
        "ASSOCIATE": "Somebody in a store.",
        "STAFF": "Somebody at head office.",
        "PARTNER": "A partner's system.",
        "SYSTEM": "This system, by itself.",
        "PSP": "The payment provider.",
    },
)
described_enum(
    OrderSort,
    "How a list of orders is sorted, by time of placement.",
    {"NEWEST_FIRST": "The newest first.", "OLDEST_FIRST": "The oldest first."},
)
described_enum(
    TillTender,
    "How a till's customer pays what points and other tenders do not.",
    {"CASH": "Coins and notes, into the drawer.", "CARD": "A presented card or wallet."},
)
described_enum(
    TillTenderKind,
    "What may pay a part at a till before the last tender pays the rest.",
    {
        "GIFT_CARD": "A gift card, by its code.",
        "STORE_CREDIT": "The store credit of the sale's customer.",
        "CASH": "Coins and notes, into the drawer.",
        "EXTERNAL": "Money that somebody else holds, such as the issuer of a voucher.",
    },
)
_SHARED = {
    "CART_NOT_FOUND": "There is no such cart, or it is not yours.",
    "VARIANT_NOT_FOUND": "No variant has this code.",
    "VARIANT_NOT_SOLD_HERE": "The variant is not for sale in this channel.",
    "CUSTOMER_NOT_FOUND": "There is no such customer, or no wallet to spend points from.",
    "LOCATION_NOT_ALLOWED": "You cannot act for this location.",
    "LINES_INVALID": "No line, or too many; see `maximum`.",
    "QUANTITY_INVALID": "A quantity below 1 or too large.",
    "PAYMENT_IN_PROGRESS": "Another payment of this cart is in progress; see `until`.",
    "OUT_OF_STOCK": "Fewer units are there than asked for; see `available`.",
    "INSUFFICIENT_POINTS": "The wallet has fewer points; see `available`.",
    "BELOW_MINIMUM_OR_NOT_MULTIPLE": "The points are below the programme's minimum or not a multiple of its step.",
    "WALLET_CLOSED": "The loyalty wallet is closed.",
    "STALE_VERSION": "It changed meanwhile; read it again.",
    "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
    "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
}
described_enum(
    CheckoutErrorCode,
    "Why a cart or a till's basket did not become an order.",
    {
        **{name: text for name, text in _SHARED.items() if name in CheckoutErrorCode.__members__},
        "CART_EMPTY": "There is nothing to order.",
        "CART_COMPLETED": "The payment went through and the cart has become an order.",
        "CART_NOT_READY": "The cart has problems; see `problem` and `cart.problems`.",
        "EMAIL_REQUIRED": "A guest's order needs an e-mail address.",
        "TOTAL_CHANGED": "What is due is not `expectedDue`; see `due`.",
        "TAX_UNAVAILABLE": "The tax service gives no answer and no rate of our own is known for the place; try again in a minute.",
        "TOP_UP_INVALID": "What was scanned cannot go on the gift card; see the message.",
        "BALANCE_TOO_LARGE": "The gift card would hold too much; see `maximumAmount` for what may be added.",
        "PAYMENT_METHOD_REQUIRED": "Something is due and no payment method was named.",
        "PAYMENT_METHOD_INVALID": "This payment method cannot be used here.",
        "PAYMENT_DECLINED": "The card was declined; see `declineCode`. The cart is open again.",
        "PAYMENT_CANCELED": "The payment was canceled by `cartPaymentCancel`. The cart is open again.",
        "CHECKOUT_EXPIRED": "The payment was not finished in time; nothing was charged. The cart is open again.",
        "POINTS_EXCEED_GOODS": "The points are worth more than the goods; see `maximum`.",
        "HOLD_EXPIRED": "Points, gift card or store credit were held too long for the payment; nothing was charged.",
        "HOLD_VOIDED": "What was held for the payment was given up; nothing was charged.",
        "INSUFFICIENT_FUNDS": "A gift card or store credit has less than it is to pay, or nothing.",
        "GIFT_CARD_NOT_FOUND": "No gift card has this code.",
        "GIFT_CARD_BLOCKED": "The gift card is stopped.",
        "CURRENCY_MISMATCH": "The gift card is in another currency than the sale.",
        "TOO_MANY_ATTEMPTS": "Too many wrong codes; see `until`.",
        "PRICE_OVERRIDE_INVALID": "A price that was said is not between 0 and the present one; see the message.",
        "PRICE_OVERRIDE_NOT_ALLOWED": "More is taken off than you may; see `due` for the lowest price.",
        "SESSION_CLOSED": "No register session is open at the till; see `registerSessionOpen`.",
        "CARD_READER_NOT_FOUND": "There is no such card reader in the store.",
        "ORDER_NOT_FOUND": "There is no such order, or it is not yours.",
        "DEPOSIT_NOT_OFFERED": "The cart cannot be ordered with a deposit; see `cart.deposit`.",
        "NOTHING_OWED": "All of the order is paid.",
        "PAYMENT_NOT_FOUND": "No sale of this store waits for such a payment.",
        "ORDER_PLACED": "The payment went through first; the order is placed.",
        "CASH_TOO_LITTLE": "Less cash was tendered than is due in coins; see `maximumAmount`.",
        "TENDERS_INVALID": "The parts of the payment contradict each other; see the message and `maximumAmount`.",
        "WALLET_FROZEN": "The loyalty wallet or the gift card is stopped.",
        "WALLET_NOT_FOUND": "There is no such wallet.",
        "DISCOUNT_USED_UP": "A discount was used up meanwhile.",
        "TERMINAL_REQUIRED": "Only a signed-in till can sell.",
    },
)
described_enum(
    OrderErrorCode,
    "Why an order command was refused.",
    {
        **{name: text for name, text in _SHARED.items() if name in OrderErrorCode.__members__},
        "ORDER_NOT_FOUND": "There is no such order, or it is not yours.",
        "LINE_NOT_FOUND": "A line is not of this order.",
        "FULFILLMENT_ORDER_NOT_FOUND": "There is no such fulfillment order, or it is not yours.",
        "SHIPMENT_NOT_FOUND": "There is no such shipment, or it is not yours.",
        "LOCATION_NOT_FOUND": "There is no such location.",
        "DUPLICATE_LINE": "A line was named twice.",
        "QUANTITY_EXCEEDS_CANCELABLE": "Fewer units can still be canceled; see `available`.",
        "QUANTITY_EXCEEDS_FULFILLABLE": "Fewer units are still to be fulfilled; see `available`.",
        "NOT_CANCELABLE": "Nothing of it can be canceled any more.",
        "NOT_RETURNABLE": "Fewer units can still be returned; see `available`.",
        "WRONG_FULFILLMENT_METHOD": "These goods do not leave this way.",
        "INVALID_TRANSITION": "The status does not allow this step.",
        "EXTERNAL_REFERENCE_TAKEN": "The channel has another order of this reference.",
        "TOTALS_DO_NOT_ADD_UP": "Given amounts contradict each other.",
        "CURRENCY_MISMATCH": "The sales channel sells in another currency.",
        "PAYMENT_NOT_AUTHORIZED": "The order's card payment still waits for its authorization.",
        "PAYMENT_DISPUTED": "A payment is under dispute; nothing goes back until it closes.",
        "REFUND_EXCEEDS_CAPACITY": "More would go back than was taken.",
        "CAPTURE_EXCEEDS_AUTHORIZATION": "More would be taken than was promised.",
        "TENDER_UNAVAILABLE": "Part of it was paid in cash: name the store that hands it out.",
        "SESSION_CLOSED": "No register session is open at the till; see `registerSessionOpen`.",
        "INSUFFICIENT_DRAWER": "The drawer holds less cash than this; see `cashMovementCreate`.",
        "SALES_CHANNEL_NOT_FOUND": "There is no such sales channel, or it is not yours.",
        "LOOKUP_INCOMPLETE": "Name the order in exactly one of the ways that are offered to you.",
        "TOO_MANY_ATTEMPTS": "Too many look-ups; see `until`.",
    },
)
described_enum(
    OverrideReason,
    "Why an associate says another price.",
    {
        "PRICE_MATCH": "Somebody else sells it for less.",
        "DAMAGED": "The piece is damaged.",
        "DISPLAY_ITEM": "It stood in the window or on display.",
        "PRICE_ERROR": "The price in the system is not the one on the shelf.",
        "GOODWILL": "A kindness to the customer.",
    },
    name="PriceOverrideReason",
)
