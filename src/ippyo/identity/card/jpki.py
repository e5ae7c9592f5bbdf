"""公的個人認証 AP: the tries left, the PINs, the certificates and the signatures of a card.

In this order: :meth:`JpkiCard.select`, :meth:`JpkiCard.verify`, then :meth:`JpkiCard.certificate` and
:meth:`JpkiCard.sign`. Another application selected in between takes the PIN back.
"""

from __future__ import annotations

from ippyo.identity.card import apdu
from ippyo.identity.card.algorithms import algorithm_of
from ippyo.identity.card.applications import JPKI, LABEL_BYTES, JpkiApplication, KeyKind
from ippyo.identity.card.files import read_bytes, read_object, select_file
from ippyo.identity.card.pin import encoded_pin
from ippyo.identity.card.pin_file import show_pin, tries_left
from ippyo.identity.card.transport import Transport
from ippyo.identity.errors import CardError

__all__ = ["DEVICES", "JpkiCard"]

DEVICES = {
    "JPKIAPICCTOKEN2": "card",
    "JPKIAPICCTOKEN": "card",
    "JPKIAPGPSETOKEN": "android",
    "JPKIAPIOSTOKEN": "iphone",
}
"""What the label of the application says it runs on."""


class JpkiCard:
    """The two keys of one card. Every method may raise :class:`CardError` ``card-removed``, too."""

    def __init__(self, transport: Transport, application: JpkiApplication = JPKI) -> None:
        self._transport = transport
        self._application = application
        self._certificates: dict[int, bytes] = {}

    def select(self) -> None:
        """Select the application, as everything else needs. Raises :class:`CardError` ``not-a-my-number-card``."""
        if not apdu.exchange(self._transport, apdu.select_application(self._application.aid)).ok:
            raise CardError("not-a-my-number-card", "this is not a My Number Card, or its chip does not answer")

    def label(self) -> str:
        """Return what the application calls itself; :data:`DEVICES` knows what that runs on."""
        select_file(self._transport, self._application.token)
        return read_bytes(self._transport, 0, LABEL_BYTES).rstrip(b" \x00\xff").decode("ascii", "replace")

    def keys(self) -> frozenset[KeyKind]:
        """Return the keys for which the card has a certificate."""
        select_file(self._transport, self._application.presence)
        present = read_bytes(self._transport, 0, len(self._application.keys))
        return frozenset(kind for kind, byte in zip(self._application.keys, present, strict=True) if byte)

    def tries_left(self, key: KeyKind) -> int:
        """Return how often the key's PIN may still be wrong, 0 when it is locked; this spends no try."""
        return tries_left(self._transport, self._application.keys[key].pin)

    def verify(self, key: KeyKind, pin: str) -> None:
        """Show the key's PIN to the card, so that the key can sign until the card loses power.

        Raises :class:`CardError`: ``bad-pin`` (no PIN looks so; no try is spent), ``wrong-pin``
        (:class:`~ippyo.identity.card.pin_file.WrongPinError`), ``pin-locked``, ``no-certificate``.
        """
        files = self._application.keys[key]
        show_pin(self._transport, files.pin, encoded_pin(pin, files.form))

    def certificate(self, key: KeyKind) -> bytes:
        """Return the certificate (DER). That of 署名用 holds personal data, and needs :meth:`verify` first.

        Raises :class:`CardError` ``no-certificate``, ``pin-needed``.
        """
        return self._certificate(self._application.keys[key].certificate)

    def algorithm(self, key: KeyKind) -> str:
        """Return how the key signs, ``RS256`` or ``ES384``, as its certificate says."""
        return algorithm_of(self.certificate(key)).name

    def sign(self, key: KeyKind, message: bytes) -> bytes:
        """Sign ``message`` with a key whose PIN was shown. Raises :class:`CardError` ``pin-needed``."""
        to_card = algorithm_of(self.certificate(key)).to_card(message)
        select_file(self._transport, self._application.keys[key].key)
        answer = apdu.exchange(self._transport, apdu.compute_signature(to_card))
        if answer.status == apdu.PIN_NEEDED:
            raise CardError("pin-needed", "the card does this only after its PIN")
        if not answer.ok or not answer.data:
            raise CardError("card-error", f"the card cannot sign (status {answer.status:04X})")
        return answer.data

    def _certificate(self, file: int) -> bytes:
        if file not in self._certificates:
            select_file(self._transport, file)
            certificate = read_object(self._transport)
            if certificate is None:
                raise CardError("no-certificate", "the card does not have this certificate")
            self._certificates[file] = certificate
        return self._certificates[file]
