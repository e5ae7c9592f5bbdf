"""Signed notes against the published examples of C2SP signed-note and of Go's note package, and every refusal."""

from __future__ import annotations

import pytest

from ippyo.errors import ParseError
from ippyo.ledger.notes import KeyKind, Note, NoteSignature, NoteSignatureError, SigningKey, VerifierKey, padded_b64

C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


@pytest.mark.parametrize(("key", "text"), [(C2SP_KEY, C2SP_NOTE), (GO_KEY, GO_NOTE)])
def test_published_notes_verify(key: str, text: str) -> None:
    verifier = VerifierKey.from_text(key)
    note = Note.from_text(text)
    assert note.signers([verifier]) == [verifier]
    assert (verifier.to_text(), note.to_text()) == (key, text)
    altered = Note(note.text.replace("is", "was", 1), note.signatures)
    with pytest.raises(NoteSignatureError, match="false"):
        altered.signers([verifier])


def test_published_secret_key_signs_the_published_note() -> None:
    key = SigningKey.from_text(GO_SECRET)
    note = Note.from_text(GO_NOTE)
    assert key.verifier == VerifierKey.from_text(GO_KEY)
    assert key.sign(note.text) == note.signatures[0]
    assert key.to_text() == GO_SECRET


def test_a_secret_key_does_not_show_itself() -> None:
    key = SigningKey.generate("example.com/log")
    assert repr(key) == "SigningKey(name='example.com/log', kind=<KeyKind.NOTE: 1>)"
    assert SigningKey.from_text(key.to_text()) == key
    assert key != SigningKey.generate("example.com/log")


def test_the_published_cosignature_has_the_published_time() -> None:
    note = Note.from_text(COSIGNED)
    assert note.to_text() == COSIGNED
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1679315147


def test_cosignatures_bind_the_time() -> None:
    key = SigningKey("witness.example/w", KeyKind.COSIGNATURE, bytes(32))
    text = Note.from_text(COSIGNED).text
    line = key.cosign(text, 1679315147)
    assert Note(text, (line,)).signers([key.verifier]) == [key.verifier]
    assert line == NoteSignature(
        key.name,
        key.verifier.key_id,
        (1679315147).to_bytes(8, "big") + key.sign_bytes(b"cosignature/v1\ntime 1679315147\n" + text.encode()),
    )
    for altered in (
        (1679315148).to_bytes(8, "big") + line.signature[8:],
        b"\xff" * 8 + line.signature[8:],
        line.signature[:-1],
    ):
        assert not key.verifier.verifies(text, NoteSignature(line.name, line.key_id, altered))
    with pytest.raises(ValueError, match="with a time"):
        key.sign(text)
    with pytest.raises(ValueError, match="only a witness"):
        SigningKey("log", KeyKind.NOTE, bytes(32)).cosign(text, 1)


def test_lines_of_unknown_keys_are_ignored() -> None:
    key, other = SigningKey.generate("a.example"), SigningKey.generate("a.example")
    text = "text\n"
    note = Note(text, (other.sign(text), key.sign(text)))
    assert note.signers([key.verifier]) == [key.verifier]
    assert not other.verifier.verifies(text, key.sign(text))
    assert Note(text, (other.sign(text),)).signers([key.verifier]) == []


def test_one_false_line_of_a_known_key_spoils_the_note() -> None:
    key = SigningKey.generate("a.example")
    note = Note("text\n", (key.sign("text\n"), key.sign("other\n")))
    with pytest.raises(NoteSignatureError, match=r"a\.example"):
        note.signers([key.verifier])
    short = NoteSignature(key.name, key.verifier.key_id, bytes(63))
    assert not key.verifier.verifies("text\n", short)


def test_libsodium_refuses_weak_keys() -> None:
    identity = VerifierKey("weak", KeyKind.NOTE, b"\x01" + bytes(31))
    assert not identity.verifies_bytes(b"anything", b"\x01" + bytes(63))


def test_a_key_outside_the_subgroup_is_none() -> None:
    # A browser refuses it, and with it the poll whose witness has it: so it must not get into a genesis.
    outside = bytes.fromhex("8d3d2c0692591fd7d654ef938d2a912c821186c9b13a7bae826908303ee3cd69")
    signature = (
        "dac8a96a58393d190b7a983807dd983cde1d2e61d8d2f9f8f20c9d2d812ed290"
        "6a49c65d14a44fe03b2ec2437b1010640252a7b83c0b270856317064afd7f400"
    )
    key = VerifierKey("witness.example/w", KeyKind.COSIGNATURE, outside)
    assert not key.verifies_bytes(b"ippyo", bytes.fromhex(signature))
    with pytest.raises(ParseError, match="prime-order"):
        VerifierKey.from_text(key.to_text())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no signatures\n", "no signatures"),
        ("text\n\n— a.example AAAAAAA=", "no newline at its end"),
        ("te\rxt\n\n— a.example AAAAAAA=\n", "control characters"),
        ("te\ud800xt\n\n— a.example AAAAAAA=\n", "control characters"),
        ("text\n\n- a.example AAAAAAA=\n", "begin with a dash"),
        ("text\n\n— a.example\n", "a name and a signature"),
        ("text\n\n— a.example AAAAAAA= x\n", "a name and a signature"),
        ("text\n\n— a+b AAAAAAA=\n", "plus sign"),
        ("text\n\n— a\u3000b AAAAAAA=\n", "a space"),
        ("text\n\n—  AAAAAAA=\n", "empty"),
        ("text\n\n— a.example AAAAAAB=\n", "canonical Base64"),
        ("text\n\n— a.example AAAAAAA\n", "not Base64"),
        ("text\n\n— a.example AAAAAA==\n", "too short"),
        ("text\n\n" + "— a.example AAAAAAA=\n" * 129, "more than 128"),
        ("x" * 70_000 + "\n\n— a.example AAAAAAA=\n", "longer than"),
        (f"text\n\n— a.example {padded_b64(bytes(8193))}\n", "too long"),
    ],
)
def test_malformed_notes(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Note.from_text(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("example.com/foo", "name\\+id\\+key"),
        ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "empty"),
        ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "a space"),
        ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "does not belong"),
        ("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "does not belong"),
        ("example.com/foo+530d903a+", "is empty"),
        ("example.com/foo+530d903a+AQ==", "32 bytes"),
        ("example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "kind 6"),
        ("example.com/foo+530d903a+?", "not Base64"),
    ],
)
def test_malformed_verifier_keys(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        VerifierKey.from_text(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GO_KEY, "begin like one"),
        ("PRIVATE+KEY+PeterNeumann", "of the form"),
        (GO_SECRET.replace("c74f", "c74e"), "does not belong"),
        (GO_SECRET.replace("AYEK", "BoEK"), "kind 6"),
        ("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEK", "instead of 33"),
    ],
)
def test_malformed_secret_keys_are_refused_without_showing_them(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem) as caught:
        SigningKey.from_text(text)
    assert "FALVFGyNhPJEMzD1" not in str(caught.value)


def test_names_are_checked_when_keys_are_made() -> None:
    with pytest.raises(ParseError, match="plus sign"):
        SigningKey.generate("a+b")
    with pytest.raises(ParseError, match="longer than"):
        SigningKey.generate("a" * 201)
