"""Issuers' keys inside a hardware security module, through PKCS#11 and its raw RSA mechanism ``CKM_RSA_X_509``.

The private key never leaves the device. The message is blinded before the device sees it and the result checked before
it is given out, exactly as for a key in memory (:func:`ippyo.crypto.issuer_key.checked_private_operation`).
Needs the optional package ``python-pkcs11`` (``ippyo[hsm]``), which is imported only when a device is opened.
"""

from __future__ import annotations

import threading
from types import ModuleType, TracebackType
from typing import Any, Self

from ippyo.crypto.blind_rsa import POLL_KEY_BITS, PUBLIC_EXPONENT, BlindSignatureError, RsaPublicKey
from ippyo.crypto.issuer_key import checked_private_operation
from ippyo.errors import InputError, ParseError

__all__ = ["HsmIssuerKey", "HsmToken"]


class HsmToken:
    """A token of a device, logged in; it holds the keys of one issuer for all ballot styles.

    PKCS#11 knows one login per program and token, so open each token once. Use it as a context manager or call
    :meth:`close`. Safe to share between threads.
    """

    def __init__(self, pkcs11: ModuleType, session: Any, label: str) -> None:
        self._pkcs11 = pkcs11
        self._session = session
        self._label = label
        # A session runs one operation at a time.
        self._lock = threading.Lock()

    @classmethod
    def open(cls, module: str, label: str, pin: str, *, writable: bool = False) -> Self:
        """Log in to the token ``label`` of the PKCS#11 ``module`` (path of a shared library) with the user's ``pin``.

        ``writable`` is needed to make keys. Raises :class:`InputError` saying what is missing or wrong.
        """
        pkcs11 = _pkcs11()
        try:
            session = pkcs11.lib(module).get_token(token_label=label).open(user_pin=pin, rw=writable)
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
            raise InputError(f"there is not exactly one HSM token {label!r}") from None
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            raise InputError(f"the PIN of the HSM token {label!r} is wrong") from None
        except pkcs11.UserAlreadyLoggedIn:
            raise InputError(f"the HSM token {label!r} is already open in this program") from None
        except RuntimeError as error:
            raise InputError(f"the PKCS#11 module {module} cannot be used: {type(error).__name__}") from None
        return cls(pkcs11, session, label)

    def key(self, label: str) -> HsmIssuerKey:
        """Return the key pair ``label``. Raises :class:`InputError` unless there is exactly one, of 3072 bits."""
        kinds = self._pkcs11.ObjectClass
        try:
            with self._lock:
                private = self._session.get_key(object_class=kinds.PRIVATE_KEY, label=label)
                public = self._session.get_key(object_class=kinds.PUBLIC_KEY, label=label)
                n = int.from_bytes(public[self._pkcs11.Attribute.MODULUS])
                e = int.from_bytes(public[self._pkcs11.Attribute.PUBLIC_EXPONENT])
        except (self._pkcs11.NoSuchKey, self._pkcs11.MultipleObjectsReturned):
            raise InputError(f"the HSM token {self._label!r} does not hold exactly one key pair {label!r}") from None
        except self._pkcs11.PKCS11Error as error:
            raise InputError(f"the HSM token {self._label!r} cannot be read: {type(error).__name__}") from None
        if n.bit_length() != POLL_KEY_BITS or e != PUBLIC_EXPONENT:
            raise ParseError(f"HSM key {label!r}", f"does not have {POLL_KEY_BITS} bits and e = {PUBLIC_EXPONENT}")
        return HsmIssuerKey(self, private, RsaPublicKey(n))

    def generate_key(self, label: str) -> HsmIssuerKey:
        """Make a poll key (3072 bits, e = 65537, never extractable) in the device.

        Raises :class:`InputError` when the label is taken or the device refuses.
        """
        attribute, use = self._pkcs11.Attribute, self._pkcs11.MechanismFlag
        try:
            with self._lock:
                if list(self._session.get_objects({attribute.LABEL: label})):
                    raise InputError(f"the HSM token {self._label!r} already holds a key {label!r}")
                self._session.generate_keypair(
                    self._pkcs11.KeyType.RSA,
                    POLL_KEY_BITS,
                    label=label,
                    store=True,
                    capabilities=use.SIGN | use.VERIFY,
                    public_template={attribute.PUBLIC_EXPONENT: PUBLIC_EXPONENT.to_bytes(3)},
                    private_template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
                )
        except self._pkcs11.PKCS11Error as error:
            raise InputError(f"the HSM cannot make the key {label!r}: {type(error).__name__}") from None
        return self.key(label)

    def raw_rsa(self, private: Any, data: bytes) -> bytes:
        """Return data^d mod n for a private key of this token. Raises :class:`BlindSignatureError` if it fails."""
        try:
            with self._lock:
                result: bytes = private.sign(data, mechanism=self._pkcs11.Mechanism.RSA_X_509)
        except self._pkcs11.PKCS11Error as error:
            raise BlindSignatureError(f"the HSM did not sign: {type(error).__name__}") from None
        return result

    def close(self) -> None:
        """Log out; the token's keys cannot sign any more."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HsmIssuerKey:
    """A key in a device (an :class:`~ippyo.crypto.issuer_key.IssuerKey`), usable while its token is open."""

    def __init__(self, token: HsmToken, private: Any, public_key: RsaPublicKey) -> None:
        self._token = token
        self._private = private
        self._public_key = public_key

    @property
    def public_key(self) -> RsaPublicKey:
        """The public key that genesis names, as read from the device."""
        return self._public_key

    def blind_sign(self, blinded: bytes) -> bytes:
        """Sign blindly in the device (RFC 9474 §4.3). Raises what :class:`IssuerKey` says."""
        return checked_private_operation(self._public_key, blinded, self._rsasp1)

    def _rsasp1(self, m: int) -> int:
        return int.from_bytes(self._token.raw_rsa(self._private, m.to_bytes(self._public_key.size)))


def _pkcs11() -> ModuleType:
    try:
        import pkcs11  # noqa: PLC0415 - an optional part, wanted only with a device
    except ImportError:
        raise InputError("a key in an HSM needs the package python-pkcs11; install ippyo[hsm]") from None
    return pkcs11
