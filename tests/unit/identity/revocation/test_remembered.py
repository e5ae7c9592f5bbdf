"""A responder is not asked twice in minutes about one certificate, and never believed longer than it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import Remembered, RevocationAnswer, RevocationEvidence
from ippyo.identity.revocation import remembered as module

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Certificate:
    identity: bytes


class Responder:
    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.refusal = ""
        self.until: datetime | None = None

    def require_good(self, certificate: Any, at: datetime) -> RevocationEvidence:
        self.asked.append(certificate.identity)
        if self.refusal:
            raise IdentityRefusedError(self.refusal)
        return RevocationEvidence((RevocationAnswer.of("ocsp", at, b"%d" % len(self.asked)),), until=self.until)


A: Any = Certificate(b"a" * 32)
B: Any = Certificate(b"b" * 32)


def refused(source: Remembered, at: datetime) -> str:
    with pytest.raises(IdentityRefusedError) as caught:
        source.require_good(A, at)
    return caught.value.code


def test_good_serves_one_certificate_for_minutes() -> None:
    responder = Responder()
    source = Remembered(responder)
    first = source.require_good(A, NOW)
    assert source.require_good(A, NOW + 4 * MINUTE) == first
    assert source.require_good(B, NOW) != first
    assert source.require_good(A, NOW + 5 * MINUTE) != first
    # A clock that was put back is not a reason to believe.
    source.require_good(A, NOW)
    assert responder.asked == [A.identity, B.identity, A.identity, A.identity]


def test_no_longer_than_the_responder_said() -> None:
    responder = Responder()
    responder.until = NOW + MINUTE
    source = Remembered(responder)
    source.require_good(A, NOW)
    source.require_good(A, NOW + MINUTE)
    assert len(responder.asked) == 2


def test_revoked_is_remembered_for_less_and_no_answer_not_at_all() -> None:
    responder = Responder()
    source = Remembered(responder)
    responder.refusal = "revocation-unavailable"
    assert [refused(source, NOW) for _ in range(2)] == ["revocation-unavailable"] * 2
    assert len(responder.asked) == 2
    responder.refusal = "certificate-revoked"
    assert [refused(source, NOW) for _ in range(50)] == ["certificate-revoked"] * 50
    assert len(responder.asked) == 3
    responder.refusal = ""
    assert source.require_good(A, NOW + MINUTE)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    responder = Responder()
    source = Remembered(responder)
    for certificate in (A, B, A):
        source.require_good(certificate, NOW)
    assert len(responder.asked) == 3
