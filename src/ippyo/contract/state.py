"""What the contract remembers, as typed reads and writes over a store, and the app hash over it (docs/protocol.md §10).

Nothing here refuses anything: :mod:`ippyo.contract.rules` asks first and writes afterwards. Keys of the store:

    last                         height, time and app hash of the last committed block
    phase, history, spoils       phase; tree of all transactions; number of spoiled ballots
    tx/DIGEST                    position of an accepted transaction
    act/DIGEST                   position of an accepted act of officers, by the hash of what they signed
    issued/I/STYLE               total of issuer I (two digits) for a ballot style
    coins/STYLE                  number of coins
    drawer/.., node/..           coins and the tree over them (coin_tree)
    vote/COIN/CONTEST            ciphertexts of the ballot that counts; COIN is a coin's id (32 bytes)
    seen/COMPONENT               id of the coin that cast a ciphertext component; COMPONENT is 16 bytes of its hash
    box/TRACKER                  where a ballot was cast (BoxEntry), also when it counts no longer
    spoiled/TRACKER/COIN         under which credential and in which transaction a tracker was spoiled (SpoilEntry)
    opened/COIN                  how many ballots a credential has spoiled
    contest/CONTEST              how many ballots count, and how far the count is (ContestState)
    product/CONTEST              running product (products)
    decryption/CONTEST/OWNER     partial decryption of a trustee (two digits)
    result/CONTEST               counts
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from ippyo.canonical import b64, dumps, fields, loads, sha256, sha256_b64, unb64
from ippyo.contract.coin import Coin, CoinBallot, coin_digest
from ippyo.contract.coin_tree import CoinTree
from ippyo.contract.history import read_history, write_history
from ippyo.contract.interface import Store
from ippyo.contract.poll import Poll
from ippyo.contract.products import Products, choices_from_text, choices_to_text
from ippyo.crypto.decryption import PartialDecryption
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.merkle import Frontier, leaf_hash

__all__ = ["BoxEntry", "ContestState", "Phase", "SpoilEntry", "State"]

_LIMIT = 1 << 20


class Phase(Enum):
    """How far the poll is."""

    SETUP = "setup"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class BoxEntry:
    """A ballot in the box: who cast it (by credential), for which contest, and in which transaction."""

    credential: str
    contest: str
    position: int

    @classmethod
    def from_text(cls, text: bytes) -> BoxEntry:
        """Read what :meth:`to_text` wrote."""
        entry = fields(loads(text, what="box entry", limit=_LIMIT), "box entry", "credential", "contest", "position")
        return cls(entry.text("credential"), entry.text("contest"), entry.integer("position"))

    def to_text(self) -> str:
        """Return the text kept in the store."""
        return dumps({"credential": self.credential, "contest": self.contest, "position": self.position})


@dataclass(frozen=True, slots=True)
class SpoilEntry:
    """A spoiled ballot: by whom (by credential), and in which transaction."""

    credential: str
    position: int

    @classmethod
    def from_text(cls, text: bytes) -> SpoilEntry:
        """Read what :meth:`to_text` wrote."""
        entry = fields(loads(text, what="spoil entry", limit=_LIMIT), "spoil entry", "credential", "position")
        return cls(entry.text("credential"), entry.integer("position"))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"credential": self.credential, "position": self.position}

    def to_text(self) -> str:
        """Return the text kept in the store."""
        return dumps(self.to_value())


@dataclass(frozen=True, slots=True)
class ContestState:
    """How many ballots count; whether there is a tally, whose decryptions there are, and whether there is a result."""

    tracker_count: int = 0
    tallied: bool = False
    decrypted: tuple[int, ...] = ()
    counted: bool = False

    @classmethod
    def from_text(cls, text: bytes) -> ContestState:
        """Read what was kept in the store."""
        names = ("tracker_count", "tallied", "decrypted", "counted")
        entry = fields(loads(text, what="contest state", limit=_LIMIT), "contest state", *names)
        return cls(
            entry.integer("tracker_count"),
            entry.boolean("tallied"),
            tuple(entry.array("decrypted", limit=30)),
            entry.boolean("counted"),
        )

    def to_value(self) -> dict[str, object]:
        """Return the JSON object, which stands in the store and, after the contest's id, under the app hash."""
        return {
            "tracker_count": self.tracker_count,
            "tallied": self.tallied,
            "decrypted": list(self.decrypted),
            "counted": self.counted,
        }


def _coin_id(credential: str) -> bytes:
    # All 32 bytes: whoever found two credentials with one id could let two coins share a vote.
    return coin_digest(credential)


