from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import pytest

from ippyo.canonical import b64
from ippyo.errors import ParseError
from ippyo.identity.certificates.profile import CERTIFICATE_LIMIT
from ippyo.identity.messages import (
    BLINDED_BYTES,
    REQUEST_LIMIT,
    SIGNATURE_LIMIT,
    AttestedRequest,
    CardBinding,
    SignedBinding,
    SignedRequest,
    StyleRequest,
    TicketRequestText,
    VouchedRequest,
    code_text,
    desk_word,
)
from ippyo.poll.limits import MAX_ISSUERS, MAX_STYLES

PHI = "P" * 43
NONCE = bytes(range(32))
BLINDED = b"\x02" * BLINDED_BYTES
REQUEST = TicketRequestText(
    PHI, NONCE, 1_790_000_000, (StyleRequest("east", (BLINDED,)), StyleRequest("west", (BLINDED,)))
)
SIGNED = SignedRequest(REQUEST, b"certificate", "RS256", b"signature")
BINDING = CardBinding(PHI, NONCE, 1_790_000_000, hashlib.sha256(b"user").digest())
BOUND = SignedBinding(BINDING, b"certificate", "RS256", b"signature", b"user", "ES384", b"user signature")
ATTESTED = AttestedRequest(REQUEST, "a.b.c")

VOUCHED = VouchedRequest(SIGNED, bytes(64))

Message = Any
MESSAGES = [REQUEST, SIGNED, VOUCHED, BOUND, ATTESTED]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_its_text(message: Message) -> None:
    text = message.to_text()
    for form in (text, text.encode()):
        assert type(message).from_text(form) == message


def test_the_texts_are_those_of_the_protocol() -> None:
    blinded = b64(BLINDED)
    style = '{"style":"%s","blinded":["' + blinded + '"]}'
    request = (
        f'{{"type":"ticket-request","poll":"{PHI}","nonce":"{b64(NONCE)}","time":1790000000,'
        f'"styles":[{style % "east"},{style % "west"}]}}'
    )
    assert REQUEST.to_text() == request
    assert REQUEST.to_sign() == b"ippyo-request-v1|" + request.encode()
    assert SIGNED.to_text() == (
        f'{{"request":{request},"certificate":"Y2VydGlmaWNhdGU","algorithm":"RS256","signature":"c2lnbmF0dXJl"}}'
    )
    assert VOUCHED.to_text() == f'{{"signed":{SIGNED.to_text()},"desk":"{"A" * 86}"}}'
    digest = b64(hashlib.sha256(SIGNED.to_text().encode()).digest())
    assert desk_word(PHI, SIGNED.to_text()) == f"ippyo-desk-v1|{PHI}|{digest}".encode()
    assert ATTESTED.to_text() == f'{{"request":{request},"id_token":"a.b.c"}}'
    user = b64(hashlib.sha256(b"user").digest())
    binding = (
        f'{{"type":"card-binding","poll":"{PHI}","nonce":"{b64(NONCE)}","time":1790000000,"user_certificate":"{user}"}}'
    )
    assert BINDING.to_sign() == b"ippyo-binding-v1|" + binding.encode()
    assert BOUND.to_text() == (
        f'{{"binding":{binding},"certificate":"Y2VydGlmaWNhdGU","algorithm":"RS256","signature":"c2lnbmF0dXJl",'
        '"user_certificate":"dXNlcg","user_algorithm":"ES384","user_signature":"dXNlciBzaWduYXR1cmU"}'
    )
    assert code_text(PHI) == f"ippyo-voting-code-v1|{PHI}".encode()


def test_no_text_to_sign_is_another_ones() -> None:
    texts = [REQUEST.to_sign(), BINDING.to_sign(), code_text(PHI)]
    heads = [text.partition(b"|")[0] for text in texts]
    assert len(set(heads)) == 3
    assert not any(one != other and one.startswith(other) for one in heads for other in heads)


def test_blinded_messages_by_style() -> None:
    assert REQUEST.blinded_for("west") == (BLINDED,)
    assert REQUEST.blinded_for("north") is None


def test_the_largest_request_fits() -> None:
    styles = tuple(StyleRequest(f"{n:040}", (BLINDED,) * MAX_ISSUERS) for n in range(MAX_STYLES))
    largest = SignedRequest(
        dataclasses.replace(REQUEST, styles=styles), b"c" * CERTIFICATE_LIMIT, "RS256", b"s" * SIGNATURE_LIMIT
    )
    assert SignedRequest.from_text(largest.to_text()) == largest
    with pytest.raises(ParseError, match="more than"):
        SignedRequest.from_text(largest.to_text() + " " * REQUEST_LIMIT)


def altered(message: Message, *path: str | int, value: object) -> str:
    """Return the text with the field at ``path`` changed, still in compact form; ``...`` removes it."""
    root = json.loads(message.to_text())
    place = root
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(root, separators=(",", ":"), ensure_ascii=False)


