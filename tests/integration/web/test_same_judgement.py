"""What the browser takes and what Python takes are the same, of texts that are altered in all sorts of ways."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import check_ballot
from ippyo.ballot.election import Election
from ippyo.ballot.ticket import Ticket
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import dumps, unb64
from ippyo.contract.genesis import Genesis
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.crypto.ed25519 import PublicKey
from ippyo.crypto.groups import group
from ippyo.errors import IppyoError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.notes import VerifierKey
from ippyo.ledger.receipt import Receipt
from ippyo.poll.manifest import Manifest

HOUSE = Path(__file__).parents[3]
NO_NODE = 3
ED25519 = group("Ed25519")
CASES = 50
"""Of each kind; a seed of its own for each, so that a test that fails fails again."""

CHARACTERS = ' \t\n\r\0\x7f\x85\xa0\u200b\u2028\u3000\ufeff😀一Ａ０－ー_-+/=|,.:"\\{}[]0159eEaAzZIlOoıK'
VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 201, 10_000, 10**14, 2**53, "", "a", "あ", " a", "a\nb", "\ufeffa", "a\u2028"),
    *("a\u202c", "a\x9f", "x" * 300, "😀" * 300, "😀" * 301, [], {}, ["a"], {"ja": "a", "en": "b"}, "never", "choose"),
    *(["kiosk", "remote"], ["remote", "kiosk"], "embedded", "comet", "A" * 43, "A" * 42 + "B"),
]


def vectors(name: str) -> Any:
    return json.loads((HOUSE / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


RECEIPT, BALLOTS, TICKETS, CODES = (vectors(name) for name in ("receipt", "ballot-ed25519", "ticket", "voting-code"))
FACTS = LedgerFacts.from_texts(RECEIPT["poll"], RECEIPT["log"], RECEIPT["witnesses"], RECEIPT["quorum"])
ELECTIONS = [(one["manifest"], one["contest"], one["public_key"]) for one in BALLOTS["elections"]]
RECEIPTS = [one["text"] for one in RECEIPT["receipts"]]


def election(number: int) -> Election:
    text, contest, key = ELECTIONS[number]
    manifest = Manifest.from_text(text)
    return Election.build(manifest, next(one for one in manifest.contests if one.id == contest), key)


def ballot(text: str, number: int) -> str:
    read = Ballot.from_text(election(number), text)
    check_ballot(election(number), read)
    return read.tracker


JUDGES: dict[str, Callable[[str, int], str]] = {
    "manifest": lambda text, _: Manifest.from_text(text).hash,
    "genesis": lambda text, _: LedgerFacts.of(Genesis.from_text(text)).poll,
    "ticket": lambda text, _: Ticket.from_text(text, ED25519).credential,
    "ballot": ballot,
    "receipt": lambda text, _: Receipt.from_text(text).verify(FACTS).to_text(),
    "checkpoint": lambda text, _: str(SignedCheckpoint.from_text(text).verify(FACTS).size),
    "entry": lambda text, _: Entry.from_text(text).to_text(),
    "vkey": lambda text, _: VerifierKey.from_text(text).name,
    "element": lambda text, _: ED25519.encode(ED25519.decode(text)),
    "scalar": lambda text, _: str(ED25519.decode_scalar(text)),
    "base64": lambda text, _: str(len(unb64(text, what="text"))),
    "ed25519": lambda text, _: str(len(PublicKey.from_text(text).raw)),
    "rsa": lambda text, _: str(RsaPublicKey.from_text(text).n),
    "code": lambda text, _: VotingCode.parse(text).reveal(),
}

GOOD: dict[str, list[tuple[str, int]]] = {
    "manifest": [(one[0], 0) for one in ELECTIONS] + [(one["text"], 0) for one in vectors("manifest")["valid"]],
    "genesis": [(vectors("contract")["genesis"], 0)],
    "ticket": [(one["ticket"], 0) for one in TICKETS["tickets"] if one["group"] == "Ed25519"],
    "ballot": [(one["ballots"][0]["ballot"], number) for number, one in enumerate(BALLOTS["elections"])],
    "receipt": [(text, 0) for text in RECEIPTS],
    "checkpoint": [(text.split("\n\n", 1)[1], 0) for text in RECEIPTS],
    "entry": [(one["entry"], 0) for one in RECEIPT["receipts"]],
    "vkey": [(key, 0) for key in (RECEIPT["log"], *RECEIPT["witnesses"])],
    "element": [(ELECTIONS[0][2], 0), ("0" * 63 + "1", 0), (f"{2**255 - 19:064x}", 0), ("f" * 64, 0)],
    "scalar": [("0", 0), (str(ED25519.q - 1), 0), (str(ED25519.q), 0)],
    "base64": [("QUJD", 0), ("QUI", 0), ("+/+/", 0)],
    "ed25519": [(PublicKey(bytes.fromhex(ELECTIONS[0][2])[::-1]).to_text(), 0)],
    "rsa": [(key["public"], 0) for key in TICKETS["keys"].values()],
    "code": [(typed, 0) for typed in (*CODES["readings"]["typed"], *(one["code"] for one in CODES["codes"]))],
}


def altered(text: str, random: Random) -> str:
    """Return the text with one to three of its characters put in, taken out, replaced or repeated."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        at = random.randrange(len(text) + 1)
        new = random.choice([random.choice(CHARACTERS), "", random.choice("0123456789abcdefABCDEF"), text[at : at + 5]])
        text = text[:at] + new + text[at + random.randrange(2) :]
    return text


