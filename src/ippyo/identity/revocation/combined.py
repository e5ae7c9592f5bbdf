"""Several ways to ask, as one: a town may want two to agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ippyo.errors import InputError
from ippyo.identity.certificates import CheckedCertificate
from ippyo.identity.revocation.port import Revocation, RevocationEvidence

__all__ = ["EveryOf"]


@dataclass(frozen=True, slots=True)
class EveryOf:
    """Good only if every source says so; the first that does not names the refusal."""

    sources: Sequence[Revocation]

    def __post_init__(self) -> None:
        if not self.sources:
            raise InputError("no way to ask for revocation is configured")

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Ask all in their order (see :class:`Revocation`)."""
        found = [source.require_good(certificate, at) for source in self.sources]
        return RevocationEvidence(tuple(answer for evidence in found for answer in evidence.answers))
