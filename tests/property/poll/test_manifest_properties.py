"""Properties of manifests, elections, choices, results and the line finder."""

from __future__ import annotations

import contextlib
import json
import tomllib
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo import profiles
from ippyo.errors import ParseError
from ippyo.poll.choice import plaintexts
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.election import base58, contest_uuid, election_text
from ippyo.poll.manifest import Manifest
from ippyo.poll.result import ContestResult, cut_decimal
from ippyo.poll.text import Text
from ippyo.poll.toml_lines import LineIndex

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
FROZEN = profiles.load("multi-question").to_text()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

words = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=20)
texts = st.builds(Text, words, words)


@st.composite
def contests(draw: st.DrawFn) -> Contest:
    count = draw(st.integers(1, 6))
    most = draw(st.integers(1, count))
    answers = tuple(Answer(f"a{number}", number, draw(texts)) for number in range(count))
    least, blank = draw(st.integers(0, most)), draw(st.booleans())
    return Contest("c", "choose", draw(texts), draw(st.none() | texts), least, most, blank, "homomorphic", answers)


@QUICK
@given(contests())
def test_any_contest_survives_a_round_trip(contest: Contest) -> None:
    assert Contest.from_value(json.loads(json.dumps(contest.to_value()))) == contest


@QUICK
@given(st.integers(0, len(FROZEN) - 1), st.characters(codec="utf-8"))
def test_one_text_one_manifest(place: int, character: str) -> None:
    text = FROZEN[:place] + character + FROZEN[place + 1 :]
    try:
        manifest = Manifest.from_text(text)
    except ParseError:
        return
    assert manifest.to_text() == text
    assert (manifest.hash == Manifest.from_text(FROZEN).hash) == (text == FROZEN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(st.sampled_from(sorted(json.loads(FROZEN))), json_values)
def test_any_value_in_any_field_is_taken_or_refused(field: str, value: Any) -> None:
    changed = json.dumps({**json.loads(FROZEN), field: value}, separators=(",", ":"), ensure_ascii=False)
    with contextlib.suppress(ParseError):
        assert Manifest.from_text(changed).to_text() == changed


@QUICK
@given(st.binary(min_size=32, max_size=32))
def test_base58_keeps_the_number(data: bytes) -> None:
    digits = base58(data)
    number = 0
    for digit in digits:
        number = number * 58 + BASE58.index(digit)
    assert (len(digits), number) == (44, int.from_bytes(data))


def test_uuids_and_elections_differ() -> None:
    manifest = Manifest.from_text(FROZEN)
    assert len({contest_uuid(manifest.hash, contest.id) for contest in manifest.contests}) == 3
    assert len({election_text(manifest, contest, "1") for contest in manifest.contests}) == 3


@QUICK
@given(contests(), st.data())
def test_counted_choices_are_a_possible_result(contest: Contest, data: st.DataObject) -> None:
    count = len(contest.answers)
    marks = st.permutations(range(count)).flatmap(
        lambda order: st.integers(contest.min, contest.max).map(
            lambda number: tuple(int(place in order[:number]) for place in range(count))
        )
    )
    sealed = [plaintexts(contest, choice) for choice in data.draw(st.lists(marks, max_size=8))]
    counts = [sum(column) for column in zip(*sealed, strict=True)] if sealed else [0] * contest.choices
    result = ContestResult.from_value(contest, counts, len(sealed))
    ranks = [line.rank for line in result.ranking()]
    assert ranks == sorted(ranks)
    assert {line.answer.id for line in result.ranking()} == {answer.id for answer in contest.answers}


@QUICK
@given(st.fractions(min_value=0, max_value=1000), st.integers(0, 4))
def test_cut_decimals_are_just_below(value: Fraction, places: int) -> None:
    assert 0 <= value - Fraction(cut_decimal(value, places)) < Fraction(1, 10**places)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(toml, value)) + "\n]"
    return json.dumps(value)


toml_values = st.recursive(
    st.booleans() | st.integers(0, 99) | st.text("a\"'#[]{}=,.\\\n", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\"'.#=] ", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@QUICK
@given(toml_values)
def test_the_line_after_any_value_is_found(value: Any) -> None:
    text = f"first = {toml(value)}\nlast = 1\n"
    assert tomllib.loads(text)["first"] == value
    assert LineIndex(text).line(("last",)) == text.count("\n")
