"""Write vectors/receipt.json: run ``python tests/vectors_tool/receipts.py``.

Nothing of the code under test is used: the tree is the recursion of RFC 6962, notes are put together by hand, and
signatures come from pyca/cryptography. Everything is deterministic, the test keys too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).parents[2] / "vectors"
ORIGIN = "ippyo.poll/vectors"
TIME = 1_900_000_000


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def padded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree(leaves[:k]) + tree(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*path(index, leaves[:k]), tree(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree(leaves[:k])]


class Signer:
    """A note key made from a label."""

    def __init__(self, name: str, kind: int) -> None:
        self.name = name
        self.kind = kind
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"receipt vectors {name}".encode()).digest())
        self.public = bytes([kind]) + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{padded(self.public)}"

    def line(self, text: str) -> str:
        if self.kind == 1:
            return f"— {self.name} {padded(self.id + self.key.sign(text.encode()))}\n"
        signature = self.key.sign(f"cosignature/v1\ntime {TIME}\n{text}".encode())
        return f"— {self.name} {padded(self.id + TIME.to_bytes(8, 'big') + signature)}\n"


LOG = Signer(ORIGIN, 1)
WITNESSES = [Signer(f"witness.example/w{number}", 4) for number in (1, 2, 3)]
POLL = digest("receipt vectors poll")
TRACKERS = [[], [digest("a")], [digest("b"), digest("c")], [], [digest("d")], [digest("e")], []]
KINDS = ["open", "spoil", "cast", "surrender", "cast", "cast", "close"]
ENTRIES = [
    f"ippyo-entry-v1|{kind}|{digest(f'transaction {number}')}|{','.join(trackers)}"
    for number, (kind, trackers) in enumerate(zip(KINDS, TRACKERS, strict=True))
]
LEAVES = [hashlib.sha256(b"\x00" + entry.encode()).digest() for entry in ENTRIES]


def checkpoint(size: int, signers: list[Signer]) -> str:
    text = f"{ORIGIN}\n{size}\n{padded(tree(LEAVES[:size]))}\n"
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def receipt(index: int, size: int, signers: list[Signer], entry: str | None = None, poll: str = POLL) -> str:
    extra = json.dumps({"poll": poll, "entry": entry or ENTRIES[index]}, separators=(",", ":")).encode()
    proof = "".join(padded(node) + "\n" for node in path(index, LEAVES[:size]))
    head = f"c2sp.org/tlog-proof@v1\nextra {padded(extra)}\nindex {index}\n{proof}\n"
    return head + checkpoint(size, signers)


def main() -> None:
    quorum = [LOG, *WITNESSES[:2]]
    good = receipt(2, 7, quorum)
    stranger = Signer("witness.example/stranger", 4)
    refused = {
        "too few witnesses": receipt(2, 7, [LOG, WITNESSES[0]]),
        "a stranger is no witness": receipt(2, 7, [LOG, WITNESSES[0], stranger]),
        "not signed by the log": receipt(2, 7, WITNESSES),
        "another poll": receipt(2, 7, quorum, poll=digest("another poll")),
        "another entry": receipt(2, 7, quorum, entry=ENTRIES[4]),
        "another index": good.replace("index 2\n", "index 3\n"),
        "another size": good.replace(f"{ORIGIN}\n7\n", f"{ORIGIN}\n8\n"),
        "index with a leading zero": good.replace("index 2\n", "index 02\n"),
        "first line of another version": good.replace("proof@v1", "proof@v2"),
        "no newline at the end": good[:-1],
    }
    sizes = [(0, 1), (1, 2), (2, 3), *((index, 7) for index in range(7))]
    vectors = {
        "about": "docs/protocol.md §11: receipts of one ledger; each of refused must be refused, for the reason given",
        "poll": POLL,
        "log": LOG.vkey,
        "witnesses": [witness.vkey for witness in WITNESSES],
        "quorum": 2,
        "receipts": [
            {"text": receipt(index, size, [LOG, *WITNESSES]), "entry": ENTRIES[index], "trackers": TRACKERS[index]}
            for index, size in sizes
        ],
        "refused": [{"why": why, "text": text} for why, text in refused.items()],
    }
    text = json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
    (VECTORS / "receipt.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
