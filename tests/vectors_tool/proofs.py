"""Write vectors/group-*.json, hashing.json and the proofs' vectors: run ``python -m tests.vectors_tool.proofs``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.vectors_tool.plain_groups import (
    GROUPS,
    NAMES,
    Hq,
    Proof,
    chaum_pedersen,
    disjunction,
    encrypt,
    scalars,
    schnorr,
)

VECTORS = Path(__file__).parents[2] / "vectors"


def bump(G: Any, text: str) -> str:
    """Return another scalar."""
    return str((int(text) + 1) % G.q)


def altered(G: Any, proof: Proof) -> dict[str, Proof]:
    return {f"{name} altered": proof | {name: bump(G, proof[name])} for name in ("challenge", "response")}


# --- groups


def false_elements(G: Any) -> dict[str, str]:
    good = G.text(G.pow(G.g, 5))
    common = {"empty": "", "a space in front": " " + good, "a newline behind": good + "\n", "a sign": "+" + good}
    if G.name == "Ed25519":
        p = G.p
        P = G.pow(G.g, 5)
        return common | {
            "upper case": good.upper(),
            "one digit short": good[1:],
            "one digit too many": "0" + good,
            "not hexadecimal": "g" + good[1:],
            "digits of another script": "１" * 64,
            "not on the curve": f"{2:064x}",
            "identity with the sign of x": f"{1 | 1 << 255:064x}",
            "zero, of order four": "0" * 64,
            "of order two": f"{p - 1:064x}",
            "of order eight": G.text(G.of_order[8]),
            "identity, y not reduced": f"{p + 1:064x}",
            "zero, y not reduced": f"{p:064x}",
            "largest number": "f" * 64,
            "member plus the point of order two": G.text(G.mul(P, G.of_order[2])),
            "member plus a point of order four": G.text(G.mul(P, G.of_order[4])),
            "member plus a point of order eight": G.text(G.mul(P, G.of_order[8])),
            "RFC 8032 byte order": bytes.fromhex(good)[::-1].hex(),
        }
    p = G.p
    outside = next(x for x in range(2, 100) if pow(x, G.q, p) != 1)
    return common | {
        "leading zero": "0" + good,
        "hexadecimal": hex(G.pow(G.g, 5)),
        "digits of another script": "１２",
        "an exponent": "1e3",
        "zero": "0",
        "p": str(p),
        "p + 1": str(p + 1),
        "member plus p": str(G.pow(G.g, 5) + p),
        "negative": "-" + good,
        "of order two": str(p - 1),
        "outside the subgroup": str(outside),
        "member times p - 1": str(p - G.pow(G.g, 5)),
        "one digit too many": "1" + "0" * len(str(p)),
    }


def group_vectors(G: Any) -> dict[str, Any]:
    random = scalars(G, f"group {G.name}")
    ks = [0, 1, 2, 3, 8, 2**128, G.q - 2, G.q - 1, *(next(random) for _ in range(8))]
    a, b, k = (next(random) for _ in range(3))
    A, B = G.pow(G.g, a), G.pow(G.g, b)
    return {
        "about": "docs/protocol.md §2. Scalars and elements of the multiplicative group, as texts.",
        "group": G.name,
        "order": str(G.q),
        "generator": G.text(G.g),
        "identity": G.text(G.identity),
        "powers_of_generator": [{"scalar": str(s), "element": G.text(G.pow(G.g, s))} for s in ks],
        "powers": [{"base": G.text(A), "scalar": str(s), "element": G.text(G.pow(A, s))} for s in (0, 1, k, G.q - 1)],
        "products": [
            {"factors": [G.text(X), G.text(Y)], "product": G.text(G.mul(X, Y))}
            for X, Y in ((A, B), (A, A), (A, G.identity), (A, G.pow(A, -1)))
        ],
        "elements_refused": [{"why": why, "text": text} for why, text in false_elements(G).items()],
        "scalars": ["0", "1", str(G.q - 1)],
        "scalars_refused": [
            {"why": why, "text": text}
            for why, text in {
                "empty": "",
                "q": str(G.q),
                "q + 1": str(G.q + 1),
                "negative": "-1",
                "leading zero": "01",
                "two zeros": "00",
                "a sign": "+1",
                "a space": " 1",
                "a newline": "1\n",
                "underscore": "1_0",
                "hexadecimal": "0x1",
                "an exponent": "1e3",
                "a fraction": "1.0",
                "digits of another script": "１",
                "superscript": "²",
                "NaN": "NaN",
                "one digit too many": "1" + "0" * len(str(G.q - 1)),
            }.items()
        ],
    }


# --- hashing and proofs


def hashing_vectors() -> dict[str, Any]:
    cases = []
    for name in NAMES:
        G = GROUPS[name]
        for prefix, powers in (("", []), ("sig|票|", [1]), ("prove|x|", [0, 1, 2, 3])):
            texts = [G.text(G.pow(G.g, k)) for k in powers]
            cases.append({"group": name, "prefix": prefix, "elements": texts, "scalar": str(Hq(G, prefix, texts))})
    return {"about": "docs/protocol.md §1: Hq(prefix; elements).", "cases": cases}


def schnorr_vectors() -> dict[str, Any]:
    good, bad = [], []
    for name in NAMES:
        G = GROUPS[name]
        random = scalars(G, f"schnorr {name}")
        x = next(random)
        X = G.text(G.pow(G.g, x))
        for prefix in (
            f"pok|{name}|{X}|",
            'sigmsg|{"a":"票"}|',
            "sig|47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU|",
            f"ippyo-spoil-v1|PHI|STYLE|TRACKER|{X}|",
            f"ippyo-surrender-v1|PHI|{X}|",
        ):
            w = next(random)
            proof = schnorr(G, prefix, x, w)
            case = {"group": name, "prefix": prefix, "public": X}
            good.append(case | {"secret": str(x), "random": [str(w)], "proof": proof})
        other = G.text(G.pow(G.g, x + 1))
        bad += [case | {"why": why, "proof": false} for why, false in altered(G, proof).items()]
        bad.append(case | {"why": "another prefix", "proof": proof, "prefix": prefix + "|"})
        bad.append(case | {"why": "another key", "proof": proof, "public": other})
        bad.append(case | {"why": "all zero", "proof": {"challenge": "0", "response": "0"}})
    about = "docs/protocol.md §1, 4, 7, 8: Schnorr proofs; random holds w. Those in refused must not verify."
    return {"about": about, "proofs": good, "refused": bad}


def chaum_pedersen_vectors() -> dict[str, Any]:
    good, bad = [], []
    for name in NAMES:
        G = GROUPS[name]
        random = scalars(G, f"chaum-pedersen {name}")
        x, p = next(random), next(random)
        X, P = G.pow(G.g, x), G.pow(G.g, p)
        Z = G.pow(P, x)
        for prefix, base in (
            (f"decrypt|PHI|{G.text(X)}|", P),
            (f"ippyo-decrypt-v1|PHI|{G.text(X)}|{G.text(P)}|{G.text(Z)}|", P),
            (f"decrypt|PHI|{G.text(X)}|", G.identity),
        ):
            w = next(random)
            proof = chaum_pedersen(G, prefix, base, x, w)
            case = {"group": name, "prefix": prefix, "base": G.text(base), "public": G.text(X)}
            case["image"] = G.text(G.pow(base, x))
            good.append(case | {"secret": str(x), "random": [str(w)], "proof": proof})
        case = {key: value for key, value in good[-2].items() if key not in {"secret", "random"}}
        bad += [case | {"why": why, "proof": false} for why, false in altered(G, case["proof"]).items()]
        bad += [
            case | {"why": f"another {part}", part: G.text(G.mul(G.element(case[part]), G.g))}
            for part in ("base", "public", "image")
        ]
        bad.append(case | {"why": "another prefix", "prefix": "decrypt|PHI|"})
        bad.append(case | {"why": "base and image exchanged", "base": case["image"], "image": case["base"]})
    about = "docs/protocol.md §4, 12: proofs that log_g public = log_base image; random holds w."
    return {"about": about, "proofs": good, "refused": bad}


def disjunctive_vectors() -> dict[str, Any]:
    good, bad = [], []
    for name in NAMES:
        G = GROUPS[name]
        random = scalars(G, f"disjunctive {name}")
        y = G.pow(G.g, next(random))
        shapes = {
            "0 or 1, is 0": [(0, 0), (0, 1)],
            "0 or 1, is 1": [(1, 0), (1, 1)],
            "one branch": [(2, 2)],
            "1 to 3, is 2": [(2, 1), (2, 2), (2, 3)],
            "two ciphertexts, the first": [(0, 0), (2, 0)],
            "two ciphertexts, both true": [(0, 0), (0, 0)],
        }
        for what, claims in shapes.items() if name == "Ed25519" else list(shapes.items())[1:2]:
            r = next(random)
            two = what.startswith("two")
            branches = [(r + j * two, encrypted, claimed) for j, (encrypted, claimed) in enumerate(claims)]
            draws = [next(random) for _ in range(2 * len(branches))]
            prefix = f"prove|{what}|"
            proofs, commitments = disjunction(G, y, prefix, branches, iter(draws))
            case = {
                "group": name,
                "what": what,
                "key": G.text(y),
                "prefix": prefix,
                "branches": [
                    dict(zip(("alpha", "beta"), map(G.text, encrypt(G, y, r_j, encrypted)), strict=True))
                    | {"message": claimed}
                    for r_j, encrypted, claimed in branches
                ],
            }
            openings = [{"randomness": str(r_j % G.q), "message": encrypted} for r_j, encrypted, _ in branches]
            good.append(
                case
                | {"openings": openings, "random": list(map(str, draws)), "proofs": proofs, "commitments": commitments}
            )
            for j, proof in enumerate(proofs):
                for why, false in altered(G, proof).items():
                    bad.append(case | {"why": f"{why} in branch {j}", "proofs": [*proofs[:j], false, *proofs[j + 1 :]]})
            bad.append(case | {"why": "another prefix", "prefix": prefix + "|", "proofs": proofs})
            if len(proofs) > 1:
                bad.append(case | {"why": "branches exchanged", "proofs": proofs[::-1]})
            lifted = [branch | {"message": branch["message"] + 1} for branch in case["branches"]]
            bad.append(case | {"why": "other numbers", "branches": lifted, "proofs": proofs})
    about = (
        "docs/protocol.md §7: one of the branches is true. random holds a, e for every branch in order: the last true"
        " branch is proved with w = a and its e is not used; in the others e is the challenge and a - randomness·e the"
        " response."
    )
    return {"about": about, "proofs": good, "refused": bad}


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    **{f"group-{name.lower()}.json": partial(group_vectors, GROUPS[name]) for name in NAMES},
    "hashing.json": hashing_vectors,
    "schnorr.json": schnorr_vectors,
    "chaum-pedersen.json": chaum_pedersen_vectors,
    "disjunctive.json": disjunctive_vectors,
}

if __name__ == "__main__":
    for file, make in FILES.items():
        (VECTORS / file).write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
