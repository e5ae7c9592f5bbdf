"""Write vectors/coin.json: run ``python -m tests.vectors_tool.coins``.

A few coins of a small poll, as the real contract and the real log prove them (docs/booth.md §4), and what must not be
believed of them. Keys and ballots are random, so every run writes another poll. A second reading of the protocol, with
none of our code, is tests/unit/contract/test_coin_vectors.py.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from tests import small_poll as sp

from ippyo.ballot.credential import Credential
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import b64
from ippyo.contract.coin_tree import drawer_number
from ippyo.crypto.merkle import Frontier
from ippyo.ledger.blocks import BlockHeader, Entry, first_previous
from ippyo.ledger.notes import SigningKey

VECTORS = Path(__file__).parents[2] / "vectors"
YES, NO = (1, 0), (0, 1)


class Log:
    """A contract, and the headers that its log signs."""

    def __init__(self, small: sp.SmallPoll) -> None:
        self.small = small
        self.box = sp.Box(small)
        self.frontier = Frontier()
        self.previous = first_previous(small.phi)
        self.header: BlockHeader

    def block(self, time: int, *txs: str) -> None:
        """Run one block, all of which is accepted."""
        codes = self.box.send(*txs, at=time)
        if codes != ["ok"] * len(txs):
            raise SystemExit(f"block {self.box.height}: {codes}")
        for tx in txs:
            self.frontier, _ = self.frontier.append(Entry.of(tx).leaf)
        height, state = self.box.contract.last()
        size, root = self.frontier.size, self.frontier.root
        self.header = BlockHeader(self.small.phi, height, time, self.previous, size, root, state)
        self.previous = self.header.hash

    def signed(self, key: SigningKey | None = None) -> str:
        """Return the last block's line."""
        return self.header.sign(key or self.small.log).to_text()

    def answer(self, credential: str) -> dict[str, Any]:
        """Return what a booth answers, without the ticket."""
        query = self.box.contract.query
        return {
            **json.loads(query("coin", credential)),
            "status": json.loads(query("status")),
            "header": self.signed(),
        }


def neighbours(small: sp.SmallPoll, count: int = 3) -> list[sp.Voter]:
    """Return voters whose coins have one drawer."""
    drawers: dict[int, list[VotingCode]] = {}
    while True:
        code = VotingCode.generate()
        codes = drawers.setdefault(drawer_number(Credential.derive(code, small.phi, small.poll.group).text), [])
        codes.append(code)
        if len(codes) == count:
            return [small.voter(code=code) for code in codes]


def altered(answer: dict[str, Any], change: Any) -> dict[str, Any]:
    """Return a copy that ``change`` has altered."""
    other = copy.deepcopy(answer)
    change(other)
    return other


