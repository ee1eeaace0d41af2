"""The closed enumerations of locations, described before anything is typed with them."""

from domain.locations.errors import LocationErrorCode
from domain.locations.model import LocationKind, Weekday
from resolvers.enums import described_enum

__all__ = ["LocationErrorCode", "LocationKind", "Weekday"]

described_enum(
    LocationKind,
    "What a location is to a customer.",
    {"STORE": "A shop with doors.", "WAREHOUSE": "A place goods are sent from, without doors for customers."},
)
described_enum(Weekday, "A day of the week.", {day.name: f"{day.name.capitalize()}." for day in Weekday})


described_enum(
    LocationErrorCode,
    "Why a location command was refused.",
    {
        "LOCATION_NOT_FOUND": "There is no such location.",
        "CODE_TAKEN": "Another location has this code.",
        "CODE_INVALID": "A code has 1 to 32 letters, digits, dashes and dots.",
        "NAME_INVALID": "A name or address line is empty or too long; see `maximum`.",
        "COUNTRY_INVALID": "The country is not an ISO 3166-1 alpha-2 code.",
        "COORDINATES_INVALID": "The point is not on the globe.",
        "TIME_ZONE_UNKNOWN": "The time zone is not in the IANA data base.",
        "HOURS_INVALID": "The opening hours contradict themselves; the message says how.",
        "NUMBER_OUT_OF_RANGE": "A number is out of range; see `maximum`.",
        "STALE_VERSION": "The location changed meanwhile; see `version`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)
