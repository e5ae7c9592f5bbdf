"""Ballots of vectors/ballot-*.json: sealed again byte for byte, read, checked in both ways, refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import BadBallotError, all_hold, check_ballot, check_many
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.crypto.groups import GROUP_NAMES, group
from ippyo.errors import ParseError
from ippyo.poll.choice import BLANK, Choice
from ippyo.poll.manifest import Manifest

VECTORS = Path(__file__).parents[3] / "vectors"


def elections(name: str) -> Any:
    return json.loads((VECTORS / f"ballot-{name.lower()}.json").read_text(encoding="utf-8"))["elections"]


def build(case: Any) -> Election:
    manifest = Manifest.from_text(case["manifest"])
    return Election.build(manifest, manifest.contest(case["contest"]), case["public_key"])


EVERY_ELECTION = [pytest.param(case, id=f"{name}, {case['what']}") for name in GROUP_NAMES for case in elections(name)]
EVERY_BALLOT = [
    pytest.param(case, ballot, id=f"{name}, {case['what']}: {ballot['choice']}")
    for name in GROUP_NAMES
    for case in elections(name)
    for ballot in case["ballots"]
]


def refusals(error: str) -> list[Any]:
    return [
        pytest.param(case, false, id=f"{name}, {case['what']}: {false['why']}")
        for name in GROUP_NAMES
        for case in elections(name)
        for false in case["refused"]
        if false["error"] == error
    ]


def edited(case: Any, false: Any) -> str:
    text: str = case["ballots"][0]["ballot"]
    for start, length, insert in false["edits"]:
        text = text[:start] + insert + text[start + length :]
    return text


@pytest.mark.parametrize("case", EVERY_ELECTION)
def test_election(case: Any) -> None:
    election = build(case)
    assert (election.text, election.uuid, election.fingerprint) == (case["election"], case["uuid"], case["fingerprint"])
    assert election.group.mul_base(int(case["secret_key"])) == election.public_key


@pytest.mark.parametrize(("case", "good"), EVERY_BALLOT)
def test_sealing(case: Any, good: Any) -> None:
    election = build(case)
    secret = int(case["credential"]["secret"])
    credential = Credential(secret, election.group.mul_base(secret), case["credential"]["public"])
    choice: Choice = BLANK if good["choice"] == "blank" else tuple(good["choice"])
    draws = iter(good["random"])
    ballot = seal(election, credential, choice, _draw=lambda _: int(next(draws)))
    assert ballot.to_text() == good["ballot"]
    assert ballot.tracker == good["tracker"]
    assert next(draws, None) is None
    assert ballot == Ballot.from_text(election, good["ballot"])


@pytest.mark.parametrize(("case", "good"), EVERY_BALLOT)
def test_checking(case: Any, good: Any) -> None:
    election = build(case)
    ballot = Ballot.from_text(election, good["ballot"])
    assert ballot.to_text() == good["ballot"]
    check_ballot(election, ballot)
    assert check_many([(election, ballot)]) == [None]
    if election.group.carries_commitments:
        assert all_hold(election.group, [(election, ballot)])
    value = json.loads(good["ballot"])
    assert Ballot.from_value(election, value) == ballot
    assert [choice.to_value(election.group) for choice in ballot.choices] == value["answers"][0]["choices"]


@pytest.mark.parametrize(("case", "false"), refusals("bad-ballot"))
def test_false_ballots(case: Any, false: Any) -> None:
    """Both ways refuse it, and the error is the same."""
    election = build(case)
    ballot = Ballot.from_text(election, edited(case, false))
    with pytest.raises(BadBallotError) as caught:
        check_ballot(election, ballot)
    assert caught.value.check == false["check"]
    if election.group.carries_commitments:
        assert not all_hold(election.group, [(election, ballot)])


@pytest.mark.parametrize(("case", "false"), refusals("malformed"))
def test_malformed_ballots(case: Any, false: Any) -> None:
    election = build(case)
    text = edited(case, false)
    with pytest.raises(ParseError):
        Ballot.from_text(election, text)
    with pytest.raises(ParseError):
        Ballot.from_text(election, text.encode())


def test_a_batch_names_every_bad_ballot() -> None:
    case = elections("Ed25519")[0]
    election = build(case)
    good = Ballot.from_text(election, case["ballots"][0]["ballot"])
    false = [entry for entry in case["refused"] if entry["error"] == "bad-ballot"]
    pairs = [(election, good)] * 3
    expected: list[str | None] = [None] * 3
    for entry in false:
        pairs += [(election, Ballot.from_text(election, edited(case, entry))), (election, good)]
        expected += [entry["check"], None]
    assert len(pairs) > (group("Ed25519").batch_from or 0)
    assert [problem and problem.check for problem in check_many(pairs)] == expected


def test_groups_and_contests_may_be_mixed() -> None:
    pairs = []
    for name in ("Ed25519", "BELENIOS-2048"):
        for case in elections(name):
            election = build(case)
            pairs += [(election, Ballot.from_text(election, good["ballot"])) for good in case["ballots"]]
    assert check_many(pairs) == [None] * len(pairs)
    other_election, strange_ballot = pairs[-1][0], pairs[0][1]
    problems = check_many([*pairs, (other_election, strange_ballot)])
    assert [problem and problem.check for problem in problems] == [None] * len(pairs) + ["uuid"]
