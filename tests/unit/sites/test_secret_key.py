"""The secret key's file, and addresses as operators write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ippyo.errors import InputError
from ippyo.sites.addresses import hostname, is_loopback, origin_problem, url_problem
from ippyo.sites.secret_key import make_secret_key, read_secret_key


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "key"
    make_secret_key(file)
    assert len(read_secret_key(file, "booth")) >= 50
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError):
        make_secret_key(file)


def test_keys_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(InputError):
        read_secret_key(file, "booth")
    file.write_text("short")
    file.chmod(0o600)
    with pytest.raises(InputError, match="ippyo booth init"):
        read_secret_key(file, "booth")
    file.write_text("x" * 60)
    file.chmod(0o640)
    with pytest.raises(InputError, match="mode 600"):
        read_secret_key(file, "booth")


@pytest.mark.parametrize(
    ("url", "test", "good"),
    [
        ("https://booth.example", False, True),
        ("https://booth.example:8443", False, True),
        ("http://localhost:8000", True, True),
        ("http://localhost:8000", False, False),
        ("http://booth.example", True, False),
        ("https://booth.example/", False, False),
        ("https://user@booth.example", False, False),
        ("https://booth.example:0", False, False),
        ("ftp://booth.example", False, False),
        ("https://[", False, False),
        ("", True, False),
    ],
)
def test_origins(url: str, test: bool, good: bool) -> None:
    assert (origin_problem(url, test) is None) == good


def test_addresses_of_servers() -> None:
    assert url_problem("http://127.0.0.1:8100", False) is None
    assert url_problem("http://ledger.example", True) is None
    assert url_problem("http://ledger.example", False) is not None
    assert url_problem("ledger", True) is not None
    assert hostname("http://[::1]:80/") == "::1"
    assert is_loopback("::1")
    assert is_loopback("[::1]")
    assert not is_loopback(None)
