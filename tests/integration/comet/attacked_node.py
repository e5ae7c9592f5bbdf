"""A node whose software somebody has changed: ``python attacked_node.py MODE HOME``.

die      ends, once, after a block was finalized and before it is committed
stuff    proposes what stands in HOME/stuff.txt, one transaction a line, whatever the rules say
omit     never proposes a transaction whose text is in HOME/omit.txt
refuse   votes against every proposal
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ippyo.ledger.comet.application import Application
from ippyo.ledger.comet.binary import find_comet
from ippyo.ledger.comet.home import NodeHome
from ippyo.ledger.comet.node import NodeOptions, run_node
from ippyo.sites.serving import served

HOME = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()


def _lines(name: str) -> list[bytes]:
    path = HOME / name
    return path.read_bytes().splitlines() if path.exists() else []


class Dying(Application):
    """Dies between FinalizeBlock and Commit."""

    def commit(self) -> None:
        flag = HOME / "die"
        if self._staged is not None and self._staged.block is not None and flag.exists():
            flag.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()


class Stuffing(Application):
    """Stuffs the box."""

    def propose(self, time_ms: int, txs: Sequence[bytes], max_bytes: int) -> list[bytes]:
        return [*_lines("stuff.txt"), *super().propose(time_ms, txs, max_bytes)]

    def acceptable(self, time_ms: int, txs: Sequence[bytes]) -> bool:
        return True


class Omitting(Application):
    """Leaves somebody's ballot out."""

    def propose(self, time_ms: int, txs: Sequence[bytes], max_bytes: int) -> list[bytes]:
        left_out = set(_lines("omit.txt"))
        return super().propose(time_ms, [tx for tx in txs if tx not in left_out], max_bytes)


class Refusing(Application):
    """Votes against everything."""

    def acceptable(self, time_ms: int, txs: Sequence[bytes]) -> bool:
        return False


MODES: dict[str, type[Application]] = {"die": Dying, "stuff": Stuffing, "omit": Omitting, "refuse": Refusing}

if __name__ == "__main__":
    run_node(
        NodeHome(HOME),
        NodeOptions(find_comet(), served, workers=0, application=MODES[sys.argv[1]]),
        lambda origin: print(origin, flush=True),
    )
