"""Certificates (電子証明書): whether one of the two on a My Number Card may be believed, and whom it names.

In: DER from a stranger, the pinned roots, the time. Out: a :class:`CheckedCertificate` or a named refusal
(docs/registration.md §4). No network, no disk but the roots' files, no revocation (``revocation/``), no roll.
"""

from ippyo.identity.certificates.check import check_certificate
from ippyo.identity.certificates.checked import CheckedCertificate
from ippyo.identity.certificates.profile import PUBLISHED_PINS, Kind
from ippyo.identity.certificates.trust import Pin, Root, Trust

__all__ = ["PUBLISHED_PINS", "CheckedCertificate", "Kind", "Pin", "Root", "Trust", "check_certificate"]
