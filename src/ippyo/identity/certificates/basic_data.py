"""The basic four data (基本4情報) inside a signature certificate: otherNames of its subjectAltName.

The arc 1.2.392.200149.8.5.5 has ``.1`` 氏名 name, ``.2`` its 代替文字位置, ``.3`` 性別 sex,
``.4`` 生年月日 date of birth, ``.5`` 住所 address, ``.6`` its 代替文字位置. Each value is a UTF8String; their order is
free, and others may stand beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cryptography import x509

from ippyo.errors import ParseError
from ippyo.identity.person import SEX_BY_CODE, BasicData, BirthDate, sex_code

__all__ = [
    "ADDRESS",
    "ADDRESS_FLAGS",
    "BIRTH",
    "NAME",
    "NAME_FLAGS",
    "SEX",
    "birth_from_text",
    "birth_to_text",
    "read_basic_data",
    "write_basic_data",
]

_ARC = "1.2.392.200149.8.5.5"
NAME = x509.ObjectIdentifier(f"{_ARC}.1")
NAME_FLAGS = x509.ObjectIdentifier(f"{_ARC}.2")
SEX = x509.ObjectIdentifier(f"{_ARC}.3")
BIRTH = x509.ObjectIdentifier(f"{_ARC}.4")
ADDRESS = x509.ObjectIdentifier(f"{_ARC}.5")
ADDRESS_FLAGS = x509.ObjectIdentifier(f"{_ARC}.6")
_ALL = (NAME, BIRTH, SEX, ADDRESS, NAME_FLAGS, ADDRESS_FLAGS)  # the order seen on cards

# Era 0 is "unknown"; the year that follows is of the Gregorian calendar, whatever the era.
_BIRTH = re.compile(r"[0-5]([0-9]{4})([0-9]{2})([0-9]{2})")
_FIRST_DAYS = ((5, (2019, 5, 1)), (4, (1989, 1, 8)), (3, (1926, 12, 25)), (2, (1912, 7, 30)), (1, (1868, 1, 25)))

_UTF8_STRING = 0x0C
_LONG_FORM = 0x80


def read_basic_data(names: Iterable[x509.GeneralName]) -> BasicData:
    """Return the data among the names of a subjectAltName.

    Raises :class:`ParseError`, which repeats nothing of them: one is missing, twice there, or not of its form.
    """
    found: dict[x509.ObjectIdentifier, str] = {}
    for name in names:
        if isinstance(name, x509.OtherName) and name.type_id in _ALL:
            if name.type_id in found:
                raise ParseError("basic data", "states something twice")
            found[name.type_id] = _utf8_string(name.value)
    if len(found) != len(_ALL):
        raise ParseError("basic data", "does not state everything")
    if found[SEX] not in SEX_BY_CODE:
        raise ParseError("basic data: sex", "is not one of its codes")
    for flags, text in ((found[NAME_FLAGS], found[NAME]), (found[ADDRESS_FLAGS], found[ADDRESS])):
        if len(flags) != len(text):
            raise ParseError("basic data", "its flags are not one for each character")
    return BasicData(
        found[NAME],
        found[ADDRESS],
        SEX_BY_CODE[found[SEX]],
        birth_from_text(found[BIRTH]),
        found[NAME_FLAGS],
        found[ADDRESS_FLAGS],
    )


def write_basic_data(basic: BasicData) -> list[x509.OtherName]:
    """Return the otherNames for these data, in the order seen on cards."""
    values = {
        NAME: basic.name,
        NAME_FLAGS: basic.name_substitutes or "0" * len(basic.name),
        SEX: sex_code(basic.sex),
        BIRTH: birth_to_text(basic.born),
        ADDRESS: basic.address,
        ADDRESS_FLAGS: basic.address_substitutes or "0" * len(basic.address),
    }
    return [x509.OtherName(oid, _to_utf8_string(values[oid])) for oid in _ALL]


def birth_from_text(text: str) -> BirthDate:
    """Decode ``EYYYYMMDD``: one digit for the era, then the Gregorian date. Raises :class:`ParseError`."""
    found = _BIRTH.fullmatch(text)
    if not found:
        raise ParseError("date of birth", "is not an era and eight digits")
    return BirthDate(int(found[1]), int(found[2]), int(found[3]))


def birth_to_text(born: BirthDate) -> str:
    """Return the date as certificates state it: 1 明治, 2 大正, 3 昭和, 4 平成, 5 令和, 0 where the era is unknown."""
    day = (born.year, born.month or 12, born.day or 31)
    era = next((era for era, first in _FIRST_DAYS if day >= first), 0)
    return f"{era}{born.year:04}{born.month:02}{born.day:02}"


def _utf8_string(der: bytes) -> str:
    """Return the content of a DER UTF8String that fills ``der``. Raises :class:`ParseError`."""
    try:
        text = _content(der).decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError("basic data", "is not UTF-8 text") from None
    if _to_utf8_string(text) != der:
        raise ParseError("basic data", "is not a UTF8String")
    return text


def _content(der: bytes) -> bytes:
    """Return what follows tag and length; whether these are right shows when the whole is encoded again."""
    if len(der) < 2 or der[1] < _LONG_FORM:
        return der[2:]
    return der[2 + der[1] - _LONG_FORM :]


def _to_utf8_string(text: str) -> bytes:
    content = text.encode("utf-8")
    if len(content) < _LONG_FORM:
        return bytes([_UTF8_STRING, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([_UTF8_STRING, _LONG_FORM + len(length)]) + length + content
