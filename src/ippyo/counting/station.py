"""The counting station (集計): from a verified record to tally, decryptions and result, by files, without network.

A station is a folder::

    record/                          the verified copy of the record
    tally-CONTEST.json               transaction `tally`, to be signed by the officers
    decrypt-CONTEST-OWNER.json       transaction `decrypt` of a trustee
    result-CONTEST.json              transaction `result`, to be signed by the officers

The files go back to the ledger on a medium, in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ippyo.contract.poll import Poll
from ippyo.contract.transactions import TRANSACTION_LIMIT, Decrypt, ResultAct, Tally, Transaction, parse_transaction
from ippyo.counting import record_copy
from ippyo.counting.box import Progress, count_box
from ippyo.counting.exchange import read_line, write_line
from ippyo.counting.tally import EncryptedTally
from ippyo.counting.trustee_home import TrusteeHome
from ippyo.crypto.ceremony import KeyShare
from ippyo.crypto.decryption import PartialDecryption, check_partial_decryption, partially_decrypt
from ippyo.crypto.opening import open_tally
from ippyo.errors import FaultyTrusteeError, InputError, IppyoError, ParseError, RefusedError
from ippyo.poll.result import ContestResult

__all__ = ["ContestCount", "Station", "decrypt_tally", "require_own_share"]

T = TypeVar("T", bound=Transaction)


@dataclass(frozen=True, slots=True)
class ContestCount:
    """The result of a contest, the trustees whose contributions opened it, and those who sent a bad one."""

    result: ContestResult
    owners: tuple[int, ...]
    faulty: tuple[FaultyTrusteeError, ...]


class Station:
    """The folder. ``record`` is elsewhere where a trustee works with a record of their own."""

    def __init__(self, folder: Path, record: Path | None = None) -> None:
        self.folder = folder
        self.record = record or folder / "record"

    @cached_property
    def poll(self) -> Poll:
        """The poll that is counted. Raises :class:`InputError` before a record was imported."""
        if not self.record.is_dir():
            raise InputError(f"{self.folder} holds no record yet; begin with: ippyo count import")
        return record_copy.read_poll(self.record)

    def import_record(self, source: Path, verify: Callable[[Path], None]) -> None:
        """Take over the record in ``source`` if ``verify`` accepts the copy."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {self.folder}: {error.strerror}") from None
        record_copy.import_record(source, self.record, verify)

    def count_box(self, *, progress: Progress | None = None) -> dict[str, EncryptedTally]:
        """Return the encrypted tally of every contest, computed from the record's ballots."""
        poll = self.poll
        return count_box(poll, lambda: record_copy.transaction_texts(self.record), progress=progress)

    def write_tallies(self, tallies: Mapping[str, EncryptedTally]) -> list[Path]:
        """Write a ``tally`` act without signatures for every contest."""
        poll = self.poll
        return [
            self._write(
                f"tally-{contest}.json",
                Tally(poll.fingerprint, contest, tally.num_tallied, tally.ciphertexts, poll.group),
            )
            for contest, tally in tallies.items()
        ]

    def read_tallies(self) -> dict[str, EncryptedTally]:
        """Return what :meth:`write_tallies` wrote; officers may have signed meanwhile."""
        acts = {contest: self._read(f"tally-{contest}.json", Tally) for contest in self.poll.elections}
        for contest, act in acts.items():
            if act.contest != contest:
                raise InputError(f"tally-{contest}.json is the tally of contest {act.contest}")
        return {contest: EncryptedTally(act.encrypted_tally, act.num_tallied) for contest, act in acts.items()}

    def decrypt(self, trustee: TrusteeHome, share: KeyShare, tallies: Mapping[str, EncryptedTally]) -> list[Path]:
        """Let a trustee decrypt every contest of ``tallies``, which :meth:`count_box` has computed.

        Returns the files of the ``decrypt`` transactions. Contests that the trustee has already decrypted are passed
        over, so that a step that broke off can be repeated. Raises :class:`InputError` as
        :func:`require_own_share` and :meth:`TrusteeHome.allow_once` do, and when a file of another content is there.
        """
        require_own_share(self.poll, share)
        paths = []
        for contest, tally in tallies.items():
            path = self.folder / f"decrypt-{contest}-{share.index}.json"
            trustee.allow_once(self.poll, contest, tally)
            if path.exists():
                self._require_good(path, share.index, contest, tally)
            else:
                write_line(path, decrypt_tally(self.poll, share, contest, tally).to_text(), Decrypt.kind)
            paths.append(path)
        return paths

    def _require_good(self, path: Path, owner: int, contest: str, tally: EncryptedTally) -> None:
        phi = self.poll.election(contest).fingerprint
        try:
            partial = self._read_decryption(contest, owner)
            check_partial_decryption(self.poll.trustees, phi, owner, [tally.ciphertexts], partial)
        except IppyoError as error:
            raise InputError(f"{path} is there already and useless ({error}); move it away and repeat") from None

    def _read_decryption(self, contest: str, owner: int) -> PartialDecryption:
        name = f"decrypt-{contest}-{owner}.json"
        act = self._read(name, Decrypt)
        if (act.contest, act.owner) != (contest, owner):
            raise ParseError(name, f"is by trustee {act.owner} for contest {act.contest}")
        return act.decryption

    def read_decryptions(self, contest: str) -> tuple[dict[int, PartialDecryption], tuple[FaultyTrusteeError, ...]]:
        """Return the trustees' contributions to a contest by owner, and those whose file cannot be used."""
        found: dict[int, PartialDecryption] = {}
        unusable = []
        for owner in range(1, self.poll.trustees.quorum.total + 1):
            if not (self.folder / f"decrypt-{contest}-{owner}.json").exists():
                continue
            try:
                found[owner] = self._read_decryption(contest, owner)
            except IppyoError as error:
                unusable.append(FaultyTrusteeError(owner, str(error)))
        return found, tuple(unusable)

    def open_contest(self, contest: str, tally: EncryptedTally) -> ContestCount:
        """Combine the trustees' contributions to a contest and decode the counts.

        Raises :class:`~ippyo.errors.CheckFailedError` when fewer than t are good.
        """
        election, poll = self.poll.election(contest), self.poll
        partials, unusable = self.read_decryptions(contest)
        opened = open_tally(poll.trustees, election.fingerprint, [tally.ciphertexts], tally.num_tallied, partials)
        result = ContestResult(election.contest, opened.counts[0], tally.num_tallied)
        return ContestCount(result, opened.owners, (*unusable, *opened.faulty))

    def write_result(self, count: ContestCount) -> Path:
        """Write the ``result`` act without signatures."""
        contest = count.result.contest.id
        return self._write(
            f"result-{contest}.json", ResultAct(self.poll.fingerprint, contest, tuple(count.result.counts))
        )

    def _write(self, name: str, act: Tally | ResultAct) -> Path:
        """Write an act, unless it is there already: officers may have signed it meanwhile."""
        path = self.folder / name
        if not path.exists() or self._read(name, type(act)).body != act.body:
            write_line(path, act.to_text(), act.kind)
        return path

    def _read(self, name: str, kind: type[T]) -> T:
        text = read_line(self.folder / name, TRANSACTION_LIMIT, name)
        try:
            transaction = parse_transaction(self.poll, text)
        except (ParseError, RefusedError) as error:
            raise ParseError(name, str(error)) from None
        if not isinstance(transaction, kind):
            raise ParseError(name, f"is not a transaction of type {kind.kind!r}")
        return transaction


def require_own_share(poll: Poll, share: KeyShare) -> None:
    """Raise :class:`InputError` unless ``share`` is a share of this poll's key."""
    context = share.context
    same = (context.manifest_hash, context.group, context.quorum) == (
        poll.manifest.hash,
        poll.group,
        poll.trustees.quorum,
    )
    if not same or share.confirm.key.public_key != poll.trustees.verification_key(share.index):
        raise InputError(f"the key share of trustee {share.index} is not a share of this poll's key")


def decrypt_tally(poll: Poll, share: KeyShare, contest: str, tally: EncryptedTally) -> Decrypt:
    """Return the contribution of a trustee to the opening of ``tally``.

    ``tally`` must have been computed from a verified record (:meth:`Station.count_box`): this opens what it is given.
    """
    require_own_share(poll, share)
    partial = partially_decrypt(poll.group, poll.election(contest).fingerprint, share.secret, [tally.ciphertexts])
    return Decrypt(poll.fingerprint, contest, share.index, partial, poll.group)
