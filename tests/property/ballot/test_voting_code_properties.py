"""Properties of the voting code: every code reads back; most slips of the pen are caught."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.ballot.voting_code import ALPHABET, VotingCode
from ippyo.errors import ParseError

symbols = st.text(ALPHABET, min_size=26, max_size=26)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(symbols, st.sampled_from(["-", " ", "", "\u3000"]), st.booleans())
def test_every_code_reads_back(secret: str, joint: str, lower: bool) -> None:
    code = VotingCode(secret)
    typed = code.reveal().replace("-", joint)
    assert VotingCode.parse(typed.lower() if lower else typed) == code


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_anything_else_is_refused_with_a_parse_error(text: str) -> None:
    with pytest.raises(ParseError):
        VotingCode.parse(text)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(symbols, st.integers(0, 25), st.sampled_from(ALPHABET))
def test_a_slip_never_yields_the_same_code(secret: str, position: int, other: str) -> None:
    code = VotingCode(secret)
    plain = code.reveal().replace("-", "")
    slip = plain[:position] + other + plain[position + 1 :]
    try:
        read = VotingCode.parse(slip)
    except ParseError:
        return
    # One slip in 1024 passes the check characters; then it is another code, never this one.
    assert (read == code) == (slip == plain)