def altered_value(text: str, random: Random) -> str:
    """Return the JSON text with one of its values replaced, taken out, repeated, or its fields in another order."""
    value = json.loads(text)
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        entries = list(each.items() if isinstance(each, dict) else enumerate(each))
        places += [(each, key) for key, _ in entries]
        waiting += [entry for _, entry in entries if isinstance(entry, dict | list)]
    whole, key = random.choice(places)
    match random.randrange(5):
        case 0:
            del whole[key]
        case 1 if isinstance(whole, list):
            whole.insert(key, whole[key])
        case 1:
            whole["another"] = whole.pop(key)
        case 2 if isinstance(whole[key], str):
            whole[key] = altered(whole[key], random)
        case 3 if type(whole[key]) is int:
            whole[key] += random.choice([-1, 1])
        case _:
            whole[key] = random.choice(VALUES)
    return dumps(value)


def cases(kind: str) -> list[tuple[str, str, int]]:
    random = Random(kind)
    found = [(kind, text, number) for text, number in GOOD[kind]]
    while len(found) < CASES:
        text, number = random.choice(GOOD[kind])
        ways = [altered, altered_value, altered_value] if text.startswith("{") else [altered]
        found.append((kind, random.choice(ways)(text, random), number))
    return found


def judged(kind: str, text: str, number: int) -> str | None:
    try:
        return JUDGES[kind](text, number)
    except IppyoError:
        return None


def test_the_browser_takes_what_python_takes(require: Callable[[str, bool, str], None]) -> None:
    require("web/vendor", (HOUSE / "web" / "vendor" / ".made").is_file(), "run 'make web/vendor/.made'")
    head = dumps({name: RECEIPT[name] for name in ("poll", "log", "witnesses", "quorum")} | {"elections": ELECTIONS})
    asked = [case for kind in JUDGES for case in cases(kind)]
    script = [head, *(json.dumps(case) for case in asked)]
    done = subprocess.run(
        ["sh", str(HOUSE / "scripts" / "web.sh"), "judge"],
        input="\n".join(script) + "\n",
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    require("Node.js", done.returncode != NO_NODE, "install Node.js 20.19 or newer")
    assert done.returncode == 0, done.stderr[-4000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked)
    here = [judged(*case) for case in asked]
    assert [(*case, a, b) for case, a, b in zip(asked, here, answers, strict=True) if a != b] == []
    taken = {case[0] for case, answer in zip(asked, here, strict=True) if answer is not None}
    refused = {case[0] for case, answer in zip(asked, here, strict=True) if answer is None}
    assert taken == refused == set(JUDGES)
