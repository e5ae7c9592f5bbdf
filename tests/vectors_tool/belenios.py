"""Write vectors/belenios-ballots.json: run ``python -m tests.vectors_tool.belenios`` where ``belenios-tool`` 2.x is.

The ballots are made by that program, which is no part of Ippyo and draws its own randomness: each run writes others.
Elections and their texts come from ballots.py.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.vectors_tool.ballots import BLANK, VECTORS, Vote
from tests.vectors_tool.plain_groups import compact, digest, scalars, schnorr


def tool(directory: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["belenios-tool", *arguments], cwd=directory, input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout


def ballots(vote: Vote, choices: list[list[int] | str]) -> dict[str, Any]:
    """Return the election with one ballot of the tool for every choice."""
    X = vote.G.text(vote.y)
    pok = schnorr(vote.G, f"pok|{vote.group}|{X}|", vote.x, next(scalars(vote.G, "pok")))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "election.json").write_text(vote.election)
        (directory / "trustees.json").write_text(compact([["Single", {"pok": pok, "public_key": X}]]))
        count = str(max(2, len(choices)))
        setup = ("setup", "generate-credentials", "--count", count, "--uuid", vote.uuid, "--group", vote.group)
        tool(directory, *setup)
        public = json.loads(next(directory.glob("*.pubcreds")).read_text())
        (directory / "public_creds.json").write_text(compact([entry.partition(",")[0] for entry in public]))
        private = next(directory.glob("*.privcreds")).read_text().splitlines()
        tool(directory, "archive", "init")
        made = []
        for choice, line in zip(choices, private, strict=False):
            marks = [1, *[0] * vote.answers] if choice == BLANK else [*[0] * vote.blank, *choice]
            (directory / "choice").write_text(compact([marks]))
            (directory / "credential").write_text(line.split(" ")[1])
            text = tool(directory, "election", "generate-ballot", "--privcred", "credential", "--ballot", "choice")
            made.append({"choice": choice, "ballot": text.strip(), "tracker": digest(text.strip())})
    return {
        "what": f"{vote.low} to {vote.high} of {vote.answers}{' or blank' * vote.blank}",
        "manifest": vote.manifest,
        "contest": "question",
        "public_key": X,
        "fingerprint": vote.phi,
        "ballots": made,
    }


def vectors() -> dict[str, Any]:
    name = "BELENIOS-2048"
    return {
        "about": "Ballots made by belenios-tool 2.0 for elections of docs/protocol.md §3; all of them are good.",
        "elections": [
            ballots(Vote(name, "choose-one", 2, 1, 1, blank=False), [[0, 1]]),
            ballots(Vote(name, "choose", 3, 0, 3, blank=False), [[0, 0, 0], [1, 1, 1]]),
            ballots(Vote(name, "choose", 3, 1, 2, blank=True), [[1, 0, 1], BLANK]),
            ballots(Vote(name, "choose", 2, 0, 1, blank=True), [[0, 0]]),
            ballots(Vote("RFC-3526-2048", "choose-one", 2, 1, 1, blank=True), [[1, 0]]),
        ],
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"
    (VECTORS / "belenios-ballots.json").write_text(text, encoding="utf-8")
