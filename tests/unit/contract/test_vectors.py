"""vectors/contract.json: by the contract, and by a second reading of docs/protocol.md §10 with none of its code."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from nacl import bindings

from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.store import MemoryStore

ORDER = 2**252 + 27742317777372353535851937790883648493
VECTORS = Path(__file__).parents[3] / "vectors" / "contract.json"


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return found


def test_the_contract_reproduces_them(vectors: dict[str, Any]) -> None:
    poll = Poll.from_texts(vectors["manifest"], vectors["genesis"], vectors["trustees"])
    assert poll.fingerprint == vectors["fingerprint"]
    contract = Contract(poll, MemoryStore())
    assert contract.genesis() == vectors["app_hash"]
    for block in vectors["blocks"]:
        ctx = BlockContext(block["height"], block["time"])
        verdicts, app_hash = contract.apply(ctx, [tx["text"] for tx in block["transactions"]])
        assert [verdict.code for verdict in verdicts] == [tx["code"] for tx in block["transactions"]]
        assert app_hash == block["app_hash"]
        contract.commit()


def test_they_show_most_refusals(vectors: dict[str, Any]) -> None:
    codes = {tx["code"] for block in vectors["blocks"] for tx in block["transactions"]}
    assert len(codes) > 20


def digest(data: str | bytes) -> bytes:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it stands there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else digest(b"")
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return digest(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:]))


def drawers_root(coins: dict[str, Any]) -> bytes:
    drawers: dict[int, bytes] = {}
    for credential in sorted(coins):
        drawer = int.from_bytes(digest(f"ippyo-coin-v1|{credential}")[:2], "big")
        drawers[drawer] = drawers.get(drawer, b"") + compact(coins[credential]).encode() + b"\n"
    nodes = [digest(b"\x00" + drawers[d]) if d in drawers else bytes(32) for d in range(65536)]
    while len(nodes) > 1:
        pairs = [nodes[i] + nodes[i + 1] for i in range(0, len(nodes), 2)]
        nodes = [digest(b"\x01" + pair) if any(pair) else bytes(32) for pair in pairs]
    return nodes[0]


class SecondReading:
    """The state after accepted transactions, believed without a check."""

    def __init__(self, vectors: dict[str, Any]) -> None:
        genesis = json.loads(vectors["genesis"])
        assert genesis["manifest"] == b64(digest("ippyo-manifest-v1|" + vectors["manifest"]))
        assert genesis["trustees"] == b64(digest("ippyo-trustees-v1|" + vectors["trustees"]))
        assert genesis["ceremony"] == b64(digest("ippyo-ceremony-v1|" + vectors["ceremony"]))
        manifest = json.loads(vectors["manifest"])
        self.phi = b64(digest("ippyo-poll-v1|" + vectors["genesis"]))
        self.styles = [style["id"] for style in manifest["styles"]]
        # Ballots name contests by uuid; here it is enough that one contest allows blank votes and the other does not.
        self.contests = {contest["blank"]: contest["id"] for contest in manifest["contests"]}
        self.phase = "setup"
        self.leaves: list[bytes] = []
        self.coins: dict[str, dict[str, Any]] = {}
        self.issued = {(issuer, style): 0 for issuer in (1, 2) for style in self.styles}
        self.spoiled = 0
        nothing: dict[str, Any] = {"tracker_count": 0, "tallied": False, "decrypted": [], "counted": False}
        self.tallies = {contest["id"]: dict(nothing) for contest in manifest["contests"]}

    def accept(self, text: str) -> None:
        tx = json.loads(text)
        trackers = [b64(digest(compact(ballot))) for ballot in tx.get("ballots", [])]
        match tx["type"]:
            case "issued":
                self.issued[tx["issuer"], tx["style"]] = tx["total"]
            case "open":
                self.phase = "open"
            case "close":
                self.phase = "closed"
            case "cast":
                self.cast(tx, trackers)
            case "spoil":
                trackers = [tx["tracker"]]
                self.coin(tx)
                self.spoiled += 1
            case "surrender":
                for ballot in self.coin(tx)["ballots"]:
                    self.tallies[ballot["contest"]]["tracker_count"] -= 1
                self.coin(tx).update(last=tx["number"], surrendered=True, ballots=[])
            case "tally":
                self.tallies[tx["contest"]]["tallied"] = True
            case "decrypt":
                owners = self.tallies[tx["contest"]]["decrypted"]
                self.tallies[tx["contest"]]["decrypted"] = sorted([*owners, tx["owner"]])
            case "result":
                self.tallies[tx["contest"]]["counted"] = True
                if all(tally["counted"] for tally in self.tallies.values()):
                    self.phase = "counted"
        entry = f"ippyo-entry-v1|{tx['type']}|{b64(digest(text))}|{','.join(trackers)}"
        self.leaves.append(digest(b"\x00" + entry.encode()))

    def coin(self, tx: Any) -> dict[str, Any]:
        credential, style = tx["ticket"]["credential"], tx["ticket"]["style"]
        new = {"credential": credential, "style": style, "count": 0, "last": 0, "surrendered": False, "ballots": []}
        return self.coins.setdefault(credential, new)

    def signed_by_its_credential(self, tx: Any) -> bool:
        """Say whether the proof of a cast, spoil or surrender holds: c = Hq(prefix; g^r C^c)."""
        credential, style = tx["ticket"]["credential"], tx["ticket"]["style"]
        match tx["type"]:
            case "cast":
                trackers = ",".join(b64(digest(compact(ballot))) for ballot in tx["ballots"])
                middle = f"{style}|{tx['number']}|{trackers}"
            case "surrender":
                middle = f"{style}|{tx['number']}"
            case _:
                middle = f"{style}|{tx['tracker']}"
        prefix = f"ippyo-{tx['type']}-v1|{self.phi}|{middle}|{credential}|"
        c, r = (int(tx["proof"][name]) for name in ("challenge", "response"))
        A = bindings.crypto_core_ed25519_add(
            bindings.crypto_scalarmult_ed25519_base_noclamp(r.to_bytes(32, "little")),
            bindings.crypto_scalarmult_ed25519_noclamp(c.to_bytes(32, "little"), bytes.fromhex(credential)[::-1]),
        )
        return int.from_bytes(digest(prefix + A[::-1].hex()), "big") % ORDER == c

    def cast(self, tx: Any, trackers: list[str]) -> None:
        coin = self.coin(tx)
        held = {ballot["contest"]: ballot for ballot in coin["ballots"]}
        for ballot, tracker in zip(tx["ballots"], trackers, strict=True):
            contest = self.contests["blank_proof" in ballot["answers"][0]]
            self.tallies[contest]["tracker_count"] += contest not in held
            held[contest] = {"contest": contest, "tracker": tracker, "position": len(self.leaves)}
        coin["ballots"] = [held[contest] for contest in self.tallies if contest in held]
        coin["count"] += 1
        coin["last"] = tx["number"]

    def app_hash(self, root: bytes, coin_root: bytes) -> str:
        counts = {style: sum(coin["style"] == style for coin in self.coins.values()) for style in self.styles}
        rest = {
            "issued": [{"issuer": i, "style": style, "total": total} for (i, style), total in self.issued.items()],
            "coins": [{"style": style, "count": count} for style, count in counts.items()],
            "spoiled": self.spoiled,
            "tallies": [{"contest": contest} | tally for contest, tally in self.tallies.items()],
        }
        parts = ["ippyo-state-v1", self.phi, self.phase, str(len(self.leaves)), b64(root), b64(coin_root)]
        return b64(digest("|".join([*parts, b64(digest(compact(rest)))])))


def test_a_second_reading_finds_who_signed(vectors: dict[str, Any]) -> None:
    reading = SecondReading(vectors)
    seen = {True: 0, False: 0}
    for tx in (tx for block in vectors["blocks"] for tx in block["transactions"]):
        if tx["code"] in {"", "out-of-turn", "bad-proof"} and '"ticket"' in tx["text"]:
            signed = reading.signed_by_its_credential(json.loads(tx["text"]))
            assert signed == (tx["code"] != "bad-proof")
            seen[signed] += 1
    assert min(seen.values()) >= 4


def test_a_second_reading_finds_the_turns(vectors: dict[str, Any]) -> None:
    reading, late = SecondReading(vectors), 0
    for tx in (tx for block in vectors["blocks"] for tx in block["transactions"]):
        value = json.loads(tx["text"]) if tx["code"] in {"", "out-of-turn"} else {}
        if "number" in value:
            last = reading.coins.get(value["ticket"]["credential"], {"last": 0})["last"]
            assert (last < value["number"] <= last + 16) == (tx["code"] == "")
            late += bool(tx["code"])
        if not tx["code"]:
            reading.accept(tx["text"])
    assert late >= 4


def test_a_second_reading_finds_the_the_same_hashes(vectors: dict[str, Any]) -> None:
    reading = SecondReading(vectors)
    assert reading.app_hash(tree_root([]), drawers_root({})) == vectors["app_hash"]
    for block in vectors["blocks"]:
        for tx in block["transactions"]:
            if not tx["code"]:
                reading.accept(tx["text"])
        root, coin_root = tree_root(reading.leaves), drawers_root(reading.coins)
        assert len(reading.leaves) == block["size"]
        assert (b64(root), b64(coin_root)) == (block["root"], block["coin_root"])
        assert reading.app_hash(root, coin_root) == block["app_hash"]