REQUEST_FAULTS: list[tuple[tuple[str | int, ...], object]] = [
    (("type",), "card-binding"),
    (("type",), ...),
    (("poll",), 1),
    (("poll",), "P" * 65),
    (("poll",), "\ud800"),
    (("nonce",), b64(b"1" * 31)),
    (("nonce",), b64(b"1" * 33)),
    (("nonce",), b64(NONCE) + "="),
    (("nonce",), b64(NONCE)[:-1] + "9"),
    (("time",), -1),
    (("time",), "1790000000"),
    (("time",), True),
    (("time",), 1.5),
    (("time",), 10**15),
    (("styles",), []),
    (("styles",), {}),
    (("styles",), [{"style": "east", "blinded": [b64(BLINDED)]}] * 2),
    (("styles",), [{"style": str(n), "blinded": [b64(BLINDED)]} for n in range(MAX_STYLES + 1)]),
    (("styles", 0), "east"),
    (("styles", 0, "style"), 1),
    (("styles", 0, "style"), "x" * 41),
    (("styles", 0, "style"), "west"),
    (("styles", 0, "more"), 1),
    (("styles", 0, "blinded"), []),
    (("styles", 0, "blinded"), b64(BLINDED)),
    (("styles", 0, "blinded"), [b64(BLINDED)] * (MAX_ISSUERS + 1)),
    (("styles", 0, "blinded"), [b64(BLINDED[1:])]),
    (("styles", 0, "blinded"), [b64(BLINDED + b"1")]),
    (("styles", 0, "blinded"), [b64(BLINDED)[:-1] + "é"]),
    (("styles", 0, "blinded"), [1]),
    (("more",), 1),
]


@pytest.mark.parametrize(("path", "value"), REQUEST_FAULTS)
def test_requests_that_are_refused(path: tuple[str | int, ...], value: object) -> None:
    with pytest.raises(ParseError):
        TicketRequestText.from_text(altered(REQUEST, *path, value=value))
    for carrier in (SIGNED, ATTESTED):
        with pytest.raises(ParseError):
            type(carrier).from_text(altered(carrier, "request", *path, value=value))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_one_message_has_one_text(message: Message) -> None:
    text = message.to_text()
    value = json.loads(text)
    first = next(iter(value))
    reordered = {name: value[name] for name in [*list(value)[1:], first]}
    for other in (
        text.replace(":", ": ", 1),
        text + "\n",
        "\ufeff" + text,
        json.dumps(reordered, separators=(",", ":")),
        text.replace("{", '{"type":"x",', 1),
        text.replace(PHI, "\\u0050" + PHI[1:], 1),
        text.replace(f'"{first}"', f'"{first}x"', 1),
        "[" * 40,
        "",
        "null",
        "[]",
    ):
        with pytest.raises(ParseError):
            type(message).from_text(other)
    with pytest.raises(ParseError):
        type(message).from_text(text.encode().replace(b"P", b"\xff", 1))


KEY_FAULTS: list[tuple[str, object]] = [
    ("certificate", ""),
    ("certificate", 1),
    ("certificate", "!"),
    ("certificate", "QUI="),
    ("certificate", b64(b"1" * (CERTIFICATE_LIMIT + 1))),
    ("algorithm", "none"),
    ("algorithm", "HS256"),
    ("algorithm", "PS256"),
    ("algorithm", "rs256"),
    ("algorithm", ""),
    ("algorithm", None),
    ("signature", ""),
    ("signature", b64(b"1" * (SIGNATURE_LIMIT + 1))),
    ("signature", "A"),
    ("signature", ...),
]


@pytest.mark.parametrize(("name", "value"), KEY_FAULTS)
def test_signatures_that_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParseError):
        SignedRequest.from_text(altered(SIGNED, name, value=value))
    for prefix in ("", "user_"):
        with pytest.raises(ParseError):
            SignedBinding.from_text(altered(BOUND, f"{prefix}{name}", value=value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "ticket-request"),
        ("poll", "P" * 65),
        ("nonce", b64(b"1" * 31)),
        ("time", -1),
        ("user_certificate", b64(b"1" * 31)),
        ("user_certificate", ...),
        ("more", 1),
    ],
)
def test_bindings_that_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParseError):
        SignedBinding.from_text(altered(BOUND, "binding", name, value=value))


@pytest.mark.parametrize("token", ["x" * 8193, 1, None, ...])
def test_tokens_that_are_refused(token: object) -> None:
    with pytest.raises(ParseError):
        AttestedRequest.from_text(altered(ATTESTED, "id_token", value=token))


def test_requests_name_different_styles() -> None:
    with pytest.raises(ParseError, match="different styles"):
        dataclasses.replace(REQUEST, styles=())
    with pytest.raises(ParseError, match="different styles"):
        dataclasses.replace(REQUEST, styles=REQUEST.styles[:1] * 2)


def test_who_signs_is_not_shown() -> None:
    # A certificate for signatures holds a name and an address, a token the person's number at the service.
    for message in (SIGNED, BOUND, ATTESTED):
        shown = repr(message)
        assert "b'certificate'" not in shown
        assert "a.b.c" not in shown
