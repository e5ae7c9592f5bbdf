"""Receipts: strict text, and verification with every way in which one can be false."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ippyo.canonical import dumps, sha256_b64
from ippyo.crypto.merkle import Frontier, inclusion_proof
from ippyo.errors import ParseError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import Checkpoint, LedgerFacts, NotEnoughWitnessesError, SignedCheckpoint, WrongOriginError
from ippyo.ledger.notes import KeyKind, NoteSignatureError, SigningKey, padded_b64
from ippyo.ledger.receipt import NotIncludedError, Receipt, WrongPollError

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "receipt.json").read_text(encoding="utf-8"))
LOG = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes(32))
WITNESS = SigningKey("w.example", KeyKind.COSIGNATURE, bytes([1]) * 32)
FACTS = LedgerFacts(sha256_b64("poll"), LOG.verifier, (WITNESS.verifier,), 1)
TRACKER = sha256_b64("ballot")
ENTRIES = [Entry("cast", sha256_b64(str(number)), (TRACKER,)) for number in range(7)]


def make(index: int = 4) -> Receipt:
    nodes = {}
    frontier = Frontier()
    for entry in ENTRIES:
        frontier, completed = frontier.append(entry.leaf)
        nodes.update({(node.level, node.index): node.hash for node in completed})
    checkpoint = Checkpoint(FACTS.origin, frontier.size, frontier.root)
    signed = SignedCheckpoint.sign(checkpoint, LOG).with_signatures([WITNESS.cosign(checkpoint.to_text(), 1)])
    proof = inclusion_proof(index, frontier.size, lambda level, number: nodes[level, number])
    return Receipt(FACTS.poll, ENTRIES[index], index, tuple(proof), signed)


@pytest.mark.parametrize("index", range(7))
def test_a_receipt_proves_its_entry(index: int) -> None:
    receipt = Receipt.from_text(make(index).to_text())
    assert receipt == make(index)
    assert receipt.verify(FACTS).trackers == (TRACKER,)


def test_layout() -> None:
    lines = make().to_text().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    extra = base64.b64decode(lines[1].removeprefix("extra ")).decode()
    assert extra == f'{{"poll":"{FACTS.poll}","entry":"{ENTRIES[4].to_text()}"}}'
    assert lines[2] == "index 4"
    assert [len(line) for line in lines[3:6]] == [44] * 3
    assert lines[6:9] == ["", "ippyo.poll/toy", "7"]


def test_a_ledger_of_one_entry_needs_no_hashes() -> None:
    frontier, _ = Frontier().append(ENTRIES[0].leaf)
    signed = SignedCheckpoint.sign(Checkpoint(FACTS.origin, 1, frontier.root), LOG)
    receipt = Receipt.from_text(Receipt(FACTS.poll, ENTRIES[0], 0, (), signed).to_text())
    assert receipt.verify(replace(FACTS, quorum=0)) == ENTRIES[0]


def test_false_receipts() -> None:
    receipt = make()
    with pytest.raises(WrongPollError, match="another poll"):
        receipt.verify(replace(FACTS, poll=sha256_b64("other")))
    with pytest.raises(NotIncludedError, match="does not show"):
        replace(receipt, entry=replace(receipt.entry, trackers=())).verify(FACTS)
    with pytest.raises(NotIncludedError):
        replace(receipt, index=5).verify(FACTS)
    with pytest.raises(NotIncludedError):
        replace(receipt, proof=receipt.proof[:-1]).verify(FACTS)
    with pytest.raises(NotIncludedError):
        replace(receipt, proof=(bytes(32), *receipt.proof[1:])).verify(FACTS)
    bare = SignedCheckpoint.from_parts(receipt.checkpoint.checkpoint, receipt.checkpoint.note.signatures[:1])
    with pytest.raises(NotEnoughWitnessesError):
        replace(receipt, checkpoint=bare).verify(FACTS)
    other = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes([9]) * 32)
    with pytest.raises(NoteSignatureError):
        receipt.verify(replace(FACTS, log=other.verifier))
    elsewhere = SigningKey("ippyo.poll/elsewhere", KeyKind.NOTE, bytes(32))
    with pytest.raises(WrongOriginError):
        receipt.verify(replace(FACTS, log=elsewhere.verifier))


def extra(value: object) -> str:
    return "extra " + padded_b64(dumps(value).encode())


@pytest.mark.parametrize(
    ("line", "new", "problem"),
    [
        (0, "c2sp.org/tlog-proof@v2", "begins with"),
        (1, None, "'extra'"),
        (1, "extra", "'extra'"),
        (1, "extra !", "not Base64"),
        (1, extra([]), "not a JSON object"),
        (1, extra({"poll": FACTS.poll}), "lacks the field 'entry'"),
        (1, extra({"entry": ENTRIES[4].to_text(), "poll": FACTS.poll}), "canonical"),
        (1, extra({"poll": FACTS.poll, "entry": "x"}), "four parts"),
        (2, "index", "'index'"),
        (2, "index 04", "decimal number"),
        (2, "index -4", "decimal number"),
        (2, "index " + "9" * 16, "decimal number"),
        (3, "AAAA", "3 bytes long instead of 32"),
        (3, "\n".join([padded_b64(bytes(32))] * 64), "more than 63"),
        (6, "x", "not Base64"),
        (8, "x", "size"),
        (11, "x" * 140_000, "longer than"),
    ],
)
def test_malformed_receipts(line: int, new: str | None, problem: str) -> None:
    lines = make().to_text().split("\n")
    lines[line : line + 1] = [] if new is None else [new]
    with pytest.raises(ParseError, match=problem):
        Receipt.from_text("\n".join(lines))


def test_vectors() -> None:
    facts = LedgerFacts.from_texts(VECTORS["poll"], VECTORS["log"], VECTORS["witnesses"], VECTORS["quorum"])
    for good in VECTORS["receipts"]:
        receipt = Receipt.from_text(good["text"])
        assert receipt.to_text() == good["text"]
        assert list(receipt.verify(facts).trackers) == good["trackers"]
    for bad in VECTORS["refused"]:
        with pytest.raises((ParseError, WrongPollError, NotIncludedError, NotEnoughWitnessesError, NoteSignatureError)):
            Receipt.from_text(bad["text"]).verify(facts)
