"""Election definitions: what officers write, and what they are told when they slip."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ippyo.errors import InputError
from ippyo.poll.ballot_size import largest_ballot
from ippyo.poll.limits import BALLOT_LIMIT, MANIFEST_LIMIT
from ippyo.poll.text import Text
from ippyo.poll.toml_manifest import ManifestError, parse_manifest, read_manifest_file

GOOD = """\
id = "hall"
title = { ja = "市役所", en = "City hall" }
opens = 2026-11-08T08:30:00+09:00
closes = 2026-11-15T20:00:00+09:00
issuers = ["市", "大学"]

[trustees]
total = 5

[[contests]]
id = "q1"
kind = "referendum"
title = { ja = "建て替え", en = "Rebuilding" }

[[contests]]
id = "q2"
kind = "choose"
title.ja = "二つまで"
title.en = "Up to two"
max = 2
answers = [
  { name = { ja = "甲", en = "A" } },
  # a comment, with ] and "
  { name = { ja = "乙", en = "B" }, number = 777, furigana = "おつ" },
]
"""


def errors(text: str) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(text, "f")
    return [str(finding) for finding in caught.value.findings]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def test_defaults() -> None:
    reading = parse_manifest(GOOD)
    manifest = reading.manifest
    assert reading.warnings == ()
    assert manifest.opens == int(dt.datetime(2026, 11, 7, 23, 30, tzinfo=dt.UTC).timestamp())
    assert (manifest.group, manifest.profile, manifest.description) == ("Ed25519", None, None)
    assert (manifest.trustees.total, manifest.trustees.threshold) == (5, 3)
    assert (manifest.officers.total, manifest.officers.threshold) == (3, 2)
    assert manifest.policies.channels == ("card-reader", "digital-auth")
    assert [style.id for style in manifest.styles] == ["all"]
    assert manifest.styles[0].contests == ("q1", "q2")
    referendum, several = manifest.contests
    assert [answer.name.ja for answer in referendum.answers] == ["賛成", "反対"]
    assert (several.min, several.max, several.blank, several.tally) == (1, 2, True, "homomorphic")
    assert [(answer.id, answer.number) for answer in several.answers] == [("a1", 1), ("a2", 777)]


def test_order_and_repetition_in_lists_do_not_matter() -> None:
    text = GOOD + (
        '[policies]\nchannels = ["digital-auth", "card-reader", "card-reader"]\nplaces = "kiosk"\n'
        '[[styles]]\nid = "s"\nname = { ja = "区", en = "Ward" }\ncontests = ["q2", "q1"]\n'
    )
    manifest = parse_manifest(text).manifest
    assert manifest.policies.channels == ("card-reader", "digital-auth")
    assert manifest.policies.places == ("kiosk",)
    assert manifest.styles[0].contests == ("q1", "q2")


def test_japanese_alone_is_allowed_with_a_warning() -> None:
    text = changed('{ ja = "市役所", en = "City hall" }', '"市役所"').replace(
        '{ name = { ja = "甲", en = "A" } }', '"甲"'
    )
    reading = parse_manifest(text, "f")
    assert reading.manifest.title == Text("市役所", "市役所")
    assert reading.manifest.contests[1].answers[0].name == Text("甲", "甲")
    assert [str(warning) for warning in reading.warnings] == [
        "f:2: no English on line 2, 22; the Japanese words stand in for it"
    ]


def test_many_texts_without_english_are_one_warning() -> None:
    names = "".join(f'  "候補{number}",\n' for number in range(10))
    text = GOOD.replace('  { name = { ja = "甲", en = "A" } },\n', names)
    (warning,) = parse_manifest(text).warnings
    assert "22, 23, 24, 25, 26, 27, 28, 29 and more" in warning.message


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("total = 5", "total = 5\nthreshold = 1", 7, "any single trustee"),
        ("[trustees]", "[officers]\nthreshold = 1\n[trustees]", 7, "one officer act alone"),
        ('["市", "大学"]', '["市"]', 5, "a single issuer"),
        ("[trustees]", '[policies]\nsecond_factor = "none"\n[trustees]', 8, "without registration codes"),
        ("[trustees]", '[policies]\nsecond_factor = "passkey"\n[trustees]', 8, "without registration codes"),
        ('"乙"', '"甲"', 24, "'甲' is the name of another answer"),
        ('"建て替え"', '"建て替え、か\u3099"', 13, "separate characters"),
    ],
)
def test_warnings(old: str, new: str, line: int, message: str) -> None:
    (warning,) = parse_manifest(changed(old, new)).warnings
    assert (warning.line, message in warning.message) == (line, True)


def test_polls_at_polling_places_only_need_no_letters() -> None:
    policies = '[policies]\nsecond_factor = "none"\nplaces = ["kiosk"]\n[trustees]'
    assert parse_manifest(changed("[trustees]", policies)).warnings == ()


def test_unusual_forms_of_kanji_are_left_alone() -> None:
    reading = parse_manifest(changed('"乙"', '"\ufa19\ufa11"'))
    assert reading.warnings == ()
    assert reading.manifest.contests[1].answers[1].name.ja == "\ufa19\ufa11"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('id = "hall"', "", ["f:1: id is missing"]),
        ('id = "hall"', 'id = "Hall"', ["f:1: id 'Hall' is not an id: 1 to 40 of a-z, 0-9 and '-', first a letter"]),
        ('id = "hall"', "id = 1", ["f:1: id must be a text in quotes"]),
        ("title = {", "titel = {", ["f:2: titel is not a key of this table; did you mean 'title'?"]),
        ('en = "City hall" }', 'fr = "Mairie" }', ["f:2: title.fr is not a key of this table; known here: ja, en"]),
        ('ja = "市役所", ', "", ["f:2: title.ja is missing"]),
        ('{ ja = "市役所", en = "City hall" }', "3", ["f:2: title must be a text in quotes, or { ja"]),
        ('en = "City hall"', 'en = ""', ["f:2: title.en is empty"]),
        ("2026-11-08T08:30:00+09:00", "2026-11-08T08:30:00", ["f:3: opens lacks the offset from UTC; write"]),
        ("2026-11-08T08:30:00+09:00", "2026-11-08", ["f:3: opens must be a time; write"]),
        ("2026-11-08T08:30:00+09:00", '"2026-11-08T08:30:00+09:00"', ["f:3: opens must be a time; write"]),
        ("08:30:00+09", "08:30:00.5+09", ["f:3: opens must be a whole second"]),
        ("2026-11-15", "2026-11-01", ["f:4: closes must be later than opens"]),
        ('["市", "大学"]', "[1, 2]", ["f:5: issuers must be an array of texts"]),
        ('["市", "大学"]', '["市", "市"]', ["f:5: issuers[2] '市' is used twice"]),
        ('["市", "大学"]', "[]", ["f:5: issuers are 0, not 1 to 16"]),
        ("total = 5", "total = 31", ["f:8: trustees.total is 31, not between 1 and 30"]),
        ("total = 5", "total = true", ["f:8: trustees.total must be a whole number without quotes"]),
        ("total = 5", "threshold = 4", ["f:8: trustees.threshold is 4, more than the total of 3"]),
        ("[trustees]\n", "trustees = 3\n", ["f:7: trustees must be a table: [trustees]", "f:8: total is not a key"]),
        ('kind = "referendum"', 'kind = "yes-no"', ["f:10: contests[1].answers is missing", "f:12: contests[1].kind"]),
        ("max = 2", "", ["f:15: contests[2].max is missing"]),
        ("max = 2", "max = 2\nblank = 1", ["f:21: contests[2].blank must be true or false, without quotes"]),
        ("max = 2", 'max = 2\ntally = "shuffle"', ["f:21: contests[2].tally 'shuffle' is not built yet"]),
        ("number = 777", "number = 1", ["f:24: contests[2].answers[2].number 1 is used twice"]),
        ("number = 777", 'number = "7"', ["f:24: contests[2].answers[2].number must be a whole number"]),
        (
            "number = 777",
            "numbre = 7",
            ["f:24: contests[2].answers[2].numbre is not a key of this table; did you mean"],
        ),
        (
            '  { name = { ja = "甲", en = "A" } },',
            "  5,",
            ["f:22: contests[2].answers[1] must be a table: [[answers]]"],
        ),
        ('[[contests]]\nid = "q1"', '[contests]\nid = "q1"', ["f:15: is not TOML: "]),
        ("= 5", "= 五", ["f:8: is not TOML: invalid value"]),
        ("= 5", "＝ 5", ["use half-width signs instead of ＝"]),
        ("= 5", "= 1" + "0" * 5000, ["is not TOML: "]),
        ("\n]\n", "\n", ["is not TOML: "]),
        ('id = "q2"', 'id = "q1"', ["f:16: contests[2].id 'q1' is used twice"]),
    ],
)
def test_mistakes(old: str, new: str, found: list[str]) -> None:
    told = errors(changed(old, new))
    assert len(told) == len(found), told
    for line, expected in zip(told, found, strict=True):
        assert expected in line


def test_contests_of_the_wrong_type() -> None:
    head = GOOD[: GOOD.index("[[contests]]")]
    assert errors(head) == ["f:1: contests is missing"]
    assert errors(f"contests = 5\n{head}") == ["f:1: contests must be an array of tables: [[contests]]"]
    assert errors(f"contests = [5]\n{head}") == ["f:1: contests[1] must be a table: [[contests]]"]


def test_styles() -> None:
    style = '[[styles]]\nid = "s"\nname = { ja = "区", en = "Ward" }\n'
    assert parse_manifest(GOOD + style).manifest.styles[0].contests == ("q1", "q2")
    assert errors(f'{GOOD}{style}contests = ["q1", "q22"]\n') == [
        "f:29: styles[1].contests[2] 'q22' is not a contest of this poll; did you mean 'q2'?"
    ]
    assert errors(f'{GOOD}{style}contests = ["q1", "mayor", "q2"]\n') == [
        "f:29: styles[1].contests[2] 'mayor' is not a contest of this poll"
    ]
    assert errors(f"{GOOD}{style}contests = []\n")[-1].startswith("f:29: styles[1].contests is empty")
    assert errors(f'{GOOD}{style}contests = ["q1"]\n') == [
        "f:16: contests[2].id 'q2' stands in no style: nobody could vote"
    ]
    assert errors(f"{GOOD}{style}{style}") == ["f:30: styles[2].id 's' is used twice"]
    assert errors(GOOD + style.replace('"s"', '"S"'))[0].startswith("f:27: styles[1].id 'S' is not an id")


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("total = 5", "total = 99").replace("+09:00", "").replace("max = 2", "max = 9")
    text = text.replace('"hall"', '"?"').replace('en = "B"', 'en = ""') + '[policies]\nrevote = "maybe"\n'
    told = errors(text)
    assert [int(line.split(":")[1]) for line in told] == [1, 3, 4, 8, 20, 24, 27]


def test_several_mistakes_are_counted_in_the_sentence() -> None:
    with pytest.raises(ManifestError, match=r"^2 mistakes to mend:\n  f:3: .*\n  f:4: "):
        parse_manifest(GOOD.replace("+09:00", ""), "f")


def test_a_contest_whose_ballots_would_be_too_large() -> None:
    names = "".join(f'  "候補{number}",\n' for number in range(150))
    text = GOOD.replace('  { name = { ja = "甲", en = "A" } },\n', names)
    assert parse_manifest(text).manifest.contests[1].choices == 152
    (told,) = errors(f'group = "RFC-3526-2048"\n{text}')
    assert told.startswith("f:16: contests[2] has ballots of up to ")
    contest = parse_manifest(text).manifest.contests[1]
    assert parse_manifest(f'group = "BELENIOS-2048"\n{text}').manifest.contests[1] == contest
    assert largest_ballot("Ed25519", contest) < largest_ballot("BELENIOS-2048", contest) < BALLOT_LIMIT
    assert errors(f'group = "none"\n{text}')[0].startswith("f:1: group 'none' is unknown")


def test_text_too_long_or_too_deep() -> None:
    assert errors("#" * (MANIFEST_LIMIT + 1)) == [f"f:1: is longer than {MANIFEST_LIMIT} bytes"]
    assert errors(f"id = {'[' * 5000}{']' * 5000}") == ["f:1: is nested too deeply"]


def test_reading_files(tmp_path: Path) -> None:
    file = tmp_path / "poll.toml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_manifest_file(file).manifest == parse_manifest(GOOD).manifest
    assert read_manifest_file(str(file)).warnings == ()
    file.write_bytes(GOOD.encode("cp932"))
    with pytest.raises(ManifestError, match=r"poll\.toml:2: is not UTF-8 text; save the file in UTF-8"):
        read_manifest_file(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest_file(tmp_path)


def test_a_file_without_an_end_is_left(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"^/dev/zero:1: is longer than {MANIFEST_LIMIT} bytes$"):
        read_manifest_file("/dev/zero")
    file = tmp_path / "poll.toml"
    comment = b"#" * (MANIFEST_LIMIT - len(GOOD.encode()))
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + comment)
    assert read_manifest_file(file).manifest == parse_manifest(GOOD).manifest
    file.write_bytes(GOOD.encode() + comment + b"#")
    with pytest.raises(ManifestError, match="is longer than"):
        read_manifest_file(file)
    # Cut in the middle of a letter, it is too long all the same, and not of a wrong encoding.
    file.write_bytes("票".encode() * MANIFEST_LIMIT)
    with pytest.raises(ManifestError, match="is longer than"):
        read_manifest_file(file)
    with pytest.raises(InputError, match="File name too long"):
        read_manifest_file(tmp_path / ("x" * 300))


def test_the_example_of_the_manual() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "manifest.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert parse_manifest(example).warnings == ()
