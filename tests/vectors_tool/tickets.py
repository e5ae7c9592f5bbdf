"""Write vectors/voting-code.json and vectors/ticket.json: run ``python tests/vectors_tool/tickets.py``.

Nothing of the code under test is used but the parameters of the finite-field groups: derivations are done here with
``hmac`` and plain integers, signatures by pyca/cryptography. Everything is deterministic, the test keys too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import cache
from math import gcd
from pathlib import Path
from typing import Any

import gmpy2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from ippyo.crypto.groups import group

VECTORS = Path(__file__).parents[2] / "vectors"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODES = (
    "0123456789ABCDEFGHJKMNPQRS",
    "00000000000000000000000000",
    "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "7HQ0V1NDK3SXM2RWT9Y8FB6CGA",
)
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
E = 65537


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def digest(text: str) -> str:
    return b64(hashlib.sha256(text.encode()).digest())


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def hkdf(ikm: str, salt: str, info: str, length: int) -> bytes:
    """RFC 5869 with SHA-256."""
    prk = hmac.digest(salt.encode(), ikm.encode(), "sha256")
    okm, block, counter = b"", b"", 1
    while len(okm) < length:
        block = hmac.digest(prk, block + info.encode() + bytes([counter]), "sha256")
        okm, counter = okm + block, counter + 1
    return okm[:length]


def shown(symbols: str) -> str:
    bits = int.from_bytes(hashlib.sha256(f"ippyo-code-v1|{symbols}".encode()).digest()) >> 246
    full = symbols + ALPHABET[bits // 32] + ALPHABET[bits % 32]
    return "-".join(full[i : i + 4] for i in range(0, 28, 4))


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def credential(symbols: str, fingerprint: str, name: str) -> dict[str, str]:
    q = ED25519_ORDER if name == "Ed25519" else group(name).q
    okm = hkdf(symbols, "ippyo-credential-v1", fingerprint, (q.bit_length() + 7) // 8 + 16)
    s = int.from_bytes(okm) % (q - 1) + 1
    if name == "Ed25519":
        text = crypto_scalarmult_ed25519_base_noclamp(s.to_bytes(32, "little"))[::-1].hex()
    else:
        text = group(name).encode(group(name).mul_base(s))
    return {
        "code": shown(symbols),
        "fingerprint": fingerprint,
        "group": name,
        "okm": okm.hex(),
        "secret": str(s),
        "credential": text,
    }


def voting_code_vectors() -> dict[str, Any]:
    code = shown(CODES[0])
    plain = code.replace("-", "")
    typed = [
        code,
        plain,
        code.lower(),
        code.replace("-", " "),
        "  " + plain[:5] + "\t" + plain[5:] + "\r\n",
        code.replace("0", "O").replace("1", "I"),
        code.lower().replace("0", "o").replace("1", "l"),
        code.replace("1", "i"),
        wide(code),
        wide(code.lower()),
        code.replace("-", "\u3000"),
        code.replace("-", "ー"),
        code.replace("-", "−"),
        code.replace("-", "\u2010"),
    ]
    wrong_check = plain[:-1] + ALPHABET[ALPHABET.index(plain[-1]) ^ 1]
    refused = {
        "empty": "",
        "one character missing": plain[:-1],
        "one character too many": plain + "0",
        "the letter U": plain.replace("A", "U"),
        "a character outside the alphabet": plain.replace("A", "*"),
        "a Japanese character": plain.replace("A", "あ"),
        "a digit of another script": plain.replace("1", "١"),
        "a letter whose upper case is ASCII": plain.replace("S", "ſ"),
        "last check character wrong": wrong_check,
        "first check character wrong": plain[:26] + ALPHABET[ALPHABET.index(plain[26]) ^ 1] + plain[27],
        "one character mistyped": "1" + plain[1:],
        "two neighbours exchanged": plain[1] + plain[0] + plain[2:],
        "much too long": plain + " " * 200,
    }
    return {
        "about": "docs/protocol.md §6: the voting code, and the credential derived from it. okm is hexadecimal.",
        "codes": [{"symbols": symbols, "code": shown(symbols)} for symbols in CODES],
        "readings": {"symbols": CODES[0], "typed": typed},
        "refused": [{"why": why, "typed": text} for why, text in refused.items()],
        "credentials": [
            credential(symbols, digest(f"poll {number}"), name)
            for number, symbols in enumerate(CODES)
            for name in ("Ed25519", "BELENIOS-2048", "RFC-3526-2048")
        ],
    }


def prime_of(label: str) -> int:
    counter = 0
    while True:
        seed = b"".join(
            hashlib.sha512(f"ippyo test key|{label}|{counter}|{part}".encode()).digest() for part in range(3)
        )
        prime = int(gmpy2.next_prime(int.from_bytes(seed) | 3 << 1534))
        if gcd(prime - 1, E) == 1:
            return prime
        counter += 1


@dataclass(frozen=True)
class Key:
    """A test key of 3072 bits, derived from a label; its secret is public, so that it serves for vectors only."""

    p: int
    q: int
    private: rsa.RSAPrivateKey

    @property
    def n(self) -> int:
        return self.p * self.q

    @property
    def public_text(self) -> str:
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b64(der)

    def sign(self, message: str) -> int:
        """RSASSA-PSS without salt: one message has one signature."""
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=0)
        return int.from_bytes(self.private.sign(message.encode(), scheme, hashes.SHA384()))


@cache
def key(label: str) -> Key:
    p, q = prime_of(f"{label}|p"), prime_of(f"{label}|q")
    d = pow(E, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(E, p * q))
    return Key(p, q, numbers.private_key())


def issue(symbols: str, fingerprint: str, name: str, style: str, labels: tuple[str, ...]) -> dict[str, Any]:
    """Return a whole issuance, worked out backwards: the signature first, then what the issuer must have seen."""
    c = credential(symbols, fingerprint, name)["credential"]
    message = f"ippyo-ticket-v1|{fingerprint}|{c}"
    blindings, blinded, blind_signatures, signatures = [], [], [], []
    for issuer, label in enumerate(labels, start=1):
        n = key(label).n
        info = f"{fingerprint}|{issuer}|{style}|0"
        r = int.from_bytes(hkdf(symbols, "ippyo-blinding-v1", info, 400)) % n
        s = key(label).sign(message)
        blindings.append(str(r))
        blinded.append((pow(s, E, n) * pow(r, E, n) % n).to_bytes(384).hex())
        blind_signatures.append((s * r % n).to_bytes(384).hex())
        signatures.append(b64(s.to_bytes(384)))
    return {
        "code": shown(symbols),
        "fingerprint": fingerprint,
        "group": name,
        "style": style,
        "issuers": list(labels),
        "message": message,
        "blindings": blindings,
        "blinded": blinded,
        "blind_signatures": blind_signatures,
        "ticket": compact({"style": style, "credential": c, "signatures": signatures}),
    }


def altered(hexadecimal: str, position: int) -> str:
    data = bytearray.fromhex(hexadecimal)
    data[position] ^= 1
    return data.hex()


def refused_answers(good: dict[str, Any]) -> list[dict[str, Any]]:
    first, second = good["blind_signatures"]
    cases = {
        "last byte of the first altered": (1, [altered(first, -1), second]),
        "first byte of the second altered": (2, [first, altered(second, 0)]),
        "answers exchanged": (1, [second, first]),
        "second missing": (2, [first]),
        "none": (1, []),
        "first one byte short": (1, [first[2:], second]),
        "second one byte too long": (2, [first, "00" + second]),
        "first is the modulus": (1, [key("A").n.to_bytes(384).hex(), second]),
        "first is zero": (1, ["00" * 384, second]),
    }
    return [
        {"why": why, "faulty_issuer": issuer, "blind_signatures": answers} for why, (issuer, answers) in cases.items()
    ]


def refused_tickets(good: dict[str, Any], other: dict[str, Any]) -> list[dict[str, str]]:
    ticket = json.loads(good["ticket"])
    one, two = ticket["signatures"]

    def with_(**changes: object) -> str:
        return compact(ticket | changes)

    def flip(signature: str, position: int) -> str:
        data = bytearray(base64.b64decode(signature))
        data[position] ^= 1
        return b64(bytes(data))

    # 384 bytes are 512 characters of Base64, without padding.
    bad = {
        "first signature: first byte altered": with_(signatures=[flip(one, 0), two]),
        "first signature: last byte altered": with_(signatures=[flip(one, -1), two]),
        "second signature: middle byte altered": with_(signatures=[one, flip(two, 200)]),
        "signatures exchanged": with_(signatures=[two, one]),
        "one signature twice": with_(signatures=[one, one]),
        "second signature missing": with_(signatures=[one]),
        "a signature too many": with_(signatures=[one, two, two]),
        "first signature plus the modulus": with_(
            signatures=[b64((int.from_bytes(base64.b64decode(one)) + key("A").n).to_bytes(384)), two]
        ),
        "signature of zeros": with_(signatures=["A" * 512, two]),
        "credential of somebody else": with_(credential=json.loads(other["ticket"])["credential"]),
    }
    c = ticket["credential"]
    malformed = {
        "signature one byte short": with_(signatures=[b64(base64.b64decode(one)[1:]), two]),
        "signature one byte too long": with_(signatures=[b64(b"\0" + base64.b64decode(one)), two]),
        "signature with padding": with_(signatures=[one + "====", two]),
        "signature in URL-safe Base64": with_(signatures=[one[:-1] + "_", two]),
        "signature with a line break": with_(signatures=[one[:-1] + "\n", two]),
        "signature not a text": with_(signatures=[1, two]),
        "no signature": with_(signatures=[]),
        "seventeen signatures": with_(signatures=[one] * 17),
        "credential the identity": with_(credential="0" * 63 + "1"),
        "credential in upper case": with_(credential=c.upper()),
        "credential too long": with_(credential=c + "0"),
        "credential of small order": with_(credential="7" + "f" * 61 + "ec"),
        "credential not on the curve": with_(credential="0" * 63 + "2"),
        "credential outside the prime-order subgroup": with_(credential=plus_order_two(c)),
        "style not a text": with_(style=1),
        "style too long": with_(style="a" * 41),
        "unknown field": with_(more=1),
        "field missing": compact({name: value for name, value in ticket.items() if name != "style"}),
        "fields in another order": compact(dict(reversed(ticket.items()))),
        "a space": good["ticket"].replace(":", ": ", 1),
        "a newline at the end": good["ticket"] + "\n",
        "not JSON": good["ticket"][:-1],
        "not an object": compact([ticket]),
    }
    return [{"why": why, "error": "bad-ticket", "ticket": text} for why, text in bad.items()] + [
        {"why": why, "error": "malformed", "ticket": text} for why, text in malformed.items()
    ]


def plus_order_two(text: str) -> str:
    """Add the point (0, -1) of order two to a point of Ed25519: both coordinates are negated."""
    p = 2**255 - 19
    number = int(text, 16)
    sign, y = number >> 255, number & (2**255 - 1)
    return f"{(p - y) | (sign ^ 1) << 255:064x}"


def ticket_vectors() -> dict[str, Any]:
    phi = digest("poll 0")
    good = [
        issue(CODES[0], phi, "Ed25519", "general", ("A", "B")),
        issue(CODES[3], phi, "Ed25519", "general", ("A", "B")),
        issue(CODES[0], phi, "Ed25519", "ward-2", ("C",)),
        issue(CODES[1], digest("poll 1"), "RFC-3526-2048", "general", ("A", "B")),
    ]
    return {
        "about": (
            "docs/protocol.md §6: blindings (decimal), blinded messages and blind signatures (hexadecimal), tickets"
            " (canonical text). The keys are made from labels for these vectors; p and q are decimal. refused_answers"
            " belong to the code, poll and issuers of tickets[0]; refused_tickets are to be checked under its"
            " fingerprint, group and issuers; in wrong_place are others, under which tickets[0] must not verify."
        ),
        "keys": {
            label: {"public": key(label).public_text, "p": str(key(label).p), "q": str(key(label).q)}
            for label in ("A", "B", "C")
        },
        "tickets": good,
        "refused_answers": refused_answers(good[0]),
        "refused_tickets": refused_tickets(good[0], good[1]),
        "wrong_place": [
            {"why": "another poll", "fingerprint": digest("poll 1"), "issuers": ["A", "B"]},
            {"why": "keys of another style", "fingerprint": phi, "issuers": ["A", "C"]},
            {"why": "issuers in another order", "fingerprint": phi, "issuers": ["B", "A"]},
            {"why": "fewer issuers", "fingerprint": phi, "issuers": ["A"]},
            {"why": "more issuers", "fingerprint": phi, "issuers": ["A", "B", "C"]},
        ],
    }


FILES = {"voting-code.json": voting_code_vectors, "ticket.json": ticket_vectors}


def text_of(name: str) -> str:
    return json.dumps(FILES[name](), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in FILES:
        (VECTORS / name).write_text(text_of(name), encoding="utf-8")
