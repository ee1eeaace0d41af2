"""The parts of a till's payment, from what was scanned."""

from collections.abc import Sequence
from uuid import UUID

from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import ReadConnection
from domain.gift_cards import service as gift_cards
from domain.gift_cards.errors import CurrencyMismatch, GiftCardBlocked
from domain.gift_cards.model import GiftCard, GiftCardId
from domain.ledger import store as ledger
from domain.ledger.errors import InsufficientFunds
from domain.money import Currency
from domain.orders.checkout_model import PriceOverrideInvalid, TendersInvalid
from domain.orders.errors import CustomerNotFound
from domain.orders.overridden import PriceOverride
from domain.orders.tendering import PARTS_MAX, TenderPart
from domain.orders.tills import TillTender, TillTenderKind
from domain.payments.model import Tender
from resolvers.checkout_types import OrderCreateInput, PriceOverrideInput, TillLineInput, TillTenderInput
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.gift_cards import proven_code


async def gift_cards_of(ctx: Context, given: Sequence[TillTenderInput]) -> list[GiftCard | None]:
    """The gift card of each part, None for parts that are none; wrong codes are counted before the sale begins.

    Raises:
        GiftCardNotFound, TooManyAttempts: a code is wrong, or too many were.
        BadInput: a part is named in a way that cannot be meant.
    """
    if len(given) > PARTS_MAX:
        raise BadInput(f"Give at most {PARTS_MAX} tenders beside the last one.", maximum=PARTS_MAX)
    found: list[GiftCard | None] = []
    for part in given:
        if (part.tender is TillTenderKind.GIFT_CARD) != (part.gift_card_code is not None):
            raise BadInput("Give `giftCardCode` with GIFT_CARD, and only with it.")
        if (part.tender is TillTenderKind.EXTERNAL) != (part.payer is not None):
            raise BadInput("Give `payer` with EXTERNAL, and only with it.")
        code = part.gift_card_code
        found.append(None if code is None else await proven_code(ctx, code, code))
    return found


async def topped_cards_of(ctx: Context, given: Sequence[TillLineInput]) -> list[GiftCardId | None]:
    """The gift card that each line puts value on, None for lines that do not; wrong codes are counted as above."""
    codes = [line.top_up_gift_card_code for line in given]
    return [None if code is None else (await proven_code(ctx, code, code)).id for code in codes]


def parts_of(
    conn: ReadConnection,
    given: Sequence[TillTenderInput],
    scanned: Sequence[GiftCard | None],
    customer_id: UUID | None,
    channel_id: ChannelId,
) -> tuple[TenderPart, ...]:
    """The parts in the domain's words.

    Raises:
        GiftCardBlocked, CurrencyMismatch: a gift card does not pay here.
        CustomerNotFound, InsufficientFunds: there is no store credit to spend.
        TendersInvalid: an amount is in another currency than the sale.
    """
    if not given:
        return ()
    currency = catalog.channels(conn, [channel_id])[channel_id].currency
    return tuple(part_of(conn, part, card, customer_id, currency) for part, card in zip(given, scanned, strict=True))


def override_of(conn: ReadConnection, given: PriceOverrideInput | None, channel_id: ChannelId) -> PriceOverride | None:
    """The price that an associate says, if one is said.

    Raises:
        PriceOverrideInvalid: it is in another currency than the sale.
    """
    if given is None:
        return None
    price, currency = given.price.value(), catalog.channels(conn, [channel_id])[channel_id].currency
    if price.currency != currency:
        raise PriceOverrideInvalid(f"Prices of this sale are in {currency}.")
    return PriceOverride(price.amount_minor, given.reason, given.note, given.promotions_apply)


def cash_of(conn: ReadConnection, given: OrderCreateInput, channel_id: ChannelId) -> int | None:
    """Coins and notes handed over, in minor units; None when nobody counted.

    Raises:
        TendersInvalid: they are in another currency than the sale.
        BadInput: the rest is not paid in cash.
    """
    if given.cash_tendered is None:
        return None
    if given.tender is not TillTender.CASH:
        raise BadInput("Give `cashTendered` with CASH only.")
    tendered, currency = given.cash_tendered.value(), catalog.channels(conn, [channel_id])[channel_id].currency
    if tendered.currency != currency:
        raise TendersInvalid(f"Amounts of this sale are in {currency}.")
    return tendered.amount_minor


def part_of(
    conn: ReadConnection, part: TillTenderInput, card: GiftCard | None, customer_id: UUID | None, currency: Currency
) -> TenderPart:
    """One part in the domain's words; it raises what `parts_of` does."""
    amount = None if part.amount is None else part.amount.value()
    if amount is not None and amount.currency != currency:
        raise TendersInvalid(f"Amounts of this sale are in {currency}.")
    wallet_id, label = None, part.payer or ""
    if card is not None:
        if card.blocked_at is not None:
            raise GiftCardBlocked
        if card.currency != currency:
            raise CurrencyMismatch(card.currency)
        wallet_id, label = card.wallet_id, card.last_characters
    elif part.tender is TillTenderKind.STORE_CREDIT:
        if customer_id is None:
            raise CustomerNotFound
        wallet = ledger.of_owner(conn, currency, gift_cards.store_credit_owner(customer_id))
        if wallet is None:
            raise InsufficientFunds(0, currency)
        wallet_id = wallet.id
    return TenderPart(Tender(part.tender.value), None if amount is None else amount.amount_minor, wallet_id, label)
