"""What others call: making and using discounts, and loading tax rates."""

from collections.abc import Sequence
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.pricing import store
from domain.pricing.errors import DiscountInvalid, DiscountUsedUp, TaxRatesInvalid
from domain.pricing.model import PPM, DiscountId, DiscountKind, NewDiscount, TaxRate

CODE_LENGTH_MAX = 40


def create_discount(conn: WriteConnection, new: NewDiscount, act: Act) -> DiscountId:
    """Write a discount; `code` is expected normalized (`normalized_discount_code`).

    Raises:
        DiscountInvalid: a value, code, period or limit makes no sense.
        DiscountCodeTaken: another discount has the code.
    """
    _check(new)
    discount_id = DiscountId(act.new_id())
    store.insert_discount(conn, discount_id, new)
    return discount_id


def normalized_discount_code(text: str) -> str:
    """A typed code as discounts hold it.

    >>> normalized_discount_code(" welcome10 ")
    'WELCOME10'
    """
    return text.strip().upper()


def _check(new: NewDiscount) -> None:
    if new.value <= 0 or (new.kind is DiscountKind.PERCENTAGE and new.value > PPM):
        raise DiscountInvalid("A percentage is above 0 and at most 100; a fixed amount is above 0.", "value")
    if new.code is not None and (
        new.code != normalized_discount_code(new.code) or not 1 <= len(new.code) <= CODE_LENGTH_MAX
    ):
        raise DiscountInvalid(f"A code has 1 to {CODE_LENGTH_MAX} characters, in capitals.", "code")
    if new.currency is None and (new.kind is not DiscountKind.PERCENTAGE or new.minimum_subtotal_minor):
        raise DiscountInvalid("An amount of money needs its currency.", "currency")
    if new.minimum_subtotal_minor < 0:
        raise DiscountInvalid("The minimum is 0 or more.", "minimumSubtotal")
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise DiscountInvalid("The discount ends before it begins.", "validTo")
    if any(limit is not None and limit < 1 for limit in (new.usage_limit, new.usage_limit_per_customer)):
        raise DiscountInvalid("A limit is 1 or more.", "usageLimit")


def use_discounts(
    conn: WriteConnection, ids: Sequence[DiscountId], order_id: UUID, customer_id: UUID | None, act: Act
) -> None:
    """Record that an order used these discounts. Three to four statements, none when there are no ids.

    Raises:
        DiscountUsedUp: a limit was reached meanwhile; the first such discount by id.
    """
    if not ids:
        return
    limits = store.lock_limited(conn, ids)
    per_customer = [limit.id for limit in limits if limit.usage_limit_per_customer is not None]
    uses = store.uses_by_customer(conn, per_customer, customer_id) if per_customer else {}
    for limit in limits:
        if limit.usage_limit is not None and limit.used >= limit.usage_limit:
            raise DiscountUsedUp(limit.code)
        if limit.usage_limit_per_customer is not None and uses.get(limit.id, 0) >= limit.usage_limit_per_customer:
            raise DiscountUsedUp(limit.code)
    counted = [limit.id for limit in limits if limit.usage_limit is not None]
    store.add_uses(conn, ids, counted, (order_id, customer_id), act)


def import_rates(conn: WriteConnection, rates: Sequence[TaxRate]) -> int:
    """Write tax rates, replacing those with the same place, tax code, jurisdiction and start; returns how many.

    Raises:
        TaxRatesInvalid: a rate is outside 0 to 100 %, or ends before it begins.
    """
    for rate in rates:
        if not 0 <= rate.rate_ppm <= PPM:
            raise TaxRatesInvalid(f"{rate.jurisdiction}: a rate goes from 0 to 100 %.")
        if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
            raise TaxRatesInvalid(f"{rate.jurisdiction}: the rate ends before it begins.")
    if rates:
        store.save_rates(conn, rates)
    return len(rates)
