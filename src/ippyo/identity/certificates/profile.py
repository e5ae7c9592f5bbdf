"""The certificate profile of J-LIS (プロファイル仕様書 3.2) in numbers: policies, names, published roots.

Two kinds of certificate are on a card: ``signature`` (署名用電子証明書, names its holder) and ``user``
(利用者証明用電子証明書, names nobody). Each kind has its own certification authority.
"""

from __future__ import annotations

from typing import Final, Literal

from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtensionOID

__all__ = [
    "CERTIFICATE_LIMIT",
    "CPS_URI",
    "KINDS",
    "POLICIES",
    "PUBLISHED_PINS",
    "TEST_ORGANISATION",
    "TEST_POLICIES",
    "UNDERSTOOD",
    "Kind",
]

Kind = Literal["signature", "user"]
KINDS: Final[tuple[Kind, ...]] = ("signature", "user")

CERTIFICATE_LIMIT = 8192
"""Bytes of a certificate; real ones have about two thousand."""

POLICIES: Final[dict[ObjectIdentifier, Kind]] = {
    ObjectIdentifier("1.2.392.200149.8.5.1.1.20"): "signature",
    ObjectIdentifier("1.2.392.200149.8.5.1.3.30"): "user",
}
"""Certificate policies of the production hierarchy."""

TEST_POLICIES: Final[dict[ObjectIdentifier, Kind]] = {
    ObjectIdentifier("1.2.392.200149.8.5.1.0.20"): "signature",
    ObjectIdentifier("1.2.392.200149.8.5.1.0.30"): "user",
}
"""The same of the test hierarchy. The first was seen on a test card; the second is formed like it."""

UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""Extensions that may be critical, in an authority's certificate and in a holder's: all others refuse it then."""

CPS_URI = "http://www.jpki.go.jp/cps.html"

TEST_ORGANISATION = "JPKI-TEST"
"""The organisation (O) in every name of the test hierarchy."""

PUBLISHED_PINS: Final[tuple[str, ...]] = (
    "signature:19645405a1fe14377434bd55957628ac4038557c542403a2243f21c706fc9355",
    "signature:79679c33e4cc9319440f1ad120a597ff1844e2ef217063adb176966fd5e6fbeb",
    "signature:d227f6cde11d35c5252178f106f843d24651944975413b539fa2fb68dbfa365f",
    "user:4dcfc4ca0aaf9fb2a3081b3f0c991c320b3acc008667a341eeaec5af1d58ca7d",
    "user:64114f29620c24ed2631d46476a040e7ee740d956089c00b036a6a8118c322b5",
)
"""SHA-256 of roots that J-LIS published: signature 01 (until 2025-10-19), 02, 03; user 01 (until the same day), 03.

Only a starting point: production pins the roots of its own configuration, compared with J-LIS's list when set up.
"""
