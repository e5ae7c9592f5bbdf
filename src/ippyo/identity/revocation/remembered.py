"""What a responder said of a certificate, for a few minutes: nobody makes it be asked again and again for one card."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ippyo.identity.certificates import CheckedCertificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation.port import Revocation, RevocationEvidence

__all__ = ["Remembered"]

GOOD_FOR = timedelta(minutes=5)
"""At most, and never beyond the answer's own nextUpdate; J-LIS's answers hold for a quarter of an hour."""

REVOKED_FOR = timedelta(seconds=30)
"""Less, for a certificate on hold may come back. A responder that does not answer is not remembered at all."""

MOST = 10_000
_REVOKED = "certificate-revoked"


@dataclass(frozen=True, slots=True)
class _Said:
    """What holds from ``at`` until ``end``: good, or, without evidence, revoked."""

    at: datetime
    end: datetime
    evidence: RevocationEvidence | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Asks ``source`` (``Revocation``), and remembers its answers of at most :data:`MOST` certificates in memory.

    For a responder: a list of revoked certificates, which is asked at no cost, is not for remembering.
    """

    source: Revocation
    _said: OrderedDict[bytes, _Said] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        """Answer, or refuse, as the source did a while ago or does now (see :class:`Revocation`)."""
        identity = certificate.identity
        with self._lock:
            said = self._said.get(identity)
        if said is None or not said.at <= at < said.end:
            said = self._ask(certificate, at)
            with self._lock:
                self._said[identity] = said
                self._said.move_to_end(identity)
                while len(self._said) > MOST:
                    self._said.popitem(last=False)
        if said.evidence is None:
            raise IdentityRefusedError(_REVOKED, "the responder says so")
        return said.evidence

    def _ask(self, certificate: CheckedCertificate, at: datetime) -> _Said:
        try:
            evidence = self.source.require_good(certificate, at)
        except IdentityRefusedError as refusal:
            if refusal.code != _REVOKED:
                raise
            return _Said(at, at + REVOKED_FOR, None)
        end = at + GOOD_FOR
        return _Said(at, end if evidence.until is None else min(end, evidence.until), evidence)
