"""What a client says about locations."""

import re
from datetime import date
from decimal import Decimal

import strawberry

from domain.locations import model
from domain.locations.model import LocationId
from resolvers.addresses import AddressInput
from resolvers.errors import BadInput
from resolvers.ids import uuid_of
from resolvers.locations_enums import LocationKind, Weekday
from resolvers.scalars import DecimalText

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")


@strawberry.input(description="A point on the globe (WGS 84), with at most six decimals.")
class CoordinatesInput:
    """Coordinates from the wire."""

    latitude: DecimalText = strawberry.field(description="Degrees north, such as `51.5117`.")
    longitude: DecimalText = strawberry.field(description="Degrees east, such as `-0.12397`.")

    def value(self) -> model.Coordinates:
        """The point in microdegrees, not yet checked to be on the globe."""
        return model.Coordinates(int(Decimal(self.latitude).scaleb(6)), int(Decimal(self.longitude).scaleb(6)))


@strawberry.input(description="Which locations you want; what is left out does not restrict.")
class LocationFilterInput:
    """A filter from the wire."""

    kind: LocationKind | None = strawberry.field(default=None, description="Stores or warehouses only.")
    country: str | None = strawberry.field(default=None, description="ISO 3166-1 alpha-2 code.")
    sells: bool | None = strawberry.field(default=None, description="Whether it sells over the counter.")
    offers_pickup: bool | None = strawberry.field(default=None, description="Whether orders may be picked up there.")
    ships: bool | None = strawberry.field(default=None, description="Whether it sends parcels.")
    receives_returns: bool | None = strawberry.field(default=None, description="Whether goods may be brought back.")

    def value(self) -> model.LocationFilter:
        """The domain's filter, of active locations.

        Raises:
            BadInput: the country is not a code.
        """
        if self.country is not None and not _COUNTRY.fullmatch(self.country):
            raise BadInput("`country` is two capitals of ISO 3166-1, such as GB.")
        return model.LocationFilter(
            self.kind, self.country, self.sells, self.offers_pickup, self.ships, self.receives_returns
        )


@strawberry.input(description="A part of a day during which the doors are open.")
class OpeningIntervalInput:
    """An interval from the wire."""

    opens_at: str = strawberry.field(description="Local time as `HH:MM`.")
    closes_at: str = strawberry.field(description="Local time as `HH:MM`, exclusive; `24:00` is the end of the day.")

    def value(self) -> model.Interval:
        """The interval in minutes.

        Raises:
            BadInput: not `HH:MM`.
        """
        return model.Interval(_minute(self.opens_at), _minute(self.closes_at))


def _minute(text: str) -> int:
    if not _CLOCK.fullmatch(text):
        raise BadInput("A local time is written `HH:MM`, from 00:00 to 24:00.")
    return int(text[:2]) * 60 + int(text[3:])


@strawberry.input(description="The usual hours of one weekday.")
class WeekdayHoursInput:
    """A weekday from the wire."""

    weekday: Weekday = strawberry.field(description="The day.")
    intervals: list[OpeningIntervalInput] = strawberry.field(description="When the doors are open, in order.")


@strawberry.input(description="A date whose hours replace the usual ones.")
class OpeningExceptionInput:
    """An exception from the wire."""

    day: date = strawberry.field(description="The local date.")
    intervals: list[OpeningIntervalInput] = strawberry.field(description="When the doors are open; empty when closed.")
    reason: str | None = strawberry.field(default=None, description="Why, for people.")


@strawberry.input(description="When the doors are open. Replaces all hours there were.")
class OpeningHoursInput:
    """Opening hours from the wire."""

    weekly: list[WeekdayHoursInput] = strawberry.field(description="The usual week; a missing day is closed.")
    exceptions: list[OpeningExceptionInput] = strawberry.field(
        default_factory=list, description="Dates with other hours."
    )

    def weekly_value(self) -> tuple[model.WeeklyHours, ...]:
        """The usual week."""
        return tuple(
            model.WeeklyHours(day.weekday, tuple(part.value() for part in day.intervals)) for day in self.weekly
        )

    def exceptions_value(self) -> tuple[model.HoursException, ...]:
        """The dates with other hours."""
        return tuple(
            model.HoursException(one.day, tuple(part.value() for part in one.intervals), (one.reason or "")[:200])
            for one in self.exceptions
        )


