"""booth.toml: what it may say, and every mistake by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ippyo.booth.site.beginning import NewBooth
from ippyo.booth.site.config import Config, Place
from ippyo.errors import InputError
from ippyo.poll.text import Text

FILE = Path("/booth/booth.toml")
PLACE = """
[[places]]
id = "hall"
name = { ja = "市役所", en = "City hall" }
address = { ja = "一丁目", en = "First street" }
opens = "08:30"
closes = "20:00"
"""


def text(**changes: object) -> str:
    values: dict[str, object] = {
        "mode": "production",
        "origin": "https://booth.example",
        "registry": "https://registry.example",
        "checker": "https://checker.example",
        **changes,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    return "\n".join(lines) + '\n[ledger]\nurls = ["http://127.0.0.1:8100"]\n[support]\nphone = "1"\nhours = "平日"\n'


def test_all_of_it() -> None:
    config = Config.from_text(text(hosts=["booth.example", "www.booth.example"]) + PLACE, FILE)
    assert config.is_https
    assert not config.test
    assert config.hosts == ("booth.example", "www.booth.example")
    assert config.poll_folder == Path("/booth/poll")
    assert config.outbox_file == Path("/booth/data/outbox.sqlite")
    assert config.index_file == Path("/booth/data/board.sqlite")
    assert config.ledger_urls == ("http://127.0.0.1:8100",)
    place = Place("hall", Text("市役所", "City hall"), Text("一丁目", "First street"), "08:30", "20:00")
    assert config.places == (place,)
    assert place.to_value()["opens"] == "08:30"
    assert config.support.phone == "1"


def test_what_init_writes_can_be_read() -> None:
    new = NewBooth("http://localhost:1", "http://localhost:2", "http://localhost:3", ["http://localhost:4"], True, "0")
    config = Config.from_text(new.to_toml(), FILE)
    assert config.test
    assert set(config.hosts) == {"localhost", "127.0.0.1", "[::1]"}
    assert config.places == ()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (text(mode="demo"), "production"),
        (text(origin="http://booth.example"), "https://"),
        (text(origin="https://booth.example/vote"), "must be an origin"),
        (text(registry=None), "registry is missing"),
        (text(checker="https://booth.example"), "another origin than the booth's"),
        (text(hosts=["*"]), "without \\*"),
        (text(hosts=[]), "without \\*"),
        (text(orign="x"), "orign"),
        (text().replace('["http://127.0.0.1:8100"]', "[]"), "is empty"),
        (text().replace("http://127.0.0.1:8100", "http://ledger.example"), "https://"),
        (text().replace('phone = "1"', ""), "phone"),
        (text() + PLACE + PLACE, "same id"),
        (text() + "".join(PLACE.replace('"hall"', f'"hall-{n}"') for n in range(501)), "more than 500 places"),
        (text() + PLACE.replace('"hall"', '"City Hall"'), "small letters"),
        (text() + PLACE.replace("08:30", "8:30"), "time of day"),
        (text() + PLACE.replace("20:00", "25:00"), "time of day"),
        ("mode =", "is not TOML"),
        ("a = " + "[" * 5000, "TOML|nested"),
    ],
)
def test_mistakes(wrong: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Config.from_text(wrong, FILE)


def test_files(tmp_path: Path) -> None:
    (tmp_path / "booth.toml").write_text(text())
    assert Config.read(tmp_path) == Config.read(tmp_path / "booth.toml")
    (tmp_path / "booth.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match="UTF-8"):
        Config.read(tmp_path)


def with_ledger(address: str) -> Config:
    return Config.from_text(text().replace("http://127.0.0.1:8100", address), FILE)


@pytest.mark.parametrize("address", ["city=", "city=ftp://127.0.0.1", "city=http://", "city"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match=r"urls.*must"):
        with_ledger(address)


def test_a_name_is_no_way_around_https() -> None:
    assert with_ledger("city=https://node.example").ledger_urls == ("city=https://node.example",)
    with pytest.raises(InputError, match="https://"):
        with_ledger("city=http://node.example")
