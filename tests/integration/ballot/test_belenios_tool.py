"""Belenios itself accepts our ballots, and refuses altered ones: a verifier that somebody else wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.canonical import dumps
from ippyo.crypto import schnorr
from ippyo.crypto.groups import Group, group
from ippyo.crypto.random import random_scalar
from ippyo.poll.choice import BLANK, Choice
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import BallotStyle, Manifest, Policies, Quorum, Text

SHAPES: list[tuple[int, int, bool, list[Choice]]] = [
    (1, 1, False, [(1, 0, 0), (0, 0, 1)]),
    (1, 1, True, [(0, 1, 0), BLANK]),
    (0, 3, False, [(0, 0, 0), (1, 1, 1)]),
    (0, 2, True, [(0, 0, 0), (1, 0, 1), BLANK]),
    (2, 2, True, [(1, 1, 0), BLANK]),
]


def make_election(G: Group, low: int, high: int, blank: bool, trustee: int) -> Election:
    def same(text: str) -> Text:
        return Text(text, text)

    contest = Contest(
        id="question",
        kind="choose",
        title=same('「問い」 "question" \\'),
        description=None,
        min=low,
        max=high,
        blank=blank,
        tally="homomorphic",
        answers=tuple(Answer(f"a{n}", n, same(f"候補{n}")) for n in (1, 2, 3)),
    )
    manifest = Manifest(
        id="belenios",
        title=same("試験"),
        description=same("説明\n二行目"),
        group=G.name,
        opens=1,
        closes=2,
        policies=Policies("user", ("card-reader",), "none", "blind-ticket", "last-counts", ("remote",)),
        trustees=Quorum(1, 1),
        issuers=("市",),
        officers=Quorum(1, 1),
        styles=(BallotStyle("all", same("全員"), ("question",)),),
        contests=(contest,),
    )
    return Election.build(manifest, contest, G.encode(G.mul_base(trustee)))


def tool(directory: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["belenios-tool", *arguments], cwd=directory, input=stdin, capture_output=True, text=True, check=False
    )


def archive(
    directory: Path, election: Election, trustee: int, credentials: list[Credential], ballots: list[str]
) -> None:
    """Write the record of an election with one trustee, as far as the ballots."""
    G = election.group
    X = G.encode(election.public_key)
    pok = schnorr.prove(G, f"pok|{G.name}|{X}|", trustee)
    (directory / "election.json").write_text(election.text)
    (directory / "trustees.json").write_text(dumps([["Single", {"pok": pok.to_value(), "public_key": X}]]))
    (directory / "public_creds.json").write_text(dumps(sorted((c.text for c in credentials), key=int)))
    assert tool(directory, "archive", "init").returncode == 0
    for ballot in ballots:
        assert tool(directory, "archive", "add-event", "--type", "Ballot", stdin=ballot + "\n").returncode == 0


@pytest.fixture(autouse=True)
def _belenios_tool(require: Callable[[str, bool, str], None]) -> None:
    require("belenios-tool", shutil.which("belenios-tool") is not None, "apt-get install belenios-tool")


@pytest.mark.parametrize(("low", "high", "blank", "choices"), SHAPES)
def test_our_ballots_are_accepted(low: int, high: int, blank: bool, choices: list[Choice], tmp_path: Path) -> None:
    G = group("BELENIOS-2048")
    trustee = random_scalar(G)
    election = make_election(G, low, high, blank, trustee)
    secrets = [random_scalar(G) for _ in choices]
    credentials = [Credential(s, G.mul_base(s), G.encode(G.mul_base(s))) for s in secrets]
    ballots = [seal(election, credential, choice) for credential, choice in zip(credentials, choices, strict=True)]
    archive(tmp_path, election, trustee, credentials, [ballot.to_text() for ballot in ballots])
    verdict = tool(tmp_path, "election", "verify")
    assert "all checks passed" in verdict.stderr, verdict.stderr
    assert verdict.returncode == 0


def test_an_altered_ballot_is_refused(tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    G = group("BELENIOS-2048")
    trustee, s = random_scalar(G), random_scalar(G)
    election = make_election(G, 1, 1, False, trustee)
    credential = Credential(s, G.mul_base(s), G.encode(G.mul_base(s)))
    value = json.loads(seal(election, credential, (1, 0, 0)).to_text())
    value["answers"][0]["overall_proof"][0]["response"] = "5"
    archive(tmp_path, election, trustee, [credential], [dumps(value)])
    assert tool(tmp_path, "election", "verify").returncode != 0
