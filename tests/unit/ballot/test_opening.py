"""The check before casting: what was sealed is what is opened, or the lie is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.opening import FalseOpeningError, OpenedBallot, Opening, sealed_text, trackers_of
from ippyo.ballot.seal import seal, seal_again, seeded
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import unb64
from ippyo.crypto.proof import Proof
from ippyo.errors import ParseError
from ippyo.poll.choice import BLANK, Choice
from ippyo.poll.manifest import Manifest

SEED = bytes(range(32))


@pytest.fixture
def contest(small_poll: Any) -> str:
    return str(next(iter(small_poll.poll.elections)))


@pytest.fixture
def election(small_poll: Any, contest: str) -> Election:
    election: Election = small_poll.poll.election(contest)
    return election


@pytest.fixture
def credential(small_poll: Any) -> Credential:
    poll = small_poll.poll
    return Credential.derive(VotingCode.generate(), poll.fingerprint, poll.group)


def sealed(election: Election, credential: Credential, contest: str, choice: Choice) -> tuple[OpenedBallot, str]:
    ballot = seal(election, credential, choice, _draw=seeded(SEED, election, credential.text))
    return OpenedBallot(contest, choice, SEED, ballot.signature), ballot.tracker


def any_choice(election: Election, marked: int = 0) -> tuple[int, ...]:
    return tuple(int(index == marked) for index in range(len(election.contest.answers)))


def test_what_was_sealed_is_found_again(
    small_poll: Any, election: Election, credential: Credential, contest: str
) -> None:
    poll = small_poll.poll
    choices: list[Choice] = [any_choice(election), *([BLANK] if election.contest.blank else [])]
    for choice in choices:
        opened, tracker = sealed(election, credential, contest, choice)
        opening = Opening(poll.fingerprint, credential.text, (opened,))
        again = Opening.from_text(opening.to_text(), poll.group)
        (ballot,) = again.check(poll.elections, poll.fingerprint, [tracker])
        assert ballot.tracker == tracker
        assert again == opening


def test_a_page_that_sealed_something_else_is_caught(
    small_poll: Any, election: Election, credential: Credential, contest: str
) -> None:
    poll = small_poll.poll
    flipped, tracker = sealed(election, credential, contest, any_choice(election, 1))
    true, own = sealed(election, credential, contest, any_choice(election))
    lies = {
        "holds something else": (replace(flipped, choice=any_choice(election)), [tracker]),
        "were opened and 2": (true, [own, own]),
        "poll does not have": (replace(true, contest="no-such"), [own]),
        "does not allow": (replace(true, choice=tuple(1 for _ in election.contest.answers)), [own]),
    }
    for sentence, (opened, trackers) in lies.items():
        with pytest.raises(FalseOpeningError, match=sentence):
            Opening(poll.fingerprint, credential.text, (opened,)).check(poll.elections, poll.fingerprint, trackers)
    with pytest.raises(FalseOpeningError, match="another poll"):
        Opening(poll.fingerprint, credential.text, (true,)).check(poll.elections, "x" * 43, [own])


def test_a_ballot_whose_signature_is_false_is_caught(
    small_poll: Any, election: Election, credential: Credential, contest: str
) -> None:
    poll = small_poll.poll
    opened, _ = sealed(election, credential, contest, any_choice(election))
    false = replace(opened, signature=Proof(1, 1))
    ballot = seal_again(election, credential.text, opened.choice, SEED, false.signature)
    with pytest.raises(FalseOpeningError, match="refused"):
        Opening(poll.fingerprint, credential.text, (false,)).check(poll.elections, poll.fingerprint, [ballot.tracker])


def test_a_seed_says_nothing_about_the_secret_of_the_signature(election: Election, credential: Credential) -> None:
    draw = seeded(SEED, election, credential.text)
    first = seal(election, credential, any_choice(election), _draw=draw)
    # Sealed as a page does: the nonce of the signature does not come from the seed.
    pages = [
        seal(
            election,
            credential,
            any_choice(election),
            _draw=seeded(SEED, election, credential.text),
            _draw_signature=lambda group: 5 + group.q // 3,
        )
    ]
    assert pages[0].body == first.body
    assert pages[0].signature != first.signature


def test_seeds_are_32_bytes(election: Election, credential: Credential) -> None:
    with pytest.raises(ParseError, match="32 bytes"):
        seeded(b"short", election, credential.text)


def test_the_sealed_text_is_read_back_strictly(small_poll: Any) -> None:
    Phi = small_poll.poll.fingerprint
    tracker = "A" * 43
    text = sealed_text(Phi, [tracker, tracker])
    assert trackers_of(text, Phi) == [tracker, tracker]
    for wrong in (text + "|", text.replace("SEALED", "OPENED"), text.replace(tracker, "A"), "x" * 70_000):
        with pytest.raises(ParseError):
            trackers_of(wrong, Phi)
    with pytest.raises(ParseError):
        trackers_of(text, "B" * 43)


def test_an_opening_is_read_strictly(small_poll: Any, election: Election, credential: Credential, contest: str) -> None:
    poll = small_poll.poll
    opened, _ = sealed(election, credential, contest, any_choice(election))
    text = Opening(poll.fingerprint, credential.text, (opened,)).to_text()
    marks = "".join(map(str, any_choice(election)))
    for wrong in (
        text.replace("OPENING", "OPENED"),
        text.replace(marks, marks.replace("1", "2")),
        text.replace(f'"{marks}"', '""'),
        text.replace(":", ": ", 1),
        text.replace(poll.fingerprint, "x"),
        text + " " * 70_000,
    ):
        with pytest.raises(ParseError):
            Opening.from_text(wrong, poll.group)
    assert "1" * 3 not in repr(opened)
    assert SEED.hex() not in repr(opened)


VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "opening.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", VECTORS)
def test_vectors(case: Any) -> None:
    manifest = Manifest.from_text(case["manifest"])
    election = Election.build(manifest, manifest.contest("question"), case["public_key"])
    opening = Opening.from_text(case["opening"], election.group)
    (ballot,) = opening.check({"question": election}, case["poll"], trackers_of(case["sealed"], case["poll"]))
    assert ballot.to_text() == case["ballot"]
    draw = seeded(unb64(case["seed"], what="seed"), election, case["credential"]["public"])
    assert [str(draw(election.group)) for _ in case["scalars"]] == case["scalars"]
