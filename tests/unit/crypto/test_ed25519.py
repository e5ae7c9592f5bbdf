"""Ed25519 against RFC 8032 §7.1, and each refusal."""

from __future__ import annotations

import pytest

from ippyo.crypto import ed25519
from ippyo.crypto.ed25519 import PublicKey, SecretKey, generate, sign, verify
from ippyo.errors import ParseError

# RFC 8032 §7.1: secret seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SecretKey(bytes.fromhex(seed))
    assert key.public.raw.hex() == public
    assert sign(key, bytes.fromhex(message)).hex() == signature
    assert verify(key.public, bytes.fromhex(message), bytes.fromhex(signature))


def test_altered_signature_message_or_key_fails() -> None:
    key, message = generate(), b"open the box"
    signature = sign(key, message)
    assert not verify(generate().public, message, signature)
    assert not verify(key.public, message + b"!", signature)
    for position in range(len(signature)):
        altered = bytearray(signature)
        altered[position] ^= 1
        assert not verify(key.public, message, bytes(altered))


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_signature_of_another_length_fails(length: int) -> None:
    assert not verify(generate().public, b"", bytes(length))


def test_signature_scalar_that_is_not_reduced_fails() -> None:
    key = generate()
    signature = sign(key, b"message")
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    assert not verify(key.public, b"message", signature[:32] + scalar.to_bytes(32, "little"))


# Signatures of b"ippyo" that a signer can make and verifiers judge differently: web/tests/ledger.test.js has them, too.
STRANGE_KEY = "2c1b328deca5900cd82a3f2fd88903694ac7071b9d6aa9310515d413df84a4e7"
STRANGE = {
    "R has a component of order eight": (
        "3707bcbec8736b4d4c36de63693f6ae600e9ccf3f428c98d2c5644468c030683"
        "24b56808cdfe22c9904815e1d1df879442fc3233a249799e59c24ddfc63fb20f"
    ),
    "R is the identity": (
        "0100000000000000000000000000000000000000000000000000000000000000"
        "f5f90b43b86c5f076941f4609208ff93a06c9080ed1b371d8b1fc48e344fe601"
    ),
}


@pytest.mark.parametrize("cofactor", [None, True])
@pytest.mark.parametrize("signature", STRANGE.values(), ids=STRANGE)
def test_signatures_about_which_verifiers_differ_fail(
    signature: str, cofactor: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cofactor is not None:
        # As with a libsodium that takes the first of them.
        monkeypatch.setattr(ed25519, "_WITH_COFACTOR", cofactor)
        monkeypatch.setattr(ed25519, "_passes", lambda *_: True)
    assert not verify(PublicKey(bytes.fromhex(STRANGE_KEY)), b"ippyo", bytes.fromhex(signature))
    key = generate()
    assert verify(key.public, b"ippyo", sign(key, b"ippyo"))


@pytest.mark.parametrize(
    "raw",
    [
        bytes(31),
        bytes(33),
        b"\x01" + bytes(31),  # the identity
        bytes(32),  # order four
        b"\x02" + bytes(31),  # not on the curve
        b"\xec" + b"\xff" * 30 + b"\x7f",  # order two
        b"\xff" * 32,  # not canonical
        # A key of the subgroup and a point of order eight: its holder can make signatures that libsodium takes.
        bytes.fromhex("8d3d2c0692591fd7d654ef938d2a912c821186c9b13a7bae826908303ee3cd69"),
    ],
)
def test_bad_public_keys_are_refused(raw: bytes) -> None:
    with pytest.raises(ParseError, match="prime-order"):
        PublicKey(raw)


def test_key_texts() -> None:
    key = generate()
    assert len(key.to_text()) == len(key.public.to_text()) == 43
    assert SecretKey.from_text(key.to_text()) == key
    assert PublicKey.from_text(key.public.to_text()) == key.public


@pytest.mark.parametrize("text", ["", "AAAA", "A" * 43 + "=", "A" * 42 + "B", "A" * 44, "?" * 43])
def test_bad_key_texts_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        PublicKey.from_text(text)
    with pytest.raises(ParseError):
        SecretKey.from_text(text)


def test_secret_of_wrong_length_is_refused() -> None:
    with pytest.raises(ParseError, match="31 bytes"):
        SecretKey(bytes(31))


def test_secret_is_not_shown() -> None:
    key = generate()
    for shown in (repr(key), str(key), f"{key}"):
        assert key.to_text() not in shown
        assert repr(key.seed) not in shown
