"""A key ceremony held in memory, every trustee in turn, with all that each of them keeps and sends."""

from __future__ import annotations

from dataclasses import dataclass

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
from ippyo.crypto.trustees import Trustees

__all__ = ["Finished", "hold"]


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
