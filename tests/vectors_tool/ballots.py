"""Write vectors/ballot-*.json: run ``python -m tests.vectors_tool.ballots``.

Ballots are made by plain_groups.py from docs/protocol.md §3 and 7; nothing of the ballot room is used.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import Any

from tests.vectors_tool.plain_groups import GROUPS, NAMES, Hq, compact, digest, disjunction, encrypt, scalars, schnorr

VECTORS = Path(__file__).parents[2] / "vectors"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BLANK = "blank"


def uuid(mh: str, contest: str) -> str:
    number = int.from_bytes(hashlib.sha256(f"ippyo-uuid-v1|{mh}|{contest}".encode()).digest())
    digits = ""
    for _ in range(44):
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return digits[:22]


def words(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en}


@dataclass
class Vote:
    """One contest of one answer count, and how to make ballots for it."""

    group: str
    kind: str
    answers: int
    low: int
    high: int
    blank: bool
    manifest: str = field(init=False)
    election: str = field(init=False)

    def __post_init__(self) -> None:
        self.G = GROUPS[self.group]
        self.random = scalars(
            self.G, f"ballot {self.group} {self.kind} {self.answers} {self.low} {self.high} {self.blank}"
        )
        self.x, self.s = next(self.random), next(self.random)
        self.y, self.C = self.G.pow(self.G.g, self.x), self.G.text(self.G.pow(self.G.g, self.s))
        names = [f"{number} 候補{number}" for number in range(1, self.answers + 1)]
        self.manifest = compact(
            {
                "version": 1,
                "id": "vectors",
                "title": words("試験", "Test"),
                "group": self.group,
                "opens": 1,
                "closes": 2,
                "policies": {
                    "certificate": "user",
                    "channels": ["card-reader"],
                    "second_factor": "none",
                    "anonymity": "blind-ticket",
                    "revote": "last-counts",
                    "places": ["remote"],
                },
                "trustees": {"total": 1, "threshold": 1},
                "issuers": ["市"],
                "officers": {"total": 1, "threshold": 1},
                "styles": [{"id": "all", "name": words("全員", "All"), "contests": ["question"]}],
                "contests": [
                    {
                        "id": "question",
                        "kind": self.kind,
                        "title": words("問い", "Question"),
                        "min": self.low,
                        "max": self.high,
                        "blank": self.blank,
                        "tally": "homomorphic",
                        "answers": [
                            {
                                "id": f"a{number}",
                                "number": number,
                                "name": words(f"候補{number}", f"Candidate {number}"),
                            }
                            for number in range(1, self.answers + 1)
                        ],
                    }
                ],
            }
        )
        mh = digest(f"ippyo-manifest-v1|{self.manifest}")
        question: dict[str, Any] = {"answers": names}
        if self.blank:
            question["blank"] = True
        question |= {"min": self.low, "max": self.high, "question": "問い"}
        self.uuid = uuid(mh, "question")
        self.election = compact(
            {
                "version": 1,
                "description": "",
                "name": "試験",
                "group": self.group,
                "public_key": self.G.text(self.y),
                "questions": [question],
                "uuid": self.uuid,
                "ippyo": {"manifest": mh, "contest": "question"},
            }
        )
        self.phi = digest(self.election)

    def draws(self) -> list[int]:
        choices = self.answers + self.blank
        sums = self.high - self.low + 1
        branches = 2 * choices + sums + (3 if self.blank else 0)
        return [next(self.random) for _ in range(choices + 2 * branches + 1)]

    def ballot(self, marks: Sequence[int], draws: Sequence[int], *, weak: bool = False) -> dict[str, Any]:
        """Return the ballot of ``marks`` (the blank mark first, if allowed); ``weak`` leaves the statement unhashed."""
        G, y, random = self.G, self.y, iter(draws)
        r = [next(random) for _ in marks]
        pairs = [tuple(map(G.text, encrypt(G, y, r_j, m))) for r_j, m in zip(r, marks, strict=True)]
        S0 = f"{self.phi}|{self.C}"
        S = S0 + "|" + ",".join(",".join(pair) for pair in pairs)
        individual, commitments = [], []
        for r_j, m, (alpha, beta) in zip(r, marks, pairs, strict=True):
            prefix = "prove|" if weak else f"prove|{S0}|{alpha},{beta}|"
            proofs, texts = disjunction(G, y, prefix, [(r_j, m, 0), (r_j, m, 1)], random)
            individual.append(proofs)
            commitments += texts
        answer: dict[str, Any] = {
            "choices": [{"alpha": alpha, "beta": beta} for alpha, beta in pairs],
            "individual_proofs": individual,
        }
        R, M = sum(r[self.blank :]), sum(marks[self.blank :])
        sums = [(R, M, claimed) for claimed in range(self.low, self.high + 1)]
        if self.blank:
            overall, texts = disjunction(G, y, f"bproof1|{S}|", [(r[0], marks[0], 1), *sums], random)
            commitments += texts
            blank, texts = disjunction(G, y, f"bproof0|{S}|", [(r[0], marks[0], 0), (R, M, 0)], random)
            answer |= {"overall_proof": overall, "blank_proof": blank}
        else:
            total = ",".join(map(G.text, encrypt(G, y, R, M)))
            overall, texts = disjunction(G, y, f"prove|{S}|{total}|", sums, random)
            answer["overall_proof"] = overall
        commitments += texts
        if G.carries_commitments:
            answer["commitments"] = commitments
        return self.signed({"answers": [answer]}, w=next(random))

    def signed(self, changes: dict[str, Any], *, s: int | None = None, w: int = 7) -> dict[str, Any]:
        """Return a ballot with these fields, signed by whoever knows ``s``."""
        ballot: dict[str, Any] = {"election_uuid": self.uuid, "election_hash": self.phi, "credential": self.C}
        ballot = {name: changes.get(name, ballot.get(name)) for name in (*ballot, "answers")}
        h = digest(compact(ballot))
        proof = schnorr(self.G, f"sig|{h}|", self.s if s is None else s, w)
        return ballot | {"signature": {"hash": h, "proof": proof}}

    def case(self, choice: list[int] | str) -> dict[str, Any]:
        if choice == BLANK:
            marks = [1, *[0] * self.answers]
        else:
            assert isinstance(choice, list)
            marks = [0, *choice] if self.blank else choice
        draws = self.draws()
        text = compact(self.ballot(marks, draws))
        return {"choice": choice, "random": list(map(str, draws)), "ballot": text, "tracker": digest(text)}

    def vectors(self, *choices: list[int] | str) -> dict[str, Any]:
        blank = " or blank" if self.blank else ""
        return {
            "what": f"{self.low} to {self.high} of {self.answers}{blank}",
            "manifest": self.manifest,
            "contest": "question",
            "public_key": self.G.text(self.y),
            "secret_key": str(self.x),
            "election": self.election,
            "uuid": self.uuid,
            "fingerprint": self.phi,
            "credential": {"secret": str(self.s), "public": self.C},
            "ballots": [self.case(choice) for choice in choices],
        }


# --- false ballots

Path_ = tuple[str | int, ...]
A: Path_ = ("answers", 0)


def at(value: Any, path: Path_) -> Any:
    for step in path:
        value = value[step]
    return value


def with_(value: Any, path: Path_, new: Any) -> Any:
    """Return a copy of ``value`` with ``new`` (or what the function ``new`` makes of the old one) at ``path``."""
    result = copy.deepcopy(value)
    place = at(result, path[:-1])
    place[path[-1]] = new(place[path[-1]]) if callable(new) else new
    return result


def false_ballots(vote: Vote, good: dict[str, Any], other: Vote) -> Iterator[tuple[str, str, Any]]:
    """Yield why, which check must name it, and the ballot: all of them are well formed."""
    G, q = vote.G, vote.G.q

    def resigned(path: Path_, new: Any) -> dict[str, Any]:
        return vote.signed(with_(good, path, new))

    def bump(text: str) -> str:
        return str((int(text) + 1) % q)

    def lift(text: str) -> str:
        return str(G.text(G.mul(G.element(text), G.g)))

    yield "uuid of another election", "uuid", vote.signed(good | {"election_uuid": other.uuid})
    yield "uuid altered and not signed again", "uuid", good | {"election_uuid": other.uuid}
    yield "fingerprint of another election", "fingerprint", vote.signed(good | {"election_hash": other.phi})
    signature = good["signature"]
    yield "hash of other contents", "signature-hash", with_(good, ("signature", "hash"), digest("x"))
    yield (
        "contents altered and not signed again",
        "signature-hash",
        with_(good, (*A, "overall_proof", 0, "response"), bump),
    )
    for part in ("challenge", "response"):
        yield f"signature: {part} altered", "signature", with_(good, ("signature", "proof", part), bump)
    yield (
        "signature all zero",
        "signature",
        good | {"signature": signature | {"proof": {"challenge": "0", "response": "0"}}},
    )
    yield "signed by another credential", "signature", vote.signed(good, s=vote.s + 1)
    thief = G.text(G.pow(G.g, vote.s + 1))
    yield "copied to another credential", "individual-proof 1", vote.signed(good | {"credential": thief}, s=vote.s + 1)
    answer = good["answers"][0]
    for j, branches in enumerate(answer["individual_proofs"]):
        for k in range(len(branches)):
            for part in ("challenge", "response"):
                yield (
                    f"individual proof {j + 1}: {part} of branch {k} altered",
                    f"individual-proof {j + 1}",
                    resigned((*A, "individual_proofs", j, k, part), bump),
                )
        yield (
            f"individual proof {j + 1}: branches exchanged",
            f"individual-proof {j + 1}",
            resigned((*A, "individual_proofs", j), lambda old: old[::-1]),
        )
        for part in ("alpha", "beta"):
            yield (
                f"choice {j + 1}: {part} altered",
                f"individual-proof {j + 1}",
                resigned((*A, "choices", j, part), lift),
            )
    first_two = with_(good, (*A, "individual_proofs"), lambda old: [old[1], old[0], *old[2:]])
    yield "individual proofs exchanged", "individual-proof 1", vote.signed(first_two)
    both = with_(first_two, (*A, "choices"), lambda old: [old[1], old[0], *old[2:]])
    yield "choices exchanged with their proofs", "overall-proof", vote.signed(both)
    for name in ("overall_proof", "blank_proof"):
        for k in range(len(answer.get(name, []))):
            for part in ("challenge", "response"):
                yield (
                    f"{name}: {part} of branch {k} altered",
                    name.replace("_", "-"),
                    resigned((*A, name, k, part), bump),
                )
    draws = vote.draws()
    marks = [0] * vote.blank + [1] + [0] * (vote.answers - 1)
    yield "proofs whose hash leaves the statement out", "individual-proof 1", vote.ballot(marks, draws, weak=True)
    if G.carries_commitments:
        for j in (0, 1, len(answer["commitments"]) - 1):
            yield f"commitment {j} altered", "commitments", resigned((*A, "commitments", j), lift)
            for order, torsion in G.of_order.items():
                yield (
                    f"commitment {j} times a point of order {order}",
                    "commitments",
                    resigned((*A, "commitments", j), lambda text, t=torsion: G.text(G.mul(G.element(text), t))),
                )
        yield (
            "first two commitments exchanged",
            "commitments",
            resigned((*A, "commitments"), lambda old: [old[1], old[0], *old[2:]]),
        )
        yield "commitments not on the curve", "commitments", resigned((*A, "commitments", 0), f"{2:064x}")
        for order, torsion in G.of_order.items():
            yield (
                f"hash over a commitment times a point of order {order}",
                "individual-proof 1",
                torsion_attack(vote, marks, draws, torsion),
            )


def torsion_attack(vote: Vote, marks: Sequence[int], draws: Sequence[int], torsion: Any) -> dict[str, Any]:
    """Return a ballot whose first commitment has a component of small order and whose first challenge hashes that."""
    G = vote.G
    ballot = vote.ballot(marks, draws)
    answer = ballot["answers"][0]
    pair = answer["choices"][0]
    texts = answer["commitments"][:4]
    true = marks[0]
    # Shift the commitment of the true branch, whose challenge is free.
    texts[2 * true] = G.text(G.mul(G.element(texts[2 * true]), torsion))
    total = Hq(G, f"prove|{vote.phi}|{vote.C}|{pair['alpha']},{pair['beta']}|", texts)
    proofs = answer["individual_proofs"][0]
    r, a = draws[0], draws[len(marks) + 2 * true]
    challenge = (total - int(proofs[1 - true]["challenge"])) % G.q
    proofs[true] = {"challenge": str(challenge), "response": str((a - r * challenge) % G.q)}
    answer["commitments"][:4] = texts
    return vote.signed(ballot)


def malformed_ballots(vote: Vote, good: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield why, and the text."""
    G, text = vote.G, compact(good)
    yield "empty", ""
    yield "not JSON", text[:-1]
    yield "a list", compact([good])
    yield "a newline behind", text + "\n"
    yield "a space", text.replace(":", ": ", 1)
    yield "an escape", text.replace("a", "\\u0061", 1)
    yield "a field twice", '{"election_uuid":"x",' + text[1:]
    yield "a byte order mark", "\ufeff" + text
    yield "nested too deeply", "[" * 5000

    def changed(path: Path_, new: Any) -> str:
        return compact(with_(good, path, new))

    def reordered(old: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(old.items()))

    choice, proof = (*A, "choices", 0), (*A, "individual_proofs", 0, 0)
    places: dict[str, Path_] = {
        "the answer": A,
        "a choice": choice,
        "a proof": proof,
        "the signature": ("signature",),
        "the signature's proof": ("signature", "proof"),
    }
    yield "the ballot: fields in another order", compact(reordered(good))
    yield "the ballot: an unknown field", compact(good | {"more": 1})
    for name in good:
        yield f"the ballot: without {name}", compact({key: value for key, value in good.items() if key != name})
    for what, path in places.items():
        yield f"{what}: fields in another order", changed(path, reordered)
        yield f"{what}: an unknown field", changed(path, lambda old: old | {"more": 1})
        yield f"{what}: null", changed(path, None)
        for name in at(good, path):
            yield (
                f"{what}: without {name}",
                changed(path, lambda old, name=name: {key: value for key, value in old.items() if key != name}),
            )
    lists: dict[str, Path_] = {"answers": ("answers",)}
    for name, value in good["answers"][0].items():
        if name != "blank_proof" or vote.blank:
            assert isinstance(value, list)
            lists[name] = (*A, name)
    lists["an individual proof"] = (*A, "individual_proofs", 0)
    for what, path in lists.items():
        yield f"{what}: empty", changed(path, [])
        yield f"{what}: one fewer", changed(path, lambda old: old[:-1])
        yield f"{what}: one more", changed(path, lambda old: [*old, old[-1]])
        yield f"{what}: an object", changed(path, {})
    if not vote.blank:
        yield (
            "blank_proof where no blank is allowed",
            changed(
                A,
                lambda old: (
                    {**{k: v for k, v in old.items() if k != "commitments"}, "blank_proof": old["overall_proof"] * 2}
                    | ({"commitments": old["commitments"]} if "commitments" in old else {})
                ),
            ),
        )
    if not G.carries_commitments:
        yield "commitments where there are none", changed(A, lambda old: old | {"commitments": []})
    for why, new in false_scalars(G).items():
        yield f"challenge {why}", changed((*proof, "challenge"), new)
        yield f"response of the signature {why}", changed(("signature", "proof", "response"), new)
    elements: dict[str, Path_] = {"alpha": (*choice, "alpha"), "credential": ("credential",)}
    if G.carries_commitments:
        elements["commitment"] = (*A, "commitments", 3)
    for what, path in elements.items():
        for why, new in false_texts(G, what).items():
            yield f"{what} {why}", changed(path, new)
    yield "beta the identity", changed((*choice, "beta"), G.text(G.identity))
    for field_ in (("election_hash",), ("signature", "hash")):
        for why, hash_ in {
            "with padding": lambda old: old + "=",
            "one character short": lambda old: old[:-1],
            "URL-safe": lambda old: "_" + old[1:],
            "with stray bits": lambda old: old[:-1] + "B",
            "a number": 1,
        }.items():
            yield f"{field_[-1]} {why}", changed(field_, hash_)
    yield "uuid a number", changed(("election_uuid",), 1)


