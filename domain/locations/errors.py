"""What the locations room may refuse."""

from enum import StrEnum

from domain.errors import Refused


class LocationErrorCode(StrEnum):
    """Every code a location command can answer."""

    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    CODE_TAKEN = "CODE_TAKEN"
    CODE_INVALID = "CODE_INVALID"
    NAME_INVALID = "NAME_INVALID"
    COUNTRY_INVALID = "COUNTRY_INVALID"
    COORDINATES_INVALID = "COORDINATES_INVALID"
    TIME_ZONE_UNKNOWN = "TIME_ZONE_UNKNOWN"
    HOURS_INVALID = "HOURS_INVALID"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class LocationNotFound(Refused):
    """There is no such location."""

    def __init__(self) -> None:
        super().__init__(
            LocationErrorCode.LOCATION_NOT_FOUND, "There is no such location.", field=("input", "locationId")
        )


class CodeTaken(Refused):
    """Another location has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            LocationErrorCode.CODE_TAKEN, f"Another location has the code {code}.", field=("input", "code")
        )


class CodeInvalid(Refused):
    """A code is empty, too long, or has characters that scanners and people stumble over."""

    def __init__(self) -> None:
        super().__init__(
            LocationErrorCode.CODE_INVALID,
            "A code has 1 to 32 letters, digits, dashes and dots.",
            field=("input", "code"),
        )


class NameInvalid(Refused):
    """A name or an address line is blank, too long, or not printable."""

    def __init__(self, field: str, maximum: int) -> None:
        super().__init__(
            LocationErrorCode.NAME_INVALID,
            f"{field} has at most {maximum} printable characters and is not blank.",
            field=("input", field),
            facts={"maximum": maximum},
        )


class CountryInvalid(Refused):
    """Not an ISO 3166-1 alpha-2 code."""

    def __init__(self) -> None:
        super().__init__(
            LocationErrorCode.COUNTRY_INVALID,
            "country is two capitals of ISO 3166-1, such as GB.",
            field=("input", "address", "country"),
        )


class CoordinatesInvalid(Refused):
    """The point is not on the globe."""

    def __init__(self) -> None:
        super().__init__(
            LocationErrorCode.COORDINATES_INVALID,
            "Latitude goes from -90 to 90 and longitude from -180 to 180 degrees.",
            field=("input", "coordinates"),
        )


class TimeZoneUnknown(Refused):
    """Not a zone of the IANA data base."""

    def __init__(self) -> None:
        super().__init__(
            LocationErrorCode.TIME_ZONE_UNKNOWN,
            "timeZone is a name of the IANA data base, such as Europe/London.",
            field=("input", "timeZone"),
        )


class HoursInvalid(Refused):
    """Opening hours contradict themselves."""

    def __init__(self, flaw: str) -> None:
        super().__init__(LocationErrorCode.HOURS_INVALID, flaw, field=("input", "openingHours"))


class NumberOutOfRange(Refused):
    """A priority is absurd."""

    def __init__(self, field: str, maximum: int) -> None:
        super().__init__(
            LocationErrorCode.NUMBER_OUT_OF_RANGE,
            f"{field} goes from 0 to {maximum}.",
            field=("input", field),
            facts={"maximum": maximum},
        )


class StaleVersion(Refused):
    """Somebody else changed the location meanwhile."""

    def __init__(self, version: int) -> None:
        super().__init__(
            LocationErrorCode.STALE_VERSION,
            f"The location is at version {version} by now. Read it again and repeat the change.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )
