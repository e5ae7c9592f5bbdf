"""vectors/manifest.json: what every implementation must accept, compute and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ippyo.canonical import sha256_b64
from ippyo.errors import ParseError
from ippyo.poll.election import contest_uuid, election_text
from ippyo.poll.manifest import Manifest

VECTORS = json.loads(Path(__file__).parents[3].joinpath("vectors", "manifest.json").read_text(encoding="ascii"))


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=["referendum", "full"])
def test_valid_manifests(vector: dict[str, Any]) -> None:
    manifest = Manifest.from_text(vector["text"])
    assert manifest.to_text() == vector["text"]
    assert Manifest.from_text(vector["text"].encode()) == manifest
    assert manifest.hash == vector["hash"]
    assert [contest.id for contest in manifest.contests] == [election["contest"] for election in vector["elections"]]
    for election in vector["elections"]:
        contest = manifest.contest(election["contest"])
        assert contest.choices == election["choices"]
        assert contest_uuid(manifest.hash, contest.id) == election["uuid"]
        text = election_text(manifest, contest, vector["public_key"])
        assert text == election["text"]
        assert sha256_b64(text) == election["fingerprint"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=[vector["why"] for vector in VECTORS["invalid"]])
def test_invalid_manifests(vector: dict[str, str]) -> None:
    with pytest.raises(ParseError):
        Manifest.from_text(vector["text"])
