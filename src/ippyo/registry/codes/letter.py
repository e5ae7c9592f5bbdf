"""The letter with a voter's registration code: one A4 page for a window envelope, in plain Japanese.

Lengths are millimetres from the page's top left corner. The fonts are the Japanese ones that every PDF reader and
printer has by name (Adobe-Japan1), so that a file of 100,000 letters stays small.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ippyo.registry.codes.mailing import Addressee, Sender, registration_url

__all__ = ["is_printable", "letters_pdf"]

GOTHIC = "HeiseiKakuGo-W5"
LATIN = "Helvetica"
CODE_FONT = "Courier-Bold"
LEFT, RIGHT = 22.0, 188.0
FOLDS = (99.0, 198.0)
QR_SIZE = 38.0

_STEPS = (
    ("用意するもの", "マイナンバーカード・カードの暗証番号・このお知らせ・スマートフォン（またはパソコン）"),
    ("ページを開く", "下の QR コードをスマートフォンで読みます。または、下のアドレスを開いてコードを入力します。"),
    ("カードで本人確認", "画面の案内のとおりに、マイナンバーカードを読み取ります。"),
    ("投票する", "投票用コードが画面に出ます。だれにも見せずに保管してください。続けて投票できます。"),
)
_CAUTIONS = (
    "・このコードは、あなただけのものです。ほかの人に教えないでください。",
    "・役所や窓口の者が、コードや暗証番号をおたずねすることはありません。",
    "・なくしたとき、開封されていたとき、コードが使えないときは、下の窓口に電話してください。",
    "　新しいコードをお送りします。このコードは、すぐに使えなくなります。",
    "・ネットで投票しない人は、何もする必要はありません。",
)


def is_printable(text: str) -> bool:
    """Whether the letter's font has all of ``text``: no character of private use, none beyond U+FFFF."""
    return not any(ord(character) > 0xFFFF or "\ue000" <= character <= "\uf8ff" for character in text)


def letters_pdf(addressees: Iterable[Addressee], sender: Sender, day: date) -> bytes:
    """Return the letters as one PDF, a page each, in the order given; ``day`` is the date they bear.

    A character that the font lacks is printed as 〓: see :func:`is_printable`.
    """
    pdfmetrics.registerFont(UnicodeCIDFont(GOTHIC))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    canvas.setTitle("投票人登録用コードのお知らせ")
    canvas.setAuthor(sender.office)
    for one in addressees:
        _Page(canvas, sender).draw(one, day)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Page:
    """One letter on the canvas."""

    def __init__(self, canvas: Canvas, sender: Sender) -> None:
        self._canvas = canvas
        self._sender = sender

    def draw(self, one: Addressee, day: date) -> None:
        self._folds()
        self._address(one)
        self._head(day)
        self._steps()
        self._code(one)
        self._foot()

    def _text(self, x: float, y: float, text: str, size: float, font: str = GOTHIC) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawString(x * mm, A4[1] - y * mm, text)

    def _text_right(self, y: float, text: str, size: float) -> None:
        self._canvas.setFont(GOTHIC, size)
        self._canvas.drawRightString(RIGHT * mm, A4[1] - y * mm, text)

    def _folds(self) -> None:
        self._canvas.setLineWidth(0.3)
        for y in FOLDS:
            self._canvas.line(4 * mm, A4[1] - y * mm, 9 * mm, A4[1] - y * mm)

    def _address(self, one: Addressee) -> None:
        y = 24.0
        for line in _address_lines(_shown(one.address)):
            self._text(LEFT, y, line, 10.5)
            y += 5.5
        y += 2.5
        name = f"{_shown(one.name)}　様"
        for line in _wrapped(name, 13, 82):
            self._text(LEFT, y, line, 13)
            y += 6.5
        if one.number:
            self._text(LEFT, y, f"（{_shown(one.number)}）", 8)

    def _head(self, day: date) -> None:
        self._text_right(24, f"{day.year}年{day.month}月{day.day}日", 10)
        self._text_right(30, self._sender.office, 10)
        y = 78.0
        for line in _wrapped(self._sender.title.ja, 13, RIGHT - LEFT):
            self._text(LEFT, y, line, 13)
            y += 6.5
        self._text(LEFT, y + 3, "投票人登録用コードのお知らせ", 18)

    def _steps(self) -> None:
        y = 106.0
        self._text(LEFT, y, "ネットで投票するには、はじめに登録が必要です。つぎの順番で進めてください。", 10.5)
        for number, (title, words) in enumerate(_STEPS, start=1):
            y += 10
            self._canvas.circle((LEFT + 2.6) * mm, A4[1] - (y - 1.3) * mm, 2.9 * mm, fill=1)
            self._canvas.setFillGray(1)
            self._text(LEFT + 1.5, y, str(number), 10, "Helvetica-Bold")
            self._canvas.setFillGray(0)
            self._text(LEFT + 8, y, title, 11)
            for line in _wrapped(words, 10, RIGHT - LEFT - 48):
                self._text(LEFT + 48, y, line, 10)
                y += 5
            y -= 5

    def _code(self, one: Addressee) -> None:
        top, height = 168.0, 46.0
        self._canvas.setLineWidth(1)
        self._canvas.roundRect(LEFT * mm, A4[1] - (top + height) * mm, (RIGHT - LEFT) * mm, height * mm, 2 * mm)
        self._text(LEFT + 6, top + 10, "あなたの投票人登録用コード", 11)
        self._text(LEFT + 6, top + 22, one.code.reveal(), 23, CODE_FONT)
        self._text(LEFT + 6, top + 29, "0 と 1 は数字です。O（オー）・I（アイ）・L（エル）は使っていません。", 8.5)
        self._text(LEFT + 6, top + 37, "登録ページ", 9)
        self._text(LEFT + 25, top + 37, self._sender.origin, _fitting(self._sender.origin, 12, 88), LATIN)
        self._qr(self._registration(one), RIGHT - QR_SIZE - 4, top + 4)

    def _registration(self, one: Addressee) -> str:
        return registration_url(self._sender.origin, self._sender.fingerprint, one.code)

    def _qr(self, content: str, x: float, y: float) -> None:
        matrix = segno.make_qr(content, error="m").matrix
        module = QR_SIZE / len(matrix)
        path = self._canvas.beginPath()
        for row, cells in enumerate(matrix):
            for start, end in _runs(cells):
                left, bottom = x + start * module, A4[1] - (y + (row + 1) * module) * mm
                # A hair of overlap, so that no white line shows between rows.
                path.rect(left * mm, bottom, (end - start) * module * mm, module * mm * 1.02)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _foot(self) -> None:
        y = 223.0
        for line in _CAUTIONS:
            self._text(LEFT, y, line, 9)
            y += 5.2
        self._text(LEFT, y + 5, "投票サポート窓口", 11)
        self._text(LEFT + 38, y + 5, self._sender.phone, 15, LATIN)
        self._text(LEFT + 38, y + 11, self._sender.hours.ja, 9.5)
        english = (
            "To vote online, register first: open the page above (QR code), enter the code, use your My Number Card. "
            f"Nobody will ever ask you for the code or a PIN. Lost or opened? Call {self._sender.phone}."
        )
        for line in _wrapped(english, 9, RIGHT - LEFT, LATIN):
            self._text(LEFT, y + 20, line, 9, LATIN)
            y += 4.5


def _shown(text: str) -> str:
    return "".join(character if is_printable(character) else "〓" for character in text)


def _runs(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of dark modules."""
    start = None
    for position, dark in enumerate([*cells, 0]):
        if dark and start is None:
            start = position
        elif not dark and start is not None:
            yield start, position
            start = None


def _wrapped(text: str, size: float, width: float, font: str = GOTHIC) -> list[str]:
    """Break ``text`` into lines of at most ``width`` mm: between Latin words, else anywhere."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and pdfmetrics.stringWidth(line + piece.rstrip(), font, size) > width * mm:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line]


def _address_lines(address: str) -> list[str]:
    """Break an address, before the building if that is enough."""
    house, space, building = address.partition("　")
    parts = [house, building] if space and len(_wrapped(address, 10.5, 82)) > 1 else [address]
    return [line for part in parts for line in _wrapped(part, 10.5, 82)]


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for character in text:
        word += character
        if not character.isascii() or character == " ":
            yield word
            word = ""
    yield word


def _fitting(text: str, size: float, width: float) -> float:
    """Return ``size`` or, for a long Latin text, what fits into ``width`` mm."""
    fitting: float = size * width * mm / pdfmetrics.stringWidth(text, LATIN, size)
    return min(size, fitting)
