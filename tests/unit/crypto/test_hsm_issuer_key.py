"""Issuers' keys in a device, with SoftHSM2 as the device."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from ippyo.crypto.blind_rsa import BlindSignatureError, RsaPublicKey, blind, finalize
from ippyo.crypto.hsm_issuer_key import HsmToken
from ippyo.crypto.issuer_key import IssuerKey
from ippyo.errors import InputError, ParseError

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "123456"
KEY = "poll-2026-general"


@pytest.fixture(scope="module")
def module(require: Callable[[str, bool, str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The PKCS#11 module with a token of its own, "issuer-1", away from any other on this machine."""
    path = next((path for path in MODULES if Path(path).exists()), "")
    tool = shutil.which("softhsm2-util") or ""
    require("softhsm2", bool(path and tool), "install the package softhsm2")
    require("python-pkcs11", find_spec("pkcs11") is not None, "install ippyo[hsm]")
    import pkcs11  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        options = ["--init-token", "--free", "--label", "issuer-1", "--pin", PIN, "--so-pin", "654321"]
        subprocess.run([tool, *options], check=True, capture_output=True)
        # The module may have been loaded before, under another configuration.
        pkcs11.unload(path)
        yield path
        pkcs11.unload(path)


@pytest.fixture(scope="module")
def stored(module: str) -> RsaPublicKey:
    with HsmToken.open(module, "issuer-1", PIN, writable=True) as opened:
        return opened.generate_key(KEY).public_key


@pytest.fixture
def token(module: str, stored: RsaPublicKey) -> Iterator[HsmToken]:
    with HsmToken.open(module, "issuer-1", PIN, writable=True) as opened:
        yield opened


@pytest.fixture
def key(token: HsmToken) -> IssuerKey:
    return token.key(KEY)


def test_signs_as_an_issuer_does(key: IssuerKey) -> None:
    blinding = blind(key.public_key, b"message")
    answer = key.blind_sign(blinding.blinded)
    assert pow(int.from_bytes(answer), 65537, key.public_key.n) == int.from_bytes(blinding.blinded)
    assert len(finalize(key.public_key, b"message", answer, blinding)) == 384


def test_key_stays_when_the_token_is_closed(key: IssuerKey, stored: RsaPublicKey) -> None:
    assert key.public_key == stored


def test_one_token_holds_the_keys_of_several_styles(key: IssuerKey, token: HsmToken) -> None:
    other = token.generate_key("poll-2026-ward-2")
    assert other.public_key != key.public_key
    for one in (key, other):
        assert pow(int.from_bytes(one.blind_sign((2).to_bytes(384))), 65537, one.public_key.n) == 2


def test_threads_share_a_key(key: IssuerKey) -> None:
    messages = [number.to_bytes(384) for number in range(2, 18)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(key.blind_sign, messages))
    assert [pow(int.from_bytes(answer), 65537, key.public_key.n) for answer in answers] == list(range(2, 18))


def test_bad_messages_are_refused(key: IssuerKey) -> None:
    with pytest.raises(ParseError, match="383 bytes"):
        key.blind_sign(bytes(383))
    with pytest.raises(ParseError, match="between 1 and n - 1"):
        key.blind_sign(b"\xff" * 384)


def test_key_cannot_leave_the_device(token: HsmToken) -> None:
    import pkcs11  # noqa: PLC0415

    private = token._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=KEY)
    with pytest.raises(pkcs11.PKCS11Error):
        private[pkcs11.Attribute.PRIVATE_EXPONENT]


def test_same_label_twice_is_refused(token: HsmToken) -> None:
    with pytest.raises(InputError, match="already holds a key"):
        token.generate_key(KEY)


def test_missing_key_is_said(token: HsmToken) -> None:
    with pytest.raises(InputError, match="exactly one key pair 'poll-2020'"):
        token.key("poll-2020")


def test_token_that_may_not_be_written_makes_no_key(module: str) -> None:
    with (
        HsmToken.open(module, "issuer-1", PIN) as opened,
        pytest.raises(InputError, match="cannot make the key 'x': SessionReadOnly"),
    ):
        opened.generate_key("x")


@pytest.mark.parametrize(
    ("path", "label", "pin", "problem"),
    [
        (None, "issuer-9", PIN, "not exactly one HSM token 'issuer-9'"),
        (None, "issuer-1", "000000", "the PIN of the HSM token 'issuer-1' is wrong"),
        ("/nowhere/module.so", "issuer-1", PIN, "PKCS#11 module /nowhere/module.so cannot be used"),
    ],
)
def test_what_is_missing_is_said(module: str, path: str | None, label: str, pin: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        HsmToken.open(path or module, label, pin)
    assert pin not in str(caught.value)


def test_token_is_opened_once(module: str, token: HsmToken) -> None:
    with pytest.raises(InputError, match="already open in this program"):
        HsmToken.open(module, "issuer-1", PIN)


def test_key_of_another_size_is_refused(token: HsmToken) -> None:
    import pkcs11  # noqa: PLC0415

    token._session.generate_keypair(pkcs11.KeyType.RSA, 2048, label="short", store=True)
    with pytest.raises(ParseError, match="3072 bits"):
        token.key("short")


def test_closed_token_does_not_sign(module: str, stored: RsaPublicKey) -> None:
    with HsmToken.open(module, "issuer-1", PIN) as opened:
        key = opened.key(KEY)
    with pytest.raises(BlindSignatureError, match="the HSM did not sign"):
        key.blind_sign((2).to_bytes(384))


def test_token_that_was_pulled_out_is_said(token: HsmToken) -> None:
    import pkcs11  # noqa: PLC0415

    session = token._session

    class Gone:
        def get_key(self, **_: object) -> None:
            raise pkcs11.DeviceRemoved

    token._session = Gone()
    with pytest.raises(InputError, match="cannot be read: DeviceRemoved"):
        token.key(KEY)
    token._session = session


def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(InputError, match=r"install ippyo\[hsm\]"):
        HsmToken.open("module", "token", "pin")
