"""Papers as they are printed, to the letter."""

from datetime import UTC, datetime
from uuid import UUID

from domain.money import Currency
from domain.papers.model import Content, LegalEntityId, Paper, PaperId, PaperKind, PaperLine, TaxSum
from domain.papers.printing import text
from gateway.papers import pdf, runs

FACTS = (("Order", "O-7F3K"), ("Store", "London, Covent Garden"))
CONTENT = Content(
    currency=Currency("GBP"),
    parties=("Tillway Tills Ltd", "1 High Street", "VAT GB123456789"),
    facts=FACTS,
    lines=(
        PaperLine("Harbor mug Navy", "MUG-HARB-NAVY", 2, 950, 1710, (("Spring", -190),)),
        PaperLine("A lamp whose name is longer than the roll is wide", "L-1", 1, 2000, 2000),
    ),
    code="R-1234",
    sums=(("Net", 3092), ("Tax", 618), ("Total", 3710)),
    taxes=(TaxSum("GB VAT", 200_000, 3092, 618),),
    tenders=(("Cash", 3710), ("Given", 4000), ("Change", 290)),
    footer="Thank you.",
)


def paper(kind: PaperKind = PaperKind.RECEIPT, content: Content = CONTENT) -> Paper:
    issued = datetime(2026, 1, 10, 12, tzinfo=UTC)
    return Paper(
        PaperId(UUID(int=1)), kind, LegalEntityId(UUID(int=2)), 17, "TT-R-0000017", UUID(int=3), "s", issued, content
    )


def test_a_receipt_of_32_columns_says_all_and_breaks_what_is_too_long() -> None:
    assert text(paper(), 32) == (
        "Tillway Tills Ltd\n"
        "1 High Street\n"
        "VAT GB123456789\n"
        "--------------------------------\n"
        "RECEIPT             TT-R-0000017\n"
        "Issued                2026-01-10\n"
        "Order                     O-7F3K\n"
        "Store      London, Covent Garden\n"
        "--------------------------------\n"
        "Harbor mug Navy\n"
        "  2 x MUG-HARB-NAVY 9.50   17.10\n"
        "    Spring                 -1.90\n"
        "A lamp whose name is longer than\n"
        "the roll is wide\n"
        "  1 x L-1 20.00            20.00\n"
        "--------------------------------\n"
        "Net                        30.92\n"
        "Tax                         6.18\n"
        "Total                      37.10\n"
        "Currency                     GBP\n"
        "--------------------------------\n"
        "GB VAT 20 % on 30.92        6.18\n"
        "--------------------------------\n"
        "Cash                       37.10\n"
        "Given                      40.00\n"
        "Change                      2.90\n"
        "--------------------------------\n"
        "Thank you.\n"
    )


def test_no_line_is_longer_than_the_printer_is_wide() -> None:
    odd = Content(
        currency=Currency("KWD"),
        parties=("株式会社" * 20, "x" * 90),
        facts=(("A name", "y" * 200),),
        lines=(PaperLine("🙂" * 80, "S" * 60, 10**6, 10**12, 10**15, (("n" * 100, -1),)),),
        code="R-1",
    )
    for columns in (24, 32, 42, 48, 120):
        assert max(len(line) for line in text(paper(content=odd), columns).splitlines()) <= columns
    assert pdf(paper(content=odd)).startswith(b"%PDF-")


def test_a_pdf_is_the_same_to_the_byte_every_time() -> None:
    for kind in PaperKind:
        made = pdf(paper(kind))
        assert made.startswith(b"%PDF-")
        assert made == pdf(paper(kind))


def test_letters_of_other_alphabets_come_from_a_face_that_has_them_and_keep_their_columns() -> None:
    names = Content(
        CONTENT.currency, ("Żółć Sp. z o.o., Łódź", "Καλημέρα", "Книги 5 €", "東京"), FACTS, CONTENT.lines, "R-1"
    )
    made = pdf(paper(content=names))
    assert b"OpenSans" in made
    assert made == pdf(paper(content=names))
    assert b"OpenSans" not in pdf(paper())
    has = set("Żłćźж€")
    assert list(runs("Łódź 5 € 東京", has)) == [
        (0, "?ód", "Courier"),
        (3, "ź", "OpenSans"),
        (4, " 5 ", "Courier"),
        (7, "€", "OpenSans"),
        (8, " ??", "Courier"),
    ]


def test_hundreds_of_lines_go_on_further_pages_of_an_invoice() -> None:
    many = Content(CONTENT.currency, CONTENT.parties, FACTS, tuple(CONTENT.lines) * 100, "R-1")
    assert pdf(paper(PaperKind.INVOICE, many)).count(b"/Type /Page\n") >= 6
    assert pdf(paper(PaperKind.RECEIPT, many)).count(b"/Type /Page\n") == 1
