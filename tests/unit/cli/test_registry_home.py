"""Who acts, as the registry's records have it."""

from __future__ import annotations

import getpass

import pytest

from ippyo.cli.registry_home import staff
from ippyo.errors import InputError


def test_who_is_named_or_else_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "clerk")
    assert (staff("hanako"), staff(None), staff("")) == ("hanako", "clerk", "clerk")


@pytest.mark.parametrize("unknown", [KeyError("getpwuid(): uid not found: 1234"), OSError("No username set")])
def test_a_user_without_a_name_has_to_say_one(monkeypatch: pytest.MonkeyPatch, unknown: Exception) -> None:
    def fail() -> str:
        raise unknown

    monkeypatch.setattr(getpass, "getuser", fail)
    with pytest.raises(InputError, match="--by NAME"):
        staff(None)
    assert staff("hanako") == "hanako"


def test_a_name_that_no_record_holds() -> None:
    assert staff("x" * 150)
    with pytest.raises(InputError, match="at most 150"):
        staff("x" * 151)
