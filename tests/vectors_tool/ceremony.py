"""Write vectors/ceremony.json and vectors/decryption.json: run ``python -m tests.vectors_tool.ceremony``.

The ceremony and the threshold decryption once more, from docs/protocol.md §4 and §12, over the plain groups.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from tests.vectors_tool.plain_groups import (
    GROUPS,
    Hq,
    Proof,
    chaum_pedersen,
    compact,
    digest,
    encrypt,
    scalars,
    schnorr,
)

VECTORS = Path(__file__).parents[2] / "vectors"
MH = digest("ippyo test manifest")
PHI = digest("ippyo test election")
FORGED = {"challenge": "1", "response": "1"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def power_sum(values: Sequence[int], j: int, q: int) -> int:
    value = 0
    for a in reversed(values):
        value = value * j + a
    return value % q


def ephemeral_proof(G: Any, K: str, R: str, i: int, j: int, P: str, e: int, w: int) -> Proof:
    return schnorr(G, f"ippyo-ephemeral-v1|{K}|{R}|{i}|{j}|{P}|", e, w)


def seal(G: Any, K: str, R: str, i: int, j: int, ek: Any, share: int, e: int, w: int) -> dict[str, Any]:
    P = G.text(G.pow(G.g, e))
    info = f"ippyo-share-v1|{K}|{i}|{j}|{P}".encode()
    prk = hmac.digest(bytes(32), G.text(G.pow(ek, e)).encode(), "sha256")
    key = hmac.digest(prk, info + b"\x01", "sha256")
    plaintext = str(share).zfill(len(str(G.q - 1))).encode()
    data = b64(ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, info))
    return {"ephemeral": P, "data": data, "proof": ephemeral_proof(G, K, R, i, j, P, e, w)}


class Ceremony:
    """A whole ceremony; ``bad`` says which share (i, j) is one too large."""

    def __init__(self, name: str, n: int, t: int, bad: tuple[int, int] | None = None) -> None:
        self.G, self.n, self.t = GROUPS[name], n, t
        self.K = f"{MH}|{name}|{n}|{t}"
        self.bad = bad
        self.random = scalars(self.G, f"ceremony {name} {n} {t} {bad}")
        # A stream of its own, so that decryption.json, which has the same trustees, is what it was before these proofs.
        self.nonces = scalars(self.G, f"ephemeral {name} {n} {t} {bad}")
        self.secrets = [self._secrets(i) for i in range(1, n + 1)]
        self.commits = [self._commit(i) for i in range(1, n + 1)]
        self.R = digest("ippyo-round-v1|" + "\n".join(compact(commit) for commit in self.commits))
        self.reveals = [self._reveal(i) for i in range(1, n + 1)]
        f = [secret["coefficients"] for secret in self.secrets]
        self.shares = [sum(power_sum(a, j, self.G.q) for a in f) % self.G.q for j in range(1, n + 1)]
        self.confirms = [self._confirm(j) for j in range(1, n + 1)]

    def _secrets(self, i: int) -> dict[str, Any]:
        draw = self.random
        return {
            "sk": next(draw),
            "dk": next(draw),
            "coefficients": [next(draw) for _ in range(self.t)],
            "nonce": digest(f"nonce {i}"),
        }

    def sign(self, i: int, message: str) -> Proof:
        return schnorr(self.G, f"sigmsg|{message}|", self.secrets[i - 1]["sk"], next(self.random))

    def signed(self, i: int, message: str) -> dict[str, Any]:
        return {"message": message, "signature": self.sign(i, message)}

    def power(self, k: int) -> str:
        return str(self.G.text(self.G.pow(self.G.g, k)))

    def coefexps(self, i: int) -> list[str]:
        return [self.power(a) for a in self.secrets[i - 1]["coefficients"]]

    def _commit(self, i: int) -> dict[str, Any]:
        secret = self.secrets[i - 1]
        context = {"group": self.G.name, "size": self.n, "threshold": self.t, "index": i}
        E = compact({"coefexps": self.coefexps(i)})
        commitment = digest(f"ippyo-commit-v1|{self.K}|{i}|{secret['nonce']}|{E}")
        keys = {"verification": self.power(secret["sk"]), "encryption": self.power(secret["dk"])}
        return {
            "type": "commit",
            "context": self.K,
            "index": i,
            "cert": self.signed(i, compact({"context": context} | keys)),
            "commitment": commitment,
            "signature": self.sign(i, f"ippyo-commit-v1|{self.K}|{i}|{commitment}"),
        }

    def _share(self, i: int, j: int) -> dict[str, Any] | None:
        if i == j:
            return None
        share = power_sum(self.secrets[i - 1]["coefficients"], j, self.G.q) + (self.bad == (i, j))
        ek = self.G.pow(self.G.g, self.secrets[j - 1]["dk"])
        return seal(self.G, self.K, self.R, i, j, ek, share, next(self.random), next(self.nonces))

    def _reveal(self, i: int) -> dict[str, Any]:
        E = compact({"coefexps": self.coefexps(i)})
        certs = [commit["cert"] for commit in self.commits]
        value = {
            "type": "reveal",
            "context": self.K,
            "index": i,
            "round": self.R,
            "nonce": self.secrets[i - 1]["nonce"],
            "coefexps": self.signed(i, E),
            "certs_signature": self.sign(i, "certs_sig|" + compact({"certs": certs, "coefexps": self.coefexps(i)})),
            "shares": [self._share(i, j) for j in range(1, self.n + 1)],
        }
        return self.sign_reveal(value)

    def sign_reveal(self, value: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return a reveal with these changes, signed anew by its sender."""
        unsigned = {name: entry for name, entry in (value | changes).items() if name != "signature"}
        i, R = unsigned["index"], unsigned["round"]
        message = f"ippyo-reveal-v1|{self.K}|{i}|{R}|{digest(compact(unsigned))}"
        return unsigned | {"signature": self.sign(i, message)}

    def _confirm(self, j: int) -> dict[str, Any]:
        X = self.power(self.shares[j - 1])
        pok = schnorr(self.G, f"pok|{self.G.name}|{X}|", self.shares[j - 1], next(self.random))
        return {
            "type": "confirm",
            "context": self.K,
            "index": j,
            "verification_key": {"pok": pok, "public_key": X, "signature": self.sign(j, X)},
        }

    def complaint(self, i: int, j: int, reveal: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Return the complaint of j about i, with these changes; signed by j, or by trustee ``signer``."""
        G, dk = self.G, self.secrets[j - 1]["dk"]
        reveal = reveal or self.reveals[i - 1]
        P = G.element(reveal["shares"][j - 1]["ephemeral"])
        Z = G.text(G.pow(P, dk))
        prefix = f"ippyo-complaint-v1|{self.K}|{i}|{j}|{self.power(dk)}|{G.text(P)}|{Z}|"
        proof = chaum_pedersen(G, prefix, P, dk, next(self.random))
        signer = changes.pop("signer", j)
        value = {"type": "complaint", "context": self.K, "index": j, "against": i, "reveal": reveal}
        value |= {"secret": Z, "proof": proof} | changes
        message = f"ippyo-complaint-v1|{self.K}|{j}|{i}|{digest(compact(value))}"
        return value | {"signature": self.sign(signer, message)}

    def trustees(self) -> str:
        return compact(
            [
                [
                    "Pedersen",
                    {
                        "threshold": self.t,
                        "certs": [commit["cert"] for commit in self.commits],
                        "coefexps": [reveal["coefexps"] for reveal in self.reveals],
                        "signatures": [reveal["certs_signature"] for reveal in self.reveals],
                        "verification_keys": [confirm["verification_key"] for confirm in self.confirms],
                    },
                ]
            ]
        )

    def transcript(self, **changes: Any) -> str:
        rounds = {"commits": self.commits, "reveals": self.reveals, "confirms": self.confirms}
        return compact(rounds | changes)

    def public_key(self) -> str:
        return self.power(sum(secret["coefficients"][0] for secret in self.secrets))


def changed(messages: list[dict[str, Any]], i: int, **changes: Any) -> list[dict[str, Any]]:
    return [message | changes if message["index"] == i else message for message in messages]


def bad_transcripts(c: Ceremony) -> Iterator[dict[str, object]]:
    """Yield transcripts that must be refused, and whose fault each is: a trustee's number, or 0 for the coordinator."""
    two = c.confirms[1]["verification_key"]
    late = changed(c.commits, 3, commitment=c.commits[0]["commitment"])
    late[2]["signature"] = c.sign(3, f"ippyo-commit-v1|{c.K}|3|{late[2]['commitment']}")
    one = c.confirms[0]["verification_key"]
    wrong = one | {"signature": c.sign(2, one["public_key"])}
    for why, culprit, changes in (
        ("a commit is missing", 0, {"commits": c.commits[:2]}),
        ("a commit is there twice", 0, {"commits": [*c.commits[:2], c.commits[1], c.commits[2]]}),
        ("two reveals are exchanged", 0, {"reveals": [c.reveals[1], c.reveals[0], c.reveals[2]]}),
        ("a confirm is missing", 0, {"confirms": c.confirms[1:]}),
        ("a commit was replaced after the reveals", 0, {"commits": late}),
        ("a message of another ceremony", 0, {"commits": changed(c.commits, 2, context=c.K.replace("3|2", "3|3"))}),
        ("a commit has a false signature", 0, {"commits": changed(c.commits, 2, signature=FORGED)}),
        ("a reveal has a false signature", 0, {"reveals": changed(c.reveals, 2, signature=FORGED)}),
        ("a reveal was altered", 0, {"reveals": changed(c.reveals, 2, nonce=c.reveals[0]["nonce"])}),
        ("a reveal was made unreadable", 0, {"reveals": changed(c.reveals, 2, shares=[])}),
        *((why, 2, {"reveals": changed(c.reveals, 2, **reveal)}) for why, reveal in bad_reveals(c)),
        (
            "a verification key has a false proof of possession",
            0,
            {"confirms": changed(c.confirms, 2, verification_key=two | {"pok": FORGED})},
        ),
        (
            "a verification key has a false signature",
            0,
            {"confirms": changed(c.confirms, 2, verification_key=two | {"signature": FORGED})},
        ),
        (
            "a verification key is another trustee's",
            0,
            {"confirms": changed(c.confirms, 2, verification_key=one)},
        ),
        (
            "a verification key is not that of the share",
            2,
            {"confirms": changed(c.confirms, 2, verification_key=wrong)},
        ),
    ):
        yield {"why": why, "culprit": culprit, "transcript": c.transcript(**changes)}


def bad_reveals(c: Ceremony) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield false reveals that trustee 2 has signed as they are."""
    G, honest = c.G, c.reveals[1]
    first, _, third = honest["shares"]
    theirs = c.reveals[0]["shares"][2]
    # P^a of another sender's P, whose exponent trustee 2 does not know: a complaint would open the other's share.
    turned = G.text(G.pow(G.element(theirs["ephemeral"]), 12345))
    guess = ephemeral_proof(G, c.K, c.R, 2, 3, turned, 12345, next(c.nonces))
    own = G.text(G.pow(G.g, 12345))
    elsewhere = {"ephemeral": own, "proof": ephemeral_proof(G, c.K, digest("other"), 2, 3, own, 12345, next(c.nonces))}
    for why, share in (
        ("an ephemeral key is made of another sender's", third | {"ephemeral": turned, "proof": guess}),
        ("an ephemeral key and its proof are another sender's", theirs),
        ("an ephemeral key and its proof are those of another share", first),
        ("a proof of an ephemeral key is forged", third | {"proof": FORGED}),
        ("a proof of an ephemeral key is for other commits", third | elsewhere),
    ):
        yield why, c.sign_reveal(honest, shares=[first, None, share])
    for why, changes in (
        ("a reveal with a false nonce is signed", {"nonce": c.reveals[0]["nonce"]}),
        ("coefexps in a signed reveal are not signed", {"coefexps": honest["coefexps"] | {"signature": FORGED}}),
        ("certificates in a signed reveal are not signed", {"certs_signature": FORGED}),
        ("a signed reveal lacks a share", {"shares": [first, None, None]}),
        ("a signed reveal has a share without its proof", {"shares": [{**first, "proof": None}, None, third]}),
    ):
        yield why, c.sign_reveal(honest, **changes)


def complaints(c: Ceremony) -> Iterator[dict[str, object]]:
    """Yield complaints in the ceremony ``c``, whose share (1, 2) is bad, and whose fault each shows, 0 for nobody's."""
    published = c.reveals[0]
    for why, culprit, complaint in (
        ("the share is bad", 1, c.complaint(1, 2)),
        ("the share is good", 2, c.complaint(3, 2)),
        ("the proof is false", 2, c.complaint(1, 2, proof=FORGED)),
        ("the secret is another one", 2, c.complaint(1, 2, secret=c.power(7))),
        ("nobody signed it", 0, c.complaint(1, 2) | {"signature": FORGED}),
        ("somebody else signed it", 0, c.complaint(1, 2, signer=3)),
        ("it was altered", 0, c.complaint(1, 2) | {"secret": c.power(7)}),
        ("the reveal in it is not signed", 2, c.complaint(1, 2, published | {"signature": FORGED})),
        ("the reveal in it was altered", 2, c.complaint(1, 2, published | {"nonce": c.reveals[1]["nonce"]})),
        ("the reveal in it is not the published one", 1, c.complaint(1, 2, c.sign_reveal(published))),
        ("the reveal in it is of another round", 2, c.complaint(1, 2, c.sign_reveal(published, round=digest("other")))),
    ):
        yield {"why": why, "culprit": culprit, "complaint": compact(complaint)}


def ceremony(name: str, n: int, t: int) -> dict[str, object]:
    c = Ceremony(name, n, t)
    value: dict[str, object] = {
        "group": name,
        "manifest_hash": MH,
        "total": n,
        "threshold": t,
        "context": c.K,
        "round": c.R,
        "transcript": c.transcript(),
        "trustees": c.trustees(),
        "public_key": c.public_key(),
        "decryption_keys": [str(secret["dk"]) for secret in c.secrets],
        "key_shares": [str(share) for share in c.shares],
    }
    if (name, n, t) == ("Ed25519", 3, 2):
        value["refused"] = list(bad_transcripts(c))
        rogue = Ceremony(name, n, t, bad=(1, 2))
        value["bad_share"] = {
            "commits": [compact(commit) for commit in rogue.commits],
            "reveals": [compact(reveal) for reveal in rogue.reveals],
            "complaints": list(complaints(rogue)),
        }
    return value


def partial(G: Any, x: int, tally: list[list[tuple[Any, Any]]], random: Iterator[int]) -> dict[str, Any]:
    X = G.text(G.pow(G.g, x))
    factors = [[G.text(G.pow(alpha, x)) for alpha, _ in row] for row in tally]
    weak = [[chaum_pedersen(G, f"decrypt|{PHI}|{X}|", alpha, x, next(random)) for alpha, _ in row] for row in tally]
    strong = [
        [
            chaum_pedersen(G, f"ippyo-decrypt-v1|{PHI}|{X}|{G.text(alpha)}|{F}|", alpha, x, next(random))
            for (alpha, _), F in zip(row, row_factors, strict=True)
        ]
        for row, row_factors in zip(tally, factors, strict=True)
    ]
    return {"decryption_factors": factors, "decryption_proofs": weak, "strong_proofs": strong}


def fooling(G: Any, x: int, random: Iterator[int]) -> tuple[list[list[tuple[Any, Any]]], dict[str, Any]]:
    """Return a ciphertext and a false factor that the record format's own proof cannot tell from a true one."""
    X = G.text(G.pow(G.g, x))
    w, b, a = next(random), next(random), next(random)
    c = Hq(G, f"decrypt|{PHI}|{X}|", [G.text(G.pow(G.g, w)), G.text(G.pow(G.g, b))])
    r = (w - x * c) % G.q
    tally = [[(G.pow(G.g, a), G.g)]]
    F = G.text(G.pow(G.g, (b - a * r) * pow(c, -1, G.q)))
    honest = partial(G, x, tally, random)
    proof = {"challenge": str(c), "response": str(r)}
    return tally, honest | {"decryption_factors": [[F]], "decryption_proofs": [[proof]]}


def in_texts(G: Any, tally: list[list[tuple[Any, Any]]]) -> list[list[dict[str, str]]]:
    return [[{"alpha": G.text(alpha), "beta": G.text(beta)} for alpha, beta in row] for row in tally]


def decryption(name: str) -> dict[str, object]:
    c = Ceremony(name, 3, 2)
    G, random = c.G, scalars(c.G, f"decryption {name}")
    y = G.element(c.public_key())
    counts = [[0, 5, 1000]]
    tally = [[encrypt(G, y, next(random), m) for m in row] for row in counts]
    empty = [[(G.identity, G.identity)] * 3]
    partials = [partial(G, x, tally, random) for x in c.shares]
    one = partials[0]
    exchanged = [[*one["decryption_proofs"][0][1:], one["decryption_proofs"][0][0]]]
    fooled, fooling_partial = fooling(G, c.shares[0], random)
    return {
        "group": name,
        "fingerprint": PHI,
        "trustees": c.trustees(),
        "tally": in_texts(G, tally),
        "num_tallied": 1005,
        "counts": counts,
        "partials": [compact(value) for value in partials],
        "empty": {
            "tally": in_texts(G, empty),
            "partials": [compact(partial(G, x, empty, random)) for x in c.shares],
        },
        "refused": [
            {"why": "another trustee's", "partial": compact(partials[1])},
            {"why": "proofs exchanged", "partial": compact(one | {"decryption_proofs": exchanged})},
            {"why": "no strong proof", "partial": compact(one | {"strong_proofs": one["decryption_proofs"]})},
            {"why": "of an empty tally", "partial": compact(partial(G, c.shares[0], empty, random))},
            {"why": "of another shape", "partial": compact(partial(G, c.shares[0], [tally[0][:2]], random))},
        ],
        "fooling": {"tally": in_texts(G, fooled), "partial": compact(fooling_partial)},
    }


def write(name: str, value: object) -> None:
    (VECTORS / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


CEREMONIES = (("Ed25519", 3, 2), ("Ed25519", 5, 3), ("BELENIOS-2048", 3, 2), ("RFC-3526-2048", 1, 1))
ABOUT_CEREMONY = (
    "docs/protocol.md §4. decryption_keys are dk_1..dk_n, key_shares S_1..S_n. culprit is the trustee at fault, 0 for"
    " whoever carries the messages: what a trustee has not signed is no evidence against it. In bad_share trustee 1"
    " sends trustee 2 a share that is one too large; each complaint is to be judged by itself."
)
ABOUT_DECRYPTION = (
    "docs/protocol.md §12; the tally's shape is that of the record format, a list of questions. partials are by trustee"
    " 1..n. refused are partial decryptions by trustee 1. fooling passes the record format's proof, not the strong one."
)


if __name__ == "__main__":
    write("ceremony.json", {"about": ABOUT_CEREMONY, "ceremonies": [ceremony(*case) for case in CEREMONIES]})
    cases = [decryption(name) for name in ("Ed25519", "BELENIOS-2048")]
    write("decryption.json", {"about": ABOUT_DECRYPTION, "cases": cases})
