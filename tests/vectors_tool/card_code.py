"""Write vectors/card-code.json: run ``python tests/vectors_tool/card_code.py``.

Nothing of the code under test is used: signatures are made with plain integers, the derivation with ``hmac``.
Everything is deterministic, the test keys too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache
from math import gcd
from pathlib import Path
from typing import Any

import gmpy2

VECTORS = Path(__file__).parents[2] / "vectors"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
E = 65537
LETTER = "0123ABCDWXYZ"
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def fingerprint_of(label: str) -> str:
    return base64.b64encode(hashlib.sha256(label.encode()).digest()).decode().rstrip("=")


def prime_of(label: str, bits: int) -> int:
    counter = 0
    while True:
        seed = b"".join(
            hashlib.sha512(f"ippyo test card|{label}|{counter}|{part}".encode()).digest() for part in range(bits // 512)
        )
        prime = int(gmpy2.next_prime(int.from_bytes(seed) | 3 << bits - 2))
        if gcd(prime - 1, E) == 1:
            return prime
        counter += 1


@cache
def primes(label: str, bits: int) -> tuple[int, int]:
    return prime_of(f"{label}|p", bits // 2), prime_of(f"{label}|q", bits // 2)


def sign(message: str, p: int, q: int) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2.1, §9.2)."""
    length = ((p * q).bit_length() + 7) // 8
    tail = SHA256_DIGEST_INFO + hashlib.sha256(message.encode()).digest()
    encoded = b"\x00\x01" + b"\xff" * (length - len(tail) - 3) + b"\x00" + tail
    return pow(int.from_bytes(encoded), pow(E, -1, (p - 1) * (q - 1)), p * q).to_bytes(length)


def code_of(signature: bytes, fingerprint: str, letter: str) -> str:
    """HKDF-SHA256 (RFC 5869), one block of output, and its first 130 bits as symbols."""
    extracted = hmac.digest(b"ippyo-card-code-v1", signature, "sha256")
    okm = hmac.digest(extracted, f"{fingerprint}|{letter}".encode() + b"\x01", "sha256")[:17]
    bits = "".join(f"{byte:08b}" for byte in okm)
    return "".join(ALPHABET[int(bits[start : start + 5], 2)] for start in range(0, 130, 5))


def vector(card: str, bits: int, poll: str, letter: str) -> dict[str, Any]:
    p, q = primes(card, bits)
    fingerprint = fingerprint_of(poll)
    message = f"ippyo-voting-code-v1|{fingerprint}"
    signature = sign(message, p, q)
    return {
        "fingerprint": fingerprint,
        "letter": letter,
        "p": str(p),
        "q": str(q),
        "message": message,
        "signature": signature.hex(),
        "symbols": code_of(signature, fingerprint, letter),
    }


def card_code_vectors() -> dict[str, Any]:
    return {
        "about": (
            "docs/registration.md §2: the voting code from a card and a letter, whose 12 symbols are letter. The RSA"
            " keys (p and q, decimal) are made from labels for these vectors. signature (hexadecimal) is over message;"
            " symbols are the 26 of the code."
        ),
        "codes": [
            vector("card 0", 2048, "poll 0", LETTER),
            vector("card 0", 2048, "poll 1", LETTER),
            vector("card 0", 2048, "poll 0", "Z" * 12),
            vector("card 1", 2048, "poll 0", LETTER),
            vector("card 2", 3072, "poll 0", LETTER),
        ],
        "refused": [
            {"why": "empty", "signature": ""},
            {"why": "raw ECDSA P-384", "signature": "5a" * 96},
            {"why": "ECDSA P-384 in DER", "signature": "30" + "5a" * 103},
            {"why": "RSA with 1024 bits", "signature": "5a" * 128},
            {"why": "one byte short", "signature": "5a" * 255},
            {"why": "longer than RSA-4096", "signature": "5a" * 513},
        ],
        "refused_letters": [
            "",
            LETTER[:-1],
            LETTER + "0",
            LETTER.lower(),
            "0123-ABCD-WXYZ",
            "0123ABCDWXYU",
            "０123ABCDWXYZ",
        ],
    }


FILES = {"card-code.json": card_code_vectors}


def text_of(name: str) -> str:
    return json.dumps(FILES[name](), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in FILES:
        (VECTORS / name).write_text(text_of(name), encoding="utf-8")
