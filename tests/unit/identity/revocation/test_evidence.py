"""The evidence that is kept with an issued ticket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ippyo.canonical import b64, sha256
from ippyo.errors import ParseError
from ippyo.identity.revocation import RevocationAnswer, RevocationEvidence

ANSWER = RevocationAnswer.of("crl", datetime(2026, 11, 22, tzinfo=UTC), b"der")


def test_its_canonical_text() -> None:
    evidence = RevocationEvidence((ANSWER, RevocationAnswer("ocsp", 5, bytes(32))))
    assert evidence.to_text() == (
        f'{{"answers":[{{"source":"crl","produced":1795305600,"sha256":"{b64(ANSWER.sha256)}"}},'
        f'{{"source":"ocsp","produced":5,"sha256":"{"A" * 43}"}}]}}'
    )
    assert ANSWER.sha256 == sha256(b"der")
    assert RevocationEvidence.from_text(evidence.to_text()) == evidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"answers":[]}',
        '{"answers":[{"source":"list","produced":5,"sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}',
        '{"answers":[{"source":"crl","produced":5,"sha256":"AAAA"}]}',
        '{"answers": [{"source":"crl","produced":5,"sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}',
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        RevocationEvidence.from_text(text)


def test_without_an_answer_there_is_no_evidence() -> None:
    with pytest.raises(ParseError, match="1 to 8"):
        RevocationEvidence(())
