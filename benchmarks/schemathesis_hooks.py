"""Values of our scalars for schemathesis, which cannot know them; it loads this module by SCHEMATHESIS_HOOKS."""

import schemathesis
from graphql import NameNode, ObjectFieldNode, ObjectValueNode
from hypothesis import strategies as st
from schemathesis.graphql import nodes

TEXTS = {
    "Decimal": ["0", "12.50", "-1", "999999999999.999"],
    "CurrencyCode": ["GBP", "EUR", "JPY", "XXX"],
    "DateTime": ["2026-01-31T12:00:00Z", "1970-01-01T00:00:00+00:00"],
    "Date": ["2026-01-31", "1970-01-01"],
}
for _name, _texts in TEXTS.items():
    schemathesis.graphql.scalar(_name, st.sampled_from(_texts).map(nodes.String))


def _representation(type_name: str) -> ObjectValueNode:
    pairs = {"__typename": type_name, "id": "1"}
    fields = [ObjectFieldNode(name=NameNode(value=name), value=nodes.String(text)) for name, text in pairs.items()]
    return nodes.Object(fields)


schemathesis.graphql.scalar("_Any", st.sampled_from(["Product", "Location", "Order"]).map(_representation))
