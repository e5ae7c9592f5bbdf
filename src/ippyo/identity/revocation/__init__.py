"""Revocation (失効確認): whether a certificate still holds. One port, several ways behind it, and all fail closed.

``CrlSource`` looks into imported lists, ``OcspSource`` asks a responder and ``Remembered`` does not ask it twice in
minutes, ``EveryOf`` combines them. Law decides who may ask J-LIS (公的個人認証法 17条): the way is configuration, the
rule here is always the same: without a fresh, authentic "good" there is no ticket. Nothing here knows whom a
certificate names.
"""

from ippyo.identity.revocation.combined import EveryOf
from ippyo.identity.revocation.crl_source import CrlSource, import_crl
from ippyo.identity.revocation.http import HttpPost
from ippyo.identity.revocation.ocsp_source import OcspSource
from ippyo.identity.revocation.port import Revocation, RevocationAnswer, RevocationEvidence
from ippyo.identity.revocation.remembered import Remembered

__all__ = [
    "CrlSource",
    "EveryOf",
    "HttpPost",
    "OcspSource",
    "Remembered",
    "Revocation",
    "RevocationAnswer",
    "RevocationEvidence",
    "import_crl",
]
