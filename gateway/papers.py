"""Papers as PDF: the printed text in a fixed-width face, with its QR code, on a roll or on A4; the same bytes every time.

The faces that every PDF reader has hold Western letters only. Others are written without their marks where that leaves a
letter, and as a question mark where it does not; the text for printers and the API keep them all.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import segno
from starlette.requests import Request
from starlette.responses import Response

from domain.papers import printing, store
from domain.papers.model import Paper, PaperKind
from gateway.database import Database
from gateway.pages import Endpoint
from resolvers.papers_links import paper_of_link

if TYPE_CHECKING:
    from fpdf import FPDF

_ROLL_MM, _MARGIN_MM = 80.0, 4.0
_ROLL_COLUMNS, _PAGE_COLUMNS = 42, 86
_POINTS, _LEADING_MM = 8.0, 3.6
_QR_MM = 26.0
_A4_MM = (210.0, 297.0)
_ON_A4 = frozenset({PaperKind.INVOICE, PaperKind.CREDIT_NOTE})
_LINES_OF_A4 = 70


def pdf(paper: Paper) -> bytes:
    """A paper as PDF: invoices and credit notes on A4, receipts on a roll of 80 mm that is as long as they are."""
    # It brings 20 MiB of its own, which a process that prints nothing need not hold.
    from fpdf import FPDF

    on_a4 = paper.kind in _ON_A4
    lines = printing.text(paper, _PAGE_COLUMNS if on_a4 else _ROLL_COLUMNS).splitlines()
    made = FPDF(unit="mm", format=_A4_MM if on_a4 else (_ROLL_MM, _length(lines)))
    made.set_creation_date(paper.issued_at)
    made.set_title(paper.name)
    made.set_auto_page_break(auto=False)
    margin = 16.0 if on_a4 else _MARGIN_MM
    parts = [lines[start : start + _LINES_OF_A4] for start in range(0, len(lines), _LINES_OF_A4)] if on_a4 else [lines]
    bottom = 0.0
    for part in parts:
        made.add_page()
        made.set_font("Courier", size=_POINTS)
        for number, line in enumerate(part):
            bottom = margin + number * _LEADING_MM
            made.set_xy(margin, bottom)
            made.cell(text=western(line))
    if on_a4 and bottom + _QR_MM + 10 > _A4_MM[1]:
        made.add_page()
        bottom = margin
    _draw_code(made, paper.content.code, margin, bottom + 6)
    return bytes(made.output())


def _length(lines: Sequence[str]) -> float:
    return _MARGIN_MM * 2 + len(lines) * _LEADING_MM + 6 + _QR_MM


def _draw_code(made: "FPDF", code: str, left: float, top: float) -> None:
    matrix = [bytes(row) for row in segno.make_qr(code, error="m").matrix]
    side = _QR_MM / len(matrix)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                made.rect(left + column * side, top + row * side, side, side, style="F")


def western(text: str) -> str:
    """A text in the letters of the built-in faces.

    >>> western("Kraków, 東京, Łódź, crème €")
    'Krakow, ??, ?odz, crème ?'
    """
    return "".join(_western(letter) for letter in text)


def _western(letter: str) -> str:
    if letter.encode("latin-1", "ignore"):
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or "?"


def paper_page(database: Database, signing_key: bytes, clock: Callable[[], float]) -> Endpoint:
    """`/papers/{link}.pdf`: the paper that a link opens, as long as the link is good."""

    async def answer(request: Request) -> Response:
        paper_id = paper_of_link(signing_key, request.path_params["link"], clock())
        if paper_id is None:
            return Response("This link is not good any more. Ask for a new one.", 404, media_type="text/plain")
        found = (await database.read(lambda conn: store.papers(conn, [paper_id]))).get(paper_id)
        if found is None:
            return Response("There is no such paper.", 404, media_type="text/plain")
        headers = {
            "content-disposition": f'inline; filename="{found.name}.pdf"',
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        }
        # Hundreds of lines take tens of milliseconds, during which others are to be served.
        return Response(await asyncio.to_thread(pdf, found), media_type="application/pdf", headers=headers)

    return answer
