"""How much a field weighs when it is not the usual: printed in the schema, counted before an operation runs."""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="What a field adds to an operation's cost before the pages and lists it stands in multiply it; 1 where "
    "nothing is declared.",
)
class Cost:
    """A field's weight."""

    weight: int = strawberry.directive_field(name="weight")