def refused(good: dict[str, Any], before: dict[str, Any], log: Log, stranger: Log) -> list[dict[str, Any]]:
    """Return what must not be believed of the coin in ``good``; ``before`` is its answer one block earlier."""
    coin = good["proof"]["coins"][0]
    higher = coin.replace('"last":16', '"last":32')
    if higher == coin:
        raise SystemExit("the coin has another number")

    def show(other: dict[str, Any]) -> None:
        other["coin"]["last"] = 32

    def alter(other: dict[str, Any]) -> None:
        show(other)
        other["proof"]["coins"][0] = higher

    def hide(other: dict[str, Any]) -> None:
        other["coin"] = None
        other["proof"]["coins"] = other["proof"]["coins"][1:]

    def empty(other: dict[str, Any]) -> None:
        other["coin"] = None
        other["proof"] = {"coins": [], "siblings": [b64(bytes(32))] * 16}
        other["coin_root"] = other["status"]["coin_root"] = b64(bytes(32))

    def sibling(other: dict[str, Any]) -> None:
        other["proof"]["siblings"][3] = b64(b"\x01" * 32)

    def swap(other: dict[str, Any]) -> None:
        siblings = other["proof"]["siblings"]
        first, last = 0, next(i for i, one in enumerate(siblings) if one != siblings[0])
        siblings[first], siblings[last] = siblings[last], siblings[first]

    def issue(other: dict[str, Any]) -> None:
        other["status"]["state"]["spoiled"] += 1

    def phase(other: dict[str, Any]) -> None:
        other["status"]["phase"] = "closed"

    def pretend(other: dict[str, Any]) -> None:
        other["header"] = other["header"].replace(f'"height":{log.header.height}', f'"height":{log.header.height + 1}')

    checks = [
        ("another last beside the proof", show),
        ("another last in coin and drawer", alter),
        ("another last in the drawer only", lambda other: other["proof"]["coins"].__setitem__(0, higher)),
        ("the coin is left out of the drawer", hide),
        ("the coin stands in the drawer and is said not to be there", lambda other: other.update(coin=None)),
        ("an empty tree under the true header", empty),
        ("a wrong sibling", sibling),
        ("siblings in another order", swap),
        ("another coin root beside the state", lambda other: other.update(coin_root=before["coin_root"])),
        ("another coin root in the state", lambda other: other["status"].update(coin_root=before["coin_root"])),
        ("another phase", phase),
        ("another rest of the state", issue),
        ("the state of another size", lambda other: other["status"].update(size=other["status"]["size"] + 1)),
        ("the state of another root", lambda other: other["status"].update(root=before["status"]["root"])),
        ("the state of another poll", lambda other: other["status"].update(poll=stranger.small.phi)),
        ("the header of the block before", lambda other: other.update(header=before["header"])),
        ("an altered header", pretend),
        ("a header that another key signed", lambda other: other.update(header=log.signed(stranger.small.log))),
        ("a header of another poll", lambda other: other.update(header=stranger.header.sign(log.small.log).to_text())),
    ]
    malformed = [
        ("fifteen siblings", lambda other: other["proof"]["siblings"].pop()),
        ("seventeen siblings", lambda other: other["proof"]["siblings"].append(b64(bytes(32)))),
        ("a sibling that is no hash", lambda other: other["proof"]["siblings"].__setitem__(0, "AAAA")),
        ("a line break in a coin", lambda other: other["proof"]["coins"].__setitem__(0, f"{coin}\n")),
        ("no proof", lambda other: other.update(proof=None)),
        ("no state", lambda other: other.update(status=None)),
        ("a state with one field more", lambda other: other["status"].update(more=1)),
        ("a phase that there is not", lambda other: other["status"].update(phase="open|1")),
        ("no header", lambda other: other.update(header=None)),
        ("a header with a space", lambda other: other.update(header=other["header"].replace(",", ", ", 1))),
        ("a short signature", lambda other: other.update(header=other["header"][:-5] + '"}')),
    ]
    return [
        {"why": why, "code": code, "answer": altered(good, change)}
        for code, changes in (("coin-not-proved", checks), ("malformed", malformed))
        for why, change in changes
    ]


def main() -> None:
    """Write the vectors."""
    small, other = sp.SmallPoll.build(), sp.SmallPoll.build(sp.manifest(name="other"))
    log, stranger = Log(small), Log(other)
    stranger.block(sp.BEFORE, other.open())
    a, gone, (b, c, beside) = small.voter(), small.voter(), neighbours(small)
    log.block(sp.BEFORE, *small.issued_by_all(5), small.open())
    nothing = {"why": "no coin at all", "credential": a.credential.text, "answer": log.answer(a.credential.text)}
    log.block(sp.DURING, *(one.cast_ballots(16, bridge=one.seal("bridge", YES)) for one in (b, c)))
    before = log.answer(a.credential.text)
    first = a.cast_ballots(16, bridge=a.seal("bridge", YES), mayor=a.seal("mayor", (1, 0, 0)))
    second = c.cast_ballots(32, bridge=c.seal("bridge", NO))
    log.block(sp.DURING + 1000, first, gone.spoil(gone.seal("bridge", NO).tracker), gone.surrender(16), second)
    seen = {
        "a coin with two ballots": a,
        "a coin that was given back": gone,
        "one of two coins in a drawer": b,
        "the other one, cast twice": c,
        "no coin in a drawer that holds two": beside,
        "no coin, and an empty drawer": small.voter(),
    }
    answers = {why: (voter.credential.text, log.answer(voter.credential.text)) for why, voter in seen.items()}
    good = [nothing, *({"why": why, "credential": text, "answer": one} for why, (text, one) in answers.items())]
    vectors = {
        "about": "What a booth answers of a credential, without the ticket (booth.md §4, protocol.md §10, §11): the "
        "accepted prove the coin, or that there is none; the refused are of `credential`.",
        "poll": small.phi,
        "log": small.poll.genesis.ledger.log,
        "accepted": good,
        "credential": a.credential.text,
        "refused": refused(log.answer(a.credential.text), before, log, stranger),
    }
    (VECTORS / "coin.json").write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
