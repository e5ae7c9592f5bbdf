"""A closed poll whose trustees keep their secrets in folders of their own, and its record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.small_record import write_record

from ippyo.contract.genesis import ceremony_hash, trustees_hash
from ippyo.contract.poll import Poll
from ippyo.counting.exchange import Exchange, write_line
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto import age_file
from ippyo.crypto.ceremony import Commit, KeyShare, commit, confirm, reveal
from ippyo.poll.choice import BLANK

PASSPHRASE = "correct horse battery"


def _mark(secret: str) -> bytes:
    return b"quick age " + hashlib.sha256(secret.encode()).digest()


def _encrypt(plaintext: bytes, secret: str) -> bytes:
    return _mark(secret) + plaintext


def _decrypt(ciphertext: bytes, secret: str, *, what: str) -> bytes:
    if not ciphertext.startswith(_mark(secret)):
        raise age_file.WrongPassphraseError(what)
    return ciphertext.removeprefix(_mark(secret))


@contextmanager
def without_scrypt() -> Iterator[None]:
    """Let age files be sealed without scrypt, which takes a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(age_file, "encrypt", _encrypt)
        patch.setattr(age_file, "decrypt", _decrypt)
        yield


@pytest.fixture(autouse=True)
def quick_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as :func:`without_scrypt` in every test of this folder, and in no other.

    Through the test's own ``monkeypatch``: a test that patches these functions once more is then undone before this.
    """
    monkeypatch.setattr(age_file, "encrypt", _encrypt)
    monkeypatch.setattr(age_file, "decrypt", _decrypt)


@dataclass(frozen=True)
class Town:
    """``small`` is the poll with its secrets (tests/small_poll.py), ``shares`` are the trustees' key shares."""

    small: Any
    exchange: Path
    homes: tuple[Path, ...]
    shares: tuple[KeyShare, ...]
    transactions: tuple[str, ...]
    record: Path

    @property
    def poll(self) -> Poll:
        return self.small.poll  # type: ignore[no-any-return]


def hold_ceremony(exchange: Exchange, homes: tuple[Path, ...]) -> tuple[KeyShare, ...]:
    trustees = [TrusteeHome(home) for home in homes]
    committed = [commit(exchange.context, index) for index in exchange.context.indices]
    for state, trustee in zip(committed, trustees, strict=True):
        trustee.begin(state, PASSPHRASE)
        exchange.publish(state.commit)
    revealed = [reveal(state, exchange.round(Commit)) for state in committed]
    for step, trustee in zip(revealed, trustees, strict=True):
        trustee.keep(step, PASSPHRASE)
        exchange.publish(step.reveal)
    commits = exchange.round(Commit)
    shares = [confirm(state, commits, exchange.reveals(commits)) for state in revealed]
    for share, trustee in zip(shares, trustees, strict=True):
        trustee.keep(share, PASSPHRASE)
        exchange.publish(share.confirm)
    exchange.assemble()
    return tuple(shares)


def build(polls: ModuleType, folder: Path, *, close: bool = True) -> Town:
    manifest = polls.manifest()
    exchange = Exchange(folder / "exchange")
    exchange.folder.mkdir()
    write_line(exchange.folder / "manifest.json", manifest.to_text(), "manifest")
    homes = tuple(folder / f"trustee-{index}" for index in exchange.context.indices)
    shares = hold_ceremony(exchange, homes)
    transcript = exchange.outcome()
    trustees = transcript.trustees()
    small = polls.SmallPoll.build(manifest)
    genesis = replace(
        small.poll.genesis,
        trustees=trustees_hash(trustees.to_text()),
        ceremony=ceremony_hash(transcript.to_text()),
        public_key=trustees.group.encode(trustees.public_key),
    )
    small = replace(
        small,
        poll=Poll(manifest, genesis, trustees),
        ceremony=transcript.to_text(),
        trustee_secrets=tuple(share.secret for share in shares),
    )
    box = vote(polls, small)
    if close:
        box.close()
    transactions = tuple(tx for _, txs, _ in box.blocks for tx in txs)
    return Town(
        small,
        exchange.folder,
        homes,
        shares,
        transactions,
        write_record(folder / "record", small, [(ctx.time, txs, state) for ctx, txs, state in box.blocks]),
    )


def vote(polls: ModuleType, small: Any) -> Any:
    """Cast nine ballots, of which these count: bridge 1 for, 1 blank; mayor 1 for the first, 1 for the third."""
    box = polls.Box(small).open()
    a, b, c, d = (small.voter(style) for style in ("all", "all", "all", "bridge-only"))
    steps = (
        a.cast(bridge=(0, 1), mayor=(1, 0, 0)),
        b.cast(bridge=BLANK, mayor=(0, 1, 0)),
        c.cast(bridge=(1, 0), mayor=(0, 1, 0)),
        d.cast(bridge=(0, 1)),
        a.cast(bridge=(1, 0)),
        b.cast(mayor=(0, 0, 1)),
        c.surrender(),
        d.surrender(),
    )
    for step in steps:
        assert box.code(step) == "ok"
    return box


COUNTS: dict[str, tuple[int, ...]] = {"bridge": (1, 1, 0), "mayor": (1, 0, 1)}


@pytest.fixture(scope="session")
def town(small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return a closed poll; nothing in its folders is ever altered."""
    with without_scrypt():
        return build(small_polls, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def open_town(small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return a poll that is still open."""
    with without_scrypt():
        return build(small_polls, tmp_path_factory.mktemp("open-town"), close=False)


@pytest.fixture(scope="session")
def counts() -> dict[str, tuple[int, ...]]:
    """Return what the closed poll's tallies open to."""
    return COUNTS


@pytest.fixture(scope="session")
def passphrase() -> str:
    """Return what opens every trustee's file."""
    return PASSPHRASE
