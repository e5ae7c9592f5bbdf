"""What a visit still has to do, from the poll's policies and what was done. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ippyo.poll.policies import Policies

__all__ = ["CARD", "FREE_WILL", "PASSKEY", "TICKET", "Progress", "missing", "needs_code", "needs_passkey", "steps_left"]

CARD = "card"
PASSKEY = "passkey"
FREE_WILL = "free-will"
TICKET = "ticket"

_MISSING = {CARD: "bad-request", PASSKEY: "passkey-needed", FREE_WILL: "not-confirmed"}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a visit has behind it."""

    card: bool = False
    passkey: bool = False
    free_will: bool = False


def needs_code(policies: Policies) -> bool:
    """Whether a visit begins with a registration code (投票人登録用コード)."""
    return policies.needs_registration_code


def needs_passkey(policies: Policies) -> bool:
    """Whether the poll asks for a passkey with user verification."""
    return policies.second_factor in {"passkey", "both"}


def steps_left(policies: Policies, done: Progress) -> list[str]:
    """Return the steps still to be taken, in order; the last is always the ticket."""
    open_steps = [
        (CARD, done.card),
        (PASSKEY, done.passkey or not needs_passkey(policies)),
        (FREE_WILL, done.free_will),
        (TICKET, False),
    ]
    return [name for name, taken in open_steps if not taken]


def missing(policies: Policies, done: Progress, step: str) -> str | None:
    """Return the refusal for taking ``step`` now, or None when everything before it is done."""
    first = steps_left(policies, done)[0]
    order = (CARD, PASSKEY, FREE_WILL, TICKET)
    return _MISSING[first] if order.index(first) < order.index(step) else None
