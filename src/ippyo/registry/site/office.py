"""The office: all that a request's handler needs and that is not in the database, loaded once in a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.identity.certificates import Trust
from ippyo.identity.digital_auth import DigitalAuth
from ippyo.identity.revocation import Revocation
from ippyo.registry.issuance.keys import IssuerSecrets
from ippyo.registry.issuance.totals import LedgerPort, Totals
from ippyo.registry.site.config import Config

__all__ = ["Office", "current_office", "install", "now", "office", "use"]


def now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """One issuer's registry at work. ``totals`` raises its ``issued`` totals on ``ledger``."""

    config: Config
    poll: Poll
    keys: IssuerSecrets = field(repr=False)
    trust: Trust
    revocation: Revocation
    ledger: LedgerPort
    totals: Totals = field(repr=False)
    digital_auth: DigitalAuth | None = None
    clock: Callable[[], datetime] = now

    @property
    def issuer(self) -> int:
        """Which issuer of the poll this is, from 1."""
        return self.config.issuer


_installed: list[Office] = []


def install(opened: Office) -> None:
    """Let :func:`office` return ``opened`` in this process from now on."""
    _installed[:] = [opened]


def current_office() -> Office | None:
    """Return the office of this process, or None before one was installed."""
    return _installed[-1] if _installed else None


def office() -> Office:
    """Return the office of this process. Raises :class:`InputError` before one was installed."""
    found = current_office()
    if found is None:
        raise InputError("the registry's office is not open; start it with ippyo registry serve")
    return found


@contextmanager
def use(temporary: Office) -> Iterator[Office]:
    """Let :func:`office` return ``temporary``, in all threads, until the context ends. For tests and the demo."""
    _installed.append(temporary)
    try:
        yield temporary
    finally:
        _installed.remove(temporary)
