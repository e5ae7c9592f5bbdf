"""What a trustee says about its own keys: the parts of which the trustees text is made (docs/protocol.md §4).

A decoded part is a checked part, as far as it can be checked by itself: a certificate is signed with the key it
certifies, a verification key comes with its proof of possession. What needs another part is checked by
:mod:`ippyo.crypto.trustees` and :mod:`ippyo.crypto.ceremony`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.canonical import Fields, dumps, loads, require_canonical
from ippyo.crypto import schnorr
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.errors import InputError, ParseError
from ippyo.poll.limits import MAX_TRUSTEES
from ippyo.poll.policies import Quorum

__all__ = [
    "Certificate",
    "Coefexps",
    "SignedText",
    "VerificationKey",
    "certs_text",
    "check_quorum",
    "sign",
    "signed_by",
]

TEXT_LIMIT = 1 << 20


def check_quorum(quorum: Quorum) -> None:
    """Refuse anything but 1 <= threshold <= total <= 30 (:class:`InputError`)."""
    if not 1 <= quorum.threshold <= quorum.total <= MAX_TRUSTEES:
        raise InputError(
            f"{quorum.threshold} of {quorum.total} trustees is impossible: 1 <= threshold <= total <= {MAX_TRUSTEES}"
        )


def _prefix(message: str) -> str:
    return f"sigmsg|{message}|"


def sign(group: Group, secret: int, message: str) -> Proof:
    """Return the signature part of ``sign(sk, M)``: A = g^w, c = Hq(``sigmsg|M|``; A), r = w - sk·c."""
    return schnorr.prove(group, _prefix(message), secret)


def signed_by(group: Group, public: Element, message: str, signature: Proof) -> bool:
    """Return whether ``signature`` is that of ``message`` by the holder of ``public``."""
    return schnorr.verify(group, _prefix(message), public, signature)


@dataclass(frozen=True, slots=True)
class SignedText:
    """``sign(sk, M)`` as it travels: ``{"message":M,"signature":{..}}``, M being a JSON text nested as a string."""

    message: str
    signature: Proof

    @classmethod
    def make(cls, group: Group, secret: int, message: str) -> SignedText:
        """Sign ``message`` with the key ``secret``."""
        return cls(message, sign(group, secret, message))

    def is_by(self, group: Group, public: Element) -> bool:
        """Return whether the holder of ``public`` signed this."""
        return signed_by(group, public, self.message, self.signature)

    @classmethod
    def from_value(cls, group: Group, value: object, what: str) -> SignedText:
        """Decode; the signature is not checked, because whose it should be is not known here."""
        read = Fields(value, what, ("message", "signature"))
        return cls(read.text("message", limit=TEXT_LIMIT), Proof.from_value(group, read.raw("signature"), what))

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"message": self.message, "signature": self.signature.to_value()}


@dataclass(frozen=True, slots=True)
class Certificate:
    """``cert_i``: ``verification`` key g^sk_i and ``encryption`` key g^dk_i of trustee ``index``, self-signed."""

    index: int
    verification: Element
    encryption: Element
    signed: SignedText

    @classmethod
    def make(cls, group: Group, quorum: Quorum, index: int, signing: int, decryption: int) -> Certificate:
        """Certify g^``signing`` and g^``decryption`` for trustee ``index`` of this group and quorum."""
        verification, encryption = group.mul_base(signing), group.mul_base(decryption)
        message = _certificate_text(group, quorum, index, verification, encryption)
        return cls(index, verification, encryption, SignedText.make(group, signing, message))

    @classmethod
    def from_value(cls, group: Group, quorum: Quorum, index: int, value: object) -> Certificate:
        """Decode the certificate of trustee ``index``.

        Raises :class:`ParseError` when it is of another group, quorum or index, or not signed with its own key.
        """
        what = f"certificate of trustee {index}"
        signed = SignedText.from_value(group, value, what)
        read = Fields(
            loads(signed.message, what=what, limit=TEXT_LIMIT), what, ("context", "verification", "encryption")
        )
        verification, encryption = (
            group.decode_key(read.text(name, limit=group.text_limit), what=f"{name} key of trustee {index}")
            for name in ("verification", "encryption")
        )
        if read.raw("context") != _certificate_context(group, quorum, index):
            raise ParseError(what, "is for another group, quorum or trustee")
        rebuilt = _certificate_text(group, quorum, index, verification, encryption)
        require_canonical(signed.message, rebuilt, what=what)
        if not signed.is_by(group, verification):
            raise ParseError(what, "is not signed with the key that it certifies")
        return cls(index, verification, encryption, signed)

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return self.signed.to_value()


def _certificate_context(group: Group, quorum: Quorum, index: int) -> dict[str, object]:
    return {"group": group.name, "size": quorum.total, "threshold": quorum.threshold, "index": index}


def _certificate_text(group: Group, quorum: Quorum, index: int, verification: Element, encryption: Element) -> str:
    return dumps(
        {
            "context": _certificate_context(group, quorum, index),
            "verification": group.encode(verification),
            "encryption": group.encode(encryption),
        }
    )


@dataclass(frozen=True, slots=True)
class Coefexps:
    """``E_i`` signed by trustee i: ``elements`` A_ik = g^a_ik, k = 0..t-1, commit to its polynomial f_i."""

    elements: tuple[Element, ...]
    signed: SignedText

    @classmethod
    def make(cls, group: Group, signing: int, coefficients: Sequence[int]) -> Coefexps:
        """Commit to the polynomial with these secret ``coefficients``, constant term first."""
        elements = tuple(group.mul_base(a) for a in coefficients)
        return cls(elements, SignedText.make(group, signing, coefexps_text(group, elements)))

    @classmethod
    def from_value(cls, group: Group, threshold: int, value: object, what: str) -> Coefexps:
        """Decode exactly ``threshold`` elements, none the identity; whose signature it is stays to be checked."""
        signed = SignedText.from_value(group, value, what)
        read = Fields(loads(signed.message, what=what, limit=TEXT_LIMIT), what, ("coefexps",))
        texts = read.texts("coefexps", limit=MAX_TRUSTEES, length=group.text_limit)
        if len(texts) != threshold:
            raise ParseError(what, f"are {len(texts)}, not {threshold} as the threshold asks")
        elements = tuple(group.decode_many(texts))
        if group.identity in elements:
            # No honest trustee draws a zero coefficient; a zero leading one would lower the threshold.
            raise ParseError(what, "hold the identity of the group")
        require_canonical(signed.message, coefexps_text(group, elements), what=what)
        return cls(elements, signed)

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return self.signed.to_value()

    def at(self, group: Group, j: int) -> Element:
        """Return g^f_i(j) = prod_k A_ik^(j^k)."""
        return evaluate(group, self.elements, j)


def coefexps_text(group: Group, elements: Sequence[Element]) -> str:
    """Return the text ``E_i``."""
    return dumps({"coefexps": [group.encode(element) for element in elements]})


def evaluate(group: Group, coefficients: Sequence[Element], j: int) -> Element:
    """Return prod_k A_k^(j^k): the polynomial committed to by ``coefficients``, at the public point ``j``."""
    return group.multi_mul([pow(j, k, group.q) for k in range(len(coefficients))], coefficients)


def certs_text(group: Group, certificates: Sequence[Certificate], coefexps: Coefexps) -> str:
    """Return what ``G_i`` signs: ``certs_sig|`` followed by all certificates and the signer's own coefexps."""
    elements = [group.encode(element) for element in coefexps.elements]
    return "certs_sig|" + dumps({"certs": [cert.to_value() for cert in certificates], "coefexps": elements})


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """``vk_j``: X = g^S_j, against which the partial decryptions of trustee j are checked.

    ``pok`` proves knowledge of S_j, ``signature`` is that of j over str(X).
    """

    public_key: Element
    pok: Proof
    signature: Proof

    @classmethod
    def make(cls, group: Group, share: int, signing: int) -> VerificationKey:
        """Make the verification key of the key share S_j, signed with the key ``signing`` of trustee j."""
        X = group.mul_base(share)
        text = group.encode(X)
        return cls(X, schnorr.prove(group, _pok_prefix(group, text), share), sign(group, signing, text))

    @classmethod
    def from_value(cls, group: Group, value: object, what: str) -> VerificationKey:
        """Decode and check the proof of possession; whose ``signature`` it is stays to be checked."""
        read = Fields(value, what, ("pok", "public_key", "signature"))
        text = read.text("public_key", limit=group.text_limit)
        X = group.decode_key(text, what=what)
        pok = Proof.from_value(group, read.raw("pok"), f"proof of possession of the {what}")
        if not schnorr.verify(group, _pok_prefix(group, text), X, pok):
            raise ParseError(what, "has a false proof of possession")
        return cls(X, pok, Proof.from_value(group, read.raw("signature"), f"signature of the {what}"))

    def is_by(self, group: Group, public: Element) -> bool:
        """Return whether the holder of ``public`` signed this key."""
        return signed_by(group, public, group.encode(self.public_key), self.signature)

    def to_value(self, group: Group) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "pok": self.pok.to_value(),
            "public_key": group.encode(self.public_key),
            "signature": self.signature.to_value(),
        }


def _pok_prefix(group: Group, text: str) -> str:
    return f"pok|{group.name}|{text}|"
