"""The RSA keys in an HSM token (SoftHSM2), the Ed25519 key in the file: together they are an issuer's secrets."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.errors import InputError
from ippyo.registry.issuance.keys import IssuerSecrets, open_token
from ippyo.registry.site.config import TokenConfig

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


def test_keys_in_a_token(
    require: Callable[[str, bool, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = shutil.which("softhsm2-util") or ""
    require("softhsm2", MODULE.exists() and bool(tool), "install the package softhsm2")
    require("python-pkcs11", find_spec("pkcs11") is not None, "install ippyo[hsm]")
    import pkcs11  # noqa: PLC0415

    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    pin = tmp_path / "pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    options = ["--init-token", "--free", "--label", "registry", "--pin", "123456", "--so-pin", "654321"]
    subprocess.run([tool, *options], check=True, capture_output=True)
    pkcs11.unload(str(MODULE))
    token = TokenConfig(str(MODULE), "registry", pin, "poll-")
    try:
        with open_token(token, writable=True) as opened:
            made = opened.generate_key("poll-all").public_key
            secrets: Any = IssuerSecrets.generate("市", []).with_token(opened, "poll-", ["all"])
            assert secrets.public().styles[0].key == made
            assert len(secrets.styles["all"].blind_sign((5).to_bytes(made.size))) == made.size
            # What is in the token is not in the file.
            assert IssuerSecrets.from_text(secrets.to_text()).styles == {}
        # The command makes keys in the token, too, and tells their public halves.
        (tmp_path / "passphrase").write_text("a passphrase for tests")
        monkeypatch.setenv("IPPYO_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
        options = ["--module", str(MODULE), "--token", "registry", "--pin-file", str(pin), "--label-prefix", "new-"]
        command = [sys.executable, "-m", "ippyo", "registry", "keys", str(tmp_path / "keys.age"), "--name", "市"]
        done = subprocess.run([*command, "--style", "all", *options], check=True, capture_output=True, text=True)
        sealed = IssuerSecrets.unseal((tmp_path / "keys.age").read_bytes(), "a passphrase for tests")
        assert sealed.styles == {}
        pkcs11.unload(str(MODULE))
        with open_token(token) as opened:
            assert done.stdout == dumps(sealed.with_token(opened, "new-", ["all"]).public().to_value()) + "\n"
        pin.chmod(0o644)
        with pytest.raises(InputError, match="mode 600"):
            open_token(token)
    finally:
        pkcs11.unload(str(MODULE))
