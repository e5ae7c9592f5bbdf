"""Jobs as pages send them: what is not well formed is no job."""

from __future__ import annotations

from typing import Any

import pytest

from ippyo.canonical import b64, sha256_b64
from ippyo.errors import ParseError
from ippyo.identity.agent.jobs import BindingJob, CodeJob, InfoJob, RequestJob, job_from_value
from ippyo.identity.card.applications import KeyKind

PHI = sha256_b64("poll")
LETTER = "0123ABCDWXYZ"
REQUEST = {
    "type": "ticket-request",
    "poll": PHI,
    "nonce": b64(bytes(32)),
    "time": 1,
    "styles": [{"style": "general", "blinded": [b64(bytes(384))]}],
}
ASK = {"kind": "ticket-request", "key": "signature", "request": REQUEST}
CODE = {"kind": "voting-code", "key": "user", "poll": PHI, "letter": LETTER, "styles": ["a", "b"]}
BIND = {"kind": "card-binding", "poll": PHI, "nonce": b64(bytes(32)), "time": 1}


def test_jobs() -> None:
    assert isinstance(job_from_value({"kind": "info"}), InfoJob)
    ask = job_from_value(ASK)
    assert isinstance(ask, RequestJob)
    assert (ask.poll, ask.styles, ask.keys) == (PHI, ("general",), (KeyKind.SIGNATURE,))
    assert job_from_value(CODE) == CodeJob(KeyKind.USER, PHI, LETTER, ("a", "b"))
    assert LETTER not in repr(job_from_value(CODE))
    assert job_from_value(BIND) == BindingJob(PHI, bytes(32), 1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "info",
        {},
        {"kind": None},
        {"kind": ["info"]},
        {"kind": "sign"},
        {"kind": "info", "more": 1},
        ASK | {"key": "text"},
        ASK | {"key": 1},
        ASK | {"request": "text"},
        ASK | {"request": REQUEST | {"poll": "short"}},
        ASK | {"request": REQUEST | {"type": "card-binding"}},
        ASK | {"request": REQUEST | {"styles": []}},
        ASK | {"message": "anything"},
        CODE | {"poll": PHI + "A"},
        CODE | {"poll": "あ" * 43},
        CODE | {"letter": LETTER[:-1]},
        CODE | {"letter": LETTER + "0"},
        CODE | {"letter": LETTER.lower()},
        CODE | {"letter": LETTER[:-1] + "U"},
        CODE | {"letter": None},
        {"kind": "voting-code", "key": "user", "poll": PHI, "styles": ["a"]},
        CODE | {"styles": ["a", "a"]},
        CODE | {"styles": ["a" * 41]},
        CODE | {"styles": [1]},
        CODE | {"styles": [str(number) for number in range(65)]},
        BIND | {"nonce": b64(bytes(31))},
        BIND | {"time": -1},
        BIND | {"user_certificate": b64(bytes(32))},
    ],
)
def test_refused(value: Any) -> None:
    with pytest.raises(ParseError):
        job_from_value(value)