def false_scalars(G: Any) -> dict[str, Any]:
    return {
        "a number": 5,
        "true": True,
        "null": None,
        "empty": "",
        "q": str(G.q),
        "plus q": lambda old: str(int(old) + G.q),
        "with a leading zero": lambda old: "0" + old,
        "negative": "-1",
        "with an exponent": "1e5",
        "NaN": "NaN",
        "NaN, not a text": float("nan"),
        "infinite": float("inf"),
        "a fraction": 5.0,
        "a long number": 10**20,
        "in digits of another script": "１",
    }


def false_texts(G: Any, what: str) -> dict[str, Any]:
    common: dict[str, Any] = {"a number": 5, "null": None, "empty": ""}
    if G.name == "Ed25519":
        common |= {
            "in upper case": "A" * 64,
            "one digit short": lambda old: old[1:],
            "one digit too many": lambda old: "0" + old,
            "with a newline": lambda old: old[:-1] + "\n",
        }
        if what == "commitment":
            return common
        return common | {
            "the identity": G.text(G.identity),
            "not on the curve": f"{2:064x}",
            "not reduced": f"{G.p + 1:064x}",
            **{
                f"times a point of order {order}": lambda old, t=torsion: G.text(G.mul(G.element(old), t))
                for order, torsion in G.of_order.items()
            },
            **{f"of order {order}": G.text(torsion) for order, torsion in G.of_order.items()},
        }
    return common | {
        "the identity": "1",
        "zero": "0",
        "of order two": str(G.p - 1),
        "plus p": lambda old: str(int(old) + G.p),
        "with a leading zero": lambda old: "0" + old,
        "outside the subgroup": lambda old: str(G.p - int(old)),
        "in hexadecimal": "0x5",
    }


