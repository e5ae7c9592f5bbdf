"""Checkpoints, and whose signatures make one count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ippyo.canonical import sha256_b64
from ippyo.errors import InputError, ParseError
from ippyo.ledger.checkpoint import (
    Checkpoint,
    LedgerFacts,
    NotEnoughWitnessesError,
    SignedCheckpoint,
    WrongOriginError,
)
from ippyo.ledger.notes import KeyKind, NoteSignatureError, SigningKey

LOG = SigningKey("ippyo.poll/toy", KeyKind.NOTE, bytes(32))
WITNESSES = [SigningKey(f"w{number}.example", KeyKind.COSIGNATURE, bytes([number]) * 32) for number in (1, 2, 3)]
FACTS = LedgerFacts(sha256_b64("poll"), LOG.verifier, tuple(key.verifier for key in WITNESSES), 2)
CHECKPOINT = Checkpoint(FACTS.origin, 7, bytes(range(32)))
TEXT = "ippyo.poll/toy\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
SIGNED = SignedCheckpoint.sign(CHECKPOINT, LOG)


def cosigned(*witnesses: SigningKey) -> SignedCheckpoint:
    return SIGNED.with_signatures([key.cosign(TEXT, 1000) for key in witnesses])


def test_text() -> None:
    assert CHECKPOINT.to_text() == TEXT
    assert Checkpoint.from_text(TEXT) == CHECKPOINT
    assert SignedCheckpoint.from_text(cosigned(*WITNESSES).to_text()) == cosigned(*WITNESSES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "three lines"),
        (TEXT + "extension\n", "three lines"),
        (TEXT.removesuffix("\n"), "three lines"),
        (TEXT.replace("ippyo.poll/toy", ""), "no origin"),
        (TEXT.replace("\n7\n", "\n07\n"), "decimal number"),
        (TEXT.replace("\n7\n", "\n-7\n"), "decimal number"),
        (TEXT.replace("\n7\n", "\n７\n"), "decimal number"),
        (TEXT.replace("\n7\n", f"\n{10**15}\n"), "decimal number"),
        (TEXT.replace("8=", "8"), "Base64"),
        (TEXT.replace("AAEC", ""), "29 bytes long instead of 32"),
    ],
)
def test_malformed(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Checkpoint.from_text(text)


def test_a_quorum_is_enough() -> None:
    assert cosigned(*WITNESSES[:2]).verify(FACTS) == CHECKPOINT
    assert cosigned(*WITNESSES).verify(FACTS) == CHECKPOINT
    assert cosigned(WITNESSES[2]).witnesses(FACTS) == [WITNESSES[2].verifier]
    assert cosigned(WITNESSES[2]).cosigners(FACTS) == 1
    assert SIGNED.verify(replace(FACTS, quorum=0)) == CHECKPOINT


def test_less_than_a_quorum_is_not() -> None:
    stranger = SigningKey("w2.example", KeyKind.COSIGNATURE, bytes([9]) * 32)
    with pytest.raises(NotEnoughWitnessesError, match="1 witnesses cosigned the checkpoint, and 2 are needed"):
        cosigned(WITNESSES[0], stranger).verify(FACTS)


def test_a_witness_counts_once() -> None:
    twice = SignedCheckpoint.from_parts(
        CHECKPOINT, [*SIGNED.note.signatures, WITNESSES[0].cosign(TEXT, 1), WITNESSES[0].cosign(TEXT, 2)]
    )
    with pytest.raises(NotEnoughWitnessesError):
        twice.verify(FACTS)
    assert twice.cosigners(FACTS) == 1
    renewed = cosigned(WITNESSES[0]).with_signatures([WITNESSES[0].cosign(TEXT, 2000)])
    assert len(renewed.note.signatures) == 2


def test_a_false_cosignature_spoils_it() -> None:
    false = WITNESSES[1].cosign(TEXT.replace("7", "8"), 1000)
    with pytest.raises(NoteSignatureError, match=r"w2\.example"):
        cosigned(WITNESSES[0], WITNESSES[2]).with_signatures([false]).verify(FACTS)


def test_the_log_must_sign() -> None:
    with pytest.raises(NoteSignatureError, match="not signed by ippyo"):
        SignedCheckpoint.from_parts(CHECKPOINT, [WITNESSES[0].cosign(TEXT, 1)]).verify(FACTS)
    with pytest.raises(NoteSignatureError, match="false"):
        SignedCheckpoint.from_parts(CHECKPOINT, [LOG.sign("other\n")]).verify(FACTS)


def test_of_one_key_one_line_is_kept() -> None:
    lines = [WITNESSES[0].cosign(TEXT, time) for time in (3000, 1000, 2000)]
    signed = SIGNED.with_signatures(lines)
    assert [line.name for line in signed.note.signatures] == [LOG.name, WITNESSES[0].name]
    assert signed.note.signatures[1] == lines[2]
    doubled = SignedCheckpoint.from_parts(SIGNED.checkpoint, [*SIGNED.note.signatures * 2, *lines])
    assert doubled.with_signatures([]).note.signatures == signed.note.signatures


def test_of_a_known_key_the_newest_true_line_counts() -> None:
    old, new = (WITNESSES[0].cosign(TEXT, time) for time in (1000, 3000))
    false = replace(new, signature=bytes(8 * [255]) + new.signature[8:])
    short = replace(new, signature=b"x")
    stranger = SigningKey.generate("stranger.example", KeyKind.COSIGNATURE).cosign(TEXT, 9000)
    signed = SignedCheckpoint.from_parts(SIGNED.checkpoint, [stranger, new, false, short, old, *SIGNED.note.signatures])
    assert signed.of_known_keys(FACTS).note.signatures == (*SIGNED.note.signatures, new)


def test_a_slow_witness_does_not_spoil_a_record() -> None:
    early, others = WITNESSES[1].cosign(TEXT, 939), [WITNESSES[0].cosign(TEXT, 940), WITNESSES[2].cosign(TEXT, 2000)]
    signed = SIGNED.with_signatures([others[0], early, others[1]])
    assert signed.for_record(FACTS, 1_000_999) == SIGNED.with_signatures(others)
    assert signed.for_record(FACTS, 999_999) == signed
    # Without it there would be too few: the verifier shall say whose it is.
    few = SIGNED.with_signatures([early, others[1]])
    assert few.for_record(FACTS, 1_000_999) == few
    assert SIGNED.for_record(FACTS, 1_000_999) == SIGNED


def test_the_origin_must_be_the_logs() -> None:
    other = Checkpoint("ippyo.poll/other", 7, bytes(32))
    with pytest.raises(WrongOriginError, match="of 'ippyo"):
        SignedCheckpoint.sign(other, LOG).verify(FACTS)


def test_impossible_facts() -> None:
    keys = tuple(key.verifier for key in WITNESSES)
    with pytest.raises(InputError, match="kind 1"):
        LedgerFacts("poll", keys[0])
    with pytest.raises(InputError, match="kind 4"):
        LedgerFacts("poll", LOG.verifier, (LOG.verifier,))
    with pytest.raises(InputError, match="same key"):
        LedgerFacts("poll", LOG.verifier, (keys[0], replace(keys[0], name="another.example")))
    with pytest.raises(InputError, match="same key"):
        LedgerFacts("poll", LOG.verifier, (replace(LOG.verifier, name="w.example", kind=KeyKind.COSIGNATURE),))
    with pytest.raises(InputError, match="quorum"):
        LedgerFacts("poll", LOG.verifier, keys, 4)
    with pytest.raises(InputError, match="quorum"):
        LedgerFacts("poll", LOG.verifier, keys, -1)


def test_facts_from_genesis_texts() -> None:
    texts = [key.to_text() for key in FACTS.witnesses]
    assert LedgerFacts.from_texts(FACTS.poll, FACTS.log.to_text(), texts, 2) == FACTS
