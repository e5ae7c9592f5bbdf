"""The offices of the demonstration: officers, trustees, issuers, the ledger's operator and witnesses, with their keys.

A real poll has these people in different rooms; here one program plays all of them, one after the other. Trustees may
lock their shares away in files, each under a passphrase of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ippyo.cli.demo.quiet_pool import QuietPool
from ippyo.contract.genesis import (
    Genesis,
    LedgerKeys,
    OfficerKeys,
    ceremony_hash,
    log_name,
    trustees_hash,
)
from ippyo.contract.poll import Poll
from ippyo.crypto import age_file, ceremony, ed25519
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.files import read_limited, write_new
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.witness import Witness
from ippyo.poll.manifest import Manifest
from ippyo.registry.issuance.keys import IssuerSecrets

__all__ = ["Founded", "Offices", "TrusteeOffice", "found", "lock_away", "one_computer", "open_safes"]

T = TypeVar("T")

WITNESSES = ("press.example/witness", "university.example/witness")


@dataclass(frozen=True)
class TrusteeOffice:
    """A trustee's safe: an age file under a passphrase that only the trustee knows."""

    index: int
    path: Path
    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class Offices:
    """Everybody who holds a key in the demonstration."""

    manifest: Manifest
    officers: dict[int, ed25519.SecretKey] = field(repr=False)
    issuers: tuple[IssuerSecrets, ...]
    log: SigningKey
    witnesses: tuple[SigningKey, ...]

    @contextmanager
    def witnesses_at_work(self, folder: Path, clock: Callable[[], int]) -> Iterator[list[Witness]]:
        """Let the witnesses begin, each with a memory of its own in ``folder``; ``clock`` returns milliseconds."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    Witness.create(
                        key, [self.log.verifier], folder / f"witness-{number}.txt", clock=lambda: clock() // 1000
                    )
                )
                for number, key in enumerate(self.witnesses, start=1)
            ]

    def quorum_of_officers(self) -> dict[int, ed25519.SecretKey]:
        """Return as many officers as an act needs."""
        return {number: self.officers[number] for number in range(1, self.manifest.officers.threshold + 1)}


@dataclass(frozen=True)
class Founded:
    """A poll, everybody who holds a key of it, and the texts that its record begins with, by file name."""

    poll: Poll
    offices: Offices
    shares: tuple[ceremony.KeyShare, ...] = field(repr=False)
    documents: dict[str, str] = field(repr=False)


def one_computer(offices: Offices) -> LedgerKeys:
    """Return what genesis says of a ledger that one process keeps: both witnesses must cosign it."""
    witnesses = tuple(witness.verifier.to_text() for witness in offices.witnesses)
    return LedgerKeys("embedded", offices.log.verifier.to_text(), witnesses, len(witnesses))


def found(manifest: Manifest, ledger: Callable[[Offices], LedgerKeys] = one_computer) -> Founded:
    """Make all keys, hold the key ceremony, and found the poll; ``ledger`` says by whom the ledger is kept."""
    offices = _establish(manifest)
    context = ceremony.CeremonyContext(manifest.hash, group(manifest.group), manifest.trustees)
    trustees, transcript, shares = _hold_ceremony(context)
    genesis = Genesis(
        manifest=manifest.hash,
        trustees=trustees_hash(trustees.to_text()),
        ceremony=ceremony_hash(transcript.to_text()),
        public_key=context.group.encode(trustees.public_key),
        issuers=tuple(issuer.public() for issuer in offices.issuers),
        officers=OfficerKeys(manifest.officers.threshold, tuple(key.public for key in offices.officers.values())),
        ledger=ledger(offices),
    )
    documents = {
        "manifest.json": manifest.to_text(),
        "genesis.json": genesis.to_text(),
        "trustees.json": trustees.to_text(),
        "ceremony.json": transcript.to_text(),
    }
    return Founded(Poll(manifest, genesis, trustees), offices, shares, documents)


def _establish(manifest: Manifest) -> Offices:
    """Make the keys of officers, issuers, ledger and witnesses."""
    return Offices(
        manifest=manifest,
        officers={number: ed25519.generate() for number in range(1, manifest.officers.total + 1)},
        issuers=tuple(
            IssuerSecrets.generate(name, [style.id for style in manifest.styles]) for name in manifest.issuers
        ),
        log=SigningKey.generate(log_name(manifest.id)),
        witnesses=tuple(SigningKey.generate(name, KeyKind.COSIGNATURE) for name in WITNESSES),
    )


def _hold_ceremony(
    context: ceremony.CeremonyContext,
) -> tuple[Trustees, ceremony.Transcript, tuple[ceremony.KeyShare, ...]]:
    """Hold the key ceremony, every trustee in turn."""
    committed = [ceremony.commit(context, index) for index in context.indices]
    commits = [state.commit for state in committed]
    revealed = [ceremony.reveal(state, commits) for state in committed]
    reveals = [state.reveal for state in revealed]
    shares = tuple(ceremony.confirm(state, commits, reveals) for state in revealed)
    trustees, transcript = ceremony.assemble(context, commits, reveals, [share.confirm for share in shares])
    return trustees, transcript, shares


def lock_away(shares: Sequence[ceremony.KeyShare], folder: Path) -> list[TrusteeOffice]:
    """Lock each share into a file of its own."""
    offices = [
        TrusteeOffice(share.index, folder / f"trustee-{share.index}.age", secrets.token_urlsafe(18)) for share in shares
    ]
    _at_once(_lock, offices, [share.to_text() for share in shares])
    passphrases = "".join(f"trustee-{office.index}.age  {office.passphrase}\n" for office in offices)
    # In a real poll each trustee remembers one; whoever plays with the demonstration needs all of them.
    write_new(folder / "passphrases.txt", passphrases.encode(), private=True)
    return offices


def open_safes(context: ceremony.CeremonyContext, offices: Sequence[TrusteeOffice]) -> list[ceremony.KeyShare]:
    """Let these trustees open their safes."""
    states = [ceremony.read_state(context, text) for text in _at_once(_unlock, offices)]
    return [state for state in states if isinstance(state, ceremony.KeyShare)]


def _lock(office: TrusteeOffice, text: str) -> None:
    write_new(office.path, age_file.encrypt(text.encode(), office.passphrase), private=True)


def _unlock(office: TrusteeOffice) -> bytes:
    sealed = read_limited(office.path, age_file.MAX_CIPHERTEXT, "key file")
    return age_file.decrypt(sealed, office.passphrase, what=str(office.path))


def _at_once(work: Callable[..., T], *arguments: Sequence[object]) -> list[T]:
    """Do ``work`` for every trustee, two at a time: a passphrase costs seconds and a gigabyte on purpose."""
    with QuietPool(2) as pool:
        return list(pool.map(work, *arguments))
