"""The four data as the service's userinfo states them, in one table: the only place that knows the claims' form.

The service's claim formats are not published. Taken are the shapes of OpenID Connect Core §5.1, and the digits of the
card's own text (生年月日 ``YYYYMMDD``, 性別 1, 2, 3) where the service should pass them on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ippyo.canonical import loads
from ippyo.errors import ParseError
from ippyo.identity.digital_auth.refusals import failed
from ippyo.identity.digital_auth.transport import ANSWER_LIMIT
from ippyo.identity.person import SEX_BY_CODE, SEXES, BasicData, BirthDate

__all__ = ["SEX_CLAIMS", "basic_data", "read_userinfo"]

SEX_CLAIMS: Mapping[str, str] = {**{sex: sex for sex in SEXES}, **SEX_BY_CODE}

_BIRTHDATE = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})")


def read_userinfo(text: bytes, subject: str) -> BasicData:
    """Return the four data of ``subject`` from a userinfo answer; refuses another's as ``digital-auth-failed``."""
    try:
        claims = loads(text, what="userinfo", limit=ANSWER_LIMIT)
    except ParseError:
        raise failed("the userinfo is not well formed") from None
    if not isinstance(claims, dict) or claims.get("sub") != subject:
        raise failed("the userinfo is not about the person of the ID token")
    return basic_data(claims)


def basic_data(claims: Mapping[str, Any]) -> BasicData:
    """Return the four data; refuses claims that are missing or of another form as ``digital-auth-failed``."""
    address = claims.get("address")
    if isinstance(address, dict):
        address = address.get("formatted")
    sex = SEX_CLAIMS.get(str(claims.get("gender")))
    found = _BIRTHDATE.fullmatch(str(claims.get("birthdate")))
    name = claims.get("name")
    if not isinstance(name, str) or not isinstance(address, str) or sex is None or found is None:
        raise failed("the userinfo lacks one of the four data, or has it in an unknown form")
    year, month, day = (int(found[part]) for part in (1, 3, 4))
    try:
        return BasicData(name, address, sex, BirthDate(year, month, day))
    except ParseError:
        raise failed("the userinfo states impossible data") from None
