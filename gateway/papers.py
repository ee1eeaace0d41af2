"""Papers as PDF: the printed text in columns, with its QR code, on a roll or on A4; the same bytes every time.

The fixed-width face that every PDF reader has holds Western letters only. Latin, Greek and Cyrillic letters beyond it, the euro
among them, come from Open Sans, each in its column. Letters of neither are written without their marks where that leaves a
letter, and as a question mark where it does not; the text for printers and the API keep them all.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.resources import files
from itertools import groupby
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
_COLUMN_MM = _POINTS * 0.6 * 25.4 / 72
"""Courier's letters are 0.6 of its size wide, 72 points are an inch."""
_FACE, _OTHER_FACE = "Courier", "OpenSans"
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
    others = _add_other_face(made, lines)
    parts = [lines[start : start + _LINES_OF_A4] for start in range(0, len(lines), _LINES_OF_A4)] if on_a4 else [lines]
    bottom = 0.0
    for part in parts:
        made.add_page()
        for number, line in enumerate(part):
            bottom = margin + number * _LEADING_MM
            for column, text, face in runs(line, others):
                made.set_font(face, size=_POINTS)
                made.set_xy(margin + column * _COLUMN_MM, bottom)
                made.cell(text=text)
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


def _add_other_face(made: "FPDF", lines: Sequence[str]) -> Collection[str]:
    """The letters of these lines that the other face has; it is read for lines that need it only."""
    wanted = {letter for line in lines for letter in line if not _is_western(letter)}
    if not wanted:
        return ()
    from fpdf.fonts import TTFFont

    # To name the package loads it and an imaging library with it, so it is named here.
    made.add_font(_OTHER_FACE, fname=str(files("ttf_opensans") / "ttf" / "OpenSans-Regular.ttf"))
    face = made.fonts[_OTHER_FACE.lower()]
    assert isinstance(face, TTFFont), "it comes from a file"
    return {letter for letter in wanted if ord(letter) in face.cmap}


def runs(line: str, others: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """A line in pieces of one face, each with its column; letters of the other face stand alone, to keep their columns.

    >>> list(runs("Łódź, crème 東", {"Ł", "ź"}))
    [(0, 'Ł', 'OpenSans'), (1, 'ód', 'Courier'), (3, 'ź', 'OpenSans'), (4, ', crème ?', 'Courier')]
    """
    for is_other, letters in groupby(enumerate(line), key=lambda at: at[1] in others):
        if is_other:
            yield from ((column, letter, _OTHER_FACE) for column, letter in letters)
        else:
            piece = list(letters)
            yield piece[0][0], "".join(map(_plain, (letter for _, letter in piece))), _FACE


def _is_western(letter: str) -> bool:
    return bool(letter.encode("latin-1", "ignore"))


def _plain(letter: str) -> str:
    """One letter of the fixed-width face for any letter."""
    if _is_western(letter):
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain[:1] or "?"


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
