"""Which rates may be set and ended: a series has one valid rate at a time, and what was levied is never rewritten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.countries import COUNTRIES
from domain.errors import Refused
from domain.pricing.model import TaxRate
from domain.pricing.tax_model import RateWish, Succession
from domain.pricing.tax_rules import checked, ended, has_begun, is_withdrawn, succession
from tests.conftest import NOW

DAY = timedelta(days=1)
LASTING = TaxRate("GB", "GB VAT", 200_000, NOW - 10 * DAY)
CLOSED = replace(LASTING, valid_to=NOW + 10 * DAY)
PLANNED = TaxRate("GB", "GB VAT", 175_000, NOW + 10 * DAY)
WITHDRAWN = replace(PLANNED, valid_to=PLANNED.valid_from)


def rate(begins: int, ends: int | None = None, ppm: int = 150_000) -> TaxRate:
    """A rate of the same series, from so many days hence to so many."""
    until = None if ends is None else NOW + ends * DAY
    return TaxRate("GB", "GB VAT", ppm, NOW + begins * DAY, valid_to=until)


def test_a_wish_is_tidied_and_begins_now_when_it_does_not_say() -> None:
    wish = RateWish("US", " Los Angeles ", 22_500, " CA ", "90 0-0 1", " mugs ", valid_to=NOW + DAY)
    assert checked(wish, NOW) == TaxRate("US", "Los Angeles", 22_500, NOW, "CA", "90001", "mugs", NOW + DAY)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (RateWish("gb", "GB VAT", 0), "country"),
        (RateWish("XK", "XK VAT", 0), "country"),
        (RateWish("", "VAT", 0), "country"),
        (RateWish("GB", " ", 0), "jurisdiction"),
        (RateWish("GB", "V" * 61, 0), "jurisdiction"),
        (RateWish("GB", "GB\nVAT", 0), "jurisdiction"),
        (RateWish("GB", "GB VAT", 0, region="R" * 81), "region"),
        (RateWish("GB", "GB VAT", 0, postal_prefix="SW1*"), "postalPrefix"),
        (RateWish("GB", "GB VAT", 0, postal_prefix="1234567890123"), "postalPrefix"),
        (RateWish("GB", "GB VAT", 0, tax_code="c" * 41), "taxCode"),
        (RateWish("GB", "GB VAT", 0, tax_code="gift_card"), "taxCode"),
        (RateWish("GB", "GB VAT", -1), "ratePercent"),
        (RateWish("GB", "GB VAT", 1_000_001), "ratePercent"),
        (RateWish("GB", "GB VAT", 0, valid_to=NOW), "validTo"),
        (RateWish("GB", "GB VAT", 0, valid_from=NOW + DAY, valid_to=NOW + DAY), "validTo"),
    ],
)
def test_a_rate_that_could_never_be_right_is_refused(wish: RateWish, field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(wish, NOW)
    assert (refused.value.code, refused.value.field) == ("TAX_RATE_INVALID", ("input", field))


@pytest.mark.parametrize("ppm", [0, 1, 1_000_000])
def test_a_rate_goes_from_nothing_to_the_whole_by_the_millionth(ppm: int) -> None:
    assert checked(RateWish("GB", "GB VAT", ppm), NOW).rate_ppm == ppm


def test_there_are_249_countries() -> None:
    assert (len(COUNTRIES), {"GB", "US", "ZW"} <= COUNTRIES) == (249, True)


def test_the_first_of_a_series_ends_nothing() -> None:
    assert succession([], rate(0), NOW) == Succession(rate(0))


def test_the_rate_that_lasts_ends_where_the_next_begins() -> None:
    after = replace(LASTING, valid_to=NOW + 5 * DAY)
    assert succession([LASTING], rate(5), NOW) == Succession(rate(5), after)
    assert succession([LASTING], rate(0), NOW) == Succession(rate(0), replace(LASTING, valid_to=NOW))


def test_a_rate_that_is_over_is_left_alone() -> None:
    over = replace(LASTING, valid_to=NOW)
    assert succession([over], rate(0), NOW) == Succession(rate(0))


def test_a_rate_that_would_end_by_itself_gives_way_to_one_that_lasts_as_long() -> None:
    after = replace(CLOSED, valid_to=NOW + 5 * DAY)
    assert succession([CLOSED, PLANNED], rate(5, 10), NOW) == Succession(rate(5, 10), after)


def test_a_planned_rate_is_replaced_by_another_that_begins_at_the_same_moment() -> None:
    assert succession([CLOSED, PLANNED], rate(10), NOW) == Succession(rate(10), replaces=True)
    assert succession([CLOSED, WITHDRAWN], rate(10), NOW) == Succession(rate(10), replaces=True)


@pytest.mark.parametrize(
    ("series", "new", "code"),
    [
        ([LASTING], rate(-10), "TAX_RATE_BEGUN"),
        ([rate(0)], rate(0, 5), "TAX_RATE_BEGUN"),
        ([LASTING], rate(-1), "TAX_RATE_INVALID"),
        ([], rate(-1), "TAX_RATE_INVALID"),
        # Afterwards nothing would be levied.
        ([LASTING], rate(1, 5), "TAX_RATE_OVERLAPS"),
        ([CLOSED], rate(1, 5), "TAX_RATE_OVERLAPS"),
        # It runs into what is planned.
        ([CLOSED, PLANNED], rate(5), "TAX_RATE_OVERLAPS"),
        ([PLANNED], rate(5), "TAX_RATE_OVERLAPS"),
        ([PLANNED], rate(5, 11), "TAX_RATE_OVERLAPS"),
    ],
)
def test_what_was_levied_or_planned_is_not_run_over(series: list[TaxRate], new: TaxRate, code: str) -> None:
    with pytest.raises(Refused) as refused:
        succession(series, new, NOW)
    assert refused.value.code == code


def test_a_withdrawn_rate_is_in_nobodys_way() -> None:
    assert succession([WITHDRAWN], rate(5), NOW) == Succession(rate(5))


def test_a_rate_ends_now_or_when_it_is_told() -> None:
    assert ended([LASTING], LASTING, None, NOW) == replace(LASTING, valid_to=NOW)
    assert ended([LASTING], LASTING, NOW + DAY, NOW) == replace(LASTING, valid_to=NOW + DAY)


def test_an_end_that_is_to_come_is_moved_as_far_as_the_next_rate() -> None:
    assert ended([CLOSED], CLOSED, NOW + 20 * DAY, NOW).valid_to == NOW + 20 * DAY
    assert ended([CLOSED, rate(15)], CLOSED, NOW + 15 * DAY, NOW).valid_to == NOW + 15 * DAY
    with pytest.raises(Refused) as refused:
        ended([CLOSED, rate(15)], CLOSED, NOW + 15 * DAY + DAY / 2, NOW)
    assert refused.value.code == "TAX_RATE_OVERLAPS"


def test_a_planned_rate_is_withdrawn_by_ending_it_where_it_begins() -> None:
    withdrawn = ended([PLANNED], PLANNED, None, NOW)
    assert (withdrawn, is_withdrawn(withdrawn)) == (WITHDRAWN, True)
    assert not has_begun(withdrawn, NOW + 20 * DAY)


@pytest.mark.parametrize(
    ("given", "at", "code"),
    [
        (replace(LASTING, valid_to=NOW), None, "TAX_RATE_OVER"),
        (WITHDRAWN, NOW + 20 * DAY, "TAX_RATE_OVER"),
        (LASTING, NOW - DAY, "TAX_RATE_INVALID"),
        (PLANNED, NOW + 9 * DAY, "TAX_RATE_INVALID"),
    ],
)
def test_an_end_is_never_in_the_past(given: TaxRate, at: datetime | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        ended([given], given, at, NOW)
    assert refused.value.code == code


def test_an_id_is_made_from_whose_rate_it_is_where_for_what_and_since_when() -> None:
    same = replace(LASTING, rate_ppm=1, valid_to=NOW)
    others = [
        replace(LASTING, country="IM"),
        replace(LASTING, region="SCT"),
        replace(LASTING, postal_prefix="IV"),
        replace(LASTING, tax_code="mugs"),
        replace(LASTING, jurisdiction="VAT"),
        replace(LASTING, valid_from=NOW),
    ]
    assert same.id == LASTING.id
    assert len({LASTING.id, *(one.id for one in others)}) == 7
    assert TaxRate("GB", "GB VAT", 0, datetime(2011, 1, 4, tzinfo=UTC)).id.hex == "14032162ba0b5849be4981712ca34e78"
