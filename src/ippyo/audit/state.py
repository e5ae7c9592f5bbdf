"""The state root, computed from nothing but what stands in the ledger (docs/protocol.md §10).

The contract keeps its tree of coins up to date block by block. Here everything is added up from the beginning, as a
stranger would do it, so that a mistake in the one way shows against the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ippyo.canonical import b64, dumps, sha256, sha256_b64
from ippyo.poll.manifest import Manifest

__all__ = ["CountState", "Rest", "app_hash", "coin_root", "drawer_of"]

_DRAWERS = 65_536
_EMPTY = bytes(32)


def drawer_of(credential: str) -> int:
    """Return the drawer of a credential: the first two bytes of H(``ippyo-coin-v1|`` ‖ C)."""
    return int.from_bytes(sha256(f"ippyo-coin-v1|{credential}")[:2])


def coin_root(coins: Iterable[tuple[int, str]]) -> bytes:
    """Return the root over ``coins``, pairs of drawer and coin text in ascending order of drawer and credential."""
    level = [_EMPTY] * _DRAWERS
    for drawer, texts in groupby(coins, key=lambda coin: coin[0]):
        content = "".join(f"{text}\n" for _, text in texts)
        level[drawer] = hashlib.sha256(b"\x00" + content.encode()).digest()
    while len(level) > 1:
        level = [_node(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return _EMPTY if left == right == _EMPTY else hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class CountState:
    """How far a contest is: how many ballots count, and what of the count has been accepted."""

    ballots: int = 0
    tallied: bool = False
    decrypted: list[int] = field(default_factory=list)
    counted: bool = False


@dataclass(slots=True)
class Rest:
    """What the app hash covers besides transactions and coins. ``issued`` is by issuer (from 1) and ballot style."""

    issued: dict[tuple[int, str], int] = field(default_factory=dict)
    coins: dict[str, int] = field(default_factory=dict)
    spoiled: int = 0
    counts: dict[str, CountState] = field(default_factory=dict)

    def count(self, contest: str) -> CountState:
        """Return the state of a contest, to be read or changed."""
        return self.counts.setdefault(contest, CountState())

    def to_text(self, manifest: Manifest) -> str:
        """Return the canonical text, everything in manifest order and complete."""
        styles = [style.id for style in manifest.styles]
        return dumps(
            {
                "issued": [
                    {"issuer": issuer, "style": style, "total": self.issued.get((issuer, style), 0)}
                    for issuer in range(1, len(manifest.issuers) + 1)
                    for style in styles
                ],
                "coins": [{"style": style, "count": self.coins.get(style, 0)} for style in styles],
                "spoiled": self.spoiled,
                "tallies": [self._tally(contest.id) for contest in manifest.contests],
            }
        )

    def _tally(self, contest: str) -> dict[str, object]:
        count = self.counts.get(contest, CountState())
        return {
            "contest": contest,
            "tracker_count": count.ballots,
            "tallied": count.tallied,
            "decrypted": sorted(count.decrypted),
            "counted": count.counted,
        }


def app_hash(poll: str, phase: str, size: int, root: bytes, coins: bytes, rest: str) -> str:
    """Return the app hash. ``poll`` is Phi, ``root`` that of all ``size`` transactions, ``rest`` a canonical text."""
    parts: Sequence[object] = (poll, phase, size, b64(root), b64(coins), sha256_b64(rest))
    return sha256_b64("ippyo-state-v1|" + "|".join(map(str, parts)))
