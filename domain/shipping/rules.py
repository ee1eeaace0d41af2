"""Pure decisions: where an option goes, what it costs, and whether it makes sense."""

from collections.abc import Sequence

from domain.price_lists.model import AMOUNT_MINOR_MAX
from domain.shipping.errors import ShippingOptionInvalid
from domain.shipping.model import Band, Basis, NewShippingOption, ShippingOption, Zone

ZONES_MAX = 500
BANDS_MAX = 50
DAYS_MAX = 365
_TITLE_LENGTH_MAX = 120
_TAX_CODE_LENGTH_MAX = 40
_REGION_LENGTH_MAX = 80
_PREFIX_LENGTH_MAX = 12
_GRAMS_MAX = 10**8


def offered(
    options: Sequence[ShippingOption], country: str, region: str, postal_code: str, weight_grams: int
) -> list[ShippingOption]:
    """The active options whose zones name an address most exactly and that carry so much, in their order."""
    code = postal_code.replace(" ", "").replace("-", "").upper()
    fits = [(exactness(option.zones, country, region, code), option) for option in options if option.active]
    best = max((fit for fit, _ in fits), default=-1)
    return [
        option
        for fit, option in fits
        if fit == best >= 0 and (option.weight_max_grams is None or weight_grams <= option.weight_max_grams)
    ]


def exactness(zones: Sequence[Zone], country: str, region: str, postal_code: str) -> int:
    """How exactly the best of the zones names an address; -1 when none does."""
    return max((_exactness(zone, country, region, postal_code) for zone in zones), default=-1)


def _exactness(zone: Zone, country: str, region: str, postal_code: str) -> int:
    if zone.country not in ("", country) or zone.region not in ("", region):
        return -1
    if not postal_code.startswith(zone.postal_prefix):
        return -1
    return bool(zone.country) + bool(zone.region) * 2 + len(zone.postal_prefix) * 4


def price_minor(option: ShippingOption, goods_minor: int, weight_grams: int) -> int:
    """What an option costs with discounted goods of this worth and weight.

    By weight, each kilogram that is begun beyond the start of the last band adds what the option says.
    """
    if option.free_from_minor is not None and goods_minor >= option.free_from_minor:
        return 0
    measure = weight_grams if option.basis is Basis.WEIGHT else goods_minor
    band = next(one for one in reversed(option.bands) if one.begins_at <= max(measure, 0))
    beyond = weight_grams - band.begins_at if band is option.bands[-1] and option.per_kilogram_minor else 0
    return band.amount_minor + option.per_kilogram_minor * -(-beyond // 1000)


def check(new: NewShippingOption) -> None:
    """Refuse an option that could never be right.

    Raises:
        ShippingOptionInvalid: see its words.
    """
    if not 1 <= len(new.title.strip()) <= _TITLE_LENGTH_MAX:
        raise ShippingOptionInvalid(f"A title has 1 to {_TITLE_LENGTH_MAX} characters.", "title")
    if not 1 <= len(new.tax_code) <= _TAX_CODE_LENGTH_MAX:
        raise ShippingOptionInvalid("A tax code has 1 to 40 characters.", "taxCode")
    if not 0 <= new.days_min <= new.days_max <= DAYS_MAX:
        raise ShippingOptionInvalid("The shortest time is at most the longest, which is a year at most.", "daysMin")
    if new.free_from_minor is not None and not 0 <= new.free_from_minor <= AMOUNT_MINOR_MAX:
        raise ShippingOptionInvalid("Goods ship free from a worth of 0 or more.", "freeFrom")
    if new.weight_max_grams is not None and not 1 <= new.weight_max_grams <= _GRAMS_MAX:
        raise ShippingOptionInvalid("The heaviest delivery weighs 1 gram or more.", "weightMaxGrams")
    if not 0 <= new.per_kilogram_minor <= AMOUNT_MINOR_MAX:
        raise ShippingOptionInvalid("A kilogram adds 0 or more.", "perKilogram")
    if new.per_kilogram_minor and new.basis is not Basis.WEIGHT:
        raise ShippingOptionInvalid(
            "Only an option that goes by weight adds something for each kilogram.", "perKilogram"
        )
    _check_bands(new.bands)
    _check_zones(new.zones)


def _check_bands(bands: Sequence[Band]) -> None:
    if not 1 <= len(bands) <= BANDS_MAX or bands[0].begins_at != 0:
        raise ShippingOptionInvalid(f"Give 1 to {BANDS_MAX} bands, of which the first begins at 0.", "bands")
    starts = [band.begins_at for band in bands]
    if starts != sorted(set(starts)):
        raise ShippingOptionInvalid("Each band begins above the one before.", "bands")
    if max(starts) > AMOUNT_MINOR_MAX or not all(0 <= band.amount_minor <= AMOUNT_MINOR_MAX for band in bands):
        raise ShippingOptionInvalid("A price is 0 or more, and within bounds.", "bands")


def _check_zones(zones: Sequence[Zone]) -> None:
    if not 1 <= len(zones) <= ZONES_MAX:
        raise ShippingOptionInvalid(f"Give 1 to {ZONES_MAX} zones.", "zones")
    for zone in zones:
        if zone.country and not (len(zone.country) == 2 and zone.country.isascii() and zone.country.isupper()):
            raise ShippingOptionInvalid("A country is two capital letters, such as GB (ISO 3166-1).", "zones")
        if not zone.country and (zone.region or zone.postal_prefix):
            raise ShippingOptionInvalid("A region or a postal code needs its country.", "zones")
        prefix = zone.postal_prefix
        if len(zone.region) > _REGION_LENGTH_MAX or len(prefix) > _PREFIX_LENGTH_MAX:
            raise ShippingOptionInvalid("A region has at most 80 characters, a postal code's beginning 12.", "zones")
        if prefix and not (prefix.isascii() and prefix.isalnum() and prefix == prefix.upper()):
            raise ShippingOptionInvalid("A postal code's beginning is capitals and digits only.", "zones")
