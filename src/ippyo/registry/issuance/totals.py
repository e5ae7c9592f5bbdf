"""Raising an issuer's ``issued`` totals on the ledger before a ticket leaves, for many persons at once.

The total sent is the number of persons of the ballot style in the issuance log, counted after the person's own row was
committed. Rows are never removed while a poll runs, so totals never go back; and whoever is answered has been counted
by a total that the ledger holds: however many processes and threads race, no more tickets are out than the ledger says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from ippyo.canonical import loads
from ippyo.contract.transactions import Issued
from ippyo.crypto.ed25519 import SecretKey
from ippyo.errors import IppyoError, ParseError, RefusedError
from ippyo.ledger.engine import Accepted
from ippyo.registry.site.refusals import RegistryRefusedError

__all__ = ["LedgerPort", "Totals", "totals_on_ledger"]

LEDGER_TIMEOUT = 20.0
"""Seconds until a person is told to come again; what was sent may still get onto the ledger, and does no harm."""

STATUS_LIMIT = 1 << 20


class LedgerPort(Protocol):
    """What the registry wants of a ledger: every :class:`~ippyo.ledger.engine.Ledger` has it, and its HTTP client."""

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is durable."""
        ...

    def query(self, path: str, data: str = "") -> str:
        """Ask the state machine about the committed state."""
        ...


def totals_on_ledger(ledger: LedgerPort, issuer: int) -> dict[str, int]:
    """Return the committed totals of ``issuer`` (from 1) by ballot style. Raises :class:`IppyoError`."""
    status = loads(ledger.query("status"), what="ledger status", limit=STATUS_LIMIT)
    try:
        issued = status["state"]["issued"]
        return {str(entry["style"]): int(entry["total"]) for entry in issued if entry["issuer"] == issuer}
    except (KeyError, TypeError, ValueError):
        raise ParseError("ledger status", "does not tell the issuers' totals") from None


class Totals:
    """Raises the totals of ``issuer`` (from 1) in the poll ``fingerprint``; shared by all threads of a process.

    ``count`` returns the persons of a style in the committed issuance log. All who come within ``wait`` seconds of the
    first share one transaction.
    """

    def __init__(
        self,
        fingerprint: str,
        issuer: int,
        key: SecretKey,
        ledger: LedgerPort,
        count: Callable[[str], int],
        wait: float,
    ) -> None:
        self._fingerprint = fingerprint
        self._issuer = issuer
        self._key = key
        self._ledger = ledger
        self._count = count
        self._wait = wait
        self._lock = threading.Lock()
        self._gathering: dict[str, Future[None]] = {}

    def cover(self, style: str) -> None:
        """Return when the ledger's total covers everybody whose row was committed before this call.

        Raises :class:`RegistryRefusedError` ``registration-closed`` or ``ledger-unavailable``.
        """
        with self._lock:
            batch = self._gathering.get(style)
            leads = batch is None
            if batch is None:
                batch = self._gathering[style] = Future()
        if leads:
            self._lead(style, batch)
        batch.result()

    def _lead(self, style: str, batch: Future[None]) -> None:
        """Wait for company, then raise the total for all of ``batch``; whoever comes later makes a new batch."""
        try:
            time.sleep(self._wait)
        finally:
            with self._lock:
                del self._gathering[style]
        try:
            self._raise_total(style)
        except BaseException as error:
            batch.set_exception(error)
            raise
        batch.set_result(None)

    def _raise_total(self, style: str) -> None:
        total = self._count(style)
        transaction = Issued.make(self._fingerprint, self._issuer, style, total, self._key)
        try:
            self._ledger.submit_and_wait(transaction.to_text(), LEDGER_TIMEOUT)
        except RefusedError as refusal:
            if refusal.code == "closed":
                raise RegistryRefusedError("registration-closed") from None
            if refusal.code not in {"total-not-raised", "duplicate"}:
                raise RegistryRefusedError("ledger-unavailable", f"the ledger refused the total: {refusal}") from None
            self._require_covered(style, total)
        except IppyoError as error:
            raise RegistryRefusedError("ledger-unavailable", str(error)) from None

    def _require_covered(self, style: str, total: int) -> None:
        """Go on when another process (or an answer that got lost) has raised the total as far, and no further."""
        try:
            on_ledger = totals_on_ledger(self._ledger, self._issuer).get(style, 0)
        except IppyoError as error:
            raise RegistryRefusedError("ledger-unavailable", str(error)) from None
        if on_ledger < total:
            raise RegistryRefusedError("ledger-unavailable", f"the ledger holds {on_ledger} and refuses {total}")
        if on_ledger > self._count(style):
            # Somebody else has this key, or the database is an old copy: tickets are out that it does not count.
            raise RegistryRefusedError("ledger-unavailable", "the ledger's total is higher than the issuance log's")
