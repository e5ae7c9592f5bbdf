from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from ippyo.canonical import sha256_b64
from ippyo.contract import coin_tree
from ippyo.contract.coin import Coin, CoinBallot
from ippyo.contract.coin_tree import LEVELS, CoinProof, CoinTree, drawer_number
from ippyo.contract.store import MemoryStore
from ippyo.errors import CheckFailedError, ParseError

EMPTY = bytes(32)


def coin(name: str, count: int = 1) -> Coin:
    return Coin(name, "all", count, count + 1, False, (CoinBallot("bridge", sha256_b64(name), 7),))


def neighbours() -> tuple[str, str, str]:
    """Three credentials of which the first two share a drawer; sorting their coin texts would swap them."""
    seen: dict[int, str] = {}
    for number in range(10**6):
        name = f"c{number}"
        other = seen.setdefault(drawer_number(name), name)
        if other != name:
            return (*sorted((name, other)), "elsewhere")  # type: ignore[return-value]
    raise AssertionError


FIRST, SECOND, THIRD = neighbours()


def slow_root(coins: list[Coin]) -> bytes:
    """The definition of docs/protocol.md §10, written down again."""
    drawers: dict[int, list[Coin]] = {}
    for each in sorted(coins, key=lambda each: each.credential.encode()):
        digest = hashlib.sha256(b"ippyo-coin-v1|" + each.credential.encode()).digest()
        drawers.setdefault(256 * digest[0] + digest[1], []).append(each)
    nodes = [EMPTY] * 65536
    for number, content in drawers.items():
        nodes[number] = hashlib.sha256(b"\x00" + b"".join(c.to_text().encode() + b"\n" for c in content)).digest()
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [EMPTY if a == b == EMPTY else hashlib.sha256(b"\x01" + a + b).digest() for a, b in pairs]
    return nodes[0]


@pytest.fixture
def tree() -> CoinTree:
    tree = CoinTree(MemoryStore())
    for name in (SECOND, THIRD, FIRST):
        tree.put(coin(name))
    return tree


def test_no_coins() -> None:
    tree = CoinTree(MemoryStore())
    assert tree.root() == slow_root([]) == EMPTY
    assert tree.get("c") is None
    assert tree.prove("c").verify(EMPTY, "c") is None


def test_the_root_is_as_defined_however_the_coins_came(tree: CoinTree) -> None:
    assert drawer_number(FIRST) == drawer_number(SECOND)
    root = tree.root()
    assert root == slow_root([coin(FIRST), coin(SECOND), coin(THIRD)])
    tree.put(coin(SECOND, 2))
    assert tree.root() == slow_root([coin(FIRST), coin(SECOND, 2), coin(THIRD)]) != root
    tree.put(coin(SECOND))
    assert tree.root() == root


def test_coins_are_found(tree: CoinTree) -> None:
    assert [tree.get(name) for name in (FIRST, SECOND, THIRD)] == [coin(FIRST), coin(SECOND), coin(THIRD)]
    assert tree.get(FIRST[:-1]) is None
    assert tree.coins(drawer_number(FIRST)) == [coin(name).to_text().encode() for name in (FIRST, SECOND)]


def test_one_coin_changes_without_a_look_at_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may fill one drawer: every further coin in it must cost no more than the bytes that are moved."""
    monkeypatch.setattr(coin_tree, "drawer_number", lambda credential: 7)
    tree = CoinTree(MemoryStore())
    names = [f"{number}" for number in range(0, 300, 3)]
    for name in names:
        tree.put(coin(name))
    monkeypatch.setattr(Coin, "from_text", lambda text: pytest.fail("decoded"))
    for name in ("30", "31", "", "999"):
        tree.put(coin(name, 5))
    expected = {name: coin(name) for name in names} | {name: coin(name, 5) for name in ("30", "31", "", "999")}
    assert tree.coins(7) == [expected[name].to_text().encode() for name in sorted(expected)]
    assert tree.get("32") is None
    assert len(tree.prove("30").coins) == len(expected)


def test_proofs_of_presence_and_absence(tree: CoinTree) -> None:
    root = tree.root()
    for name in (FIRST, SECOND, THIRD):
        assert tree.prove(name).verify(root, name) == coin(name)
    absent = next(name for name in map(str, range(10**6)) if drawer_number(name) == drawer_number(FIRST))
    assert tree.prove(absent).verify(root, absent) is None
    assert tree.prove("nobody").verify(root, "nobody") is None


def test_false_proofs(tree: CoinTree) -> None:
    root = tree.root()
    proof = tree.prove(FIRST)
    flipped = (bytes([proof.siblings[15][0] ^ 1]) + proof.siblings[15][1:],)
    for false in (
        replace(proof, coins=proof.coins[1:]),
        replace(proof, coins=()),
        replace(proof, coins=(coin(FIRST, 2).to_text(), proof.coins[1])),
        replace(proof, siblings=proof.siblings[:15] + flipped),
        replace(proof, siblings=proof.siblings[:15]),
        tree.prove(THIRD),
    ):
        with pytest.raises(CheckFailedError, match="coin root"):
            false.verify(root, FIRST)
    with pytest.raises(CheckFailedError, match="coin root"):
        proof.verify(slow_root([coin(SECOND)]), FIRST)


def test_an_inner_node_is_no_drawer(tree: CoinTree) -> None:
    """A proof that starts one level higher has the wrong length."""
    proof = tree.prove(FIRST)
    assert len(proof.siblings) == LEVELS
    with pytest.raises(CheckFailedError):
        CoinProof((), (*proof.siblings, EMPTY)).verify(tree.root(), FIRST)


def test_a_proof_travels_as_json(tree: CoinTree) -> None:
    proof = tree.prove(FIRST)
    assert CoinProof.from_value(proof.to_value()) == proof
    for false in (
        proof.to_value() | {"siblings": []},
        proof.to_value() | {"siblings": ["A"] * 16},
        proof.to_value() | {"coins": ["{}\n"]},
        proof.to_value() | {"coins": [1]},
    ):
        with pytest.raises(ParseError):
            CoinProof.from_value(false)


class TestCoin:
    def test_texts(self) -> None:
        text = (
            '{"credential":"c","style":"all","count":1,"last":2,"surrendered":false,'
            f'"ballots":[{{"contest":"bridge","tracker":"{sha256_b64("c")}","position":7}}]}}'
        )
        assert coin("c").to_text() == text
        assert Coin.from_text(text) == coin("c")

    @pytest.mark.parametrize(
        "change", [('"count":1', '"count":-1'), ('"last":2', '"last":-1'), ("false", "0"), ("{", "{ "), ('"all"', "1")]
    )
    def test_broken_texts(self, change: tuple[str, str]) -> None:
        with pytest.raises(ParseError):
            Coin.from_text(coin("c").to_text().replace(*change, 1))

    def test_what_becomes_of_it(self) -> None:
        assert coin("c").ballot("bridge") == CoinBallot("bridge", sha256_b64("c"), 7)
        assert coin("c").ballot("mayor") is None
        assert coin("c").spent(9, ()) == Coin("c", "all", 2, 9)
        assert coin("c").given_back(9) == Coin("c", "all", 1, 9, surrendered=True)
