"""What goes to the printer: the mailing list as CSV, from which the letters are set (:mod:`.letter`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from ippyo.contract.poll import Poll
from ippyo.errors import InputError, ParseError
from ippyo.poll.text import Text
from ippyo.registry.codes.code import CodeText
from ippyo.registry.codes.service import NewCode
from ippyo.registry.site.config import Config

__all__ = ["MAILING_LIMIT", "Addressee", "Sender", "mailing_list", "read_mailing_list", "registration_url"]

MAILING_LIMIT = 256 * 1024 * 1024
"""Bytes of a mailing list."""

HEADINGS = ["名簿番号", "住所", "氏名", "カナ", "投票区", "投票人登録用コード", "登録ページ"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the poll's ``title``, the ``office``, whom to call and when, the ``origin`` of the desk, and Phi."""

    title: Text
    office: str
    phone: str
    hours: Text
    origin: str
    fingerprint: str

    @classmethod
    def of(cls, config: Config, poll: Poll) -> Self:
        """Return the desk that ``config`` is of."""
        manifest, support = poll.manifest, config.support
        office = manifest.issuers[config.issuer - 1]
        return cls(manifest.title, office, support.phone, support.hours, config.origin, poll.fingerprint)


@dataclass(frozen=True, slots=True, repr=False)
class Addressee:
    """One voter as the letter needs it, with the code in clear."""

    number: str
    address: str
    name: str
    kana: str
    district: str
    code: CodeText = field(repr=False)

    @classmethod
    def of(cls, new: NewCode) -> Self:
        """Return whom a new code goes to."""
        voter = new.voter
        return cls(voter.number or "", voter.address, voter.name, voter.kana, voter.district, new.code)


def registration_url(origin: str, fingerprint: str, code: CodeText) -> str:
    """Return the address in the letter's QR code: with the registration code, and Phi to hold the desk to.

    They stand in the fragment, which no browser sends: the code gets into no log of a server or proxy.
    """
    return f"{origin}/registration/#code={code.reveal()}&poll={fingerprint}"


def mailing_list(addressees: Iterable[Addressee], origin: str, fingerprint: str) -> bytes:
    """Return the mailing list as CSV in UTF-8 with BOM, which spreadsheets and printers' programs read."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for one in addressees:
        row = (one.number, one.address, one.name, one.kana, one.district)
        writer.writerow([*map(_quoted, row), one.code.reveal(), registration_url(origin, fingerprint, one.code)])
    return out.getvalue().encode("utf-8-sig")


def read_mailing_list(data: bytes) -> Iterator[Addressee]:
    """Read what :func:`mailing_list` wrote. Raises :class:`InputError`, which shows no code."""
    try:
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if next(rows, None) != HEADINGS:
            raise InputError("the mailing list does not have the headings that ippyo wrote")
        for row in rows:
            if len(row) != len(HEADINGS):
                raise InputError(f"the mailing list's line {rows.line_num} is damaged")
            number, address, name, kana, district = map(_unquoted, row[:5])
            yield Addressee(number, address, name, kana, district, CodeText.parse(row[5]))
    except ParseError:
        raise InputError(f"the mailing list's line {rows.line_num} is damaged") from None
    except (csv.Error, UnicodeDecodeError):
        raise InputError("the mailing list is no CSV in UTF-8") from None


def _quoted(text: str) -> str:
    """Keep a spreadsheet from taking a field for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "'")) else text


def _unquoted(text: str) -> str:
    return text.removeprefix("'")
