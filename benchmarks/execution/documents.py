"""The four requests: a list, a detail page, an order, a mutation."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Measured:
    """One operation with its variables."""

    name: str
    query: str
    variables: dict[str, object]

    @property
    def body(self) -> bytes:
        """What a client posts."""
        return orjson.dumps({"query": self.query, "variables": self.variables})


LIST = """
query ProductList($first: Int!, $after: String, $variants: Int = 3) {
  products(first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      cursor
      node {
        id name slug
        price { amount currency }
        thumbnail { url }
        variants(first: $variants) { sku price { amount currency } stock }
      }
    }
  }
}"""

DETAIL = """
query ProductDetail($slug: String!, $withRelated: Boolean! = true, $noRating: Boolean = false) {
  product(slug: $slug) {
    __typename id name slug description available createdAt
    rating @skip(if: $noRating)
    price { ...money }
    category { id name slug parent { id name slug } }
    thumbnail { url alt width height }
    media {
      __typename
      ... on Image { url alt width height }
      ... on Video { url seconds }
    }
    attributes { name values }
    variants(first: 10) { id sku name stock price { ...money } attributes { name values } }
    related(first: 4) @include(if: $withRelated) { ...card }
  }
}
fragment money on Money { amount currency }
fragment card on Product { id name slug price { ...money } thumbnail { url } }
"""

ORDER = """
query OrderDetail($id: ID!) {
  order(id: $id) {
    id number state createdAt note email
    shippingAddress { ...address } billingAddress { ...address }
    lines { ...line variant { id sku name } }
    payments { id provider state amount { ...money } }
    fulfillments { id state trackingCode lines { ...line } }
    subtotal { ...money } tax { ...money } total { ...money }
  }
}
fragment money on Money { amount currency }
fragment address on Address { name street streetMore postalCode city country }
fragment line on OrderLine { id quantity unitPrice { ...money } total { ...money } }
"""

MUTATION = """
mutation Add($input: CartLinesAddInput!) {
  cartLinesAdd(input: $input) {
    cart { id total { amount currency } lines { id quantity total { amount } variant { id sku } } }
    userErrors { code message }
  }
}"""

MEASURED = (
    Measured("list of 20 products, 3 variants each", LIST, {"first": 20, "variants": 3}),
    Measured("product detail", DETAIL, {"slug": "product-17"}),
    Measured("order with 5 lines", ORDER, {"id": "7"}),
    Measured("mutation", MUTATION, {"input": {"variantId": "9-2", "quantity": 2}}),
)
