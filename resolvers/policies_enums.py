"""The closed enumerations of policies, described before anything is typed with them."""

from domain.policies.errors import PolicyErrorCode
from domain.policies.model import Unanswered
from resolvers.enums import described_enum

__all__ = ["PolicyErrorCode", "Unanswered"]

described_enum(
    Unanswered,
    "What becomes of a pickup that a store does not answer in time.",
    {
        "ACCEPT": "It counts as accepted: the goods are committed to it.",
        "REJECT": "It counts as rejected: another location that has everything sends it here, or it is canceled.",
    },
    name="UnansweredPickup",
)
described_enum(
    PolicyErrorCode,
    "Why a policy was not set.",
    {
        "LOCATION_NOT_FOUND": "There is no such location.",
        "SALES_CHANNEL_NOT_FOUND": "There is no such sales channel.",
        "NOTHING_TO_CHANGE": "No value of the policy was given.",
        "NUMBER_OUT_OF_RANGE": "A number is out of range; see `minimum` and `maximum`.",
        "REMINDERS_INVALID": "Too many reminders, one twice, or one out of range; see `maximum`.",
        "VALID_FROM_INVALID": "The policy would hold for orders that are placed already, or only in years.",
        "TOO_MANY_VERSIONS": "The policy has had all the versions it may have; see `maximum`.",
        "STALE_VERSION": "The policy changed meanwhile; see `version`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