@strawberry.input(description="A location to open.")
class LocationCreateInput:
    """What it takes to open a location."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    code: str = strawberry.field(description="Your own unique short name, such as `LON-CG`.")
    name: str = strawberry.field(description="The name customers see.")
    kind: LocationKind = strawberry.field(description="Store or warehouse.")
    address: AddressInput = strawberry.field(description="Where it is.")
    coordinates: CoordinatesInput = strawberry.field(description="Where it is on the globe.")
    time_zone: str = strawberry.field(description="IANA time zone, such as `Europe/London`.")
    opening_hours: OpeningHoursInput | None = strawberry.field(
        default=None, description="When customers may come; never when left out."
    )
    sells: bool = strawberry.field(default=True, description="Whether it sells over the counter.")
    offers_pickup: bool = strawberry.field(default=True, description="Whether orders may be picked up here.")
    ships: bool = strawberry.field(default=True, description="Whether it sends parcels.")
    receives_returns: bool = strawberry.field(default=True, description="Whether goods may be brought back here.")
    priority: int = strawberry.field(default=100, description="Lower ships first when several locations could.")

    def value(self) -> model.NewLocation:
        """The domain's command."""
        hours = self.opening_hours
        return model.NewLocation(
            code=self.code,
            name=self.name,
            kind=self.kind,
            address=self.address.value(),
            coordinates=self.coordinates.value(),
            time_zone=self.time_zone,
            weekly=() if hours is None else hours.weekly_value(),
            exceptions=() if hours is None else hours.exceptions_value(),
            sells=self.sells,
            offers_pickup=self.offers_pickup,
            ships=self.ships,
            receives_returns=self.receives_returns,
            priority=self.priority,
        )


@strawberry.input(description="A change of a location; what is left out stays.")
class LocationUpdateInput:
    """New values for a location."""

    location_id: strawberry.ID = strawberry.field(description="The Location.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you saw; refused with `STALE_VERSION` when it is another by now."
    )
    name: str | None = strawberry.field(default=None, description="The name customers see.")
    address: AddressInput | None = strawberry.field(default=None, description="Where it is.")
    coordinates: CoordinatesInput | None = strawberry.field(default=None, description="Where it is on the globe.")
    time_zone: str | None = strawberry.field(default=None, description="IANA time zone.")
    opening_hours: OpeningHoursInput | None = strawberry.field(default=None, description="When customers may come.")
    sells: bool | None = strawberry.field(default=None, description="Whether it sells over the counter.")
    offers_pickup: bool | None = strawberry.field(default=None, description="Whether orders may be picked up here.")
    ships: bool | None = strawberry.field(default=None, description="Whether it sends parcels.")
    receives_returns: bool | None = strawberry.field(default=None, description="Whether goods may be brought back.")
    priority: int | None = strawberry.field(default=None, description="Lower ships first.")
    active: bool | None = strawberry.field(default=None, description="False closes it for good; true opens it again.")

    def value(self) -> model.LocationChange:
        """The domain's command.

        Raises:
            InvalidId: not the id of a Location.
        """
        hours = self.opening_hours
        return model.LocationChange(
            location_id=LocationId(uuid_of("Location", self.location_id)),
            expected_version=self.expected_version,
            name=self.name,
            address=None if self.address is None else self.address.value(),
            coordinates=None if self.coordinates is None else self.coordinates.value(),
            time_zone=self.time_zone,
            weekly=None if hours is None else hours.weekly_value(),
            exceptions=None if hours is None else hours.exceptions_value(),
            sells=self.sells,
            offers_pickup=self.offers_pickup,
            ships=self.ships,
            receives_returns=self.receives_returns,
            priority=self.priority,
            active=self.active,
        )
