"""vectors/decryption.json: what every implementation must accept, compute and refuse."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from ippyo.crypto.decryption import PartialDecryption, check_partial_decryption
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Group, group
from ippyo.crypto.opening import open_tally
from ippyo.crypto.trustees import Trustees
from ippyo.errors import FaultyTrusteeError

VECTORS = json.loads(Path(__file__).parents[3].joinpath("vectors", "decryption.json").read_text(encoding="utf-8"))


@pytest.fixture(params=VECTORS["cases"], ids=lambda case: case["group"])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


def read_tally(G: Group, value: list[list[dict[str, str]]]) -> list[list[Ciphertext]]:
    return [[Ciphertext.from_tally_value(G, entry, "tally") for entry in row] for row in value]


def read_partials(G: Group, texts: list[str]) -> dict[int, PartialDecryption]:
    return {owner: PartialDecryption.from_value(G, json.loads(text)) for owner, text in enumerate(texts, start=1)}


def test_tallies_open(case: dict[str, Any]) -> None:
    G, phi = group(case["group"]), case["fingerprint"]
    trustees = Trustees.from_text(G, case["trustees"])
    for value, most, counts in (
        (case, case["num_tallied"], case["counts"]),
        (case["empty"], 0, [[0, 0, 0]]),
    ):
        tally, partials = read_tally(G, value["tally"]), read_partials(G, value["partials"])
        for owners in combinations(partials, trustees.threshold):
            opened = open_tally(trustees, phi, tally, most, {owner: partials[owner] for owner in owners})
            assert (list(map(list, opened.counts)), opened.faulty) == (counts, ())


def test_refused_contributions(case: dict[str, Any]) -> None:
    G = group(case["group"])
    trustees, tally = Trustees.from_text(G, case["trustees"]), read_tally(G, case["tally"])
    for vector in case["refused"]:
        partial = PartialDecryption.from_value(G, json.loads(vector["partial"]))
        with pytest.raises(FaultyTrusteeError):
            check_partial_decryption(trustees, case["fingerprint"], 1, tally, partial)


def test_the_strong_proof_is_demanded(case: dict[str, Any]) -> None:
    G = group(case["group"])
    trustees = Trustees.from_text(G, case["trustees"])
    partial = PartialDecryption.from_value(G, json.loads(case["fooling"]["partial"]))
    tally = read_tally(G, case["fooling"]["tally"])
    with pytest.raises(FaultyTrusteeError, match="false strong proof"):
        check_partial_decryption(trustees, case["fingerprint"], 1, tally, partial)
