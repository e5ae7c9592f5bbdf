"""All coins under one root: 65,536 drawers and a binary tree over them (docs/protocol.md §10).

A drawer holds its coins' texts, sorted by credential, each followed by a newline. The nodes of the tree are kept in
the store, so that a block costs time for the drawers it touched and no others. Sixteen sibling hashes and the content
of one drawer prove that a coin is there as it says, or that there is none.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.canonical import b64, fields, unb64
from ippyo.contract.coin import Coin, coin_digest
from ippyo.contract.interface import Store
from ippyo.errors import CheckFailedError, ParseError

__all__ = ["LEVELS", "CoinProof", "CoinTree", "drawer_number"]

LEVELS = 16
EMPTY = bytes(32)
_WHAT = "coin proof"
_MAX_DRAWER_COINS = 4096


def drawer_number(credential: str) -> int:
    """Return the drawer (0..65535) in which the coin of a credential lies."""
    return int.from_bytes(coin_digest(credential)[:2])


def _drawer_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest() if content else EMPTY


def _join(left: bytes, right: bytes) -> bytes:
    return EMPTY if left == right == EMPTY else hashlib.sha256(b"\x01" + left + right).digest()


def _drawer_key(drawer: int) -> bytes:
    return b"drawer/" + drawer.to_bytes(2)


def _node_key(level: int, index: int) -> bytes:
    return b"node/" + bytes([level]) + index.to_bytes(2)


def _content(coins: Sequence[bytes]) -> bytes:
    return b"".join(coin + b"\n" for coin in coins)


# A coin text begins with its credential, in which nothing is escaped: who looks for one coin decodes no other.
_START = b'{"credential":"'


def _credential_of(coin: bytes) -> bytes:
    return coin[len(_START) : coin.index(b'"', len(_START))]


def _place(coins: Sequence[bytes], credential: str) -> slice:
    """Return where the coin of a credential stands in a drawer, or the empty place where it would."""
    key = credential.encode()
    start = bisect_left(coins, key, key=_credential_of)
    return slice(start, start + (start < len(coins) and _credential_of(coins[start]) == key))


class CoinTree:
    """The coins in a store. :meth:`put` marks a drawer as touched; :meth:`root` brings the tree up to date."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._touched: set[int] = set()

    def coins(self, drawer: int) -> list[bytes]:
        """Return the coin texts of a drawer, sorted by the bytes of their credentials."""
        return (self._store.get(_drawer_key(drawer)) or b"").split(b"\n")[:-1]

    def get(self, credential: str) -> Coin | None:
        """Return the coin of a credential, if it was ever used."""
        coins = self.coins(drawer_number(credential))
        return next((Coin.from_text(coin) for coin in coins[_place(coins, credential)]), None)

    def put(self, coin: Coin) -> None:
        """Lay a coin into its drawer, in place of the one with the same credential."""
        drawer = drawer_number(coin.credential)
        coins = self.coins(drawer)
        coins[_place(coins, coin.credential)] = [coin.to_text().encode()]
        self._store.write({_drawer_key(drawer): _content(coins)})
        self._touched.add(drawer)

    def root(self) -> bytes:
        """Return the coin root (32 bytes)."""
        changes: dict[bytes, bytes | None] = {}
        for drawer in sorted(self._touched):
            changes[_node_key(0, drawer)] = _drawer_hash(self._store.get(_drawer_key(drawer)) or b"")
        self._store.write(changes)
        indices = sorted({drawer >> 1 for drawer in self._touched})
        for level in range(1, LEVELS + 1):
            parents = {
                _node_key(level, index): _join(self._node(level - 1, 2 * index), self._node(level - 1, 2 * index + 1))
                for index in indices
            }
            self._store.write(parents)
            indices = sorted({index >> 1 for index in indices})
        self._touched.clear()
        return self._node(LEVELS, 0)

    def prove(self, credential: str) -> CoinProof:
        """Return the proof of what the tree holds, or does not hold, for a credential. Call :meth:`root` before."""
        drawer = drawer_number(credential)
        siblings = tuple(self._node(level, (drawer >> level) ^ 1) for level in range(LEVELS))
        return CoinProof(tuple(coin.decode() for coin in self.coins(drawer)), siblings)

    def _node(self, level: int, index: int) -> bytes:
        return self._store.get(_node_key(level, index)) or EMPTY


@dataclass(frozen=True, slots=True)
class CoinProof:
    """The coin texts of one drawer, and the hashes beside its path, from the drawer up to the root's child."""

    coins: tuple[str, ...]
    siblings: tuple[bytes, ...]

    def verify(self, root: bytes, credential: str) -> Coin | None:
        """Return the coin of ``credential`` under ``root``, or None if the proof shows that there is none.

        Raises :class:`CheckFailedError` when the proof does not lead to ``root``.
        """
        node = _drawer_hash(_content([coin.encode() for coin in self.coins]))
        position = drawer_number(credential)
        for sibling in self.siblings:
            node = _join(sibling, node) if position & 1 else _join(node, sibling)
            position >>= 1
        if len(self.siblings) != LEVELS or node != root:
            raise CheckFailedError("the coin proof does not lead to the coin root")
        coins = [Coin.from_text(coin) for coin in self.coins]
        return next((coin for coin in coins if coin.credential == credential), None)

    @classmethod
    def from_value(cls, value: object) -> CoinProof:
        """Decode the JSON object. Raises :class:`ParseError`."""
        entry = fields(value, _WHAT, "coins", "siblings")
        siblings = entry.texts("siblings", limit=LEVELS, least=LEVELS, length=43)
        coins = entry.texts("coins", limit=_MAX_DRAWER_COINS)
        if any("\n" in coin for coin in coins):
            raise ParseError(_WHAT, "holds a coin text with a line break")
        return cls(tuple(coins), tuple(unb64(sibling, what=_WHAT, length=32) for sibling in siblings))

    def to_value(self) -> dict[str, object]:
        """Return ``{"coins":[TEXT..],"siblings":[b64..]}``."""
        return {"coins": list(self.coins), "siblings": [b64(sibling) for sibling in self.siblings]}
