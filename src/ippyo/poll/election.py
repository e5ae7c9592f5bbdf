"""Each contest as one election in the sense of the record format (protocol §3).

The election text is the bytes whose hash is the contest's fingerprint; every proof about the contest is bound to it.
"""

from __future__ import annotations

from ippyo.canonical import dumps, sha256
from ippyo.poll.contest import Contest
from ippyo.poll.manifest import Manifest

__all__ = ["base58", "contest_uuid", "election_text"]

BASE58_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
UUID_LENGTH = 22

_DIGITS_OF_32_BYTES = 44


def base58(data: bytes) -> str:
    """Return 32 bytes, read as one big-endian integer, as 44 base-58 digits, most significant first."""
    number = int.from_bytes(data)
    digits = ""
    for _ in range(_DIGITS_OF_32_BYTES):
        number, digit = divmod(number, len(BASE58_ALPHABET))
        digits = BASE58_ALPHABET[digit] + digits
    return digits


def contest_uuid(mh: str, contest_id: str) -> str:
    """Return the uuid of a contest: 22 base-58 characters that depend on the manifest hash and the contest's id."""
    return base58(sha256(f"ippyo-uuid-v1|{mh}|{contest_id}"))[:UUID_LENGTH]


def election_text(manifest: Manifest, contest: Contest, public_key: str) -> str:
    """Return the election text of ``contest``; ``public_key`` is the text form of the trustees' key.

    The record format has one language, so the Japanese words go in.
    """
    question: dict[str, object] = {"answers": [f"{answer.number} {answer.name.ja}" for answer in contest.answers]}
    if contest.blank:
        question["blank"] = True
    question |= {"min": contest.min, "max": contest.max, "question": contest.title.ja}
    return dumps(
        {
            "version": 1,
            "description": manifest.description.ja if manifest.description else "",
            "name": manifest.title.ja,
            "group": manifest.group,
            "public_key": public_key,
            "questions": [question],
            "uuid": contest_uuid(manifest.hash, contest.id),
            "ippyo": {"manifest": manifest.hash, "contest": contest.id},
        }
    )
