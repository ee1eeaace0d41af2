"""What callers say of gift cards and store credit."""

import strawberry

from resolvers.scalars import CurrencyCode, MoneyInput

_KEY = "Your name for this intent; send it again to retry."


@strawberry.input(description="Gift cards to issue without a sale.")
class GiftCardsIssueInput:
    """A batch."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    amount: MoneyInput = strawberry.field(description="What each card holds; its currency is the card's for good.")
    country: str = strawberry.field(description="Whose terms apply: ISO 3166-1 alpha-2, such as `GB`.")
    quantity: int = strawberry.field(default=1, description="How many, at most 500.")
    note: str = strawberry.field(default="", description="Why, for their history; at most 200 characters.")


@strawberry.input(description="A gift card, and why something is done to it.")
class GiftCardBlockInput:
    """A card to stop, or to let go on."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    gift_card_id: strawberry.ID = strawberry.field(description="The GiftCard.")
    note: str = strawberry.field(description="Why, for its history; 1 to 200 characters.")


@strawberry.input(description="Value to put on a gift card.")
class GiftCardTopUpInput:
    """A card to top up."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    gift_card_id: strawberry.ID = strawberry.field(description="The GiftCard.")
    amount: MoneyInput = strawberry.field(description="What to add, in the card's currency.")
    note: str = strawberry.field(description="Why, for its history; 1 to 200 characters.")


@strawberry.input(description="A market's rules for gift cards.")
class GiftCardTermsSetInput:
    """Terms to set."""

    country: str = strawberry.field(
        description="ISO 3166-1 alpha-2; empty for every country without terms of its own in this currency."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency of the cards.")
    validity_months: int | None = strawberry.field(
        default=None, description="How long value lives after it was issued; null for ever."
    )
    to_year_end: bool = strawberry.field(
        default=False, description="Whether it then lives on to the end of that calendar year."
    )
    minimum: MoneyInput = strawberry.field(description="The least a card is issued or topped up with.")
    maximum: MoneyInput = strawberry.field(description="The most a card is issued with, and the most it holds.")


@strawberry.input(description="Store credit to give without a refund.")
class StoreCreditGrantInput:
    """A gift of money."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    customer_id: strawberry.ID = strawberry.field(description="The Customer.")
    amount: MoneyInput = strawberry.field(description="How much.")
    note: str = strawberry.field(description="Why, for its statement; 1 to 150 characters.")


@strawberry.input(description="The code of a gift card.")
class GiftCardLookupInput:
    """A code as typed or scanned."""

    code: str = strawberry.field(description="The code; spaces, hyphens and small letters do not matter.")
