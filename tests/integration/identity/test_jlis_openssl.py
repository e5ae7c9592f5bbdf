"""OpenSSL, an independent client, accepts what the simulated J-LIS issues, and refuses what it revokes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool
from ippyo.identity.simulated.jlis_web import JlisSite, serve_jlis

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def openssl(require: Callable[[str, bool, str], None], tmp_path: Path) -> Run:
    require("openssl", shutil.which("openssl") is not None, "apt-get install openssl")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["openssl", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)

    return run


@pytest.fixture
def jlis(tmp_path: Path, openssl: Run) -> Jlis:
    """Return a J-LIS of two generations; user.pem and signature.pem are a card's, KIND-N.pem the authorities'."""
    now = datetime.now(UTC)
    made = Jlis.create(tmp_path / "jlis", now, generations=2)
    person = BasicData("一票　花子", "見本県一票市１丁目２番３号", "female", BirthDate(1990, 3, 4))
    card = made.personalise(person, CardPins(), now, pool=KeyPool(1), ocsp_url="http://127.0.0.1/ocsp")
    assert card.signature is not None
    assert card.user is not None
    (tmp_path / "signature.der").write_bytes(card.signature.certificate)
    (tmp_path / "user.der").write_bytes(card.user.certificate)
    for kind in ("signature", "user"):
        openssl("x509", "-inform", "der", "-in", f"{kind}.der", "-out", f"{kind}.pem")
        for generation in (1, 2):
            root = f"{kind}-{generation}"
            openssl("x509", "-inform", "der", "-in", f"jlis/roots/{root}.cer", "-out", f"{root}.pem")
    return made


@pytest.mark.parametrize(
    ("kind", "policy"), [("signature", "1.2.392.200149.8.5.1.0.20"), ("user", "1.2.392.200149.8.5.1.0.30")]
)
def test_certificates_verify_strictly_and_by_policy(jlis: Jlis, openssl: Run, kind: str, policy: str) -> None:
    strict = ("verify", "-x509_strict", "-policy_check", "-explicit_policy", "-no-CApath", "-no-CAstore")
    right = openssl(*strict, "-policy", policy, "-CAfile", f"{kind}-2.pem", f"{kind}.pem")
    assert (right.returncode, right.stdout) == (0, f"{kind}.pem: OK\n"), right.stderr
    production = policy.replace(".1.0.20", ".1.1.20").replace(".1.0.30", ".1.3.30")
    assert openssl(*strict, "-policy", production, "-CAfile", f"{kind}-2.pem", f"{kind}.pem").returncode != 0
    assert openssl(*strict, "-policy", policy, "-CAfile", f"{kind}-1.pem", f"{kind}.pem").returncode != 0


def test_the_profile_as_openssl_prints_it(jlis: Jlis, openssl: Run) -> None:
    text = openssl("x509", "-in", "signature.pem", "-noout", "-text").stdout
    assert "Digital Signature, Non Repudiation" in text
    assert "Policy: 1.2.392.200149.8.5.1.0.20" in text
    assert "1.2.392.200149.8.5.5.1" in text
    assert "CPS: http://www.jpki.go.jp/cps.html" in text


def test_lists_verify_and_name_the_revoked(jlis: Jlis, openssl: Run, tmp_path: Path) -> None:
    def listed() -> subprocess.CompletedProcess[str]:
        (tmp_path / "list.der").write_bytes(jlis.crl("signature", datetime.now(UTC)))
        return openssl("crl", "-inform", "der", "-in", "list.der", "-noout", "-text", "-CAfile", "signature-2.pem")

    assert "No Revoked Certificates" in listed().stdout
    jlis.revoke((tmp_path / "signature.der").read_bytes(), datetime.now(UTC), "superseded")
    after = listed()
    assert "Superseded" in after.stdout
    assert "verify OK" in after.stderr
    openssl("crl", "-inform", "der", "-in", "list.der", "-out", "list.pem")
    checked = openssl("verify", "-crl_check", "-CRLfile", "list.pem", "-CAfile", "signature-2.pem", "signature.pem")
    assert "certificate revoked" in checked.stderr


def test_the_responder_answers_openssl(jlis: Jlis, openssl: Run, tmp_path: Path) -> None:
    with serve_jlis(JlisSite(jlis)) as origin:

        def asked() -> str:
            answer = openssl(
                "ocsp", "-sha256", "-issuer", "user-2.pem", "-cert", "user.pem", "-CAfile", "user-2.pem",
                "-url", f"{origin}/ocsp", "-no-CApath", "-no-CAstore",
            )  # fmt: skip
            assert "Response verify OK" in answer.stderr, answer.stderr
            assert "no nonce" not in answer.stderr
            return answer.stdout

        assert "user.pem: good" in asked()
        jlis.revoke((tmp_path / "user.der").read_bytes(), datetime.now(UTC), "certificateHold")
        assert "user.pem: revoked" in asked()
