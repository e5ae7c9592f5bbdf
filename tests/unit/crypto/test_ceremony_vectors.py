"""vectors/ceremony.json: what every implementation must accept, compute and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.crypto.ceremony import (
    CeremonyContext,
    Commit,
    Complaint,
    judge,
    parse_reveals,
    parse_round,
    round_hash,
    verify_transcript,
)
from ippyo.crypto.ceremony.shares import knows_exponent, open_share
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import FaultyCoordinatorError, FaultyTrusteeError
from ippyo.poll.policies import Quorum

VECTORS = json.loads(Path(__file__).parents[3].joinpath("vectors", "ceremony.json").read_text(encoding="utf-8"))
CASES = VECTORS["ceremonies"]
FULL = next(case for case in CASES if "refused" in case)


def context_of(case: dict[str, Any]) -> CeremonyContext:
    context = CeremonyContext(case["manifest_hash"], group(case["group"]), Quorum(case["total"], case["threshold"]))
    assert context.text == case["context"]
    return context


@pytest.mark.parametrize("case", CASES, ids=[f"{case['group']}-{case['total']}" for case in CASES])
def test_ceremonies(case: dict[str, Any]) -> None:
    context = context_of(case)
    G = context.group
    trustees = Trustees.from_text(G, case["trustees"])
    transcript = verify_transcript(case["manifest_hash"], G, context.quorum, case["transcript"], trustees)
    assert (transcript.to_text(), trustees.to_text()) == (case["transcript"], case["trustees"])
    assert round_hash(transcript.commits) == case["round"]
    assert G.encode(trustees.public_key) == case["public_key"]
    for key, share in zip(trustees.verification_keys, case["key_shares"], strict=True):
        assert G.mul_base(int(share)) == key


@pytest.mark.parametrize("case", CASES, ids=[f"{case['group']}-{case['total']}" for case in CASES])
def test_sealed_shares(case: dict[str, Any]) -> None:
    context = context_of(case)
    G = context.group
    transcript = verify_transcript(
        case["manifest_hash"], G, context.quorum, case["transcript"], Trustees.from_text(G, case["trustees"])
    )
    for j, dk in enumerate(case["decryption_keys"], start=1):
        others = [message for message in transcript.reveals if message.index != j]
        for message in others:
            sealed = message.shares[j - 1]
            assert sealed is not None
            assert knows_exponent(context, message.round, message.index, j, sealed)
            share = open_share(context, message.index, j, sealed, G.mul(int(dk), sealed.ephemeral))
            assert G.mul_base(share) == message.coefexps.at(G, j)


@pytest.mark.parametrize("vector", FULL["refused"], ids=[vector["why"] for vector in FULL["refused"]])
def test_refused_transcripts(vector: dict[str, Any]) -> None:
    context = context_of(FULL)
    trustees = Trustees.from_text(context.group, FULL["trustees"])
    expected = FaultyTrusteeError if vector["culprit"] else FaultyCoordinatorError
    with pytest.raises(expected) as caught:
        verify_transcript(FULL["manifest_hash"], context.group, context.quorum, vector["transcript"], trustees)
    assert getattr(caught.value, "index", 0) == vector["culprit"]


COMPLAINTS = FULL["bad_share"]["complaints"]


@pytest.mark.parametrize("vector", COMPLAINTS, ids=[vector["why"] for vector in COMPLAINTS])
def test_complaints(vector: dict[str, Any]) -> None:
    context, bad = context_of(FULL), FULL["bad_share"]
    commits = parse_round(context, Commit, bad["commits"])
    reveals = parse_reveals(context, commits, bad["reveals"])
    complaint = Complaint.from_text(context, vector["complaint"])
    if vector["culprit"]:
        assert judge(complaint, commits, reveals).index == vector["culprit"]
    else:
        with pytest.raises(FaultyCoordinatorError):
            judge(complaint, commits, reveals)
