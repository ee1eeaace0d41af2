"""The loyalty room's closed enumerations, each value described."""

from domain.ledger.model import HoldState, TransferCode, WalletStatus
from domain.loyalty.errors import LoyaltyErrorCode
from domain.loyalty.model import AdjustmentReason
from resolvers.enums import described_enum

__all__ = ["AdjustmentReason", "HoldState", "LoyaltyErrorCode", "TransferCode", "WalletStatus"]

described_enum(
    WalletStatus,
    "Whether a wallet may be used.",
    {
        "OPEN": "Points may be earned and spent.",
        "FROZEN": "Points may be earned, not spent.",
        "CLOSED": "The wallet was closed for good.",
    },
    name="LoyaltyWalletStatus",
)
described_enum(
    TransferCode,
    "Why points moved.",
    {
        "EARN": "An order earned them.",
        "RELEASE": "Pending points became spendable.",
        "BONUS": "They were given without an order.",
        "CARRY": "They passed from returned goods to the goods those were exchanged for.",
        "HOLD": "A checkout reserved them.",
        "VOID": "Reserved points became free again.",
        "REDEEM": "They paid.",
        "OFFLINE_REDEEM": "They paid at a till without a connection.",
        "RECREDIT": "A return gave spent points back.",
        "CLAWBACK": "A return took earned points back.",
        "WRITE_OFF": "Points that a return could not take back were given up.",
        "DEBT_REPAY": "They repaid points that were owed.",
        "EXPIRE": "Their time had come.",
        "ADJUST": "Somebody corrected the balance.",
        "MOVE": "They moved between wallets by a merge or a household pool.",
        "FUND": "A funder paid for a budget.",
        "STORE_CREDIT": "Store credit was given.",
        "GIFT_CARD": "A gift card was issued or topped up.",
        "CASH_ROUNDING": "Cash was rounded to the smallest coin.",
    },
    name="LoyaltyTransactionType",
)
described_enum(
    HoldState,
    "What became of a hold; it resolves once.",
    {
        "PENDING": "It reserves points.",
        "POSTED": "Points of it were spent.",
        "VOIDED": "It was given up.",
        "EXPIRED": "Its time had come.",
    },
    name="LoyaltyHoldState",
)
described_enum(
    LoyaltyErrorCode,
    "Why a loyalty command was refused.",
    {
        "INSUFFICIENT_POINTS": "Fewer points can be spent now; see `available`.",
        "BELOW_MINIMUM_OR_NOT_MULTIPLE": "The programme does not redeem this number; see `minimum` and `multiple`.",
        "HOLD_EXPIRED": "The hold's time had come.",
        "HOLD_VOIDED": "The hold was voided.",
        "HOLD_ALREADY_POSTED": "The hold was captured, with another number of points.",
        "HOLD_NOT_FOUND": "There is no such hold, or it is not yours.",
        "HOLD_OF_OTHER_WALLET": "The hold belongs to another wallet.",
        "EXCEEDS_HOLD": "More points than the hold reserves; see `maximum`.",
        "EXCEEDS_PURCHASED_QUANTITY": "More units than can still come back; see `maximum`.",
        "WALLET_NOT_FOUND": "There is no such wallet, or it is not yours.",
        "WALLET_CLOSED": "The wallet is closed.",
        "WALLET_FROZEN": "The wallet is frozen.",
        "WALLET_IN_DEBT": "The wallet owes points.",
        "MEMBER_IN_POOL": "The member must leave a household pool first.",
        "OPEN_HOLDS": "An open checkout holds points of the wallet.",
        "ORDER_NOT_FOUND": "There is no such order, or it is not yours.",
        "CUSTOMER_NOT_FOUND": "There is no such customer.",
        "APPROVAL_REQUIRED": "More points than one person may move alone; see `maximum`.",
        "INVALID_PROGRAM": "The programme's rules contradict themselves.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
described_enum(
    AdjustmentReason,
    "Why points are corrected by hand.",
    {
        "GOODWILL": "To make up for something.",
        "MISSING_PURCHASE": "A purchase was not credited.",
        "CORRECTION": "An earlier entry was wrong.",
        "MISUSE": "Points were obtained against the rules.",
    },
    name="LoyaltyAdjustmentReason",
)
