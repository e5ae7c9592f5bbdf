"""vectors/coin.json: by the contract's own proof, and by a second reading of docs/protocol.md with none of its code."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from ippyo.canonical import loads, unb64
from ippyo.contract.coin_tree import CoinProof
from ippyo.errors import CheckFailedError, ParseError

FILE = Path(__file__).parents[3] / "vectors" / "coin.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
EMPTY = bytes(32)


class UnprovedError(Exception):
    """The second reading does not believe an answer."""


def require(holds: bool) -> None:
    if not holds:
        raise UnprovedError


def digest(data: str | bytes) -> bytes:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def join(left: bytes, right: bytes) -> bytes:
    return EMPTY if left == right == EMPTY else digest(b"\x01" + left + right)


def second_reading(answer: dict[str, Any], credential: str) -> Any:
    """Return the coin, or None: §11 for the header, §10 for the app hash and the tree."""
    poll, status = VECTORS["poll"], answer["status"]
    line = json.loads(answer["header"])
    require(compact(line) == answer["header"])
    header = line["header"]
    key = VerifyKey(base64.b64decode(VECTORS["log"].split("+", 2)[2])[1:])
    key.verify(b"ippyo-block-v1\n" + compact(header).encode(), base64.b64decode(line["signature"] + "=="))
    names = ["poll", "phase", "size", "root", "coin_root", "state"]
    require(list(status) == names and status["phase"] in {"setup", "open", "closed", "counted"})
    require(status["poll"] == header["poll"] == poll)
    require((status["size"], status["root"]) == (header["size"], header["root"]))
    parts = [poll, status["phase"], status["size"], status["root"], status["coin_root"]]
    text = "|".join(map(str, ["ippyo-state-v1", *parts, b64(digest(compact(status["state"])))]))
    require(b64(digest(text)) == header["state"])
    coins, siblings = answer["proof"]["coins"], answer["proof"]["siblings"]
    require(len(siblings) == 16 and not any("\n" in coin for coin in coins))
    node = digest(b"\x00" + "".join(f"{coin}\n" for coin in coins).encode()) if coins else EMPTY
    drawer = int.from_bytes(digest(f"ippyo-coin-v1|{credential}")[:2])
    for level, sibling in enumerate(siblings):
        beside = base64.b64decode(sibling + "=")
        require(len(beside) == 32)
        node = join(beside, node) if drawer >> level & 1 else join(node, beside)
    require(b64(node) == status["coin_root"] == answer["coin_root"])
    mine = [json.loads(coin) for coin in coins if json.loads(coin)["credential"] == credential]
    require(mine == ([] if answer["coin"] is None else [answer["coin"]]))
    return answer["coin"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["why"])
def test_what_is_proved(case: dict[str, Any]) -> None:
    answer, credential = case["answer"], case["credential"]
    proof = CoinProof.from_value(loads(compact(answer["proof"]), what="proof", limit=1 << 20))
    coin = proof.verify(unb64(answer["coin_root"], what="root", length=32), credential)
    assert (None if coin is None else json.loads(coin.to_text())) == answer["coin"]
    assert second_reading(answer, credential) == answer["coin"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_what_is_not(case: dict[str, Any]) -> None:
    with pytest.raises((UnprovedError, BadSignatureError, TypeError, ValueError)):
        second_reading(case["answer"], VECTORS["credential"])


ABOUT_THE_TREE = {
    "another last in coin and drawer": CheckFailedError,
    "another last in the drawer only": CheckFailedError,
    "the coin is left out of the drawer": CheckFailedError,
    "a wrong sibling": CheckFailedError,
    "siblings in another order": CheckFailedError,
    "another coin root beside the state": CheckFailedError,
    "fifteen siblings": ParseError,
    "seventeen siblings": ParseError,
    "a sibling that is no hash": ParseError,
    "a line break in a coin": ParseError,
    "no proof": ParseError,
}


@pytest.mark.parametrize("case", [case for case in VECTORS["refused"] if case["why"] in ABOUT_THE_TREE])
def test_what_the_tree_alone_refuses(case: dict[str, Any]) -> None:
    answer = case["answer"]
    with pytest.raises(ABOUT_THE_TREE[case["why"]]):
        CoinProof.from_value(answer["proof"]).verify(
            unb64(answer["coin_root"], what="root", length=32), VECTORS["credential"]
        )
