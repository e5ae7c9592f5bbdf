"""What is evened out when names and addresses are compared, and what never is."""

import pytest

from ippyo.registry.roll.normal import Likeness, address_pattern, house, name_pattern, normal_address, normal_name


@pytest.mark.parametrize(
    "written",
    [
        "東京都清瀬市中里五丁目842番地の3",
        "清瀬市中里５丁目８４２番地３",
        "清瀬市中里５－８４２－３",
        "清瀬市中里5ー842ー3",
        "清瀬市中里５の８４２の３",
        "清瀬市中里5丁目842番3号",
        "清瀬市　中里 5-842-3",
        "清瀬市大字中里5丁目八四二番地ノ三",
        "清瀬市中里五丁目八百四十二番三号",
        "淸瀬市中里05−842−03",
        "清瀬市中里5‐842‑3",
    ],
)
def test_one_address_in_many_ways(written: str) -> None:
    assert normal_address(written) == "清瀬市中里5-842-3"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中里5-842", "中里5-843"),
        ("中里5-842", "中里58-42"),
        ("中里5-842", "中里5842"),
        ("中里5 842", "中里5842"),
        ("中里二 十三", "中里二十三"),
        ("中里十一", "中里十-一"),
        ("中里5①", "中里51"),
        ("中里5²", "中里52"),
        ("中里5㉑", "中里521"),
        ("中里5大字3", "中里53"),
        ("中里2十", "中里210"),
        ("中里5-3 301号室", "中里5-3301"),
        ("中里1-2-3", "中里1-23"),
        ("中里100", "中里1"),
        ("中里5\ufe0f3", "中里53"),
    ],
)
def test_different_houses_stay_different(one: str, other: str) -> None:
    assert normal_address(one) != normal_address(other)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("十", "10"),
        ("二十三", "23"),
        ("百五", "105"),
        ("千二百", "1200"),
        ("三千四百五十六", "3456"),
        ("二〇五", "205"),
    ],
)
def test_numerals_of_characters(written: str, number: str) -> None:
    assert normal_address(f"甲{written}番") == f"甲{number}"


def test_numerals_that_mean_no_number_stay() -> None:
    assert normal_address("十千町") == "十千町"


@pytest.mark.parametrize("kept", ["三番町", "本町二号館"])
def test_names_that_look_like_counters_keep_them(kept: str) -> None:
    assert normal_address(kept)[-2:] == kept[-2:]


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("中里5-842-3コーポ三田301", "中里5-842-3"),
        ("三田5-842 コーポ301", "3田5-842"),
        ("中里842番地", "中里842"),
        ("無番地", "無番地"),
    ],
)
def test_the_address_without_building_and_room(written: str, part: str) -> None:
    assert house(normal_address(written)) == part


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙﨑　ジョン", "高崎ジョン"),
        ("渡邉花子", "渡辺 花子"),
        ("渡邊花子", "渡辺　花子"),
        ("齋藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("濵田", "浜田"),
        ("濱田", "浜田"),
        ("𠮷田", "吉田"),
        ("ｼﾞｮﾝ・ｽﾐｽ", "ジョン　スミス"),
        ("Smith John", "ＳＭＩＴＨ　ＪＯＨＮ"),
        ("葛\U000e0100城", "葛城"),
        ("神田", "神田"),
    ],
)
def test_one_name_in_two_ways(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("佐藤一郎", "佐藤二郎"), ("佐藤一郎", "佐藤1郎"), ("渡辺", "渡部"), ("大田", "太田")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@pytest.mark.parametrize(
    ("card", "flags", "roll", "likeness"),
    [
        ("渡辺太郎", "", "渡邉太郎", Likeness.SAME),
        ("鈴木大郎", "0010", "鈴木𩵋郎", Likeness.SAME),
        # Any certificate can hold the roll's character: nobody would have replaced it.
        ("鈴木　大郎", "00010", "鈴木　燈郎", Likeness.NEAR),
        ("鈴木　燈郎", "00010", "鈴木　燈郎", Likeness.SAME),
        ("高橋", "10", "髙橋", Likeness.SAME),
        ("鈴木大郎", "0000", "鈴木燈郎", Likeness.DIFFERENT),
        ("鈴木大郎", "0001", "鈴木燈郎", Likeness.DIFFERENT),
        # A flag stands for one character at its place: nothing shifts.
        ("鈴木大郎", "0010", "鈴木郎", Likeness.DIFFERENT),
        ("鈴木大郎", "0010", "鈴木燈燈郎", Likeness.DIFFERENT),
        ("鈴木", "11", "佐藤", Likeness.NEAR),
        ("鈴木大郎", "", "鈴木〓郎", Likeness.NEAR),
        ("鈴木大郎", "", "鈴木\ue000郎", Likeness.NEAR),
        ("鈴木〓郎", "", "鈴木大郎", Likeness.NEAR),
        ("鈴木大郎", "", "佐藤〓郎", Likeness.DIFFERENT),
    ],
)
def test_characters_that_one_side_cannot_write(card: str, flags: str, roll: str, likeness: Likeness) -> None:
    assert name_pattern(card, flags).compare(normal_name(roll)) is likeness


@pytest.mark.parametrize(
    ("card", "flags", "roll", "likeness"),
    [
        ("中里逢坂5番3号", "00100000", "中里〓坂5-3", Likeness.SAME),
        ("中里逢坂5番3号", "00100000", "中里〓坂5-4", Likeness.DIFFERENT),
        ("中里逢坂5番3号", "00000000", "中里〓坂5-3", Likeness.NEAR),
        ("中里5番3号", "001000", "中里4番3号", Likeness.DIFFERENT),
        ("中里5番3号", "", "中里■番3号", Likeness.DIFFERENT),
    ],
)
def test_addresses_with_substitutes(card: str, flags: str, roll: str, likeness: Likeness) -> None:
    assert address_pattern(card, flags).compare(normal_address(roll)) is likeness
