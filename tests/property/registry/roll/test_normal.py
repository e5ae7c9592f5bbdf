"""Laws of the normal forms, on addresses put together at random."""

from hypothesis import given
from hypothesis import strategies as st

from ippyo.registry.roll.normal import Likeness, address_pattern, name_pattern, normal_address, normal_name

NUMBERS = st.lists(st.integers(1, 9999), min_size=1, max_size=4).map(tuple)
TOWNS = st.sampled_from(["中里", "三田", "八千代台", "一ノ瀬", "霞ヶ関", "大字下清戸", "神田駿河台"])
KANJI = "〇一二三四五六七八九"
TEXTS = st.text(
    st.sampled_from("東京都大字中里丁目番地号室のノ0123５６〇一二三十百千ー-－ 　ヶ髙①²½〓ァｶﾞ\ufe0f"), max_size=12
)


def spoken(number: int) -> str:
    """Return a number of up to four digits as it is spoken: 三千二百五."""
    digits = (number // 1000, number // 100 % 10, number // 10 % 10, number % 10)
    parts = (
        ("" if digit == 1 and unit else KANJI[digit]) + unit
        for digit, unit in zip(digits, ("千", "百", "十", ""), strict=True)
        if digit
    )
    return "".join(parts)


FORMS = (
    str,
    lambda number: str(number).translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}),
    spoken,
    lambda number: "".join(KANJI[int(digit)] for digit in str(number)),
    lambda number: f"0{number}",
)
JOINTS = st.sampled_from(["-", "ー", "－", "の", "ノ", "番地", "番地の", "番", "丁目", " ", "　"])


@st.composite
def written(draw: st.DrawFn, town: str, numbers: tuple[int, ...]) -> str:
    text = draw(st.sampled_from(["", "東京都", "大字"])) + town
    for position, number in enumerate(numbers):
        text += (draw(JOINTS) if position else "") + draw(st.sampled_from(FORMS))(number)
    return text + draw(st.sampled_from(["", "号", "番地", "　"]))


@given(TOWNS.filter(lambda town: town[-1] not in KANJI), NUMBERS, st.data())
def test_two_ways_to_write_one_house_are_equal(town: str, numbers: tuple[int, ...], data: st.DataObject) -> None:
    one, other = data.draw(written(town, numbers)), data.draw(written(town, numbers))
    assert normal_address(one) == normal_address(other)


@given(TOWNS, NUMBERS, NUMBERS, st.data())
def test_different_numbers_are_never_equal(
    town: str, numbers: tuple[int, ...], others: tuple[int, ...], data: st.DataObject
) -> None:
    if numbers != others:
        one, other = data.draw(written(town, numbers)), data.draw(written(town, others))
        assert normal_address(one) != normal_address(other)
        assert address_pattern(one).compare(normal_address(other)) is Likeness.DIFFERENT


@given(TEXTS | st.text(max_size=20))
def test_a_normal_form_is_its_own(text: str) -> None:
    for normal in (normal_address, normal_name):
        assert normal(normal(text)) == normal(text)


@given(st.text("佐藤鈴木一郎髙﨑渡邉 　", min_size=1, max_size=12), st.data())
def test_a_flag_takes_any_character_and_never_a_shift(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    if name[place].isspace() or not name[:place].strip() + name[place + 1 :].strip():
        return
    flags = "".join("1" if position == place else "0" for position in range(len(name)))
    pattern = name_pattern(name, flags)
    assert pattern.compare(normal_name(f"{name[:place]}龘{name[place + 1 :]}")) is Likeness.SAME
    assert pattern.compare(normal_name(name[:place] + name[place + 1 :])) is Likeness.DIFFERENT
    assert pattern.compare(normal_name(f"{name[:place]}龘龘{name[place + 1 :]}")) is Likeness.DIFFERENT
