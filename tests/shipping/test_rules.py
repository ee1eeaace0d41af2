"""Who is offered which transport, and what it costs."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.catalog.model import ChannelId
from domain.shipping.errors import ShippingOptionInvalid
from domain.shipping.model import Band, Basis, NewShippingOption, ShippingOption, ShippingOptionId, Zone
from domain.shipping.rules import check, offered, price_minor
from tests.conftest import NOW

WORLD, BRITAIN, SCOTLAND, ISLANDS = Zone(), Zone("GB"), Zone("GB", "SCT"), Zone("GB", "", "HS")


def option(number: int, *zones: Zone, **more: object) -> ShippingOption:
    plain = ShippingOption(
        id=ShippingOptionId(UUID(int=number)),
        sales_channel_id=ChannelId(UUID(int=1)),
        title=f"Option {number}",
        zones=zones or (WORLD,),
        basis=Basis.WEIGHT,
        bands=(Band(0, 400),),
        per_kilogram_minor=0,
        weight_max_grams=None,
        tax_code="shipping",
        free_from_minor=None,
        days_min=1,
        days_max=2,
        active=True,
        version=1,
        updated_at=NOW,
    )
    return replace(plain, **more)


@pytest.mark.parametrize(
    ("address", "numbers"),
    [
        (("FR", "", "75001"), [1]),
        (("GB", "ENG", "SW1A 1AA"), [2, 5]),
        (("GB", "SCT", "EH1 1AA"), [3]),
        (("GB", "SCT", "hs1 2aa"), [4]),
    ],
)
def test_an_address_is_offered_what_names_it_most_exactly(address: tuple[str, str, str], numbers: list[int]) -> None:
    options = [option(1), option(2, BRITAIN), option(3, SCOTLAND), option(4, ISLANDS), option(5, Zone("DE"), BRITAIN)]
    assert [one.id.int for one in offered(options, *address, 0)] == numbers


def test_what_is_switched_off_or_too_heavy_is_not_offered() -> None:
    options = [option(1, BRITAIN, active=False), option(2, BRITAIN, weight_max_grams=2_000), option(3, BRITAIN)]
    assert [one.id.int for one in offered(options, "GB", "", "", 2_000)] == [2, 3]
    assert [one.id.int for one in offered(options, "GB", "", "", 2_001)] == [3]
    assert offered(options, "FR", "", "", 0) == []


def test_an_option_that_is_off_leaves_the_address_to_the_less_exact() -> None:
    assert [one.id.int for one in offered([option(1), option(2, BRITAIN, active=False)], "GB", "", "", 0)] == [1]


@pytest.mark.parametrize(
    ("grams", "costs"), [(0, 400), (999, 400), (1_000, 600), (2_000, 600 + 50), (2_001, 600 + 100), (3_500, 600 + 150)]
)
def test_by_weight_each_kilogram_that_is_begun_beyond_the_last_band_adds(grams: int, costs: int) -> None:
    parcel = option(1, bands=(Band(0, 400), Band(1_000, 600)), per_kilogram_minor=50)
    assert price_minor(parcel, 0, grams) == costs


@pytest.mark.parametrize(("goods", "costs"), [(0, 900), (1_999, 900), (2_000, 500), (4_999, 500), (5_000, 0)])
def test_by_value_dear_baskets_ship_for_less_and_free_from_a_worth_on(goods: int, costs: int) -> None:
    parcel = option(1, basis=Basis.VALUE, bands=(Band(0, 900), Band(2_000, 500)), free_from_minor=5_000)
    assert price_minor(parcel, goods, 9_999) == costs


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"bands": ()}, "bands"),
        ({"bands": (Band(1, 400),)}, "bands"),
        ({"bands": (Band(0, 400), Band(0, 500))}, "bands"),
        ({"bands": (Band(0, -1),)}, "bands"),
        ({"zones": ()}, "zones"),
        ({"zones": (Zone("gb"),)}, "zones"),
        ({"zones": (Zone("", "SCT"),)}, "zones"),
        ({"zones": (Zone("GB", "", "hs"),)}, "zones"),
        ({"days_min": 3, "days_max": 2}, "daysMin"),
        ({"basis": Basis.VALUE, "per_kilogram_minor": 1}, "perKilogram"),
        ({"weight_max_grams": 0}, "weightMaxGrams"),
        ({"free_from_minor": -1}, "freeFrom"),
    ],
)
def test_an_option_that_could_never_be_right_is_refused(change: dict[str, object], field: str) -> None:
    new = NewShippingOption(ChannelId(UUID(int=1)), "Parcel", (Band(0, 400),))
    check(new)
    with pytest.raises(ShippingOptionInvalid) as refused:
        check(replace(new, **change))
    assert refused.value.field == ("input", field)
