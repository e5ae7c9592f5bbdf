"""Importing the town's file into the roll: every row is good, or nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ippyo.errors import InputError
from ippyo.poll.manifest import Manifest
from ippyo.registry.roll.columns import find_columns
from ippyo.registry.roll.models import MAX_STAFF, RollImport, Voter
from ippyo.registry.roll.rows import NO_GROUPS, Reason, RowProblem, parse_row
from ippyo.registry.roll.table import decode, numbered_rows, read_file

__all__ = ["ImportReport", "import_roll", "style_labels"]

BATCH = 2000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a file: rows read, everything that is wrong, and whether the rows are on the roll now."""

    rows: int
    problems: tuple[RowProblem, ...]
    written: bool


def style_labels(manifest: Manifest) -> dict[str, str]:
    """Return the ballot style that each label of 対象区分 means: its id, and its name in both languages."""
    labels: dict[str, str] = {}
    for style in manifest.styles:
        for label in {style.id, style.name.ja, style.name.en}:
            # A label that two styles share means neither; ids, which are unique, come last and stay.
            labels[label] = "" if label in labels else style.id
    return {label: style for label, style in labels.items() if style} | {
        style.id: style.id for style in manifest.styles
    }


def import_roll(
    path: Path,
    styles: Mapping[str, str],
    by: str,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str = "auto",
    dry_run: bool = False,
    namesakes: bool = False,
    groups: Mapping[str, str] = NO_GROUPS,
    today: date | None = None,
) -> ImportReport:
    """Read the CSV file ``path`` onto the roll, beside what is there; with ``dry_run`` only look.

    ``styles`` is as from :func:`style_labels`, ``groups`` as from :func:`~.groups.group_labels`, ``by`` names the
    member of staff. Who has the name and date of birth of somebody else on the roll is told as wrong, for it may be one
    person with an old and a new address, who would get two tickets; with ``namesakes`` the clerk says that these are
    different persons. Raises :class:`InputError` where the file as a whole cannot be read. All that is wrong with rows
    stands in the report, and then nothing is written.
    """
    if not 1 <= len(by) <= MAX_STAFF:
        raise InputError(f"say who imports the roll, in at most {MAX_STAFF} characters")
    data = read_file(path)
    rows = numbered_rows(decode(data, encoding))
    _, header = next(rows, (1, []))
    columns = find_columns(header, mapping or {}, style_needed=len(set(styles.values())) != 1)
    reading = _Reading(rows, columns, styles, groups, today or timezone.localdate(), namesakes=namesakes)
    with transaction.atomic():
        batch: list[Voter] = []
        for voter in reading.voters():
            if dry_run or reading.problems:
                batch.clear()
                continue
            batch.append(voter)
            if len(batch) == BATCH:
                Voter.objects.bulk_create(batch)
                batch = []
        good = not (dry_run or reading.problems)
        if good:
            Voter.objects.bulk_create(batch)
            RollImport.objects.create(
                at=timezone.now(), by=by, file_sha256=hashlib.sha256(data).hexdigest(), rows=reading.count
            )
        else:
            transaction.set_rollback(True)
    return ImportReport(reading.count, tuple(reading.problems), good)


class _Reading:
    """Goes through the rows once, gathering what is wrong with them."""

    def __init__(
        self,
        rows: Iterator[tuple[int, list[str]]],
        columns: Mapping[str, int],
        styles: Mapping[str, str],
        groups: Mapping[str, str],
        today: date,
        *,
        namesakes: bool,
    ) -> None:
        self.count = 0
        self.problems: list[RowProblem] = []
        self._rows = rows
        self._columns = columns
        self._styles = styles
        self._groups = groups
        self._today = today
        self._namesakes = namesakes
        # The line where each was first; None for who is on the roll already. Hashes of persons keep memory small.
        self._numbers: dict[str, int | None] = {}
        self._persons: dict[bytes, int | None] = {}
        self._names: dict[bytes, int | None] = {}
        for voter in Voter.objects.only("number", "name_key", "birth_key", "address_key").iterator(BATCH):
            self._persons[_hash(voter.name_key, voter.birth_key, voter.address_key)] = None
            self._names[_hash(voter.name_key, voter.birth_key)] = None
            if voter.number is not None:
                self._numbers[voter.number] = None

    def voters(self) -> Iterator[Voter]:
        """Yield the voters of good rows, not saved, each but once."""
        for line, row in self._rows:
            self.count += 1
            person, problems = parse_row(line, row, self._columns, self._styles, self._today, self._groups)
            self.problems += problems
            if person is None:
                continue
            voter = person.voter()
            duplicates = list(self._duplicates(line, voter))
            self.problems += duplicates
            if not duplicates:
                yield voter

    def _duplicates(self, line: int, voter: Voter) -> Iterator[RowProblem]:
        if voter.number is not None:
            if voter.number in self._numbers:
                other = self._numbers[voter.number]
                yield RowProblem(line, "number", Reason.DUPLICATE_NUMBER, voter.number, other)
            self._numbers.setdefault(voter.number, line)
        key = _hash(voter.name_key, voter.birth_key, voter.address_key)
        name = _hash(voter.name_key, voter.birth_key)
        if key in self._persons:
            yield RowProblem(line, "", Reason.DUPLICATE_PERSON, voter.name, self._persons[key])
        elif name in self._names and not self._namesakes:
            yield RowProblem(line, "", Reason.NAMESAKE, voter.name, self._names[name])
        self._persons.setdefault(key, line)
        self._names.setdefault(name, line)


def _hash(*parts: str) -> bytes:
    """Return what two entries of one person share; the normal forms hold no line breaks."""
    text = "\n".join(parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
