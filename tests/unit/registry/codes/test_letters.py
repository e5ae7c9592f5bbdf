"""What the printer gets."""

from __future__ import annotations

import csv
import io
import re
import zlib
from base64 import a85decode
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

import pytest

from ippyo.errors import InputError
from ippyo.poll.text import Text
from ippyo.registry.codes.code import CodeText
from ippyo.registry.codes.letter import is_printable, letters_pdf
from ippyo.registry.codes.mailing import Addressee, Sender, mailing_list, read_mailing_list, registration_url

ORIGIN = "https://registry.example"
PHI = "+/" + "A" * 41
SENDER = Sender(Text("住民投票", "Poll"), "選挙管理委員会", "042-000-0000", Text("平日", "Weekdays"), ORIGIN, PHI)


@pytest.fixture
def addressee() -> Callable[..., Addressee]:
    def make(**changes: str) -> Addressee:
        usual = {"number": "1", "address": "清瀬市中里5-842", "name": "山田　花子", "kana": "", "district": "第1"}
        return Addressee(**(usual | changes), code=CodeText.generate())

    return make


def test_the_code_is_in_the_fragment_only() -> None:
    code = CodeText.generate()
    parts = urlsplit(registration_url(ORIGIN, PHI, code))
    assert parts.fragment == f"code={code.reveal()}&poll={PHI}"
    assert (f"{parts.scheme}://{parts.netloc}", parts.query) == (ORIGIN, "")
    assert code.reveal() not in parts.path


def test_the_mailing_list_is_read_back(addressee: Callable[..., Addressee]) -> None:
    people = [addressee(), addressee(number="", address='中里"5",\n842', name="髙﨑"), addressee(name="'quoted")]
    data = mailing_list(people, ORIGIN, PHI)
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(read_mailing_list(data)) == people


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_field_is_a_formula(addressee: Callable[..., Addressee], name: str) -> None:
    data = mailing_list([addressee(name=name)], ORIGIN, PHI)
    row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1]
    assert not any(field.startswith(("=", "+", "-", "@")) for field in row)
    assert next(read_mailing_list(data)).name == name


def test_a_damaged_mailing_list(addressee: Callable[..., Addressee]) -> None:
    one = addressee()
    data = mailing_list([one], ORIGIN, PHI)
    code = one.code.reveal()
    last = "2" if code[-1] != "2" else "3"
    damaged = (
        b"",
        b"\xff",
        data[10:],
        data.replace(code.encode(), code[:-1].encode() + last.encode()),
        data.replace("山田".encode(), b'"'),
        data + b"1,2\r\n",
        data + b'"',
    )
    for bad in damaged:
        with pytest.raises(InputError) as caught:
            list(read_mailing_list(bad))
        assert code not in str(caught.value)


def test_a_page_for_each_letter(addressee: Callable[..., Addressee]) -> None:
    long = addressee(name="Maria Fernanda dos Santos de Oliveira " * 4, address="清瀬市　" + "中里" * 150)
    data = letters_pdf([addressee(), long, addressee(name="𠮷田")], SENDER, date(2026, 11, 22))
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 3


def drawn(pdf: bytes) -> tuple[str, str]:
    """Return what the pages of a PDF of ReportLab say, one text after the other: in the Japanese and in Latin fonts."""
    texts = [
        re.sub(rb"\\([0-7]{3}|.)", _unescaped, text, flags=re.DOTALL)
        for stream in re.findall(rb"(?<!end)stream\r?\n(.*?)~>", pdf, re.DOTALL)
        for text in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", zlib.decompress(a85decode(stream)), re.DOTALL)
    ]
    japanese, latin = ([text.decode(encoding, "replace") for text in texts] for encoding in ("utf-16-be", "latin-1"))
    return "".join(japanese), "".join(latin)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)]) if found[1].isdigit() else found[1]


def test_a_letter_says_to_whom_it_goes_and_what_the_code_is(addressee: Callable[..., Addressee]) -> None:
    one, other = addressee(number="A-7"), addressee(name="𠮷田　次郎", number="")
    address = "清瀬市松山一丁目" + "十番" * 30 + "　コーポ三田301"
    japanese, latin = drawn(letters_pdf([one, replace(other, address=address)], SENDER, date(2026, 11, 22)))
    for text in ("清瀬市中里5-842", "山田　花子　様", "（A-7）", "〓田　次郎　様"):
        assert text in japanese
    for text in ("2026年11月22日", SENDER.office, SENDER.title.ja, SENDER.hours.ja):
        assert text in japanese
    assert "".join(address.split("　")) in japanese
    for text in (one.code.reveal(), other.code.reveal(), ORIGIN, SENDER.phone):
        assert text in latin


@pytest.mark.parametrize(("text", "printable"), [("髙﨑", True), ("山田 A", True), ("𠮷田", False), ("\ue000", False)])
def test_what_the_letters_font_has(text: str, printable: bool) -> None:
    assert is_printable(text) is printable
