"""Registration codes as people type them."""

from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from ippyo.errors import ParseError
from ippyo.registry.codes.code import ALPHABET, CodeText, possible_digests

SECRETS = st.text(ALPHABET, min_size=11, max_size=11)


def of(secret: str) -> CodeText:
    """Return the code with these symbols, its check symbol computed from the definition."""
    total = sum(place * ALPHABET.index(symbol) for place, symbol in enumerate(secret, start=1))
    return CodeText.parse(secret + ALPHABET[total % 31])


def test_a_code_by_hand() -> None:
    # 1·1 + 2·2 + … + 11·11 = 506 = 16·31 + 10
    assert of("123456789AB").reveal() == "1234-5678-9ABA"


def test_new_codes_differ_and_are_read_back() -> None:
    codes = {CodeText.generate().reveal() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert CodeText.parse(code).reveal() == code


@pytest.mark.parametrize(
    "typed",
    [
        "1234-5678-9aba",
        "123456789ABA",
        " 1234 5678　9ABA ",
        "１２３４－５６７８－９ＡＢＡ",
        "I234ー5678ー9aba",
        "l2345678‐9ABA",
    ],
)
def test_forgiving_reading(typed: str) -> None:
    assert CodeText.parse(typed).reveal() == "1234-5678-9ABA"


@pytest.mark.parametrize(
    "typed", ["", "1234-5678-9AB", "1234-5678-9ABAA", "1234-5678-9AB!", "U234-5678-9ABA", "1" * 101]
)
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(ParseError) as caught:
        CodeText.parse(typed)
    assert not typed or typed not in str(caught.value)


@given(SECRETS, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_found(secret: str, place: int, symbol: str) -> None:
    text = of(secret).reveal().replace("-", "")
    # 0 and Z, whose values differ by the modulus, are never taken for each other by a reader.
    if symbol != text[place] and {symbol, text[place]} != {"0", "Z"}:
        with pytest.raises(ParseError):
            CodeText.parse(text[:place] + symbol + text[place + 1 :])


@given(SECRETS, st.integers(0, 9))
def test_two_neighbours_exchanged_are_found(secret: str, place: int) -> None:
    text = of(secret).reveal().replace("-", "")
    one, other = text[place], text[place + 1]
    if one != other and {one, other} != {"0", "Z"}:
        with pytest.raises(ParseError):
            CodeText.parse(text[:place] + other + one + text[place + 2 :])


def test_nothing_shows_a_code() -> None:
    code = CodeText.generate()
    shown = code.reveal()
    assert shown not in repr(code) + str(code)
    assert shown.replace("-", "") not in repr(code) + str(code)


def test_the_digest_depends_on_the_servers_key() -> None:
    code = of("123456789AB")
    with override_settings(SECRET_KEY="one", SECRET_KEY_FALLBACKS=[]):
        first = code.digest()
        assert possible_digests(code) == [first]
    with override_settings(SECRET_KEY="two", SECRET_KEY_FALLBACKS=["one"]):
        assert code.digest() != first
        assert possible_digests(code) == [code.digest(), first]
    assert len(first) == 64
    assert "123456789" not in first
