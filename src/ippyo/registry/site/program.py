"""The program of the registration page."""

from __future__ import annotations

from ippyo.sites.program import Program, program_of

__all__ = ["PAGE", "registration_program"]

PAGE = "/registration/"
"""Where the registration page is."""


def registration_program() -> Program:
    """Return the modules of ``/registration/`` and of its worker. Raises :class:`InputError` where one is missing."""
    return program_of("registration/main.js", "ippyo/worker.js")
