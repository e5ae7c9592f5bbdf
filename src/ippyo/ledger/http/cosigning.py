"""Has witnesses cosign an embedded ledger while it runs: after new blocks, and again until all have signed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ippyo.errors import IppyoError
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.witness import CheckpointWitness

__all__ = ["cosigning"]

PAUSE = 1.0
"""Seconds between looks at the ledger: what came in meanwhile is cosigned together."""


@contextmanager
def cosigning(
    ledger: EmbeddedLedger, witnesses: Sequence[CheckpointWitness], *, pause: float = PAUSE
) -> Iterator[None]:
    """Ask ``witnesses`` in a thread until the context ends. Who does not sign is asked again; the ledger goes on."""
    stop = threading.Event()
    thread = threading.Thread(target=_ask, args=(ledger, witnesses, pause, stop), name="ippyo-cosigning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _ask(ledger: EmbeddedLedger, witnesses: Sequence[CheckpointWitness], pause: float, stop: threading.Event) -> None:
    signed, told = 0, ""
    while witnesses and not stop.wait(pause):
        try:
            size = ledger.status().size
            if size != signed:
                ledger.cosign(witnesses)
                signed, told = size, ""
        except Exception as error:
            # Without this thread nobody gets a receipt any more.
            words = str(error) if isinstance(error, IppyoError) else f"not cosigned: {type(error).__name__}"
            if words != told:
                told = words
                print(f"ippyo: {told}", file=sys.stderr, flush=True)
