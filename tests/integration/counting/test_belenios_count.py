"""Belenios itself accepts our trustees, partial decryptions and result, and refuses altered ones."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import held_ceremony

from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.seal import seal
from ippyo.canonical import dumps
from ippyo.counting.tally import EncryptedTally, tally
from ippyo.crypto.ceremony import CeremonyContext, KeyShare
from ippyo.crypto.decryption import PartialDecryption, partially_decrypt
from ippyo.crypto.groups import group
from ippyo.crypto.opening import open_tally
from ippyo.crypto.random import random_scalar
from ippyo.crypto.trustees import Trustees
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.manifest import BallotStyle, Manifest, Policies, Quorum, Text

G = group("BELENIOS-2048")


@pytest.fixture(autouse=True)
def _belenios_tool(require: Callable[[str, bool, str], None]) -> None:
    require("belenios-tool", shutil.which("belenios-tool") is not None, "apt-get install belenios-tool")


def same(text: str) -> Text:
    return Text(text, text)


def make_manifest() -> Manifest:
    contest = Contest(
        id="question",
        kind="choose-one",
        title=same("問い"),
        description=None,
        min=1,
        max=1,
        blank=True,
        tally="homomorphic",
        answers=tuple(Answer(f"a{n}", n, same(f"候補{n}")) for n in (1, 2)),
    )
    return Manifest(
        id="belenios",
        title=same("試験"),
        description=None,
        group=G.name,
        opens=1,
        closes=2,
        policies=Policies("user", ("card-reader",), "none", "blind-ticket", "last-counts", ("remote",)),
        trustees=Quorum(4, 3),
        issuers=("市",),
        officers=Quorum(1, 1),
        styles=(BallotStyle("all", same("全員"), ("question",)),),
        contests=(contest,),
    )


@dataclass(frozen=True)
class Counted:
    election: Election
    trustees: Trustees
    credentials: list[Credential]
    ballots: list[str]
    tally: EncryptedTally
    partials: dict[int, PartialDecryption]
    counts: tuple[int, ...]


def hold(manifest: Manifest) -> tuple[Trustees, list[KeyShare]]:
    finished = held_ceremony.hold(CeremonyContext(manifest.hash, G, manifest.trustees))
    return finished.trustees, finished.shares


@pytest.fixture(scope="module")
def counted() -> Counted:
    """Return three counted ballots: one for the first answer, two for the second."""
    manifest = make_manifest()
    trustees, shares = hold(manifest)
    election = Election.build(manifest, manifest.contests[0], G.encode(trustees.public_key))
    secrets = [random_scalar(G) for _ in range(3)]
    credentials = [Credential(s, G.mul_base(s), G.encode(G.mul_base(s))) for s in secrets]
    choices = ((1, 0), (0, 1), (0, 1))
    ballots = [seal(election, credential, choice) for credential, choice in zip(credentials, choices, strict=True)]
    sums = tally(election, ballots)
    # Trustee 2 stays at home.
    partials = {
        share.index: partially_decrypt(G, election.fingerprint, share.secret, [sums.ciphertexts])
        for share in shares
        if share.index != 2
    }
    opened = open_tally(trustees, election.fingerprint, [sums.ciphertexts], 3, partials)
    assert opened.counts == ((0, 1, 2),)
    texts = [ballot.to_text() for ballot in ballots]
    return Counted(election, trustees, credentials, texts, sums, partials, opened.counts[0])


def tool(directory: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["belenios-tool", *arguments], cwd=directory, input=stdin, capture_output=True, text=True, check=False
    )


def event(directory: Path, kind: str, *data: object) -> None:
    lines = "".join(f"{entry if isinstance(entry, str) else dumps(entry)}\n" for entry in data)
    done = tool(directory, "archive", "add-event", "--type", kind, stdin=lines)
    assert done.returncode == 0, done.stderr


def digest(value: object) -> str:
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def verify(directory: Path, counted: Counted, *, trustees: Any = None, partials: Any = None, result: Any = None) -> str:
    """Write the whole record of the election and return what the tool says of it; empty when it accepts."""
    (directory / "election.json").write_text(counted.election.text)
    (directory / "trustees.json").write_text(dumps(trustees) if trustees else counted.trustees.to_text())
    (directory / "public_creds.json").write_text(dumps(sorted((c.text for c in counted.credentials), key=int)))
    assert tool(directory, "archive", "init").returncode == 0
    for ballot in counted.ballots:
        event(directory, "Ballot", ballot)
    event(directory, "EndBallots")
    sums = [[choice.to_value(G) for choice in counted.tally.ciphertexts]]
    event(
        directory,
        "EncryptedTally",
        sums,
        {"num_tallied": 3, "total_weight": 3, "encrypted_tally": digest(sums)},
    )
    for owner, value in (partials or values(counted)).items():
        event(directory, "PartialDecryption", value, {"owner": owner, "payload": digest(value)})
    event(directory, "Result", {"result": [result or list(counted.counts)]})
    done = tool(directory, "election", "verify")
    if done.returncode == 0:
        assert "all checks passed" in done.stderr
        assert "W:" not in done.stderr
        return ""
    return done.stderr


def values(counted: Counted) -> dict[int, Any]:
    return {owner: partial.to_value(G) for owner, partial in counted.partials.items()}


def test_a_whole_count_is_accepted(counted: Counted, tmp_path: Path) -> None:
    assert verify(tmp_path, counted) == ""


@pytest.mark.parametrize("part", ["certs", "coefexps", "verification_keys"])
def test_altered_trustees_are_refused(counted: Counted, tmp_path: Path, part: str) -> None:
    trustees = json.loads(counted.trustees.to_text())
    entry = trustees[0][1][part][1]
    entry["pok" if part == "verification_keys" else "signature"]["response"] = "1"
    assert "Assertion failed" in verify(tmp_path, counted, trustees=trustees)


def test_a_false_decryption_is_refused(counted: Counted, tmp_path: Path) -> None:
    partials = values(counted)
    partials[3]["decryption_proofs"][0][0]["response"] = "1"
    assert verify(tmp_path, counted, partials=partials)


def test_another_result_is_refused(counted: Counted, tmp_path: Path) -> None:
    assert verify(tmp_path, counted, result=[0, 2, 1])
