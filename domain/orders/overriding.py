"""Prices that somebody at a till says, in place of the list's.

An associate may take a tenth off; a manager may say any price down to nothing. Promotions leave such a line alone, unless
whoever says the price lets them reduce it further.
"""

from domain.acts import Act, Scope
from domain.orders.checkout_model import PriceOverrideInvalid, PriceOverrideNotAllowed
from domain.orders.overridden import Overridden, PriceOverride

ASSOCIATE_REDUCTION_PERCENT = 10
NOTE_LENGTH_MAX = 200


def overridden(override: PriceOverride, list_price_minor: int, act: Act) -> Overridden:
    """What a line keeps of a price that was said.

    Raises:
        PriceOverrideInvalid: it is below nothing or above the list's price, or its note is too long.
        PriceOverrideNotAllowed: it takes more off than this associate may.
    """
    if not 0 <= override.unit_price_minor <= list_price_minor:
        raise PriceOverrideInvalid("A price that is said lies between 0 and the present price.")
    if len(override.note) > NOTE_LENGTH_MAX:
        raise PriceOverrideInvalid(f"A note has at most {NOTE_LENGTH_MAX} characters.")
    least = list_price_minor - list_price_minor * ASSOCIATE_REDUCTION_PERCENT // 100
    if override.unit_price_minor < least and not act.actor.may(Scope.APPROVE_OVERRIDES):
        raise PriceOverrideNotAllowed(least)
    return Overridden(list_price_minor, override.reason, override.note, act.actor.id)
