"""The gate before the card: three texts pass, and no other bytes."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ippyo.canonical import sha256_b64
from ippyo.errors import ParseError
from ippyo.identity.agent.signing import GuardedCard, require_signable
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.messages import CardBinding, StyleRequest, TicketRequestText, code_text

PHI = sha256_b64("poll")
REQUEST = TicketRequestText(PHI, bytes(32), 1_790_000_000, (StyleRequest("general", (bytes(384),)),)).to_sign()
BINDING = CardBinding(PHI, bytes(32), 1_790_000_000, bytes(32)).to_sign()
CODE = code_text(PHI)


def with_field(message: bytes, **changes: Any) -> bytes:
    prefix, _, text = message.partition(b"|")
    value = json.loads(text) | changes
    return prefix + b"|" + json.dumps(value, separators=(",", ":")).encode()


OTHERS = {
    "empty": b"",
    "a text": b"I owe you a million yen",
    "a hash": bytes(32),
    "DigestInfo of SHA-256": bytes.fromhex("3031300d060960864801650304020105000420") + bytes(32),
    "a prefix alone": b"ippyo-request-v1",
    "a prefix and a bar": b"ippyo-request-v1|",
    "another version": REQUEST.replace(b"-v1|", b"-v2|"),
    "a prefix in capitals": REQUEST.replace(b"ippyo", b"IPPYO", 1),
    "something before it": b" " + REQUEST,
    "something after a request": REQUEST + b"\n",
    "something after a binding": BINDING + b" ",
    "something after a code text": CODE + b"|",
    "a request under the prefix of a binding": REQUEST.replace(b"request", b"binding", 1),
    "a binding under the prefix of a request": BINDING.replace(b"binding", b"request", 1),
    "a request with a space": REQUEST.replace(b":", b": ", 1),
    "a request with an unknown field": with_field(REQUEST, more=1),
    "a request of another type": with_field(REQUEST, type="card-binding"),
    "a request with a short nonce": with_field(REQUEST, nonce="AA"),
    "a request without styles": with_field(REQUEST, styles=[]),
    "a request with a short blinded message": with_field(REQUEST, styles=[{"style": "general", "blinded": ["AAAA"]}]),
    "a binding with a space": BINDING.replace(b":", b": ", 1),
    "a binding with an unknown field": with_field(BINDING, more=1),
    "a binding with fields in another order": with_field(BINDING, type="card-binding").replace(
        b'"type":"card-binding",', b"", 1
    ),
    "a code text of no poll": b"ippyo-voting-code-v1|",
    "a code text of a short fingerprint": CODE[:-1],
    "a code text that is not ASCII": b"ippyo-voting-code-v1|" + "あ".encode() * 14,
    "a code text of bytes": b"ippyo-voting-code-v1|" + b"\xff" * 43,
}


@pytest.mark.parametrize("message", [REQUEST, BINDING, CODE])
def test_three_texts_are_signable(message: bytes) -> None:
    require_signable(message)


@pytest.mark.parametrize("message", OTHERS.values(), ids=OTHERS.keys())
def test_nothing_else_is(message: bytes) -> None:
    with pytest.raises(ParseError):
        require_signable(message)


@given(st.binary(max_size=400))
def test_no_bytes_are(message: bytes) -> None:
    with pytest.raises(ParseError):
        require_signable(message)


@given(st.sampled_from([REQUEST, BINDING, CODE]), st.data())
def test_an_altered_text_is_refused_or_another_of_the_three(message: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(message) - 1))
    altered = message[:place] + bytes([data.draw(st.integers(0, 255))]) + message[place + 1 :]
    try:
        require_signable(altered)
    except ParseError:
        return
    assert altered.partition(b"|")[0] == message.partition(b"|")[0]
    assert len(altered) == len(message)


def test_the_card_is_not_asked_for_anything_else(card_slots: ModuleType) -> None:
    slot = card_slots.Slot(card_slots.contents())
    with slot.connect() as transport:
        card = GuardedCard(transport)
        card.select()
        card.verify(KeyKind.USER, card_slots.PINS[KeyKind.USER])
        for message in OTHERS.values():
            with pytest.raises(ParseError):
                card.sign(KeyKind.USER, message)
        assert slot.signatures == 0
        card.sign(KeyKind.USER, CODE)
        assert slot.signatures == 1
