"""Every rule of a manifest, broken once, and named by the error."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from ippyo.errors import InputError, ParseError
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import LAST_TIME, BallotStyle, Manifest, Policies, Quorum
from ippyo.poll.rules import Problem, RuleError
from ippyo.poll.text import Text

WORDS = Text("言葉", "Words")
POLICIES = Policies("signature", ("card-reader",), "none", "blind-ticket", "last-counts", ("remote",))


def answers(count: int) -> tuple[Answer, ...]:
    return tuple(Answer(f"a{number}", number, WORDS) for number in range(1, count + 1))


def contest(**changes: Any) -> Contest:
    base: dict[str, Any] = {
        "id": "c",
        "kind": "choose",
        "title": WORDS,
        "description": None,
        "min": 1,
        "max": 2,
        "blank": True,
        "tally": "homomorphic",
        "answers": answers(3),
    }
    return Contest(**(base | changes))


def manifest(**changes: Any) -> Manifest:
    base: dict[str, Any] = {
        "id": "poll",
        "title": WORDS,
        "description": None,
        "group": "Ed25519",
        "opens": 10,
        "closes": 20,
        "policies": POLICIES,
        "trustees": Quorum(3, 2),
        "issuers": ("A", "B"),
        "officers": Quorum(2, 2),
        "styles": (BallotStyle("all", WORDS, ("c", "d")),),
        "contests": (contest(), contest(id="d")),
    }
    return Manifest(**(base | changes))


def policies(**changes: Any) -> Policies:
    return dataclasses.replace(POLICIES, **changes)


def style(*contests: str, style_id: str = "s") -> BallotStyle:
    return BallotStyle(style_id, WORDS, contests)


BROKEN: list[tuple[str, Callable[[], object]]] = [
    ("id 'A' is not an id", lambda: manifest(id="A")),
    ("id 'aaaa.*…' is not an id", lambda: manifest(id="a" * 41)),
    ("id '' is not an id", lambda: manifest(id="")),
    ("profile 'x y' is not an id", lambda: manifest(profile="x y")),
    ("title.ja is empty", lambda: manifest(title=Text("", "x"))),
    ("title.en is longer than 300", lambda: manifest(title=Text("x", "x" * 301))),
    ("title.en must stand on one line", lambda: manifest(title=Text("x", "x\ny"))),
    ("title.en begins or ends with a space", lambda: manifest(title=Text("x", "x "))),
    (r"title.en holds the invisible character U\+202E", lambda: manifest(title=Text("x", "x\u202ey"))),
    ("description.ja is longer than 20000", lambda: manifest(description=Text("x" * 20_001, "x"))),
    (r"description.ja holds the invisible character U\+000D", lambda: manifest(description=Text("x\r\ny", "x"))),
    ("group 'P-256' is unknown", lambda: manifest(group="P-256")),
    ("opens is -1", lambda: manifest(opens=-1)),
    ("closes is .* not between", lambda: manifest(closes=LAST_TIME + 1)),
    ("closes must be later than opens", lambda: manifest(closes=10)),
    ("trustees.total is 31", lambda: manifest(trustees=Quorum(31, 1))),
    ("trustees.threshold is 0", lambda: manifest(trustees=Quorum(3, 0))),
    ("trustees.threshold is 4, more than the total of 3", lambda: manifest(trustees=Quorum(3, 4))),
    ("officers.total is 33", lambda: manifest(officers=Quorum(33, 1))),
    ("issuers are 0", lambda: manifest(issuers=())),
    ("issuers are 17", lambda: manifest(issuers=tuple(map(str, range(17))))),
    (r"issuers\[2\] 'A' is used twice", lambda: manifest(issuers=("A", "A"))),
    (r"issuers\[2\] is empty", lambda: manifest(issuers=("A", ""))),
    ("contests are 0", lambda: manifest(contests=())),
    ("contests are 65", lambda: manifest(contests=tuple(contest(id=f"c{n}") for n in range(65)))),
    (r"contests\[2\].id 'c' is used twice", lambda: manifest(contests=(contest(), contest()), styles=(style("c"),))),
    ("styles are 0", lambda: manifest(styles=())),
    ("styles are 65", lambda: manifest(styles=tuple(style("c", "d", style_id=f"s{n}") for n in range(65)))),
    (r"styles\[2\].id 's' is used twice", lambda: manifest(styles=(style("c"), style("d")))),
    (r"styles\[1\].contests\[3\] 'e' is not a contest", lambda: manifest(styles=(style("c", "d", "e"),))),
    (r"styles\[1\].contests do not stand in the order", lambda: manifest(styles=(style("d", "c"),))),
    (r"contests\[2\].id 'd' stands in no style", lambda: manifest(styles=(style("c"),))),
    ("style 's': contests is empty", style),
    (r"style 's': contests\[2\] 'c' is used twice", lambda: style("c", "c")),
    ("id 'S' is not an id", lambda: style("c", style_id="S")),
    ("name.ja is empty", lambda: BallotStyle("s", Text("", "x"), ("c",))),
    ("certificate 'passport' is unknown", lambda: policies(certificate="passport")),
    ("channels is empty", lambda: policies(channels=())),
    (r"channels\[1\] 'fax' is unknown", lambda: policies(channels=("fax",))),
    ("channels is not in alphabetical order", lambda: policies(channels=("digital-auth", "card-reader"))),
    ("second_factor 'fax' is unknown", lambda: policies(second_factor="fax")),
    ("anonymity 'double-envelope' is not built yet", lambda: policies(anonymity="double-envelope")),
    ("anonymity 'open-roll' is not built yet", lambda: policies(anonymity="open-roll")),
    ("anonymity 'none' is unknown", lambda: policies(anonymity="none")),
    ("revote 'always' is unknown", lambda: policies(revote="always")),
    ("places is empty", lambda: policies(places=())),
    (r"places\[1\] 'moon' is unknown", lambda: policies(places=("moon",))),
    ("kind 'rank' is unknown", lambda: contest(kind="rank")),
    ("tally 'shuffle' is not built yet", lambda: contest(tally="shuffle")),
    ("tally 'self-tally' is not built yet", lambda: contest(tally="self-tally")),
    ("tally 'hands' is unknown", lambda: contest(tally="hands")),
    ("contest 'c': title.ja is empty", lambda: contest(title=Text("", "x"))),
    ("description.en is empty", lambda: contest(description=Text("x", ""))),
    ("answers are 0", lambda: contest(answers=())),
    ("answers are 201", lambda: contest(answers=answers(201))),
    (r"answers\[2\].id 'a1' is used twice", lambda: contest(answers=(*answers(1), Answer("a1", 2, WORDS)))),
    (r"answers\[2\].number 1 is used twice", lambda: contest(answers=(*answers(1), Answer("b", 1, WORDS)))),
    ("max is 4, not between 1 and 3", lambda: contest(max=4)),
    ("max is 0, not between 1 and 3", lambda: contest(max=0)),
    ("min is 3, not between 0 and 2", lambda: contest(min=3)),
    ("min must be 1 for choose-one", lambda: contest(kind="choose-one", min=0, max=1)),
    ("max must be 1 for choose-one", lambda: contest(kind="choose-one", min=1, max=2)),
    ("max must be 1 for referendum", lambda: contest(kind="referendum", min=1, max=2, answers=answers(2))),
    ("answers are 3, but a referendum has two", lambda: contest(kind="referendum", min=1, max=1)),
    ("min of a per-item contest must be 0 to 3", lambda: contest(kind="per-item", min=1, max=3, blank=False)),
    ("max of a per-item contest must be 0 to 3", lambda: contest(kind="per-item", min=0, max=2, blank=False)),
    ("blank must be false for per-item", lambda: contest(kind="per-item", min=0, max=3)),
    ("answer 'A': id 'A' is not an id", lambda: Answer("A", 1, WORDS)),
    ("number is 10000", lambda: Answer("a", 10_000, WORDS)),
    ("number is -1", lambda: Answer("a", -1, WORDS)),
    ("name.en is empty", lambda: Answer("a", 1, Text("x", ""))),
    ("furigana is empty", lambda: Answer("a", 1, WORDS, furigana="")),
    ("statement.ja is empty", lambda: Answer("a", 1, WORDS, statement=Text("", "x"))),
]


@pytest.mark.parametrize(("message", "build"), BROKEN, ids=[message for message, _ in BROKEN])
def test_a_broken_rule_is_named(message: str, build: Callable[[], object]) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        build()
    assert caught.value.problems


def test_all_broken_rules_are_told() -> None:
    with pytest.raises(RuleError) as caught:
        manifest(id="", group="?", closes=1)
    assert [problem.path for problem in caught.value.problems] == [("id",), ("group",), ("closes",)]


def test_a_problem_without_a_place_is_its_text() -> None:
    assert str(Problem((), "is empty")) == "is empty"


@pytest.mark.parametrize("kind", ["choose-one", "choose", "per-item", "referendum"])
def test_each_kind_survives_a_round_trip(kind: str) -> None:
    least, most = {"choose": (0, 2), "per-item": (0, 2)}.get(kind, (1, 1))
    one = contest(kind=kind, min=least, max=most, blank=kind != "per-item", answers=answers(2))
    whole = manifest(contests=(one,), styles=(style("c"),))
    assert Manifest.from_text(whole.to_text()) == whole
    assert one.choices == (2 if kind == "per-item" else 3)


def test_the_hash_depends_on_every_byte() -> None:
    assert manifest().hash != manifest(closes=21).hash
    assert len(manifest().hash) == 43


def test_optional_fields_are_absent_when_unused() -> None:
    value = json.loads(manifest().to_text())
    assert "profile" not in value
    assert "description" not in value
    assert "description" not in value["contests"][0]
    assert set(value["contests"][0]["answers"][0]) == {"id", "number", "name"}


def test_look_ups() -> None:
    whole = manifest()
    assert whole.contest("d").id == "d"
    assert whole.style("all").contests == ("c", "d")
    for look_up in (whole.contest, whole.style):
        with pytest.raises(InputError, match=r"has no .* 'nowhere'"):
            look_up("nowhere")


def test_policies_say_whether_a_vote_may_be_changed() -> None:
    assert POLICIES.may_revote
    assert not policies(revote="never").may_revote


def test_a_text_in_each_language() -> None:
    assert WORDS.in_language("en") == "Words"
    assert WORDS.in_language("ja") == "言葉"


def test_too_large_a_manifest_is_refused_before_it_is_read() -> None:
    with pytest.raises(ParseError, match="bytes long, more than"):
        Manifest.from_text(" " * (4 * 2**20 + 1))


def test_a_later_version_is_told_apart() -> None:
    with pytest.raises(ParseError, match="version other than 1"):
        Manifest.from_text(manifest().to_text().replace('"version":1', '"version":2', 1))
