"""The tax enumerations of carts and orders, each value with its meaning."""

from domain.pricing.model import TaxSource
from resolvers.enums import described_enum

described_enum(
    TaxSource,
    "Who says what tax a cart or an order carries.",
    {
        "TABLE": "Our own table of rates.",
        "SERVICE": "The tax service, which has the sale in its books as well.",
        "GIVEN": "Whoever sold it before it was imported.",
    },
)
