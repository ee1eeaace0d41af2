import lzma
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.imports.online_retail import reading
from gateway.imports.online_retail.model import BadRow, Invoice, Row

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
SLICE = Path(__file__).parent / "fixtures" / "online_retail_slice.csv"


def line(number: str = "536365", at: str = "2010-12-01 08:26:00", customer: str = "17850", **changed: str) -> str:
    values = {"code": "85123a", "quantity": "6", "price": "2.55", **changed}
    return f"{number},{values['code']},T-LIGHT,{values['quantity']},{at},{values['price']},{customer},United Kingdom"


def read(*lines: str) -> list[Row | BadRow]:
    return list(reading.rows([HEADER, *lines]))


def grouped(*lines: str) -> list[Invoice | BadRow]:
    return list(reading.invoices(reading.rows([HEADER, *lines])))


def test_a_line_becomes_an_exact_row_with_its_code_in_capitals_and_its_time_in_utc() -> None:
    assert read(line(at="2011-07-01 09:30:00")) == [
        Row(
            line=1,
            invoice="536365",
            code="85123A",
            description="T-LIGHT",
            quantity=6,
            at=datetime(2011, 7, 1, 8, 30, tzinfo=UTC),
            unit_price=Decimal("2.55"),
            unit_price_minor=255,
            customer="17850",
            country="United Kingdom",
        )
    ]


def test_a_price_with_parts_of_a_penny_has_no_pence() -> None:
    (row,) = read(line(price="0.001"))
    assert isinstance(row, Row)
    assert (row.unit_price, row.unit_price_minor) == (Decimal("0.001"), None)


def test_an_empty_customer_is_a_guest() -> None:
    (row,) = read(line(customer=""))
    assert isinstance(row, Row)
    assert row.customer is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(quantity="six"), "quantity 'six' is not a whole number"),
        (line(quantity="1_0"), "quantity '1_0' is not a whole number"),
        (line(quantity="0"), "quantity is zero"),
        (line(price="NaN"), "price 'NaN' is not an amount"),
        (line(price="1e3"), "price '1e3' is not an amount"),
        (line(number="X"), "invoice 'X' is not six digits after at most one letter"),
        (line(code=""), "stock code '' is empty or too long"),
        (line(customer="Bob"), "customer 'Bob' is not a number"),
        (line(at="yesterday"), "time data 'yesterday' does not match format '%Y-%m-%d %H:%M:%S'"),
        ("536365,85123A", "2 fields, not 8"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_next_is_still_read(text: str, reason: str) -> None:
    first, second = read(text, line())
    assert first == BadRow(1, reason)
    assert isinstance(second, Row)


def test_a_missing_column_refuses_the_file() -> None:
    with pytest.raises(reading.UnreadableFile, match=r"^columns are missing: UnitPrice, Country$"):
        list(reading.rows(["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,CustomerID"]))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(reading.UnreadableFile, match=r"^columns are missing: InvoiceNo"):
        list(reading.rows([]))


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    whole = lzma.compress("\n".join([HEADER, *[line()] * 100]).encode())
    cut = tmp_path / "cut.csv.xz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(reading.UnreadableFile, match=r"^cut\.csv\.xz cannot be read: "):
        list(reading.read(cut))


def test_an_archive_reads_as_its_plain_text(tmp_path: Path) -> None:
    packed = tmp_path / "slice.csv.xz"
    packed.write_bytes(lzma.compress(SLICE.read_bytes()))
    assert list(reading.read(packed)) == list(reading.read(SLICE))


def test_an_invoice_interrupted_by_another_stays_one() -> None:
    found = grouped(
        line("542806", "2011-02-01 11:19:00"),
        line("C542805", "2011-02-01 11:19:00", quantity="-1"),
        line("542806", "2011-02-01 11:20:00"),
    )
    assert [(entry.number, [row.line for row in entry.rows]) for entry in found if isinstance(entry, Invoice)] == [
        ("542806", [1, 3]),
        ("C542805", [2]),
    ]


def test_an_invoice_that_comes_back_after_it_ended_is_a_bad_line() -> None:
    found = grouped(
        line("536365", "2010-12-01 08:26:00"),
        line("536366", "2010-12-01 10:26:00"),
        line("536365", "2010-12-01 10:27:00"),
    )
    assert [entry for entry in found if isinstance(entry, BadRow)] == [
        BadRow(3, "invoice 536365 ended long before this line")
    ]


def test_a_line_of_another_customer_does_not_join_the_invoice() -> None:
    _, bad = sorted(grouped(line(), line(customer="13047")), key=lambda entry: isinstance(entry, BadRow))
    assert bad == BadRow(2, "invoice 536365 began with another customer or country")


def test_the_slice_holds_228_whole_invoices_in_order() -> None:
    found = list(reading.read(SLICE))
    assert len(found) == 228
    assert [entry for entry in found if isinstance(entry, BadRow)] == []
    lines = [row.line for entry in found if isinstance(entry, Invoice) for row in entry.rows]
    assert sorted(lines) == list(range(1, 1618))
