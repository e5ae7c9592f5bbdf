"""The coin (投票権): what the contract remembers of one credential (docs/protocol.md §10)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ippyo.canonical import dumps, fields, loads, require_canonical, sha256

__all__ = ["Coin", "CoinBallot", "coin_digest"]

COIN_LIMIT = 64 * 1024
_WHAT = "coin"


def coin_digest(credential: str) -> bytes:
    """Return H(``ippyo-coin-v1|`` ‖ C), which says where the coin of a credential lies."""
    return sha256(f"ippyo-coin-v1|{credential}")


@dataclass(frozen=True, slots=True)
class CoinBallot:
    """A ballot that counts: its contest, its tracker, and the position of the transaction that cast it."""

    contest: str
    tracker: str
    position: int

    @classmethod
    def from_value(cls, value: object) -> CoinBallot:
        """Decode one entry of a coin's ``ballots``."""
        entry = fields(value, "ballot of a coin", "contest", "tracker", "position")
        return cls(entry.text("contest"), entry.text("tracker"), entry.integer("position"))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"contest": self.contest, "tracker": self.tracker, "position": self.position}


@dataclass(frozen=True, slots=True)
class Coin:
    """A valid ticket that was used: ``count`` casts so far, and the ballots that count, in manifest order of contests.

    ``last`` is the number of the last cast or surrender that was accepted, 0 before the first. A surrendered coin has
    no ballots: they were taken out of the count.
    """

    credential: str
    style: str
    count: int = 0
    last: int = 0
    surrendered: bool = False
    ballots: tuple[CoinBallot, ...] = ()

    def ballot(self, contest: str) -> CoinBallot | None:
        """Return the ballot that counts in a contest, if there is one."""
        return next((ballot for ballot in self.ballots if ballot.contest == contest), None)

    def spent(self, number: int, ballots: tuple[CoinBallot, ...]) -> Coin:
        """Return the coin after cast ``number``, which leaves it with ``ballots``."""
        return replace(self, count=self.count + 1, last=number, ballots=ballots)

    def given_back(self, number: int) -> Coin:
        """Return the coin after its surrender, which had ``number``."""
        return replace(self, last=number, surrendered=True, ballots=())

    @classmethod
    def from_text(cls, text: str | bytes) -> Coin:
        """Decode a coin text. Raises :class:`~ippyo.errors.ParseError`."""
        value = loads(text, what=_WHAT, limit=COIN_LIMIT)
        entry = fields(value, _WHAT, "credential", "style", "count", "last", "surrendered", "ballots")
        coin = cls(
            entry.text("credential"),
            entry.text("style"),
            entry.integer("count"),
            entry.integer("last"),
            entry.boolean("surrendered"),
            tuple(entry.map("ballots", CoinBallot.from_value, limit=64)),
        )
        require_canonical(text, coin.to_text(), what=_WHAT)
        return coin

    def to_text(self) -> str:
        """Return the canonical coin text."""
        return dumps(
            {
                "credential": self.credential,
                "style": self.style,
                "count": self.count,
                "last": self.last,
                "surrendered": self.surrendered,
                "ballots": [ballot.to_value() for ballot in self.ballots],
            }
        )