def edits(old: str, new: str) -> list[tuple[int, int, str]]:
    """Return how ``new`` comes from ``old``: at this character take away so many, put this there; last place first."""
    before, after = (re.findall(r'"[^"]*"|[^"]|"', text) for text in (old, new))
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    found = [
        (starts[i1], starts[i2] - starts[i1], "".join(after[j1:j2]))
        for what, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if what != "equal"
    ][::-1]
    check = old
    for start, length, insert in found:
        check = check[:start] + insert + check[start + length :]
    assert check == new
    return found


def refused(vote: Vote, good: dict[str, Any], other: Vote) -> list[dict[str, Any]]:
    text = compact(good)
    return [
        {"why": why, "error": "bad-ballot", "check": check, "edits": edits(text, compact(ballot))}
        for why, check, ballot in false_ballots(vote, good, other)
    ] + [{"why": why, "error": "malformed", "edits": edits(text, new)} for why, new in malformed_ballots(vote, good)]


def vectors(name: str) -> dict[str, Any]:
    one = Vote(name, "choose-one", 2, 1, 1, blank=False)
    blank = Vote(name, "choose-one", 2, 1, 1, blank=True)
    elections = [one.vectors([0, 1]), blank.vectors([1, 0], BLANK)]
    if name == "Ed25519":
        several = Vote(name, "choose", 3, 1, 2, blank=False)
        free = Vote(name, "choose", 2, 0, 2, blank=True)
        exact = Vote(name, "choose", 3, 2, 2, blank=True)
        items = Vote(name, "per-item", 2, 0, 2, blank=False)
        yes_no = Vote(name, "referendum", 2, 1, 1, blank=True)
        single = Vote(name, "choose-one", 1, 1, 1, blank=False)
        elections += [
            several.vectors([1, 0, 0], [1, 0, 1]),
            free.vectors([0, 0], [1, 1], BLANK),
            exact.vectors([0, 1, 1], BLANK),
            items.vectors([0, 0], [1, 0]),
            yes_no.vectors([0, 1]),
            single.vectors([1]),
        ]
    for election in elections:
        election["refused"] = []
    for election, vote, other in ((elections[0], one, blank), (elections[1], blank, one)):
        if name == "Ed25519" or vote is blank:
            election["refused"] = refused(vote, json.loads(election["ballots"][0]["ballot"]), other)
    return {
        "about": (
            "docs/protocol.md §3, 7: elections and their ballots. choice has one mark per answer. random holds every"
            " scalar drawn, in the order of the ballot's text: the randomness of each choice; for each branch of each"
            " proof (individual, overall, blank) a and e, used as disjunctive.json says; w of the signature. A refused"
            " ballot comes from the first one by its edits, in order: at a character, take away so many, insert this."
            " With error bad-ballot it decodes, and the check named is the first to fail; else it must not decode."
        ),
        "group": name,
        "elections": elections,
    }


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    f"ballot-{name.lower()}.json": partial(vectors, name) for name in NAMES
}

if __name__ == "__main__":
    for file, make in FILES.items():
        (VECTORS / file).write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
