"""The program of the voting page."""

from __future__ import annotations

from ippyo.sites.program import Program, program_of

__all__ = ["PAGE", "voting_program"]

PAGE = "/vote"
"""Where the voting page is."""


def voting_program() -> Program:
    """Return the modules of ``/vote`` and of its worker. Raises :class:`InputError` where one is missing."""
    return program_of("voting/main.js", "voting/worker.js")
