"""Which rates may be set and ended, as pure functions.

The rates of one jurisdiction in one place for one tax code are a *series*: at any moment at most one of them is valid. A
rate that has begun keeps its rate for good; another one follows it. A planned one may be replaced, or withdrawn by ending
it where it begins: it stays on record and is never valid.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.countries import COUNTRIES
from domain.gift_cards.model import TAX_CODE as GIFT_CARD_TAX_CODE
from domain.pricing.errors import TaxRateBegun, TaxRateInvalid, TaxRateOver, TaxRateOverlaps
from domain.pricing.model import PPM, TaxRate
from domain.pricing.rules import normalized_postal_code
from domain.pricing.tax_model import RateWish, Succession

_JURISDICTION_LENGTH_MAX = 60
_REGION_LENGTH_MAX = 80
_PREFIX_LENGTH_MAX = 12
_TAX_CODE_LENGTH_MAX = 40


def checked(wish: RateWish, now: datetime) -> TaxRate:
    """The rate that is wished for, tidied: who levies it without blanks around, a postal code as rows hold it.

    Raises:
        TaxRateInvalid: it could never be right, or begins in the past.
    """
    rate = TaxRate(
        country=wish.country,
        jurisdiction=wish.jurisdiction.strip(),
        rate_ppm=wish.rate_ppm,
        valid_from=now if wish.valid_from is None else wish.valid_from,
        region=wish.region.strip(),
        postal_prefix=normalized_postal_code(wish.postal_prefix),
        tax_code=wish.tax_code.strip(),
        valid_to=wish.valid_to,
    )
    _check_place(rate)
    for name, text in (("jurisdiction", rate.jurisdiction), ("region", rate.region), ("taxCode", rate.tax_code)):
        if not text.isprintable():
            raise TaxRateInvalid(f"{name} is one line of text.", name)
    if not 1 <= len(rate.jurisdiction) <= _JURISDICTION_LENGTH_MAX:
        raise TaxRateInvalid("A jurisdiction's name has 1 to 60 characters.", "jurisdiction")
    if len(rate.tax_code) > _TAX_CODE_LENGTH_MAX:
        raise TaxRateInvalid("A tax code has at most 40 characters.", "taxCode")
    if rate.tax_code == GIFT_CARD_TAX_CODE:
        raise TaxRateInvalid("Gift cards are taxed when they pay, never when they are sold.", "taxCode")
    if not 0 <= rate.rate_ppm <= PPM:
        raise TaxRateInvalid("A rate goes from 0 to 100 percent.", "ratePercent")
    if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
        raise TaxRateInvalid("A rate ends after it begins.", "validTo")
    return rate


def _check_place(rate: TaxRate) -> None:
    check_country(rate.country)
    prefix = rate.postal_prefix
    if len(rate.region) > _REGION_LENGTH_MAX:
        raise TaxRateInvalid("A region has at most 80 characters.", "region")
    if len(prefix) > _PREFIX_LENGTH_MAX or not (prefix == "" or (prefix.isascii() and prefix.isalnum())):
        raise TaxRateInvalid("A postal code's beginning is at most 12 letters and digits.", "postalPrefix")


def check_country(country: str) -> None:
    """Refuse what is no country.

    Raises:
        TaxRateInvalid: it is not the code of one.
    """
    if country not in COUNTRIES:
        raise TaxRateInvalid("A country is two capital letters of ISO 3166-1, such as GB.", "country")


def succession(series: Sequence[TaxRate], new: TaxRate, now: datetime) -> Succession:
    """What becomes of a series when `new` is set: the rate that lasts at its beginning ends there.

    Raises:
        TaxRateBegun: a rate that begins just then has begun already.
        TaxRateInvalid: it begins in the past.
        TaxRateOverlaps: it runs into a planned rate, or ends before the rate that would give way, so that nothing would be
            levied afterwards.
    """
    twin = next((rate for rate in series if rate.valid_from == new.valid_from), None)
    if twin is not None and has_begun(twin, now):
        raise TaxRateBegun
    if new.valid_from < now:
        raise TaxRateInvalid("A rate begins now or later; leave `validFrom` out for now.", "validFrom")
    met = [rate for rate in series if rate is not twin and _overlap(rate, new)]
    if not met:
        return Succession(new, replaces=twin is not None)
    before = met[0]
    if len(met) > 1 or before.valid_from > new.valid_from or not _outlasts(new, before):
        raise TaxRateOverlaps(before.valid_from)
    return Succession(new, replace(before, valid_to=new.valid_from), replaces=twin is not None)


def ended(series: Sequence[TaxRate], rate: TaxRate, at: datetime | None, now: datetime) -> TaxRate:
    """The rate with another end: `at`, or as soon as may be, which is now, or its beginning while that is to come.

    Raises:
        TaxRateOver: it is over, or was withdrawn.
        TaxRateInvalid: it would end in the past, or before it begins.
        TaxRateOverlaps: it would last into the next of its series.
    """
    if is_withdrawn(rate) or (rate.valid_to is not None and rate.valid_to <= now):
        raise TaxRateOver
    soonest = max(now, rate.valid_from)
    after = replace(rate, valid_to=soonest if at is None else at)
    if at is not None and at < soonest:
        raise TaxRateInvalid("A rate ends now or later, and not before it begins.", "at")
    met = next((one for one in series if one.valid_from != rate.valid_from and _overlap(one, after)), None)
    if met is not None:
        raise TaxRateOverlaps(met.valid_from)
    return after


def has_begun(rate: TaxRate, now: datetime) -> bool:
    """Whether a rate is or was levied."""
    return rate.valid_from <= now and not is_withdrawn(rate)


def is_withdrawn(rate: TaxRate) -> bool:
    """Whether a rate ends where it begins, so that it is never levied."""
    return rate.valid_to == rate.valid_from


def _overlap(one: TaxRate, other: TaxRate) -> bool:
    if is_withdrawn(one) or is_withdrawn(other):
        return False
    return _begins_within(one, other) or _begins_within(other, one)


def _begins_within(one: TaxRate, other: TaxRate) -> bool:
    return other.valid_from <= one.valid_from and (other.valid_to is None or one.valid_from < other.valid_to)


def _outlasts(new: TaxRate, before: TaxRate) -> bool:
    return new.valid_to is None or (before.valid_to is not None and before.valid_to <= new.valid_to)
