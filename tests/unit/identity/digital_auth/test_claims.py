from __future__ import annotations

import json
from typing import Any

import pytest

from ippyo.identity.digital_auth.claims import SEX_CLAIMS, basic_data, read_userinfo
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import SEXES, BirthDate

CLAIMS: dict[str, Any] = {
    "sub": "s",
    "name": "一票花子",
    "address": {"formatted": "緑町一丁目2番3号"},
    "birthdate": "1950-04-05",
    "gender": "female",
}


def test_openid_shapes() -> None:
    data = read_userinfo(json.dumps(CLAIMS, ensure_ascii=False).encode(), "s")
    assert (data.name, data.address, data.sex) == ("一票花子", "緑町一丁目2番3号", "female")
    assert data.born == BirthDate(1950, 4, 5)
    assert data.name_substitutes == data.address_substitutes == ""


def test_shapes_of_the_card() -> None:
    data = basic_data({**CLAIMS, "address": "緑町", "birthdate": "19500000", "gender": "1"})
    assert (data.address, data.sex, data.born) == ("緑町", "male", BirthDate(1950, 0, 0))
    assert set(SEX_CLAIMS.values()) == set(SEXES)
    assert [basic_data({**CLAIMS, "gender": code}).sex for code in ("2", "3", "9")] == ["female", "unknown", "unknown"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"name": ["一票花子"]},
        {"name": ""},
        {"name": "x" * 201},
        {"address": None},
        {"address": {}},
        {"address": {"formatted": 1}},
        {"address": {"formatted": ""}},
        {"birthdate": None},
        {"birthdate": "1950-0405"},
        {"birthdate": "1950-04-05T00:00:00"},
        {"birthdate": "1950"},
        {"birthdate": "１９５０-04-05"},
        {"birthdate": "1950-13-01"},
        {"birthdate": "1950-02-30"},
        {"birthdate": 19500405.5},
        {"gender": None},
        {"gender": "Female"},
        {"gender": ["female"]},
    ],
)
def test_claims_that_are_not_taken(change: dict[str, Any]) -> None:
    with pytest.raises(IdentityRefusedError) as caught:
        basic_data({**CLAIMS, **change})
    assert caught.value.code == "digital-auth-failed"
    assert "花子" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'"s"', b'{"sub":"t"}', b'{"name":"x"}', b'{"sub":["s"]}'])
def test_userinfo_of_nobody_or_another(text: bytes) -> None:
    with pytest.raises(IdentityRefusedError, match="userinfo") as caught:
        read_userinfo(text, "s")
    assert caught.value.code == "digital-auth-failed"
