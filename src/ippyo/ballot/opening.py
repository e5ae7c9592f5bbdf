"""Opening sealed ballots: what the voting page shows the checker, and what the checker makes of it (docs/booth.md §3).

The page shows the trackers first, and learns only then that the voter wants to check. With the opening the checker
seals the same choice again, from the same seed, and must find the same trackers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import BadBallotError, check_ballot
from ippyo.ballot.election import Election
from ippyo.ballot.seal import SEED_BYTES, seal_again
from ippyo.canonical import b64, dumps, fields, loads, unb64
from ippyo.crypto.groups import Group
from ippyo.crypto.proof import Proof
from ippyo.errors import CheckFailedError, ParseError
from ippyo.poll.choice import BLANK, Choice, ChoiceError
from ippyo.poll.limits import MAX_ANSWERS, MAX_CONTESTS

__all__ = ["FalseOpeningError", "OpenedBallot", "Opening", "sealed_text", "trackers_of"]

SEALED = "IPPYO-SEALED-1"
OPENING = "IPPYO-OPENING-1"
OPENING_LIMIT = 65_536


class FalseOpeningError(CheckFailedError):
    """The page that sealed has lied: what it opened is not what it had sealed."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenedBallot:
    """The choice of one contest, and all that sealing it took: seed (32 bytes) and the signature's proof."""

    contest: str
    choice: Choice
    seed: bytes = field(repr=False)
    signature: Proof

    @classmethod
    def from_value(cls, value: object, group: Group) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        entry = fields(value, "opening", "contest", "choice", "seed", "proof")
        return cls(
            entry.text("contest", limit=40),
            _read_choice(entry.text("choice", limit=MAX_ANSWERS)),
            unb64(entry.text("seed", limit=64), what="seed", length=SEED_BYTES),
            Proof.from_value(group, entry.raw("proof"), "signature of the opened ballot"),
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        choice = "blank" if self.choice is BLANK else "".join(map(str, self.choice))
        return {"contest": self.contest, "choice": choice, "seed": b64(self.seed), "proof": self.signature.to_value()}


@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """The opening of a whole cast, in the poll ``fingerprint`` and under the credential ``str(C)``."""

    fingerprint: str
    credential: str
    ballots: tuple[OpenedBallot, ...]

    @classmethod
    def from_text(cls, text: str, group: Group) -> Self:
        """Decode ``IPPYO-OPENING-1|Phi|{…}``. Raises :class:`ParseError`."""
        what = "opening"
        if len(text) > OPENING_LIMIT:
            raise ParseError(what, "is too long")
        head, _, rest = text.partition("|")
        fingerprint, _, value = rest.partition("|")
        if head != OPENING:
            raise ParseError(what, f"does not begin with {OPENING}")
        unb64(fingerprint, what="fingerprint of the opening", length=32)
        entry = fields(loads(value, what=what, limit=OPENING_LIMIT), what, "credential", "ballots")
        opening = cls(
            fingerprint,
            entry.text("credential", limit=group.text_limit),
            tuple(
                entry.map("ballots", lambda ballot: OpenedBallot.from_value(ballot, group), least=1, limit=MAX_CONTESTS)
            ),
        )
        if opening.to_text() != text:
            raise ParseError(what, "is not in canonical form")
        return opening

    def to_text(self) -> str:
        """Return the text that goes into the QR codes."""
        value = {"credential": self.credential, "ballots": [ballot.to_value() for ballot in self.ballots]}
        return f"{OPENING}|{self.fingerprint}|{dumps(value)}"

    def check(self, elections: Mapping[str, Election], fingerprint: str, trackers: Sequence[str]) -> list[Ballot]:
        """Seal again, and compare with the ``trackers`` that were shown before.

        ``elections`` and ``fingerprint`` (Phi) are the checker's own. Returns the ballots, whose choices are then known
        to be those sealed. Raises :class:`FalseOpeningError`.
        """
        if self.fingerprint != fingerprint:
            raise FalseOpeningError("the opening is of another poll")
        if len(trackers) != len(self.ballots):
            raise FalseOpeningError(f"{len(self.ballots)} ballots were opened and {len(trackers)} were sealed")
        found = []
        for opened, tracker in zip(self.ballots, trackers, strict=True):
            election = elections.get(opened.contest)
            if election is None:
                raise FalseOpeningError("a contest was opened that the poll does not have")
            try:
                ballot = seal_again(election, self.credential, opened.choice, opened.seed, opened.signature)
            except ChoiceError:
                raise FalseOpeningError("a choice was opened that the contest does not allow") from None
            if ballot.tracker != tracker:
                raise FalseOpeningError("the ballot that was sealed holds something else than was opened")
            try:
                check_ballot(election, ballot)
            except BadBallotError:
                raise FalseOpeningError("the ballot that was sealed would have been refused") from None
            found.append(ballot)
        return found


def sealed_text(fingerprint: str, trackers: Sequence[str]) -> str:
    """Return ``IPPYO-SEALED-1|Phi|T1,T2,…``, which the page shows before it knows whether it will be checked."""
    return f"{SEALED}|{fingerprint}|{','.join(trackers)}"


def trackers_of(text: str, fingerprint: str) -> list[str]:
    """Return the trackers of a :func:`sealed_text` of this poll. Raises :class:`ParseError`."""
    parts = text.split("|")
    if len(text) > OPENING_LIMIT or len(parts) != 3 or parts[:2] != [SEALED, fingerprint]:
        raise ParseError("sealed ballots", f"are not {SEALED} of this poll")
    trackers = parts[2].split(",")
    for tracker in trackers:
        unb64(tracker, what="tracker", length=32)
    return trackers


def _read_choice(text: str) -> Choice:
    if text == "blank":
        return BLANK
    if not text or set(text) - {"0", "1"}:
        raise ParseError("choice", 'is neither "blank" nor a row of 0 and 1')
    return tuple(int(mark) for mark in text)
