"""Transcript and trustees text, as a verifier sees them years later."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.crypto.ceremony import Transcript, assemble, commit, reveal, verify_transcript
from ippyo.crypto.trustee_keys import VerificationKey
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError, ParseError
from ippyo.poll.policies import Quorum

FORGED = {"challenge": "1", "response": "1"}


def verified(finished: Any, text: str, **changes: Any) -> Transcript:
    context = finished.context
    arguments = {
        "manifest_hash": context.manifest_hash,
        "group": context.group,
        "quorum": context.quorum,
        "transcript": text,
        "trustees": finished.trustees,
    }
    return verify_transcript(**(arguments | changes))


@pytest.fixture
def value(finished: Any) -> dict[str, Any]:
    return dict(json.loads(finished.transcript.to_text()))


def test_round_trip(finished: Any) -> None:
    text = finished.transcript.to_text()
    assert verified(finished, text) == finished.transcript
    assert text.startswith('{"commits":[{"type":"commit",')


def test_texts_of_another_form(finished: Any, value: dict[str, Any]) -> None:
    for text, problem in (
        ("[]", "not a JSON object"),
        (dumps(value | {"more": 1}), "unknown field"),
        (dumps({"commits": [], "reveals": []}), "lacks the field 'confirms'"),
        (finished.transcript.to_text() + " ", "not in canonical form"),
        (dumps(value | {"commits": value["commits"] * 11}), "does not have 0 to 30 entries"),
        (" " * (4 << 20) + "{}", "more than the 4194304 allowed"),
    ):
        with pytest.raises(ParseError, match=problem):
            verified(finished, text)


@pytest.mark.parametrize("rounds", ["commits", "reveals", "confirms"])
def test_missing_repeated_and_displaced_messages(finished: Any, value: dict[str, Any], rounds: str) -> None:
    kind, (one, two, three) = rounds[:-1], value[rounds]
    for messages, problem in (
        ([one, three], f"the {kind} of trustee 2 is missing"),
        ([one, two, two, three], f"more than one {kind} of trustee 2"),
        ([two, one, three], "not in the order"),
        ([], f"the {kind} of trustee 1 is missing"),
    ):
        with pytest.raises(FaultyCoordinatorError, match=problem):
            verified(finished, dumps(value | {rounds: messages}))


def test_another_manifest_or_quorum(finished: Any, other: Any) -> None:
    text = finished.transcript.to_text()
    with pytest.raises(FaultyCoordinatorError, match="another key ceremony"):
        verified(finished, text, manifest_hash=other.context.manifest_hash)
    with pytest.raises(FaultyCoordinatorError, match="another key ceremony"):
        verified(finished, text, quorum=Quorum(3, 3))


@pytest.mark.parametrize(
    ("rounds", "field", "entry", "problem"),
    [
        ("commits", "signature", FORGED, "commit of trustee 2: has a false signature"),
        ("reveals", "signature", FORGED, "reveal of trustee 2 was not signed by trustee 2"),
        ("reveals", "nonce", "A" * 43, "reveal of trustee 2 was not signed by trustee 2"),
        ("reveals", "nonce", "A", "reveal in the place of trustee 2 cannot be accepted: nonce of trustee 2"),
        ("confirms", "verification_key", {"pok": FORGED, "public_key": "x", "signature": FORGED}, "64 lower-case"),
    ],
)
def test_an_altered_message_is_evidence_against_nobody(
    finished: Any, value: dict[str, Any], rounds: str, field: str, entry: object, problem: str
) -> None:
    value[rounds][1][field] = entry
    with pytest.raises(FaultyCoordinatorError, match=problem):
        verified(finished, dumps(value))


def test_reveals_must_be_for_these_commits(finished: Any) -> None:
    """The key could be biased if a trustee's commit could be replaced after the others had revealed."""
    late = (*finished.commits[:2], commit(finished.context, 3).commit)
    swapped = replace(finished.transcript, commits=late)
    with pytest.raises(FaultyCoordinatorError, match="trustee 1 has revealed to other commits than these"):
        verified(finished, swapped.to_text())


def test_confirms_must_follow_from_the_reveals(finished: Any, value: dict[str, Any]) -> None:
    G, signing = finished.context.group, finished.committed[1].signing
    for key, problem in (
        (VerificationKey.make(G, 5, signing), "does not follow from the coefexps"),
        (VerificationKey.make(G, finished.shares[0].secret, signing), "does not follow from the coefexps"),
        (VerificationKey.make(G, finished.shares[1].secret, 5), None),
        (finished.confirms[0].key, None),
    ):
        value["confirms"][1]["verification_key"] = key.to_value(G)
        confirms = [*finished.confirms]
        confirms[1] = replace(confirms[1], key=key)
        expected = FaultyTrusteeError if problem else FaultyCoordinatorError
        match = problem or "verification key of trustee 2 was not signed by trustee 2"
        with pytest.raises(expected, match=match) as caught:
            verified(finished, dumps(value))
        assert getattr(caught.value, "index", None) == (2 if problem else None)
        with pytest.raises(expected, match=match):
            assemble(finished.context, finished.commits, finished.reveals, confirms)


def test_the_trustees_text_must_be_the_outcome(finished: Any, hold_ceremony: Callable[..., Any]) -> None:
    again = hold_ceremony()
    with pytest.raises(CheckFailedError, match="not made by the key ceremony in the transcript"):
        verified(finished, finished.transcript.to_text(), trustees=again.trustees)


def test_other_shares_of_the_same_polynomial_change_nothing_public(finished: Any) -> None:
    """Ephemeral keys are no part of the key: a reveal made twice gives the same trustees text but for its signature."""
    again = reveal(finished.committed[0], finished.commits).reveal
    trustees, _ = assemble(finished.context, finished.commits, [again, *finished.reveals[1:]], finished.confirms)
    assert trustees.public_key == finished.trustees.public_key
