"""Whatever bytes come, the answer is a checked certificate or a named refusal; data go in and out unchanged."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.errors import ParseError
from ippyo.identity.certificates import Trust, check_certificate
from ippyo.identity.certificates.basic_data import (
    birth_from_text,
    birth_to_text,
    read_basic_data,
    write_basic_data,
)
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool, writable

NOW = datetime(2026, 11, 22, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
born = st.dates().map(lambda day: BirthDate(day.year, day.month, day.day))


@cache
def issued() -> tuple[Trust, bytes]:
    """Return whom to trust, and a certificate whose last bit, which is its signature's, is zero."""
    with TemporaryDirectory() as folder:
        jlis, pool = Jlis.create(Path(folder) / "jlis", NOW), KeyPool(1)
        person = BasicData("一票　花子", "見本県", "female", BirthDate(1990, 3, 4))
        while True:
            card = jlis.personalise(person, CardPins(), NOW, pool=pool)
            assert card.signature is not None
            if card.signature.certificate[-1] % 2 == 0:
                return jlis.trust(), card.signature.certificate


def test_no_bit_of_the_signature_is_spare() -> None:
    trust, der = issued()
    place = len(der) - len(x509.load_der_x509_certificate(der).signature) - 1
    altered = der[:place] + b"\1" + der[place + 1 :]
    assert x509.load_der_x509_certificate(altered).signature == x509.load_der_x509_certificate(der).signature
    with pytest.raises(IdentityRefusedError, match="bad-certificate"):
        check_certificate(altered, "signature", trust, NOW)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_altered_byte_is_refused_by_name(data: st.DataObject) -> None:
    trust, der = issued()
    position = data.draw(st.integers(0, len(der) - 1))
    altered = bytearray(der)
    altered[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IdentityRefusedError) as refused:
        check_certificate(bytes(altered), "signature", trust, NOW)
    assert "花子" not in str(refused.value)


@given(st.binary(max_size=300))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    trust, der = issued()
    for bad in (rubbish, der[:40] + rubbish):
        with pytest.raises(IdentityRefusedError, match="bad-certificate"):
            check_certificate(bad, "signature", trust, NOW)


@given(texts, texts, st.sampled_from(["male", "female", "unknown"]), born)
def test_data_come_back_as_they_went_in(name: str, address: str, sex: str, day: BirthDate) -> None:
    person = BasicData(name, address, sex, day, "0" * len(name), "1" * len(address))
    assert read_basic_data(write_basic_data(person)) == person


@given(born)
def test_dates_come_back(day: BirthDate) -> None:
    assert birth_from_text(birth_to_text(day)) == day


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_date_is_refused_or_written_again(text: str) -> None:
    try:
        read = birth_from_text(text)
    except ParseError:
        return
    assert birth_to_text(read)[1:] == text[1:]


@given(texts, st.binary(max_size=60))
def test_other_names_are_refused_or_read(name: str, value: bytes) -> None:
    names = write_basic_data(BasicData(name, "見本県", "male", BirthDate(1990, 1, 1)))
    with suppress(ParseError):
        assert read_basic_data([x509.OtherName(names[0].type_id, value), *names[1:]]).address == "見本県"


@given(texts)
def test_flags_mark_what_certificates_cannot_hold(name: str) -> None:
    kept = writable(BasicData(name, "見本県", "male", BirthDate(1990, 1, 1)))
    assert len(kept.name) == len(kept.name_substitutes) <= len(name)
    kept.name.encode("euc_jp")
    if "1" not in kept.name_substitutes:
        assert kept.name == name
