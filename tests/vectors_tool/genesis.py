"""Write vectors/genesis.json: run ``python -m tests.vectors_tool.genesis``.

Each case changes some fields of the genesis in vectors/contract.json. Nothing of the code under test is used, and
everything is deterministic, the keys of log and witnesses too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).parents[2] / "vectors"
LOG, WITNESS = 1, 4


def vkey(name: str, kind: int = WITNESS, label: str | None = None) -> str:
    """Return the C2SP verifier key of the key pair that ``label`` (or the name) makes."""
    seed = hashlib.sha256(f"genesis vectors {label or name}".encode()).digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    data = bytes([kind]) + public
    identifier = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    return f"{name}+{identifier}+{base64.b64encode(data).decode()}"


KEY = vkey("ippyo.poll/small", LOG)
OPERATORS = [vkey(f"ippyo.node/{number}") for number in range(1, 8)]
OTHERS = [vkey(f"witness.example/{number}") for number in range(1, 4)]


def ledger(witnesses: list[str], quorum: int, engine: str = "comet", log: str = KEY) -> dict[str, Any]:
    """Return what changes the ledger."""
    return {"ledger": {"engine": engine, "log": log, "witnesses": witnesses, "quorum": quorum}}


def accepted() -> dict[str, dict[str, Any]]:
    """Return changes that leave a good genesis."""
    return {
        "no change": {},
        "embedded, witnesses of whom none must cosign": ledger(OTHERS, 0, "embedded"),
        "embedded, all witnesses must cosign": ledger(OTHERS, 3, "embedded"),
        "embedded, witnesses in any order": ledger([OTHERS[0], *OPERATORS[:2]], 0, "embedded"),
        "comet, the only operator": ledger(OPERATORS[:1], 1),
        "comet, three of three operators": ledger(OPERATORS[:3], 3),
        "comet, three of four operators": ledger(OPERATORS[:4], 3),
        "comet, five of seven operators": ledger(OPERATORS, 5),
        "comet, three of four operators even with every other witness": ledger([*OPERATORS[:4], *OTHERS[:2]], 5),
        "comet, everybody": ledger([*OPERATORS, *OTHERS], 10),
    }


def refused(genesis: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return changes that leave no genesis."""
    issuers, officers = genesis["issuers"], genesis["officers"]
    first, second = issuers
    style, other = first["styles"]
    bad_key = {**style, "key": style["key"].replace("MIIB", "MIIC", 1)}
    same_key = vkey("witness.example/log", WITNESS, label="ippyo.poll/small")
    return {
        "another version": {"version": 2},
        "a hash that is none": {"trustees": "x"},
        "no issuer": {"issuers": []},
        "an issuer's name twice": {"issuers": [first, {**second, "name": first["name"]}]},
        "an issuer's key twice": {"issuers": [first, {**second, "key": first["key"]}]},
        "an issuer's key of small order": {"issuers": [{**first, "key": "AQ" + "A" * 41}, second]},
        "an RSA key twice": {"issuers": [{**first, "styles": [style, {**other, "key": style["key"]}]}, second]},
        "an RSA key of two issuers": {"issuers": [first, {**second, "styles": first["styles"]}]},
        "an RSA key that is none": {"issuers": [{**first, "styles": [bad_key, other]}, second]},
        "an officer twice": {"officers": {**officers, "keys": [officers["keys"][0]] * 2}},
        "a threshold of no officer": {"officers": {**officers, "threshold": 0}},
        "a threshold of more officers than there are": {"officers": {**officers, "threshold": 4}},
        "an unknown engine": ledger([], 0, "paper"),
        "a log key that is none": ledger([], 0, "embedded", "ippyo.poll/small"),
        "a witness's key that is none": ledger(["witness.example/1"], 0, "embedded"),
        "a witness that is the log": ledger([KEY], 0, "embedded"),
        "a witness with the log's key": ledger([same_key], 0, "embedded"),
        "a witness twice": ledger([OTHERS[0], OTHERS[0]], 0, "embedded"),
        "a key of two witnesses": ledger([OTHERS[0], vkey("other", label="witness.example/1")], 0, "embedded"),
        "a quorum of more witnesses than there are": ledger(OTHERS, 4, "embedded"),
        "comet, no witness": ledger([], 0),
        "comet, no operator": ledger(OTHERS, 3),
        "comet, an operator after another witness": ledger([*OPERATORS[:3], OTHERS[0], OPERATORS[3]], 5),
        "comet, another witness first": ledger([OTHERS[0], *OPERATORS[:4]], 5),
        "comet, no quorum": ledger(OPERATORS[:4], 0),
        "comet, two of four operators": ledger(OPERATORS[:4], 2),
        "comet, just two thirds of three operators": ledger(OPERATORS[:3], 2),
        "comet, just two thirds of six operators": ledger(OPERATORS[:6], 4),
        "comet, three of four operators only without another witness": ledger([*OPERATORS[:4], OTHERS[0]], 3),
        "comet, three of four operators only without one of two others": ledger([*OPERATORS[:4], *OTHERS[:2]], 4),
    }


def main() -> None:
    genesis = json.loads(json.loads((VECTORS / "contract.json").read_text(encoding="utf-8"))["genesis"])
    vectors = {
        "about": "docs/protocol.md §5: fields that take the place of those in the genesis of contract.json; "
        "with each of accepted it is a genesis, with each of refused it is none",
        "accepted": [{"why": why, "change": change} for why, change in accepted().items()],
        "refused": [{"why": why, "change": change} for why, change in refused(genesis).items()],
    }
    text = json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
    (VECTORS / "genesis.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
