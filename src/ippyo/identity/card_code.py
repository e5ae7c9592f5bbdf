"""The voting code that a card and a letter yield in a poll (docs/registration.md §2): the same one each time."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from ippyo.ballot.voting_code import VotingCode
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.errors import CardError
from ippyo.identity.messages import code_text

__all__ = ["card_voting_code"]


def card_voting_code(card: JpkiCard, key: KeyKind, fingerprint: str, letter: str) -> VotingCode:
    """Return the code of ``card`` (whose PIN was shown) in the poll ``fingerprint`` (Phi).

    ``letter`` is the voter's registration code, 12 symbols, and secret like the result. The signature it is made from
    is seen by nobody. Raises :class:`CardError` ``no-card-code`` for a card that signs with chance (ECDSA), or wrongly:
    a code that cannot be made again would be lost.
    """
    deterministic = card.algorithm(key) == "RS256"
    public = x509.load_der_x509_certificate(card.certificate(key)).public_key()
    if not deterministic or not isinstance(public, RSAPublicKey):
        raise CardError("no-card-code", "this card signs differently each time, so that it cannot yield a voting code")
    text = code_text(fingerprint)
    signature = card.sign(key, text)
    try:
        # RSASSA-PKCS1-v1_5 has one valid signature for a text: what verifies now is what the card will say again.
        public.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise CardError("no-card-code", "the card's signature does not fit its own certificate") from None
    return VotingCode.from_card_signature(signature, fingerprint, letter)
