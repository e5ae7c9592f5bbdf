"""Issuers' keys inside a hardware security module, through PKCS#11 and its raw RSA mechanism ``CKM_RSA_X_509``.

The private key never leaves the device. The message is blinded before the device sees it and the result checked before
it is given out, exactly as for a key in memory (:func:`ippyo.crypto.issuer_key.checked_private_operation`).
Needs the optional package ``python-pkcs11`` (``ippyo[hsm]``), which is imported only when a device is opened.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Any, Self

from ippyo.crypto.blind_rsa import POLL_KEY_BITS, PUBLIC_EXPONENT, BlindSignatureError, RsaPublicKey
from ippyo.crypto.issuer_key import checked_private_operation
from ippyo.errors import InputError, ParseError

__all__ = ["HsmIssuerKey", "HsmKeyName"]


@dataclass(frozen=True, slots=True)
class HsmKeyName:
    """Where a key is: the PKCS#11 module (path of a shared library), the token's label, the key's label, the PIN."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)


class HsmIssuerKey:
    """A key in a device. Use it as a context manager or call :meth:`close`; safe to share between threads."""

    def __init__(self, session: Any, private_key: Any, public_key: RsaPublicKey) -> None:
        self._session = session
        self._private_key = private_key
        self._public_key = public_key
        # A PKCS#11 session runs one operation at a time.
        self._lock = threading.Lock()

    @property
    def public_key(self) -> RsaPublicKey:
        """The public key that genesis names, as read from the device."""
        return self._public_key

    @classmethod
    def open(cls, name: HsmKeyName) -> Self:
        """Log in and find the key pair ``name.label``. Raises :class:`InputError` saying what is missing."""
        pkcs11 = _pkcs11()
        session = _login(pkcs11, name, writable=False)
        try:
            private_key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name.label)
            public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=name.label)
            return cls(session, private_key, _public_key(pkcs11, public, name))
        except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned):
            session.close()
            raise InputError(f"the HSM token {name.token!r} does not hold exactly one key {name.label!r}") from None
        except BaseException:
            session.close()
            raise

    @classmethod
    def generate(cls, name: HsmKeyName) -> Self:
        """Make a new poll key (3072 bits, e = 65537, never extractable) in the device, and open it.

        Raises :class:`InputError` when the label is taken or the device refuses.
        """
        pkcs11 = _pkcs11()
        session = _login(pkcs11, name, writable=True)
        try:
            if any(True for _ in session.get_objects({pkcs11.Attribute.LABEL: name.label})):
                raise InputError(f"the HSM token {name.token!r} already holds a key {name.label!r}")
            use = pkcs11.MechanismFlag
            session.generate_keypair(
                pkcs11.KeyType.RSA,
                POLL_KEY_BITS,
                label=name.label,
                store=True,
                capabilities=use.SIGN | use.VERIFY,
                public_template={pkcs11.Attribute.PUBLIC_EXPONENT: PUBLIC_EXPONENT.to_bytes(3)},
                private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
            )
        except pkcs11.PKCS11Error as error:
            raise InputError(f"the HSM cannot make the key {name.label!r}: {type(error).__name__}") from None
        finally:
            session.close()
        return cls.open(name)

    def blind_sign(self, blinded: bytes) -> bytes:
        """Sign blindly in the device (RFC 9474 §4.3). Raises what :class:`IssuerKey` says."""
        return checked_private_operation(self._public_key, blinded, self._rsasp1)

    def _rsasp1(self, m: int) -> int:
        pkcs11 = _pkcs11()
        data = m.to_bytes(self._public_key.size)
        try:
            with self._lock:
                return int.from_bytes(self._private_key.sign(data, mechanism=pkcs11.Mechanism.RSA_X_509))
        except pkcs11.PKCS11Error as error:
            raise BlindSignatureError(f"the HSM did not sign: {type(error).__name__}") from None

    def close(self) -> None:
        """Log out; the key cannot sign any more."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pkcs11() -> ModuleType:
    try:
        import pkcs11  # noqa: PLC0415 - an optional part, wanted only with a device
    except ImportError:
        raise InputError("a key in an HSM needs the package python-pkcs11; install ippyo[hsm]") from None
    return pkcs11


def _login(pkcs11: ModuleType, name: HsmKeyName, *, writable: bool) -> Any:
    try:
        token = pkcs11.lib(name.module).get_token(token_label=name.token)
        return token.open(user_pin=name.pin, rw=writable)
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
        raise InputError(f"there is not exactly one HSM token {name.token!r}") from None
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise InputError(f"the PIN of the HSM token {name.token!r} is wrong") from None
    except pkcs11.PinLocked:
        raise InputError(f"the PIN of the HSM token {name.token!r} is locked") from None
    except RuntimeError as error:
        raise InputError(f"the PKCS#11 module {name.module} cannot be used: {type(error).__name__}") from None


def _public_key(pkcs11: ModuleType, public: Any, name: HsmKeyName) -> RsaPublicKey:
    n = int.from_bytes(public[pkcs11.Attribute.MODULUS])
    e = int.from_bytes(public[pkcs11.Attribute.PUBLIC_EXPONENT])
    if n.bit_length() != POLL_KEY_BITS or e != PUBLIC_EXPONENT:
        raise ParseError(f"HSM key {name.label!r}", f"does not have {POLL_KEY_BITS} bits and e = {PUBLIC_EXPONENT}")
    return RsaPublicKey(n)
