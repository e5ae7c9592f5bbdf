"""``ippyo export belenios``: one archive per contest, each an election that another project's verifier accepts.

The ballots stand in the order of the ledger, so that the last of a credential counts there as here. That format knows
no way to give a right to vote back: the ballots of surrendered credentials are left out, and the page beside the
archives says how many those are.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ippyo.audit.belenios.archive import LAST_TIMESTAMP, ArchiveWriter, EventType
from ippyo.audit.belenios.notes import notes
from ippyo.audit.belenios.selection import ContestCount, Outline, ballot_texts, outline
from ippyo.ballot.election import Election
from ippyo.canonical import dumps, sha256_b64
from ippyo.contract.poll import Poll
from ippyo.crypto.groups import Group
from ippyo.errors import InputError
from ippyo.files import reason

__all__ = ["ExportedContest", "export_belenios"]

Transactions = Callable[[], Iterable[str]]
"""Starts a new reading of all transactions."""


@dataclass(frozen=True, slots=True)
class ExportedContest:
    """One archive: how many ballots it holds, and how many it leaves out because their right was given back."""

    contest: str
    uuid: str
    file: str
    ballots: int
    left_out: int

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "contest": self.contest,
            "uuid": self.uuid,
            "file": self.file,
            "ballots": self.ballots,
            "left_out": self.left_out,
        }


def export_belenios(poll: Poll, transactions: Transactions, timestamp: int, target: Path) -> list[ExportedContest]:
    """Write ``target/<contest>/<uuid>.bel`` for every contest, and ``README.md`` and ``export.json`` beside them.

    ``timestamp`` (seconds) is put on everything, so that the same record always gives the same bytes.
    Raises :class:`~ippyo.errors.InputError` if a contest is not counted yet, something in the record has no form that
    such an archive can hold, or ``target`` cannot be made anew; then nothing is left behind.
    """
    if not 0 <= timestamp <= LAST_TIMESTAMP:
        raise InputError("the last block of the record has a time that such an archive cannot hold")
    found = outline(transactions())
    for contest in poll.elections:
        if found.counts.get(contest, ContestCount()).result is None:
            raise InputError(f"contest {contest} is not counted yet, so it cannot be exported; count it first")
    _require_credentials(poll.group, found.styles)
    with _new_folder(target):
        exported = [
            _export_contest(poll, election, found, transactions, timestamp, target)
            for election in poll.elections.values()
        ]
        value = {"version": 1, "poll": poll.fingerprint, "contests": [contest.to_value() for contest in exported]}
        (target / "export.json").write_text(dumps(value) + "\n", encoding="utf-8")
        (target / "README.md").write_text(notes(poll, exported), encoding="utf-8")
    return exported


@contextmanager
def _new_folder(path: Path) -> Iterator[None]:
    """Make a folder, and take it away again if what is done with it fails."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise InputError(f"{path} already exists and is not overwritten; choose another folder") from None
    except OSError as error:
        raise InputError(f"cannot write {path}: {reason(error)}") from None
    try:
        yield
    except BaseException as error:
        shutil.rmtree(path, ignore_errors=True)
        if isinstance(error, OSError):
            raise InputError(f"cannot write {path}: {reason(error)}") from None
        raise


def _export_contest(
    poll: Poll, election: Election, found: Outline, transactions: Transactions, timestamp: int, target: Path
) -> ExportedContest:
    contest, uuid = election.contest.id, election.uuid
    styles = frozenset(style for style, contests in poll.contests_of_style.items() if contest in contests)
    file = f"{contest}/{uuid}.bel"
    ballots = left_out = 0
    current: dict[str, str] = {}
    (target / contest).mkdir()
    with (target / file).open("xb") as stream:
        archive = ArchiveWriter(stream, timestamp)
        _write_setup(archive, poll, election, found.credentials(styles))
        for credential, ballot in ballot_texts(transactions(), uuid):
            tracker = sha256_b64(ballot)
            if credential in found.surrendered:
                left_out += 1
            elif current.get(credential) != tracker:
                # A cast for several contests may repeat a ballot that counts already; the format wants each once.
                current[credential] = tracker
                archive.event(EventType.BALLOT, ballot)
                ballots += 1
        _write_count(archive, found.counts[contest], poll.trustees.threshold)
    return ExportedContest(contest, uuid, file, ballots, left_out)


def _write_setup(archive: ArchiveWriter, poll: Poll, election: Election, credentials: list[str]) -> None:
    order = sorted(credentials, key=_credential_order(poll.group))
    setup = {
        "election": archive.data(election.text),
        "trustees": archive.data(poll.trustees.to_text()),
        "credentials": archive.data(dumps(order)),
    }
    archive.event(EventType.SETUP, dumps(setup))


def _write_count(archive: ArchiveWriter, count: ContestCount, threshold: int) -> None:
    archive.event(EventType.END_BALLOTS)
    tally = archive.data(dumps([count.tally]))
    sized = {"num_tallied": count.tallied, "total_weight": count.tallied, "encrypted_tally": tally}
    archive.event(EventType.ENCRYPTED_TALLY, dumps(sized))
    for owner in sorted(count.decryptions)[:threshold]:
        decryption = archive.data(dumps(count.decryptions[owner]))
        archive.event(EventType.PARTIAL_DECRYPTION, dumps({"owner": owner, "payload": decryption}))
    archive.event(EventType.RESULT, dumps({"result": [count.result]}))


def _require_credentials(group: Group, credentials: Iterable[str]) -> None:
    """Check that every credential can be put in order: it need not be true, only of its form."""
    form = re.compile("[0-9a-f]{64}" if group.name == "Ed25519" else "[1-9][0-9]{0,1300}")
    for credential in credentials:
        if not form.fullmatch(credential):
            raise InputError("the record holds a credential that is no element of the poll's group")


def _credential_order(group: Group) -> Callable[[str], int | bytes]:
    """Return the reading program's order of elements: of numbers by value, of points by their 32 bytes."""
    if group.name == "Ed25519":
        return lambda text: bytes.fromhex(text)[::-1]
    return int
