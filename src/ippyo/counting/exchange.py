"""The exchange folder of a key ceremony: public messages as files, which may travel by any means.

    manifest.json                      the frozen manifest, put there by the officers
    commit-1.json … reveal-1.json … confirm-1.json …
    complaint-2-against-3.json         only when something went wrong
    trustees.json, ceremony.json       the outcome, as the record holds it

Nothing in it is secret, and nobody needs to be trusted with it: every step checks what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ippyo.crypto.ceremony import (
    MESSAGE_LIMIT,
    TRANSCRIPT_LIMIT,
    CeremonyContext,
    Commit,
    Complaint,
    Confirm,
    Message,
    Reveal,
    Transcript,
    assemble,
    judge,
    parse_complaint,
    parse_reveals,
    parse_round,
)
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import TRUSTEES_LIMIT, Trustees
from ippyo.errors import CheckFailedError, InputError, ParseError
from ippyo.files import read_limited, write_new
from ippyo.poll.manifest import MANIFEST_LIMIT, Manifest

__all__ = ["Exchange", "read_line", "write_line"]

M = TypeVar("M", Commit, Confirm)


def read_line(path: Path, limit: int, what: str) -> str:
    """Return the message in a file that holds one, without the newline at its end."""
    data = read_limited(path, limit + 1, what)
    if not data.endswith(b"\n"):
        raise ParseError(what, f"{path} does not end with a newline; the file was cut off")
    try:
        return data[:-1].decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError(what, f"{path} is not UTF-8 text") from None


def write_line(path: Path, text: str, what: str) -> None:
    """Write a message into a file of its own; doing it again with the same message does nothing."""
    data = f"{text}\n".encode()
    # Of another size, it is another message: write_new says so.
    if path.is_file() and path.stat().st_size == len(data) and read_limited(path, len(data), what) == data:
        return
    write_new(path, data)


class Exchange:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> Manifest:
        """The poll the ceremony is for."""
        return Manifest.from_text(read_line(self.folder / "manifest.json", MANIFEST_LIMIT, "manifest"))

    @cached_property
    def context(self) -> CeremonyContext:
        """The ceremony."""
        return CeremonyContext(self.manifest.hash, group(self.manifest.group), self.manifest.trustees)

    def publish(self, message: Message) -> Path:
        """Write a message and return its file. Raises :class:`InputError` if another one is there already."""
        path = self.folder / _name(message)
        write_line(path, message.to_text(), message.kind)
        return path

    def missing(self, kind: type[Message]) -> list[int]:
        """Return the numbers of the trustees whose message of this kind is not there yet."""
        return [index for index in self.context.indices if not self._path(kind, index).exists()]

    def round(self, kind: type[M]) -> tuple[M, ...]:
        """Return the commits or the confirms of all trustees, in order.

        Raises :class:`InputError` while some are missing, and what :func:`~ippyo.crypto.ceremony.parse_round` raises.
        """
        return parse_round(self.context, kind, self._texts(kind))

    def reveals(self, commits: Sequence[Commit]) -> tuple[Reveal, ...]:
        """Return the reveals of all trustees, in order; ``commits`` say whose signatures they should bear.

        Raises :class:`InputError` while some are missing, and what :func:`~ippyo.crypto.ceremony.parse_reveals` raises.
        """
        return parse_reveals(self.context, commits, self._texts(Reveal))

    def _texts(self, kind: type[Message]) -> list[str]:
        if missing := self.missing(kind):
            names = ", ".join(map(str, missing))
            raise InputError(f"the {kind.kind} of trustee {names} is not in {self.folder} yet; try again later")
        what = f"{kind.kind} of a trustee"
        return [read_line(self._path(kind, index), MESSAGE_LIMIT, what) for index in self.context.indices]

    def _path(self, kind: type[Message], index: int) -> Path:
        return self.folder / f"{kind.kind}-{index}.json"

    def complaints(self, commits: Sequence[Commit]) -> list[Complaint]:
        """Return the complaints in the folder. Raises what :meth:`complaint` raises."""
        found = []
        for index in self.context.indices:
            for against in self.context.indices:
                path = self.folder / f"complaint-{index}-against-{against}.json"
                if path.exists():
                    found.append(self.complaint(path, commits))
        return found

    def complaint(self, path: Path, commits: Sequence[Commit]) -> Complaint:
        """Return the complaint in a file; ``commits`` say whose signature it may bear.

        Raises what :func:`~ippyo.crypto.ceremony.parse_complaint` raises.
        """
        return parse_complaint(self.context, commits, read_line(path, MESSAGE_LIMIT, "complaint"))

    def assemble(self) -> Trustees:
        """Write ``trustees.json`` and ``ceremony.json`` from the messages, all of which are checked.

        Raises what :func:`~ippyo.crypto.ceremony.assemble` raises, and the verdict on the first complaint.
        """
        commits = self.round(Commit)
        reveals = self.reveals(commits)
        for complaint in self.complaints(commits):
            raise judge(complaint, commits, reveals)
        trustees, transcript = assemble(self.context, commits, reveals, self.round(Confirm))
        write_line(self.folder / "trustees.json", trustees.to_text(), "trustees")
        write_line(self.folder / "ceremony.json", transcript.to_text(), "ceremony transcript")
        return trustees

    def outcome(self) -> Transcript:
        """Return the transcript of the finished ceremony, after every check, and compared with ``trustees.json``."""
        text = read_line(self.folder / "ceremony.json", TRANSCRIPT_LIMIT, "ceremony transcript")
        transcript = Transcript.from_text(self.context, text)
        if transcript.trustees().to_text() != read_line(self.folder / "trustees.json", TRUSTEES_LIMIT, "trustees"):
            raise CheckFailedError("trustees.json was not made by the key ceremony in ceremony.json")
        return transcript


def _name(message: Message) -> str:
    if isinstance(message, Complaint):
        return f"complaint-{message.index}-against-{message.against}.json"
    return f"{message.kind}-{message.index}.json"
