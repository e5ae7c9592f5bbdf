"""What vectors do not say about ballots: limits, keys, credentials, what a choice may be, what is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import BadBallotError, check_ballot, require_credential
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.crypto.groups import group
from ippyo.errors import ParseError
from ippyo.poll.choice import BLANK, ChoiceError, OverVoteError, UnderVoteError
from ippyo.poll.limits import BALLOT_LIMIT
from ippyo.poll.manifest import Manifest

VECTORS = Path(__file__).parents[3] / "vectors"
CASES = json.loads((VECTORS / "ballot-ed25519.json").read_text(encoding="utf-8"))["elections"]


def build(case: Any, public_key: str | None = None) -> Election:
    manifest = Manifest.from_text(case["manifest"])
    return Election.build(manifest, manifest.contest(case["contest"]), public_key or case["public_key"])


@pytest.fixture
def election() -> Election:
    return build(CASES[0])


@pytest.fixture
def ballot(election: Election) -> Ballot:
    return Ballot.from_text(election, CASES[0]["ballots"][0]["ballot"])


@pytest.fixture
def credential() -> Credential:
    G = group("Ed25519")
    return Credential(4711, G.mul_base(4711), G.encode(G.mul_base(4711)))


def test_contests_share_the_table_of_the_key() -> None:
    assert build(CASES[0]).key is build(CASES[0]).key
    assert build(CASES[0]).key is not build(CASES[1]).key


@pytest.mark.parametrize("key", ["0" * 63 + "1", "0" * 64, "", "x"])
def test_a_false_key_is_refused(key: str) -> None:
    with pytest.raises(ParseError):
        build(CASES[0], key or " ")


def test_another_key_is_another_election(election: Election, ballot: Ballot) -> None:
    G = election.group
    other = build(CASES[0], G.encode(G.mul_base(5)))
    assert other.uuid == election.uuid
    with pytest.raises(BadBallotError) as caught:
        check_ballot(other, ballot)
    assert caught.value.check == "fingerprint"


def test_the_credential_must_be_that_of_the_ticket(ballot: Ballot) -> None:
    require_credential(ballot, ballot.credential)
    with pytest.raises(BadBallotError, match="the ballot's credential is not that of the ticket") as caught:
        require_credential(ballot, "0" * 64)
    assert caught.value.check == "credential"


def test_errors_are_sentences(election: Election, ballot: Ballot) -> None:
    false = replace(ballot, election_hash="x")
    with pytest.raises(BadBallotError, match=r"^the ballot's fingerprint is not that of this election$"):
        check_ballot(election, false)


def test_too_long(election: Election) -> None:
    with pytest.raises(ParseError, match=f"more than the {BALLOT_LIMIT} allowed"):
        Ballot.from_text(election, " " * (BALLOT_LIMIT + 1))


def test_too_long_inside_a_transaction() -> None:
    """A contest may have more answers than its group has room for in a ballot."""
    manifest = json.loads(CASES[0]["manifest"])
    (contest,) = manifest["contests"]
    contest |= {"kind": "per-item", "min": 0, "max": 200}
    contest["answers"] = [contest["answers"][0] | {"id": f"a{n}", "number": n} for n in range(200)]
    manifest["group"] = "RFC-3526-2048"
    G = group("RFC-3526-2048")
    case = {"manifest": json.dumps(manifest, separators=(",", ":"), ensure_ascii=False), "contest": "question"}
    election = build(case, G.encode(G.generator))
    proof = {"challenge": "9" * 600, "response": "9" * 600}
    answer = {
        "choices": [{"alpha": "2", "beta": "2"}] * 200,
        "individual_proofs": [[proof, proof]] * 200,
        "overall_proof": [proof] * 201,
    }
    value = {
        "election_uuid": election.uuid,
        "election_hash": election.fingerprint,
        "credential": "2",
        "answers": [answer],
        "signature": {"hash": election.fingerprint, "proof": proof},
    }
    with pytest.raises(ParseError, match=f"is longer than the {BALLOT_LIMIT} bytes allowed"):
        Ballot.from_value(election, value)


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ((1, 1), OverVoteError),
        ((0, 0), UnderVoteError),
        ((1,), ChoiceError),
        ((1, 0, 0), ChoiceError),
        ((2, -1), ChoiceError),
        (BLANK, ChoiceError),
    ],
)
def test_what_the_contest_forbids_is_not_sealed(
    choice: Any, error: type[ChoiceError], election: Election, credential: Credential
) -> None:
    with pytest.raises(error):
        seal(election, credential, choice)


def test_no_two_ballots_are_alike(election: Election, credential: Credential) -> None:
    first, second = (seal(election, credential, (1, 0)) for _ in range(2))
    check_ballot(election, first)
    check_ballot(election, second)
    ours, others = ({election.group.encode(e) for c in b.choices for e in (c.alpha, c.beta)} for b in (first, second))
    assert not ours & others
    assert first.tracker != second.tracker


def test_a_ballot_is_short_on_the_screen(ballot: Ballot, election: Election) -> None:
    assert ballot.credential in repr(ballot)
    assert "Proof" not in repr(ballot)
    assert "Table" not in repr(election)
