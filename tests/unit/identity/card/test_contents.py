"""A virtual card as text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ippyo.errors import ParseError
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents


def test_a_card_has_one_text(card_contents: CardContents) -> None:
    text = card_contents.to_text()
    assert CardContents.from_text(text) == card_contents
    assert CardContents.from_text(text.encode()).to_text() == text
    assert list(json.loads(text)) == ["type", "label", "signature", "user", "text"]


def test_a_card_may_lack_parts(card_contents: CardContents) -> None:
    bare = CardContents(None, None)
    assert bare.to_text() == (
        '{"type":"virtual-card","label":"JPKIAPICCTOKEN2","signature":null,"user":null,"text":null}'
    )
    assert CardContents.from_text(bare.to_text()) == bare
    child = replace(card_contents, signature=None)
    assert CardContents.from_text(child.to_text()) == child
    assert (child.key(KeyKind.SIGNATURE), child.key(KeyKind.USER)) == (None, card_contents.user)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"virtual-card"', '"virtual-cart"'),
        ('"label":"JPKIAPICCTOKEN2"', '"label":"カード"'),
        ('"label":"JPKIAPICCTOKEN2"', '"label":""'),
        ('"pin":"ABC123"', '"pin":"abc123"'),
        ('"pin":"ABC123"', '"pin":"ABC12"'),
        ('"pin":"1234"', '"pin":"ABC123"'),
        ('"pin":"4321"', '"pin":"432"'),
        ('"born":[1980,2,3]', '"born":[1980,2]'),
        ('"born":[1980,2,3]', '"born":[1980,2,true]'),
        ('"born":[1980,2,3]', '"born":[1980,2,30]'),
        ('"sex":"female"', '"sex":"2"'),
        ('"text":{', '"text":0,"x":{'),
        ("{", " {"),
    ],
)
def test_other_texts_are_refused(card_contents: CardContents, old: str, new: str) -> None:
    text = card_contents.to_text()
    assert old in text
    with pytest.raises(ParseError):
        CardContents.from_text(text.replace(old, new, 1))


def test_a_text_too_long_is_refused() -> None:
    with pytest.raises(ParseError, match="more than"):
        CardContents.from_text(" " * 70_000)


def test_nothing_secret_or_personal_is_shown(card_contents: CardContents) -> None:
    for shown in (card_contents, card_contents.signature, card_contents.user, card_contents.text):
        assert "hidden" in repr(shown)


@pytest.mark.parametrize(
    "key",
    [
        b"no key",
        ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["no key", "another kind of key"],
)
def test_a_card_needs_keys_that_cards_have(card_contents: CardContents, key: bytes) -> None:
    assert card_contents.user is not None
    with pytest.raises(ParseError, match="private key"):
        VirtualCard(replace(card_contents, user=replace(card_contents.user, key=key)))
