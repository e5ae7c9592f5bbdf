"""What a visit still has to do, for every policy."""

from __future__ import annotations

import pytest

from ippyo.poll.policies import SECOND_FACTORS, Policies
from ippyo.registry.registration.pages import stages
from ippyo.registry.registration.steps import (
    CARD,
    FREE_WILL,
    PASSKEY,
    TICKET,
    Progress,
    missing,
    needs_code,
    needs_passkey,
    steps_left,
)


def policies(second_factor: str) -> Policies:
    return Policies("signature", ("card-reader",), second_factor, "blind-ticket", "last-counts", ("remote",))


@pytest.mark.parametrize(
    ("second_factor", "code", "passkey"),
    [("none", False, False), ("registration-code", True, False), ("passkey", False, True), ("both", True, True)],
)
def test_steps_follow_from_the_second_factor(second_factor: str, code: bool, passkey: bool) -> None:
    poll = policies(second_factor)
    assert (needs_code(poll), needs_passkey(poll)) == (code, passkey)
    expected = [CARD, PASSKEY, FREE_WILL, TICKET] if passkey else [CARD, FREE_WILL, TICKET]
    assert steps_left(poll, Progress()) == expected
    names = [stage.name for stage in stages(poll)]
    assert ("code" in names, "passkey" in names) == (code, passkey)
    assert [stage.number for stage in stages(poll)] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("second_factor", SECOND_FACTORS)
def test_free_will_is_always_asked(second_factor: str) -> None:
    assert FREE_WILL in steps_left(policies(second_factor), Progress(card=True, passkey=True))


@pytest.mark.parametrize(
    ("done", "step", "refusal"),
    [
        (Progress(), PASSKEY, "bad-request"),
        (Progress(), TICKET, "bad-request"),
        (Progress(passkey=True, free_will=True), TICKET, "bad-request"),
        (Progress(card=True), FREE_WILL, "passkey-needed"),
        (Progress(card=True, free_will=True), TICKET, "passkey-needed"),
        (Progress(card=True, passkey=True), TICKET, "not-confirmed"),
        (Progress(card=True), PASSKEY, None),
        (Progress(card=True, passkey=True), FREE_WILL, None),
        (Progress(card=True, passkey=True, free_will=True), FREE_WILL, None),
        (Progress(card=True, passkey=True, free_will=True), TICKET, None),
    ],
)
def test_no_step_before_those_it_rests_on(done: Progress, step: str, refusal: str | None) -> None:
    assert missing(policies("both"), done, step) == refusal
