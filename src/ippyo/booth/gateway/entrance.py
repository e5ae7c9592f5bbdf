"""What is looked at before a text is kept: that it is a vote of this poll, by somebody with a ticket.

Strangers cannot fill the outbox, for every text needs a ticket that all issuers signed and the proof of its holder. The
proofs of the ballots, which are most of the work, are left to the ledger, which checks them in any case.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import BoundedSemaphore

from ippyo.contract.poll import Poll
from ippyo.contract.stateless import check_without_proofs
from ippyo.contract.transactions import TRANSACTION_LIMIT, Cast, Spoil, Surrender
from ippyo.errors import RefusedError

__all__ = ["Admitted", "Entrance"]

WAIT_SECONDS = 10.0
"""How long a text waits for its turn to be looked at."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A text that may go to the ledger; ``digest`` is H(text), ``credential`` the one whose right it uses."""

    text: str
    digest: bytes
    credential: str


class Entrance:
    """Looks at ``lanes`` texts at once, and refuses with ``busy`` whoever would wait too long."""

    def __init__(self, poll: Poll, *, lanes: int | None = None, wait: float = WAIT_SECONDS) -> None:
        self._poll = poll
        self._lanes = BoundedSemaphore(lanes or (os.cpu_count() or 1) + 1)
        self._wait = wait

    def admit(self, body: bytes) -> Admitted:
        """Decode and judge a request's body.

        Raises :class:`RefusedError` with the contract's code, ``too-large``, ``not-a-vote`` or ``busy``.
        """
        if len(body) > TRANSACTION_LIMIT:
            raise RefusedError("too-large")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise RefusedError("malformed") from None
        if not self._lanes.acquire(timeout=self._wait):
            raise RefusedError("busy")
        try:
            checked = check_without_proofs(self._poll, text)
        finally:
            self._lanes.release()
        transaction = checked.transaction
        if transaction is not None and not isinstance(transaction, Cast | Spoil | Surrender):
            raise RefusedError("not-a-vote")
        if transaction is None or not checked.verdict.accepted:
            raise RefusedError(checked.verdict.code, checked.verdict.detail)
        return Admitted(text, checked.digest, transaction.ticket.credential)
