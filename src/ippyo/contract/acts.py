"""Officers' signatures under an act: k of n must sign the same text (docs/protocol.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ippyo.canonical import b64, fields, unb64
from ippyo.contract.genesis import OfficerKeys
from ippyo.crypto.ed25519 import SIGNATURE_BYTES, SecretKey, sign, verify
from ippyo.errors import ParseError, RefusedError

__all__ = ["OfficerSignature", "act_message", "check_quorum", "parse_signatures", "sign_act"]


@dataclass(frozen=True, slots=True)
class OfficerSignature:
    """The Ed25519 signature (64 bytes) of officer number ``officer``, from 1 in the order of genesis."""

    officer: int
    signature: bytes

    @classmethod
    def from_value(cls, value: object) -> OfficerSignature:
        """Decode ``{"officer":i,"signature":..}``."""
        what = "officer's signature"
        entry = fields(value, what, "officer", "signature")
        signature = unb64(entry.text("signature", limit=100), what=what, length=SIGNATURE_BYTES)
        return cls(entry.integer("officer", low=1), signature)

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"officer": self.officer, "signature": b64(self.signature)}


def parse_signatures(values: Iterable[object]) -> tuple[OfficerSignature, ...]:
    """Decode an act's signatures, which stand in strictly ascending order of officers."""
    signatures = tuple(OfficerSignature.from_value(value) for value in values)
    officers = [signature.officer for signature in signatures]
    if officers != sorted(set(officers)):
        raise ParseError("signatures of an act", "do not stand in ascending order of officers, each of them once")
    return signatures


def act_message(fingerprint: str, body: str) -> bytes:
    """Return what officers sign: ``ippyo-officer-v1|Phi|`` ‖ M; ``body`` is M, the act without its signatures."""
    return f"ippyo-officer-v1|{fingerprint}|{body}".encode()


def sign_act(keys: Mapping[int, SecretKey], fingerprint: str, body: str) -> tuple[OfficerSignature, ...]:
    """Sign ``body`` with the secret ``keys`` of officers, by their numbers."""
    message = act_message(fingerprint, body)
    return tuple(OfficerSignature(officer, sign(keys[officer], message)) for officer in sorted(keys))


def check_quorum(officers: OfficerKeys, fingerprint: str, body: str, signatures: Sequence[OfficerSignature]) -> None:
    """Refuse an act (``not-officer``) unless enough officers signed it and every signature is one of an officer's."""
    message = act_message(fingerprint, body)
    for entry in signatures:
        if entry.officer > len(officers.keys):
            raise RefusedError("not-officer", f"there is no officer {entry.officer}")
        if not verify(officers.keys[entry.officer - 1], message, entry.signature):
            raise RefusedError("not-officer", f"the signature of officer {entry.officer} is false")
    if len({entry.officer for entry in signatures}) < officers.threshold:
        raise RefusedError("not-officer", f"{len(signatures)} officers signed, {officers.threshold} are needed")
