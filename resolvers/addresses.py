"""Postal addresses on the wire, shared by locations, carts and orders."""

import strawberry

from domain.locations import model


@strawberry.type(description="A postal address.")
class Address:
    """An address on the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code in capitals, such as `GB`.")
    region: str | None = strawberry.field(description="State, province or county; null where none is used.")
    city: str = strawberry.field(description="Town or city.")
    postal_code: str | None = strawberry.field(description="Postal code; null where there is none.")
    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(description="Flat, floor or company; null when there is none.")
    name: str | None = strawberry.field(description="The person or company at the address; null when not given.")
    phone: str | None = strawberry.field(description="Phone number in E.164; null when not given.")

    @classmethod
    def of(cls, value: model.Address) -> "Address":
        """The wire form of an address."""
        return cls(
            country=value.country,
            region=value.region,
            city=value.city,
            postal_code=value.postal_code,
            line1=value.line1,
            line2=value.line2,
            name=value.name,
            phone=value.phone,
        )


@strawberry.input(description="A postal address.")
class AddressInput:
    """An address from the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code in capitals, such as `GB`.")
    city: str = strawberry.field(description="Town or city.")
    line1: str = strawberry.field(description="Street and number.")
    region: str | None = strawberry.field(default=None, description="State, province or county, where one is used.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code, where there is one.")
    line2: str | None = strawberry.field(default=None, description="Flat, floor or company.")
    name: str | None = strawberry.field(default=None, description="The person or company at the address.")
    phone: str | None = strawberry.field(default=None, description="Phone number in E.164.")

    def value(self) -> model.Address:
        """The domain's address, not yet checked."""
        return model.Address(
            self.country,
            self.region,
            self.city,
            self.postal_code,
            self.line1,
            self.line2,
            self.name,
            self.phone,
        )
