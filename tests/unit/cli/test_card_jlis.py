"""``ippyo card jlis`` from the first key to a revoked card, as the command line does it."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import typer
from typer.testing import CliRunner

from ippyo.cli import card_jlis
from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.certificates import CheckedCertificate, Pin, Trust, check_certificate
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.revocation import CrlSource


@pytest.fixture(scope="session")
def card_app() -> typer.Typer:
    app = typer.Typer()
    card_jlis.register(app)
    return app


@pytest.fixture
def run(card_app: typer.Typer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    monkeypatch.chdir(tmp_path)

    def act(*arguments: str) -> str:
        result = CliRunner().invoke(card_app, ["jlis", *arguments], catch_exceptions=False)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return act


def contents(path: str) -> CardContents:
    return CardContents.from_text(read_limited(Path(path), 70_000, "card"))


def checked(path: str, trust: Trust) -> CheckedCertificate:
    key = contents(path).signature
    assert key is not None
    return check_certificate(key.certificate, "signature", trust, datetime.now(UTC))


def test_from_the_first_key_to_a_revoked_card(run) -> None:  # type: ignore[no-untyped-def]
    shown = run("init", "jlis")
    pins = [Pin.from_text(text) for text in re.findall(r"^(?:signature|user):\S+", shown, re.MULTILINE)]
    trust = Trust.from_folder(Path("jlis/roots"), pins, test=True)
    assert run("pins", "jlis") == shown

    run("person", "jlis", "hanako.card", "--name", "一票　花子", "--sex", "女", "--born", "1990-03-04", "--pin", "9876")
    assert stat.S_IMODE(Path("hanako.card").stat().st_mode) == 0o600
    hanako = contents("hanako.card")
    assert hanako.user is not None
    assert hanako.user.pin == "9876"
    basic = checked("hanako.card", trust).basic
    assert basic is not None
    assert (basic.name, basic.sex) == ("一票　花子", "female")

    Path("roll.csv").write_text(
        "氏名,住所,性別,生年月日\n一票　太郎,見本県,男,1930-01-02\n一票　次郎,見本県,男,1931-01-02\n"
    )
    assert "2" in run("roll", "jlis", "roll.csv", "cards", "--shared-keys", "1")
    assert sorted(path.name for path in Path("cards").iterdir()) == ["000001.card", "000002.card"]

    assert len(run("crl", "jlis", "crl").splitlines()) == 2
    source, now = CrlSource(Path("crl"), trust), datetime.now(UTC)
    source.require_good(checked("hanako.card", trust), now)
    run("revoke", "jlis", "hanako.card", "--which", "signature")
    run("crl", "jlis", "crl")
    with pytest.raises(IdentityRefusedError, match="certificate-revoked"):
        source.require_good(checked("hanako.card", trust), now)
    source.require_good(checked("cards/000001.card", trust), now)

    assert len(re.findall(r"^(?:signature|user):", run("renew", "jlis"), re.MULTILINE)) == 4


def test_both_certificates_are_revoked_unless_told_otherwise(run) -> None:  # type: ignore[no-untyped-def]
    run("init", "jlis")
    run("person", "jlis", "a.card")
    run("revoke", "jlis", "a.card")
    assert Path("jlis/revoked.json").read_text().count('"serial"') == 2


def test_nothing_is_overwritten(run) -> None:  # type: ignore[no-untyped-def]
    run("init", "jlis")
    run("person", "jlis", "a.card")
    with pytest.raises(InputError, match="already exists"):
        run("person", "jlis", "a.card")
    with pytest.raises(InputError, match="already"):
        run("init", "jlis")


def test_it_serves_until_interrupted(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("init", "jlis")
    command = "import typer; from ippyo.cli import card_jlis; app = typer.Typer(); card_jlis.register(app); app()"
    serving = subprocess.Popen(
        [sys.executable, "-u", "-c", command, "jlis", "serve", "jlis"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    try:
        assert serving.stdout is not None
        url = serving.stdout.readline().removeprefix("OCSP: ").strip()
        assert requests.post(url, data=b"nonsense", timeout=60).status_code == 200
        port = url.split(":")[2].split("/")[0]
        with pytest.raises(InputError, match="another program uses this port"):
            run("serve", "jlis", "--port", port)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=60)
