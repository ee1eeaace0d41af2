"""The rates of the sandbox's Stripe Tax: few, and different enough to be told apart. Tests may set others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One jurisdiction's rate. `percentage` is as Stripe writes it ("8.25"); an empty state or code means any."""

    country: str
    name: str
    percentage: str
    state: str = ""
    level: str = "country"
    kind: str = "VAT"
    tax_type: str = "vat"
    code: str = ""


RATES: tuple[Rate, ...] = (
    Rate(country="GB", name="United Kingdom", percentage="20.0"),
    Rate(country="DE", name="Germany", percentage="19.0"),
    Rate(country="JP", name="Japan", percentage="10.0", kind="JCT", tax_type="jct"),
    Rate(country="KW", name="Kuwait", percentage="5.0"),
    Rate(country="IS", name="Iceland", percentage="24.0"),
    Rate(
        country="US",
        state="NY",
        name="New York",
        percentage="4.0",
        level="state",
        kind="Sales Tax",
        tax_type="sales_tax",
    ),
    Rate(
        country="US",
        state="NY",
        name="New York City",
        percentage="4.5",
        level="city",
        kind="Sales Tax",
        tax_type="sales_tax",
    ),
    Rate(
        country="US",
        state="NY",
        name="Metropolitan Commuter Transportation District",
        percentage="0.375",
        level="district",
        kind="Sales Tax",
        tax_type="sales_tax",
    ),
)
