"""Ballots made by Belenios itself (vectors/belenios-ballots.json) are good ballots for us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import check_ballot
from ippyo.ballot.election import Election
from ippyo.poll.manifest import Manifest

VECTORS = Path(__file__).parents[3] / "vectors"
ELECTIONS = json.loads((VECTORS / "belenios-ballots.json").read_text(encoding="utf-8"))["elections"]


@pytest.mark.parametrize("case", ELECTIONS, ids=lambda case: str(case["what"]))
def test_their_ballots_are_accepted(case: Any) -> None:
    manifest = Manifest.from_text(case["manifest"])
    election = Election.build(manifest, manifest.contest(case["contest"]), case["public_key"])
    assert election.fingerprint == case["fingerprint"]
    for entry in case["ballots"]:
        ballot = Ballot.from_text(election, entry["ballot"])
        check_ballot(election, ballot)
        assert ballot.tracker == entry["tracker"]
