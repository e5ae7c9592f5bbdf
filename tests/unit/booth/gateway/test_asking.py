"""Whatever is wrong with the ledger's answers, a voter hears one thing: it cannot be asked now."""

from __future__ import annotations

import pytest

from ippyo.booth.gateway.views import asking
from ippyo.errors import CheckFailedError, InputError, IppyoError, ParseError, RefusedError
from ippyo.ledger.engine import BusyError, LedgerStoppedError, NotYetError


def answering(error: IppyoError) -> str:
    def fail() -> str:
        raise error

    with pytest.raises(RefusedError) as caught:
        asking(fail)
    return caught.value.code


@pytest.mark.parametrize(
    "error",
    [
        BusyError("b"),
        LedgerStoppedError("s"),
        NotYetError("n"),
        InputError("there is no such query"),
        ParseError("header", "is none"),
        CheckFailedError("a block is false"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_that_can_be_used(error: IppyoError) -> None:
    assert answering(error) == "ledger-unavailable"


def test_a_refusal_keeps_its_name() -> None:
    assert answering(RefusedError("busy")) == "busy"


def test_an_answer() -> None:
    assert asking(lambda: 7) == 7
