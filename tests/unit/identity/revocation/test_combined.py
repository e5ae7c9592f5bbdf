"""Several sources as one, and what happens when they do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.identity.certificates import CheckedCertificate, check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import EveryOf, RevocationAnswer, RevocationEvidence

Bench = Any


@dataclass
class Says:
    """A source that always says the same: a refusal's code, or good with this number as its time."""

    answer: str | int

    def require_good(self, certificate: CheckedCertificate, at: datetime) -> RevocationEvidence:
        if isinstance(self.answer, str):
            raise IdentityRefusedError(self.answer)
        return RevocationEvidence((RevocationAnswer("crl", self.answer, bytes(32)),))


def asked(source: EveryOf, bench: Bench) -> list[int] | str:
    certificate = check_certificate(bench.signature, "signature", bench.trust, bench.now)
    try:
        return [answer.produced for answer in source.require_good(certificate, bench.now).answers]
    except IdentityRefusedError as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("answers", "every"),
    [
        ([1, 2], [1, 2]),
        ([1, "certificate-revoked"], "certificate-revoked"),
        (["certificate-revoked", 2], "certificate-revoked"),
        (["revocation-stale", 2], "revocation-stale"),
        (["revocation-unavailable", "certificate-revoked"], "revocation-unavailable"),
        (["revocation-unavailable", "revocation-stale"], "revocation-unavailable"),
    ],
)
def test_combinations(jlis_bench: Bench, answers: list[str | int], every: object) -> None:
    assert asked(EveryOf([Says(answer) for answer in answers]), jlis_bench) == every


def test_no_source_is_no_source() -> None:
    with pytest.raises(InputError, match="no way to ask"):
        EveryOf([])
