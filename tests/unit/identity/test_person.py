from __future__ import annotations

import pickle
from datetime import date

import pytest

from ippyo.errors import ParseError
from ippyo.identity.person import MAX_ADDRESS, MAX_NAME, SEXES, BasicData, BirthDate

BORN = BirthDate(1950, 4, 5)


def data(**change: object) -> BasicData:
    fields: dict[str, object] = {"name": "一票花子", "address": "緑町一丁目2番3号", "sex": "female", "born": BORN}
    return BasicData(**{**fields, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "complete"),
    [
        ((1950, 4, 5), date(1950, 4, 5)),
        ((2000, 2, 29), date(2000, 2, 29)),
        ((1950, 4, 0), None),
        ((1950, 0, 0), None),
        ((0, 0, 0), None),
        ((0, 2, 29), None),
        ((0, 12, 0), None),
        ((1, 1, 1), date(1, 1, 1)),
        ((9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_dates_of_birth(parts: tuple[int, int, int], complete: date | None) -> None:
    assert BirthDate(*parts).complete == complete


@pytest.mark.parametrize(
    "parts",
    [
        (1950, 13, 1),
        (1950, 4, 31),
        (1950, 2, 29),
        (1900, 2, 29),
        (0, 2, 30),
        (1950, 0, 5),
        (0, 0, 5),
        (-1, 4, 5),
        (1950, -4, 5),
        (1950, 4, -5),
        (10000, 1, 1),
        (10**14, 1, 1),
        (1950, 10**14, 1),
        (1950, 4, 10**30),
    ],
)
def test_dates_that_cannot_be(parts: tuple[int, int, int]) -> None:
    with pytest.raises(ParseError, match="date of birth") as caught:
        BirthDate(*parts)
    assert "1950" not in str(caught.value)


@pytest.mark.parametrize("sex", SEXES)
def test_sexes(sex: str) -> None:
    assert data(sex=sex).sex == sex


def test_the_longest_data() -> None:
    assert data(name="名" * MAX_NAME, address="町" * MAX_ADDRESS)
    # One flag for each character, also for one outside the basic plane (𠮷 is one character).
    assert data(name="𠮷田", name_substitutes="10")
    assert data(address="緑　町", address_substitutes="000")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"name": ""}, "name"),
        ({"name": "名" * (MAX_NAME + 1)}, "name"),
        ({"name": "花子\n"}, "name"),
        ({"name": "花\x00子"}, "name"),
        ({"name": "花\ud842子"}, "name"),
        ({"name_substitutes": "000"}, "name"),
        ({"name_substitutes": "00000"}, "name"),
        ({"name_substitutes": "0002"}, "name"),
        ({"name_substitutes": "000１"}, "name"),
        ({"address": ""}, "address"),
        ({"address": "町" * (MAX_ADDRESS + 1)}, "address"),
        ({"address": "緑町\x1b[2J"}, "address"),
        ({"address_substitutes": "1"}, "address"),
        ({"sex": ""}, "sex"),
        ({"sex": "女"}, "sex"),
        ({"sex": "Female"}, "sex"),
    ],
)
def test_data_that_cannot_be(change: dict[str, str], what: str) -> None:
    with pytest.raises(ParseError, match=f"^basic data: {what}: ") as caught:
        data(**change)
    assert "花" not in str(caught.value)
    assert "緑" not in str(caught.value)


def test_nobody_is_shown() -> None:
    person = data()
    for shown in (repr(person), str(person), f"{person}", repr(BORN), repr([person]), repr({"born": BORN})):
        assert not {"花", "緑", "female", "1950"} & set(shown.replace("(", " ").split())
        assert "花子" not in shown
        assert "1950" not in shown
        assert "female" not in shown


def test_data_are_values() -> None:
    assert data() == data()
    assert hash(data()) == hash(data())
    assert data() != data(sex="male")
    assert pickle.loads(pickle.dumps(data())) == data()
    with pytest.raises(AttributeError):
        data().name = "x"  # type: ignore[misc]
