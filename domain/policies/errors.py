"""Refusals of the policies room."""

from datetime import datetime
from enum import StrEnum

from domain.errors import Refused


class PolicyErrorCode(StrEnum):
    """Why a policy was not set."""

    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    SALES_CHANNEL_NOT_FOUND = "SALES_CHANNEL_NOT_FOUND"
    NOTHING_TO_CHANGE = "NOTHING_TO_CHANGE"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    REMINDERS_INVALID = "REMINDERS_INVALID"
    VALID_FROM_INVALID = "VALID_FROM_INVALID"
    TOO_MANY_VERSIONS = "TOO_MANY_VERSIONS"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class PolicyLocationNotFound(Refused):
    """There is no such location."""

    def __init__(self) -> None:
        super().__init__(
            PolicyErrorCode.LOCATION_NOT_FOUND,
            "There is no such location. Find one by `locations`.",
            field=("input", "locationId"),
        )


class PolicyChannelNotFound(Refused):
    """There is no such sales channel."""

    def __init__(self) -> None:
        super().__init__(
            PolicyErrorCode.SALES_CHANNEL_NOT_FOUND,
            "There is no such sales channel. Find one by `salesChannels`.",
            field=("input", "salesChannelId"),
        )


class NothingToChange(Refused):
    """No value was given."""

    def __init__(self) -> None:
        super().__init__(PolicyErrorCode.NOTHING_TO_CHANGE, "Give at least one value of the policy.", field=("input",))


class PolicyNumberOutOfRange(Refused):
    """A number is absurd."""

    def __init__(self, field: str, minimum: int, maximum: int) -> None:
        super().__init__(
            PolicyErrorCode.NUMBER_OUT_OF_RANGE,
            f"{field} goes from {minimum} to {maximum}.",
            field=("input", field),
            facts={"minimum": minimum, "maximum": maximum},
        )


class RemindersInvalid(Refused):
    """The reminders are too many, too early or the same twice."""

    def __init__(self, most: int, days_max: int) -> None:
        super().__init__(
            PolicyErrorCode.REMINDERS_INVALID,
            f"reminderDays is at most {most} different numbers of days, each from 1 to {days_max}.",
            field=("input", "reminderDays"),
            facts={"maximum": days_max},
        )


class ValidFromInvalid(Refused):
    """A policy cannot hold for orders that are placed already, nor be announced for a day nobody will remember."""

    def __init__(self, earliest: datetime, latest: datetime) -> None:
        super().__init__(
            PolicyErrorCode.VALID_FROM_INVALID,
            f"validFrom goes from now to {latest.isoformat()}. Leave it out for a policy that holds at once.",
            field=("input", "validFrom"),
            facts={"earliest": earliest.isoformat(), "latest": latest.isoformat()},
        )


class TooManyVersions(Refused):
    """The policy has been changed as often as it may be."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            PolicyErrorCode.TOO_MANY_VERSIONS,
            f"This policy has had {maximum} versions, which is all it may have.",
            facts={"maximum": maximum},
        )


class StalePolicyVersion(Refused):
    """Somebody else changed the policy meanwhile."""

    def __init__(self, version: int) -> None:
        super().__init__(
            PolicyErrorCode.STALE_VERSION,
            f"The policy's newest version is {version} by now. Read it again and repeat the change.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )
