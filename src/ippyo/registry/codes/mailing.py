"""What goes to the printer: address labels as CSV, and what a letter says apart from its layout (:mod:`.letter`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from ippyo.poll.text import Text
from ippyo.registry.codes.code import CodeText
from ippyo.registry.codes.service import NewCode

__all__ = ["Sender", "labels_csv", "registration_url"]

LABEL_HEADINGS = ("名簿番号", "住所", "氏名", "カナ", "投票区", "投票人登録用コード", "登録ページ")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the poll's ``title``, the ``office``, whom to call and when, and the ``origin`` of the desk."""

    title: Text
    office: str
    phone: str
    hours: Text
    origin: str


def registration_url(origin: str, code: CodeText) -> str:
    """Return the address in the letter's QR code.

    The code stands in the fragment, which no browser sends: it gets into no log of a server or proxy.
    """
    return f"{origin}/registration/#{code.reveal()}"


def labels_csv(codes: Iterable[NewCode], origin: str) -> bytes:
    """Return the mailing list as CSV in UTF-8 with BOM, which spreadsheets and printers' programs read."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(LABEL_HEADINGS)
    for new in codes:
        voter = new.voter
        row = (voter.number or "", voter.address, voter.name, voter.kana, voter.district)
        writer.writerow([*map(_harmless, row), new.code.reveal(), registration_url(origin, new.code)])
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a field for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
