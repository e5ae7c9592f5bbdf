"""Founding a poll by commands: everybody's public halves make the genesis that they must make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.held_ceremony import hold

from ippyo.canonical import dumps
from ippyo.cli import main as command_line
from ippyo.contract.genesis import Genesis
from ippyo.crypto.ceremony import CeremonyContext
from ippyo.crypto.groups import group
from ippyo.ledger.comet.home import NodeHome, quorum_of
from ippyo.ledger.notes import KeyKind, SigningKey


@pytest.fixture
def folder(small_poll: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the manifest and the key ceremony's outcome, and an issuer's public half each."""
    monkeypatch.setenv("IPPYO_LANG", "en")
    folder: Path = small_poll.write_documents(tmp_path / "poll")
    (folder / "genesis.json").unlink()
    for number, issuer in enumerate(small_poll.poll.genesis.issuers, start=1):
        (tmp_path / f"issuer-{number}.json").write_text(dumps(issuer.to_value()) + "\n", encoding="utf-8")
    return folder


def found(small_poll: Any, folder: Path, *more: str | Path) -> int:
    genesis = small_poll.poll.genesis
    options: list[str | Path] = []
    for number, _ in enumerate(genesis.issuers, start=1):
        options += ["--issuer", folder.parent / f"issuer-{number}.json"]
    for key in genesis.officers.keys:
        options += ["--officer", key.to_text()]
    arguments = ["poll", "found", folder, *options, "--log", genesis.ledger.log, *more]
    return command_line.main([str(argument) for argument in arguments])


def test_the_same_keys_make_the_same_poll(small_poll: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    genesis = small_poll.poll.genesis
    witnesses = [argument for key in genesis.ledger.witnesses for argument in ("--witness", key)]
    assert found(small_poll, folder, *witnesses, "--quorum", str(genesis.ledger.quorum)) == 0
    assert (folder / "genesis.json").read_text(encoding="utf-8") == genesis.to_text() + "\n"
    assert capsys.readouterr().out.splitlines()[0] == small_poll.poll.fingerprint
    # Nothing is ever written over.
    assert found(small_poll, folder, *witnesses) == 2


def test_operators_cards_make_a_poll_of_several_nodes(
    small_poll: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cards: list[str | Path] = []
    for name in ("city", "prefecture", "university", "press"):
        NodeHome(folder.parent / name).make_keys(name, f"{name}.example:26656")
        cards += ["--operator", folder.parent / name / "operator.json"]
    # Whoever only looks on is asked for no line under a receipt: it would never come.
    assert found(small_poll, folder, *cards, "--witness", small_poll.poll.genesis.ledger.log) == 2
    assert "leave out --witness" in capsys.readouterr().err
    assert not (folder / "genesis.json").exists()
    assert found(small_poll, folder, *cards[:6]) == 0
    assert "when one of them stops, so does the poll" in capsys.readouterr().err
    (folder / "genesis.json").unlink()
    assert found(small_poll, folder, *cards) == 0
    assert "stops" not in capsys.readouterr().err
    ledger = Genesis.from_text((folder / "genesis.json").read_bytes().removesuffix(b"\n")).ledger
    assert (ledger.engine, len(ledger.witnesses), ledger.quorum) == ("comet", 4, quorum_of(4))


def test_what_does_not_belong_together_founds_nothing(
    small_poll: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = folder.parent / "issuer-1.json"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(":", ": ", 1), encoding="utf-8")
    assert found(small_poll, folder) == 2
    assert "not what ippyo registry keys printed" in capsys.readouterr().err
    card.write_text((folder.parent / "issuer-2.json").read_text(encoding="utf-8"), encoding="utf-8")
    assert found(small_poll, folder) in {1, 2}
    assert not (folder / "genesis.json").exists()


def test_the_key_of_other_trustees_founds_nothing(
    small_poll: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whoever brings the files could put trustees of his own in the place of those who held the ceremony.
    manifest = small_poll.poll.manifest
    others = hold(CeremonyContext(manifest.hash, group(manifest.group), manifest.trustees)).trustees
    (folder / "trustees.json").write_text(others.to_text() + "\n", encoding="utf-8")
    assert found(small_poll, folder) == 1
    assert "not made by the key ceremony" in capsys.readouterr().err
    assert not (folder / "genesis.json").exists()


@pytest.mark.parametrize("kind", KeyKind)
def test_a_witness_whose_key_cannot_be_read_founds_nothing(
    kind: KeyKind, small_poll: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = SigningKey.generate("witness.example/w", kind).verifier.to_text()
    name, number, rest = key.split("+", 2)
    mistyped = f"{name}+{int(number, 16) ^ 1:08x}+{rest}" if kind is KeyKind.COSIGNATURE else key
    assert found(small_poll, folder, "--witness", mistyped) == 2
    said = capsys.readouterr().err
    assert ("does not belong to this name and key" if kind is KeyKind.COSIGNATURE else "of kind 4") in said
    assert not (folder / "genesis.json").exists()


def test_a_log_key_is_named_after_its_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "passphrase").write_text("correct horse battery\n", encoding="utf-8")
    monkeypatch.setenv("IPPYO_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    key = tmp_path / "log-key.age"
    assert command_line.main(["ledger", "keygen", str(key), "--poll", "city-hall"]) == 0
    assert capsys.readouterr().out.startswith("ippyo.poll/city-hall+")
    assert key.stat().st_mode & 0o077 == 0
