"""One finished ceremony of three trustees, two of whom are enough, to take apart in every test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ippyo.crypto.ceremony import (
    CeremonyContext,
    Commit,
    Committed,
    Confirm,
    KeyShare,
    Reveal,
    Revealed,
    Transcript,
    assemble,
    commit,
    confirm,
    reveal,
)
from ippyo.crypto.groups import group
from ippyo.crypto.trustees import Trustees
from ippyo.poll.policies import Quorum

MANIFEST_HASH = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghi"


@dataclass(frozen=True)
class Finished:
    """Every state and message of a ceremony in which all were honest."""

    context: CeremonyContext
    committed: list[Committed]
    revealed: list[Revealed]
    shares: list[KeyShare]
    trustees: Trustees
    transcript: Transcript

    @property
    def commits(self) -> list[Commit]:
        return [state.commit for state in self.committed]

    @property
    def reveals(self) -> list[Reveal]:
        return [state.reveal for state in self.revealed]

    @property
    def confirms(self) -> list[Confirm]:
        return [state.confirm for state in self.shares]


def hold(context: CeremonyContext) -> Finished:
    committed = [commit(context, index) for index in context.indices]
    commits = [state.commit for state in committed]
    revealed = [reveal(state, commits) for state in committed]
    reveals = [state.reveal for state in revealed]
    shares = [confirm(state, commits, reveals) for state in revealed]
    return Finished(
        context,
        committed,
        revealed,
        shares,
        *assemble(context, commits, reveals, [state.confirm for state in shares]),
    )


@pytest.fixture(scope="session")
def hold_ceremony() -> Callable[..., Finished]:
    def held(group_name: str = "Ed25519", total: int = 3, threshold: int = 2, mh: str = MANIFEST_HASH) -> Finished:
        return hold(CeremonyContext(mh, group(group_name), Quorum(total, threshold)))

    return held


@pytest.fixture(scope="session")
def finished(hold_ceremony: Callable[..., Finished]) -> Finished:
    return hold_ceremony()


@pytest.fixture(scope="session")
def other(hold_ceremony: Callable[..., Finished]) -> Finished:
    """Return a ceremony of another poll, with the same quorum."""
    return hold_ceremony(mh=MANIFEST_HASH[::-1])