def _tracker_bytes(tracker: str) -> bytes:
    return unb64(tracker, what="tracker", length=32)


class State:
    """The state of one poll over ``store``. Writes go straight there: give it an overlay to stage them."""

    def __init__(self, poll: Poll, store: Store) -> None:
        self.poll = poll
        self.coins = CoinTree(store)
        self.products = Products(poll, store)
        self._store = store

    def _put(self, key: bytes, text: str | bytes) -> None:
        self._store.write({key: text.encode() if isinstance(text, str) else text})

    def _number(self, key: bytes) -> int:
        return int(self._store.get(key) or b"0")

    # The poll as a whole.

    @property
    def phase(self) -> Phase:
        """How far the poll is."""
        text = self._store.get(b"phase")
        return Phase.SETUP if text is None else Phase(text.decode())

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._put(b"phase", phase.value)

    @property
    def history(self) -> Frontier:
        """The tree of all accepted transactions."""
        text = self._store.get(b"history")
        return Frontier() if text is None else read_history(text)

    def position_of(self, digest: bytes) -> int | None:
        """Return the position of an accepted transaction, by H of its text (32 bytes)."""
        text = self._store.get(b"tx/" + digest)
        return None if text is None else int(text)

    def record(self, digest: bytes, entry: str) -> None:
        """Append an accepted transaction."""
        history = self.history
        self._put(b"tx/" + digest, str(history.size))
        self._put(b"history", write_history(history.append(leaf_hash(entry.encode()))[0]))

    def act_position(self, digest: bytes) -> int | None:
        """Return the position of an accepted act, by H of its text without the signatures (32 bytes)."""
        text = self._store.get(b"act/" + digest)
        return None if text is None else int(text)

    def record_act(self, digest: bytes, position: int) -> None:
        """Remember an act, whoever signs it next time."""
        self._put(b"act/" + digest, str(position))

    # Tickets and coins.

    def issued(self, issuer: int, style: str) -> int:
        """Return how many tickets of a style an issuer says it has handed out."""
        return self._number(b"issued/%02d/%s" % (issuer, style.encode()))

    def put_issued(self, issuer: int, style: str, total: int) -> None:
        """Write an issuer's total."""
        self._put(b"issued/%02d/%s" % (issuer, style.encode()), str(total))

    def coins_allowed(self, style: str) -> int:
        """Return the smallest total over the issuers: so many coins there may be."""
        return min(self.issued(issuer, style) for issuer in range(1, len(self.poll.genesis.issuers) + 1))

    def coin_count(self, style: str) -> int:
        """Return how many coins of a style there are."""
        return self._number(b"coins/" + style.encode())

    def put_coin(self, coin: Coin) -> None:
        """Write a coin; a new one counts for its style."""
        if self.coins.get(coin.credential) is None:
            self._put(b"coins/" + coin.style.encode(), str(self.coin_count(coin.style) + 1))
        self.coins.put(coin)

    # Ballots.

    def _component_keys(self, choices: Iterable[Ciphertext]) -> list[bytes]:
        group = self.poll.group
        elements = [element for choice in choices for element in (choice.alpha, choice.beta)]
        # 16 bytes are enough here: who finds two elements with one key has made both, and only bars ballots of his own.
        return [b"seen/" + sha256(group.encode(element))[:16] for element in elements]

    def seen_elsewhere(self, credential: str, choices: Sequence[Ciphertext]) -> bool:
        """Tell whether a component of ``choices`` was cast before under another credential."""
        mine = _coin_id(credential)
        owners = [self._store.get(key) for key in self._component_keys(choices)]
        return any(owner not in (None, mine) for owner in owners)

    def box_entry(self, tracker: str) -> BoxEntry | None:
        """Return where a ballot was cast, if ever."""
        text = self._store.get(b"box/" + _tracker_bytes(tracker))
        return None if text is None else BoxEntry.from_text(text)

    def count_ballot(self, credential: str, ballot: CoinBallot, choices: Sequence[Ciphertext]) -> None:
        """Put a ballot into the box and let it count, instead of the one that counted before."""
        self.discount_ballot(credential, ballot.contest)
        coin = _coin_id(credential)
        entry = BoxEntry(credential, ballot.contest, ballot.position)
        changes: dict[bytes, bytes | None] = dict.fromkeys(self._component_keys(choices), coin)
        changes[b"box/" + _tracker_bytes(ballot.tracker)] = entry.to_text().encode()
        changes[self._vote_key(credential, ballot.contest)] = choices_to_text(self.poll.group, choices)
        self._store.write(changes)
        self.products.add(ballot.contest, choices)
        self._change_count(ballot.contest, 1)

    def discount_ballot(self, credential: str, contest: str) -> None:
        """Let the ballot that counts for a credential in a contest, if any, count no longer."""
        key = self._vote_key(credential, contest)
        text = self._store.get(key)
        if text is not None:
            self._store.write({key: None})
            self.products.remove(contest, choices_from_text(self.poll.group, text))
            self._change_count(contest, -1)

    @staticmethod
    def _vote_key(credential: str, contest: str) -> bytes:
        return b"vote/" + _coin_id(credential) + b"/" + contest.encode()

    def _change_count(self, contest: str, change: int) -> None:
        now = self.contest(contest)
        self.put_contest(contest, ContestState(now.tracker_count + change, now.tallied, now.decrypted, now.counted))

    # Spoiled ballots.

    def is_spoiled(self, credential: str, tracker: str) -> bool:
        """Tell whether a credential has spoiled a tracker."""
        return self._store.get(self._spoiled_key(credential, tracker)) is not None

    def spoils(self, tracker: str) -> list[SpoilEntry]:
        """Return who spoiled a tracker, in order of the transactions."""
        found = [SpoilEntry.from_text(text) for _, text in self._store.scan(b"spoiled/" + _tracker_bytes(tracker))]
        return sorted(found, key=lambda entry: entry.position)

    def spoils_of(self, credential: str) -> int:
        """Return how many ballots a credential has spoiled."""
        return self._number(b"opened/" + _coin_id(credential))

    @property
    def spoiled_count(self) -> int:
        """How many ballots were spoiled."""
        return self._number(b"spoils")

    def spoil(self, credential: str, tracker: str, position: int) -> None:
        """Bar a tracker for a credential."""
        self._put(self._spoiled_key(credential, tracker), SpoilEntry(credential, position).to_text())
        self._put(b"opened/" + _coin_id(credential), str(self.spoils_of(credential) + 1))
        self._put(b"spoils", str(self.spoiled_count + 1))

    @staticmethod
    def _spoiled_key(credential: str, tracker: str) -> bytes:
        return b"spoiled/" + _tracker_bytes(tracker) + _coin_id(credential)

    # The count.

    def contest(self, contest: str) -> ContestState:
        """Return how far a contest is."""
        text = self._store.get(b"contest/" + contest.encode())
        return ContestState() if text is None else ContestState.from_text(text)

    def put_contest(self, contest: str, state: ContestState) -> None:
        """Write how far a contest is."""
        self._put(b"contest/" + contest.encode(), dumps(state.to_value()))

    def decryption(self, contest: str, owner: int) -> PartialDecryption | None:
        """Return the partial decryption of a trustee."""
        text = self._store.get(b"decryption/%s/%02d" % (contest.encode(), owner))
        if text is None:
            return None
        return PartialDecryption.from_value(self.poll.group, loads(text, what="decryption", limit=_LIMIT))

    def put_decryption(self, contest: str, owner: int, decryption: PartialDecryption) -> None:
        """Keep a checked partial decryption."""
        text = dumps(decryption.to_value(self.poll.group))
        self._put(b"decryption/%s/%02d" % (contest.encode(), owner), text)

    def result(self, contest: str) -> tuple[int, ...] | None:
        """Return the counts of a contest, once they are there."""
        text = self._store.get(b"result/" + contest.encode())
        return None if text is None else tuple(loads(text, what="result", limit=_LIMIT))

    def put_result(self, contest: str, counts: Sequence[int]) -> None:
        """Keep checked counts."""
        self._put(b"result/" + contest.encode(), dumps(list(counts)))

    # The app hash.

    def rest(self) -> dict[str, object]:
        """Return what the app hash covers besides transactions and coins, all in manifest order and complete."""
        manifest = self.poll.manifest
        issuers = range(1, len(manifest.issuers) + 1)
        return {
            "issued": [
                {"issuer": issuer, "style": style.id, "total": self.issued(issuer, style.id)}
                for issuer in issuers
                for style in manifest.styles
            ],
            "coins": [{"style": style.id, "count": self.coin_count(style.id)} for style in manifest.styles],
            "spoiled": self.spoiled_count,
            "tallies": [{"contest": contest.id} | self.contest(contest.id).to_value() for contest in manifest.contests],
        }

    def app_hash(self) -> str:
        """Bring products and coin tree up to date and return the app hash (43 characters)."""
        self.products.flush()
        history = self.history
        rest = b64(sha256(dumps(self.rest())))
        return sha256_b64(
            f"ippyo-state-v1|{self.poll.fingerprint}|{self.phase.value}|{history.size}"
            f"|{b64(history.root)}|{b64(self.coins.root())}|{rest}"
        )
