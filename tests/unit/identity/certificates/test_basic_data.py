"""The otherNames with the basic four data."""

from __future__ import annotations

import pytest
from cryptography import x509

from ippyo.errors import ParseError
from ippyo.identity.certificates.basic_data import (
    ADDRESS_FLAGS,
    BIRTH,
    NAME,
    SEX,
    birth_from_text,
    birth_to_text,
    read_basic_data,
    write_basic_data,
)
from ippyo.identity.person import BasicData, BirthDate

PERSON = BasicData("一票〓", "見本県", "male", BirthDate(1990, 3, 4), "001", "000")


def replaced(oid: x509.ObjectIdentifier, value: bytes) -> list[x509.OtherName]:
    return [x509.OtherName(oid, value) if name.type_id == oid else name for name in write_basic_data(PERSON)]


def utf8(text: str) -> bytes:
    data = text.encode()
    return bytes([0x0C, len(data)]) + data


def test_the_order_and_bytes_seen_on_cards() -> None:
    names = write_basic_data(PERSON)
    assert [name.type_id.dotted_string[-1] for name in names] == ["1", "4", "3", "5", "2", "6"]
    # The DER of the OID as card surveys print it.
    assert x509.SubjectAlternativeName([names[1]]).public_bytes().hex().count("2a83088c9b5508050504") == 1
    assert names[1].value == b"\x0c\x09419900304"
    assert read_basic_data(names) == PERSON


@pytest.mark.parametrize(
    ("born", "text"),
    [
        (BirthDate(1912, 7, 29), "119120729"),
        (BirthDate(1912, 7, 30), "219120730"),
        (BirthDate(1926, 12, 24), "219261224"),
        (BirthDate(1926, 12, 25), "319261225"),
        (BirthDate(1989, 1, 7), "319890107"),
        (BirthDate(1989, 1, 8), "419890108"),
        (BirthDate(2019, 4, 30), "420190430"),
        (BirthDate(2019, 5, 1), "520190501"),
        (BirthDate(1850, 1, 1), "018500101"),
        (BirthDate(1950, 0, 0), "319500000"),
        (BirthDate(0, 0, 0), "000000000"),
    ],
)
def test_dates_of_birth_have_an_era_and_a_gregorian_date(born: BirthDate, text: str) -> None:
    assert birth_to_text(born) == text
    assert birth_from_text(text) == born


@pytest.mark.parametrize(
    "text", ["", "19900304", "4１９９００３０４", "619900304", "4199003040", "419900004", "419900230"]
)
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        birth_from_text(text)


@pytest.mark.parametrize(("code", "sex"), [("1", "male"), ("2", "female"), ("3", "unknown"), ("9", "unknown")])
def test_codes_of_sex(code: str, sex: str) -> None:
    assert read_basic_data(replaced(SEX, utf8(code))).sex == sex


def test_a_long_address() -> None:
    person = BasicData("一票", "あ" * 200, "other", BirthDate(1990, 3, 4), "10", "01" * 100)
    read = read_basic_data(write_basic_data(person))
    assert (read.address, read.address_substitutes, read.sex) == (person.address, person.address_substitutes, "unknown")


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        (NAME, b""),
        (NAME, b"\x0c"),
        (NAME, b"\x0c\x05abc"),
        (NAME, b"\x0c\x03abcd"),
        (NAME, b"\x0c\x81\x03abc"),
        (NAME, b"\x0c\x80abc\x00\x00"),
        (NAME, b"\x0c\xff"),
        (NAME, b"\x13\x03abc"),
        (NAME, b"\x0c\x03\xe3\x81\xff"),
        (NAME, b"\x0c\x00"),
        (SEX, utf8("0")),
        (SEX, utf8("")),
        (BIRTH, utf8("19900304")),
        (ADDRESS_FLAGS, utf8("0")),
        (ADDRESS_FLAGS, utf8("002")),
        (ADDRESS_FLAGS, utf8("")),
    ],
)
def test_values_of_another_form_are_refused(oid: x509.ObjectIdentifier, value: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read_basic_data(replaced(oid, value))
    assert "一票" not in str(caught.value)


def test_each_is_there_once() -> None:
    names = write_basic_data(PERSON)
    with pytest.raises(ParseError, match="twice"):
        read_basic_data([*names, names[0]])
    with pytest.raises(ParseError, match="everything"):
        read_basic_data(names[:-1])
