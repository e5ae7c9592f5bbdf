"""Several ways to ask, as one: a town may want two to agree, or a second one for when the first is down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ippyo.errors import InputError
from ippyo.identity.certificates import CheckedCertificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation.port import Revocation, RevocationEvidence

__all__ = ["EveryOf", "FirstThatAnswers"]

_REVOKED = "certificate-revoked"


@dataclass(frozen=True, slots=True)
class EveryOf:
    """Good only if every source says so; the first that does not names the refusal."""

    sources: Sequence[Revocation]

    def __post_init__(self) -> None:
        _require_some(self.sources)

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Ask all in their order (see :class:`Revocation`)."""
        found = [source.require_good(certificate, at) for source in self.sources]
        return RevocationEvidence(tuple(answer for evidence in found for answer in evidence.answers))


@dataclass(frozen=True, slots=True)
class FirstThatAnswers:
    """As the first source says that has a fresh answer; revoked is an answer. If none has one, refuse as the first."""

    sources: Sequence[Revocation]

    def __post_init__(self) -> None:
        _require_some(self.sources)

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Ask one after the other (see :class:`Revocation`)."""
        refusals: list[IdentityRefusedError] = []
        for source in self.sources:
            try:
                return source.require_good(certificate, at)
            except IdentityRefusedError as refusal:
                if refusal.code == _REVOKED:
                    raise
                refusals.append(refusal)
        raise refusals[0]


def _require_some(sources: Sequence[Revocation]) -> None:
    if not sources:
        raise InputError("no way to ask for revocation is configured")
