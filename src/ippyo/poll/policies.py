"""How a poll is run: who may prove what with which card, whether votes may be changed, how many must act together.

Values of the design that this version cannot do yet are refused by name, so that nobody freezes a promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ippyo.canonical import fields
from ippyo.poll.rules import Problem, one_of, refuse, shown, whole

__all__ = [
    "ANONYMITY",
    "CERTIFICATES",
    "CHANNELS",
    "PLACES",
    "REVOTE",
    "SECOND_FACTORS",
    "Policies",
    "Quorum",
]

CERTIFICATES = ("signature", "user")
"""署名用電子証明書 (password of 6–16 characters) or 利用者証明用電子証明書 (PIN of 4 digits)."""

CHANNELS = ("card-reader", "digital-auth")
SECOND_FACTORS = ("none", "registration-code", "passkey", "both")
ANONYMITY = ("blind-ticket",)
REVOTE = ("last-counts", "never")
PLACES = ("kiosk", "remote")

_ANONYMITY_PLANNED = ("double-envelope", "open-roll")


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one poll (protocol §3, ``"policies"``). ``channels`` and ``places`` are sorted and not empty."""

    certificate: str
    channels: tuple[str, ...]
    second_factor: str
    anonymity: str
    revote: str
    places: tuple[str, ...]

    def __post_init__(self) -> None:
        refuse("policies", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from one_of("certificate", self.certificate, CERTIFICATES)
        yield from _subset("channels", self.channels, CHANNELS)
        yield from one_of("second_factor", self.second_factor, SECOND_FACTORS)
        yield from one_of("anonymity", self.anonymity, ANONYMITY, _ANONYMITY_PLANNED)
        yield from one_of("revote", self.revote, REVOTE)
        yield from _subset("places", self.places, PLACES)

    @property
    def needs_registration_code(self) -> bool:
        """Whether a voter needs the code of a letter to register (投票人登録用コード)."""
        return self.second_factor in {"registration-code", "both"}

    @property
    def may_revote(self) -> bool:
        """Whether a later ballot replaces an earlier one."""
        return self.revote == "last-counts"

    @classmethod
    def from_value(cls, value: object) -> Policies:
        """Decode the fields of protocol §3. Raises :class:`ippyo.errors.ParseError`."""
        names = ("certificate", "channels", "second_factor", "anonymity", "revote", "places")
        read = fields(value, "policies", *names)
        return cls(
            certificate=read.text("certificate"),
            channels=tuple(read.texts("channels", limit=len(CHANNELS))),
            second_factor=read.text("second_factor"),
            anonymity=read.text("anonymity"),
            revote=read.text("revote"),
            places=tuple(read.texts("places", limit=len(PLACES))),
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "certificate": self.certificate,
            "channels": list(self.channels),
            "second_factor": self.second_factor,
            "anonymity": self.anonymity,
            "revote": self.revote,
            "places": list(self.places),
        }


def _subset(field: str, values: tuple[str, ...], known: Sequence[str]) -> Iterator[Problem]:
    if not values:
        yield Problem((field,), f"is empty; name at least one of {', '.join(known)}")
    for position, value in enumerate(values):
        if value not in known:
            yield Problem((field, position), f"{shown(value)} is unknown; use {' or '.join(map(repr, known))}")
    if list(values) != sorted(set(values)):
        yield Problem((field,), "is not in alphabetical order without repetition")


@dataclass(frozen=True, slots=True)
class Quorum:
    """``threshold`` of ``total`` persons must act together: trustees who count, officers who sign acts."""

    total: int
    threshold: int

    @classmethod
    def from_value(cls, value: object, what: str) -> Quorum:
        """Decode ``{"total":n,"threshold":t}``. Raises :class:`ippyo.errors.ParseError`."""
        read = fields(value, what, "total", "threshold")
        return cls(read.integer("total"), read.integer("threshold"))

    def to_value(self) -> dict[str, int]:
        """Return the fields in canonical order."""
        return {"total": self.total, "threshold": self.threshold}

    def problems(self, field: str, most: int) -> Iterator[Problem]:
        """1 <= threshold <= total <= ``most``."""
        checks = (*whole("total", self.total, 1, most), *whole("threshold", self.threshold, 1, most))
        for problem in checks:
            yield problem.under(field)
        if not checks and self.threshold > self.total:
            yield Problem((field, "threshold"), f"is {self.threshold}, more than the total of {self.total}")
