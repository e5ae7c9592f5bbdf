from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ippyo.errors import InputError
from ippyo.identity.digital_auth import ClientKey, ResultKey, load_client_key, load_result_key

PHRASE = b"correct horse"
EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(folder: Path, key: object, *, encrypted: bool = False, mode: int = 0o600) -> Path:
    cipher = serialization.BestAvailableEncryption(PHRASE) if encrypted else serialization.NoEncryption()
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    path = folder / "key.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher))
    path.chmod(mode)
    return path


def test_keys_come_from_private_or_encrypted_files(tmp_path: Path) -> None:
    assert load_client_key(pem(tmp_path, EC)).key_id == ClientKey.of(EC).key_id
    assert load_client_key(pem(tmp_path, EC), key_id="town-1").key_id == "town-1"
    assert load_client_key(pem(tmp_path, EC, encrypted=True, mode=0o644), PHRASE).key.is_private
    # A passphrase that is not needed does no harm.
    assert load_result_key(pem(tmp_path, EC), PHRASE).algorithm == "ECDH-ES"
    assert load_result_key(pem(tmp_path, RSA)).algorithm == "RSA-OAEP-256"


def test_what_is_registered_is_public_only() -> None:
    for jwk in (ClientKey.of(EC).public_jwk(), ResultKey.of(EC).public_jwk(), ResultKey.of(RSA).public_jwk()):
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(jwk)
        assert jwk["use"] in {"sig", "enc"}


def test_keys_are_not_shown() -> None:
    assert "ECKey" not in repr(ClientKey.of(EC))
    assert "RSAKey" not in repr(ResultKey.of(RSA))


def test_a_readable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="others may read it"):
        load_client_key(pem(tmp_path, EC, mode=0o640))


def test_an_encrypted_file_needs_its_passphrase(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give its passphrase"):
        load_client_key(pem(tmp_path, EC, encrypted=True))
    with pytest.raises(InputError, match="passphrase is another one"):
        load_client_key(pem(tmp_path, EC, encrypted=True), b"wrong")


@pytest.mark.parametrize("key", [RSA, ec.generate_private_key(ec.SECP384R1())])
def test_a_client_key_is_on_p256(tmp_path: Path, key: object) -> None:
    with pytest.raises(InputError, match="client key for デジタル認証 is not"):
        load_client_key(pem(tmp_path, key))


def test_other_kinds_do_not_serve(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not serve"):
        load_result_key(pem(tmp_path, ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(InputError, match="neither RSA nor EC"):
        ResultKey.of(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(InputError, match="fewer than 2048"):
        ResultKey.of(rsa.generate_private_key(public_exponent=65537, key_size=1024))


def test_what_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("not a key")
    path.chmod(0o600)
    with pytest.raises(InputError, match="is not a PEM private key"):
        load_client_key(path)
    with pytest.raises(InputError, match="cannot read"):
        load_client_key(tmp_path / "missing")
