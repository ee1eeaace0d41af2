"""The closed enumerations of returns, each value described."""

from domain.returns.errors import ReturnErrorCode
from domain.returns.model import (
    Disposition,
    NotReturnableReason,
    Reception,
    ReturnEventKind,
    ReturnReason,
    ReturnStatus,
)
from resolvers.enums import described_enum

described_enum(
    ReturnStatus,
    "How far a return is as a document; its lines' quantities say the rest.",
    {
        "REQUESTED": "A customer asked; staff has not agreed yet.",
        "OPEN": "Agreed; goods are awaited, inspected or paid for.",
        "CLOSED": "Everything that came was dealt with and paid.",
        "DECLINED": "Staff refused the request; see `declineReason`.",
        "CANCELED": "Called off, or nothing ever came.",
    },
)
described_enum(
    ReturnReason,
    "Why goods come back, in the customer's view.",
    {
        "UNWANTED": "Changed their mind.",
        "SIZE_TOO_SMALL": "Too small.",
        "SIZE_TOO_LARGE": "Too large.",
        "COLOR": "Another color than expected.",
        "STYLE": "Does not please.",
        "DEFECTIVE": "Does not work, or is damaged.",
        "NOT_AS_DESCRIBED": "Not what was described.",
        "WRONG_ITEM": "Something else was delivered.",
        "OTHER": "Another reason; see the note.",
        "UNKNOWN": "No reason was given.",
    },
)
described_enum(
    Reception,
    "What happened to announced units.",
    {
        "RECEIVED": "They arrived.",
        "LOST_IN_TRANSIT": "The carrier lost them; they may still turn up.",
        "SHORT_SHIPPED": "They were never sent; the customer keeps them and may return them another time.",
    },
)
described_enum(
    Disposition,
    "Where arrived units go.",
    {
        "RESTOCKED": "Back to the shelf of the location where they arrived; accepted.",
        "PROCESSING_REQUIRED": "Beside the shelf, to be looked at; accepted, not sellable.",
        "NOT_RESTOCKED": "Thrown away; accepted.",
        "REJECTED": "Not accepted; pays nothing.",
    },
)
described_enum(
    NotReturnableReason,
    "Why no unit of a line can be returned now.",
    {
        "NOT_FULFILLED": "Nothing of it has been handed over or shipped yet; cancel it instead.",
        "ALREADY_RETURNED": "Every unit is in a return already.",
        "WINDOW_EXPIRED": "The time to return it has passed.",
    },
)
described_enum(
    ReturnEventKind,
    "A step of a return's life.",
    {
        "REQUESTED": "A customer asked for it.",
        "CREATED": "Staff or a partner made it.",
        "APPROVED": "Staff agreed.",
        "DECLINED": "Staff refused.",
        "RECEIVED": "Goods arrived, or were reported missing.",
        "PROCESSED": "Accepted goods were paid for.",
        "CANCELED": "It was called off.",
        "EXPIRED": "Announced units never came and were let go.",
        "CLOSED": "Nothing is left to do.",
        "REOPENED": "A parcel thought lost turned up.",
    },
)
described_enum(
    ReturnErrorCode,
    "Why a return command was refused.",
    {
        "RETURN_NOT_FOUND": "There is no such return, or not for you.",
        "ORDER_NOT_FOUND": "There is no such order, or not for you.",
        "LINE_NOT_FOUND": "A line does not belong there.",
        "LOCATION_NOT_FOUND": "There is no such location.",
        "LOCATION_NOT_ALLOWED": "The location takes no returns, or is not yours.",
        "NOT_RETURNABLE": "Fewer units are returnable; see `available`.",
        "WINDOW_EXPIRED": "The time to return it has passed; see `until`.",
        "APPROVAL_REQUIRED": "A manager must do this.",
        "DUPLICATE_LINE": "A line was named twice.",
        "QUANTITY_INVALID": "A quantity is below 1, or no line was named.",
        "QUANTITY_EXCEEDS_ANNOUNCED": "More than is awaited; see `available`.",
        "QUANTITY_EXCEEDS_RECEIVED": "More than has arrived and waits; see `available`.",
        "NOTHING_TO_PROCESS": "Nothing waits to be processed.",
        "INVALID_TRANSITION": "The return's status does not admit this.",
        "QUOTE_STALE": "What would be paid has changed; quote again.",
        "QUOTE_EXPIRED": "The quote has expired; quote again.",
        "QUOTE_INVALID": "The token is not one of ours.",
        "REASON_REQUIRED": "Say why.",
        "REFUND_EXCEEDS_CAPACITY": "More than the payments can still give back; see `maximum`.",
        "PAYMENT_DISPUTED": "The payment is disputed; nothing goes back until the dispute closes.",
        "TENDER_UNAVAILABLE": "Part of it must go back in cash: refund it in a store.",
        "SESSION_CLOSED": "No register session is open at the till; see `registerSessionOpen`.",
        "INSUFFICIENT_DRAWER": "The drawer holds less cash than this, which is `maximum`; see `cashMovementCreate`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
