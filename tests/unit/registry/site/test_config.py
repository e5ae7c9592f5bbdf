"""registry.toml: a good one is read, and every mistake is told with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ippyo.errors import InputError
from ippyo.registry.site.beginning import NewRegistry
from ippyo.registry.site.config import Config
from ippyo.registry.site.settings import database

PIN = "signature:" + "0" * 64
GOOD = f"""\
mode = "production"
issuer = 2
origin = "https://two.example"
issuers = ["https://one.example", "https://two.example"]

[ledger]
urls = ["https://ledger.example"]

[certificates]
pins = ["{PIN}", "user:{"1" * 64}"]

[revocation]
crl = "lists"

[support]
phone = "0120-000-000"
hours = {{ ja = "平日", en = "weekdays" }}
"""


@pytest.fixture(autouse=True)
def _no_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def read(text: str) -> Config:
    return Config.from_text(text, Path("/srv/registry/registry.toml"))


def problem(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def test_defaults() -> None:
    config = read(GOOD)
    assert not config.is_desk
    assert config.is_https
    assert not config.test
    assert config.poll_folder == Path("/srv/registry/poll")
    assert config.database_url == "sqlite:////srv/registry/registry.db"
    assert config.hosts == ("two.example",)
    assert config.minimum_age == 18
    assert config.match == ("name", "birth", "sex", "address")
    assert config.revocation.crl_folder == Path("/srv/registry/lists")
    assert config.revocation.max_age == timedelta(hours=24)
    assert config.batch_seconds == 1.0
    assert config.digital_auth is None
    assert config.keys.token is None
    assert config.support.hours.en == "weekdays"
    assert config.booth is None


def test_everything_else() -> None:
    config = read(
        'booth = "https://booth.example"\nkiosks = ["192.0.2.16/28", "2001:db8::/64"]\n'
        + GOOD.replace('crl = "lists"', 'ocsp = "http://ocsp.example/"\nmax_age_hours = 1')
        + '[keys.pkcs11]\nmodule = "/usr/lib/p11.so"\ntoken = "t"\npin_file = "pin"\n'
        + '[digital_auth]\nclient_id = "c"\nclient_key = "key.pem"\naccepted_acr = ["aal3"]\n'
        + '[database]\nurl = "postgresql://registry@db.example/registry"\n'
    )
    assert config.booth == "https://booth.example"
    assert config.kiosks == ("192.0.2.16/28", "2001:db8::/64")
    assert config.revocation.crl_folder is None
    assert config.revocation.ocsp == "http://ocsp.example/"
    assert config.keys.token is not None
    assert config.keys.token.pin_file == Path("/srv/registry/pin")
    assert config.digital_auth is not None
    assert config.digital_auth.accepted_acr == ("aal3",)
    assert config.database_url.startswith("postgresql://")
    assert "postgresql" not in repr(config)


GROUP = """
[[groups]]
id = "{id}"
name = {{ ja = "区分", en = "group" }}
evidence = {{ ja = "手帳", en = "certificate" }}
opens = 2026-11-{day:02}T00:00:00+09:00
"""


def test_groups_who_may_apply() -> None:
    assert read(GOOD).groups == ()
    first, last = read(GOOD + GROUP.format(id="disabled", day=1) + GROUP.format(id="all", day=2)).groups
    assert (first.id, first.name.ja, first.evidence.en, last.id) == ("disabled", "区分", "certificate", "all")
    assert last.opens - first.opens == 86_400


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ([("a", 1), ("a", 2)], "different ids"),
        ([("", 1)], "different ids"),
        ([("x" * 41, 1)], "different ids"),
        ([("a", 2), ("b", 1)], "order of priority"),
    ],
)
def test_groups_stand_in_their_order(groups: list[tuple[str, int]], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(GOOD + "".join(GROUP.format(id=name, day=day) for name, day in groups))


def test_a_group_without_a_time() -> None:
    with pytest.raises(InputError, match="opens"):
        read(GOOD + GROUP.format(id="a", day=1).replace("T00:00:00+09:00", ""))


@pytest.mark.parametrize(
    ("kiosks", "problem"),
    [
        ('["town hall"]', "addresses or networks"),
        ('["10.0.0.0/8"]', "more than 65536 addresses"),
        ('["2001:db8::7"]', "48 to 64 bits"),
        ('["::/0"]', "48 to 64 bits"),
    ],
)
def test_kiosks_are_few_addresses(kiosks: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(f"kiosks = {kiosks}\n{GOOD}")


def test_the_environment_names_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://other/db")
    assert read(GOOD).database_url == "postgresql://other/db"


@pytest.mark.parametrize("name", ["registry #1", "100%25 認証", "who?"])
def test_the_database_lies_in_the_folder_whatever_that_is_called(name: str) -> None:
    config = Config.from_text(GOOD, Path("/srv") / name / "registry.toml")
    assert database(config.database_url)["NAME"] == f"/srv/{name}/registry.db"


def test_on_this_computer_every_name_of_it_is_a_host() -> None:
    text = GOOD.replace('"production"', '"test"').replace("https://two.example", "http://localhost:8002")
    assert read(text).hosts == ("127.0.0.1", "[::1]", "localhost")


def test_what_init_writes_is_read() -> None:
    issuers = ["http://localhost:8001", "http://localhost:8002"]
    new = NewRegistry(1, issuers[0], issuers, ["http://127.0.0.1:8100"], [PIN], True, 16, "03-0000-0000")
    config = read(new.to_toml())
    assert config.booth is None
    assert read(replace(new, booth="http://localhost:8003").to_toml()).booth == "http://localhost:8003"
    assert config.is_desk
    assert config.test
    assert config.minimum_age == 16
    assert config.issuers == tuple(issuers)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('mode = "production"', 'mode = "prod"', 1, "mode"),
        ('mode = "production"', "", 1, "mode"),
        ("issuer = 2", "issuer = 3", 2, "issuer"),
        ("issuer = 2", "issuer = 1", 3, "origin"),
        ("issuer = 2", 'issuer = "2"', 2, "whole number"),
        ("issuer = 2", "isuer = 2", 2, "did you mean"),
        ('origin = "https://two', 'origin = "http://two', 3, "https"),
        ('"https://two.example"', '"https://two.example/"', 3, "origin"),
        ('"https://two.example"', '"https://u:p@two.example"', 3, "origin"),
        ('"https://one.example", ', '"https://two.example", ', 4, "different"),
        ('"https://one.example", ', '"one", ', 4, "origin"),
        ('urls = ["https://ledger.example"]', "urls = []", 7, "empty"),
        ('urls = ["https://ledger.example"]', 'urls = ["http://ledger.example"]', 7, "https"),
        ('urls = ["https://ledger.example"]', 'urls = ["https://ledger.example:99999"]', 7, "address"),
        (PIN, "signature:00", 10, "root"),
        (f'pins = ["{PIN}", "user:{"1" * 64}"]', "pins = []", 10, "empty"),
        ('crl = "lists"', "max_age_hours = 24", 12, "neither"),
        ('crl = "lists"', 'ocsp = "ocsp"', 13, "responder"),
        ('crl = "lists"', 'crl = "lists"\nmax_age_hours = 0', 14, "between"),
        ("issuer = 2", 'issuer = 2\nmatch = ["name"]', 3, "birth"),
        ("issuer = 2", 'issuer = 2\nmatch = ["birth", "sex"]', 3, "name or address"),
        ("issuer = 2", 'issuer = 2\nmatch = ["name", "birth", "shoes"]', 3, "known are"),
        ("issuer = 2", 'issuer = 2\nbooth = "https://booth.example/vote"', 3, "origin"),
        ("issuer = 2", 'issuer = 2\nbooth = "http://booth.example"', 3, "https"),
        ("issuer = 2", 'issuer = 2\nhosts = ["*"]', 3, "host names"),
        ("issuer = 2", "issuer = 2\nminimum_age = 200", 3, "between"),
        ("issuer = 2", "issuer = 2\nretention_days = 0", 3, "between"),
        ("[ledger]", '[database]\nurl = "mysql://x/y"\n[ledger]', 6, "sqlite"),
        ("[ledger]", "[ledger]\nbatch_ms = -1", 7, "between"),
        ('phone = "0120-000-000"', "", 15, "phone"),
    ],
)
def test_mistakes(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    told = problem(GOOD.replace(old, new))
    assert f"registry.toml:{line}:" in told
    assert words in told


def test_what_is_no_toml() -> None:
    assert "is not TOML" in problem("mode = ")
    assert "nested" in problem("a = " + "[" * 5000 + "]" * 5000)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "registry.toml"
    with pytest.raises(InputError, match="no such file"):
        Config.read(file)
    file.write_text(GOOD)
    assert Config.read(file) == Config.read(tmp_path)
    file.write_bytes(b"\xff")
    with pytest.raises(InputError, match="UTF-8"):
        Config.read(file)
