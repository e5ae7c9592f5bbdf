"""Write vectors/opening.json: run ``python -m tests.vectors_tool.openings``.

Ballots sealed from a seed, and their openings, made by plain_groups.py and HMAC alone from docs/booth.md §2 and 3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.vectors_tool.ballots import BLANK, VECTORS, Vote
from tests.vectors_tool.plain_groups import compact, digest


def hkdf(ikm: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    key = hmac.digest(salt, ikm, "sha256")
    block, okm, number = b"", b"", 1
    while len(okm) < length:
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        okm, number = okm + block, number + 1
    return okm[:length]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def sealed(vote: Vote, choice: list[int] | str, name: str) -> dict[str, Any]:
    seed = hashlib.sha256(f"ippyo vectors seed {name}".encode()).digest()
    length = -(-vote.G.q.bit_length() // 8) + 16
    *drawn, w = vote.draws()
    scalars = [
        int.from_bytes(hkdf(seed, b"ippyo-seal-v1", f"{vote.phi}|{vote.C}|{i}".encode(), length)) % vote.G.q
        for i in range(len(drawn))
    ]
    if isinstance(choice, str):
        marks, shown = [1, *[0] * vote.answers], BLANK
    else:
        marks, shown = [*([0] if vote.blank else []), *choice], "".join(map(str, choice))
    ballot = vote.ballot(marks, [*scalars, w])
    poll = digest("ippyo vectors poll")
    opened = {"contest": "question", "choice": shown, "seed": b64(seed), "proof": ballot["signature"]["proof"]}
    opening = f"IPPYO-OPENING-1|{poll}|{compact({'credential': vote.C, 'ballots': [opened]})}"
    text = compact(ballot)
    tracker = digest(text)
    return {
        "poll": poll,
        "manifest": vote.manifest,
        "public_key": vote.G.text(vote.y),
        "credential": {"secret": str(vote.s), "public": vote.C},
        "choice": choice,
        "seed": b64(seed),
        "scalars": list(map(str, scalars)),
        "w": str(w),
        "ballot": text,
        "tracker": tracker,
        "sealed": f"IPPYO-SEALED-1|{poll}|{tracker}",
        "opening": opening,
    }


def main() -> None:
    cases = []
    for group in ("Ed25519", "BELENIOS-2048"):
        one = Vote(group, "choose-one", 4, 1, 1, blank=True)
        cases += [sealed(one, [0, 1, 0, 0], f"{group} one"), sealed(one, BLANK, f"{group} blank")]
    cases.append(sealed(Vote("Ed25519", "choose", 3, 0, 2, blank=False), [1, 0, 1], "two of three"))
    content = {
        "what": "ballots sealed from a seed, and their openings (docs/booth.md)",
        "source": "tests/vectors_tool/openings.py",
        "cases": cases,
    }
    (VECTORS / "opening.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
