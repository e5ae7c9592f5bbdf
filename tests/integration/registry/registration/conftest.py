"""``registration_desk(**policies)``: a desk behind Django's test client, with everything a voter's device does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from ippyo.canonical import dumps, unb64
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.registry.codes.service import make
from ippyo.registry.site.office import use

# The site's own table also has the further issuer's addresses while no registry is configured.
URLS = (path("", include("ippyo.registry.registration.urls")),)


@dataclass
class Desk:
    """One desk and one voter's browser."""

    maker: Any
    office: Any
    client: Client = field(default_factory=Client)

    def code(self, person: Any) -> str:
        """Return a new registration code of a person on the roll."""
        return next(make([person.voter], "test")).code.reveal()

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/{path}")

    def post(self, path: str, body: Any = None) -> Any:
        text = body if isinstance(body, str | bytes) else dumps({} if body is None else body)
        return self.client.post(f"/api/{path}", text, content_type="application/json")

    def begin(self, code: str | None = None) -> dict[str, Any]:
        answer = self.post("visit", {} if code is None else {"code": code})
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def text(self, person: Any, visit: dict[str, Any], **other: Any) -> Any:
        """Return what the device asks for in this visit."""
        facts = {"nonce": unb64(visit["nonce"], what="nonce"), "time": visit["time"], "styles": visit["styles"]}
        return self.maker.request_text(person, **facts | other)

    def signed(self, person: Any, visit: dict[str, Any], key: str = "signature", **other: Any) -> str:
        return str(self.maker.signed(person, self.text(person, visit, **other), key=key).to_text())

    def show_card(self, person: Any, visit: dict[str, Any], key: str = "signature", **other: Any) -> Any:
        return self.post("request", self.signed(person, visit, key, **other))

    def use_passkey(self, device: SoftPasskey) -> Any:
        asked = self.post("passkey/options").json()
        answer = device.create if asked["ceremony"] == "create" else device.get
        return self.post("passkey", answer(asked["publicKey"]))

    def confirm(self) -> Any:
        return self.post("confirm", {"free_will": True})

    def ticket(self) -> Any:
        return self.post("ticket")


def refusal(answer: Any) -> tuple[str, int]:
    """Return code and status of a refusal, which has a message in both languages."""
    value = answer.json()
    assert value["message"]["ja"]
    assert value["message"]["en"]
    return value["code"], answer.status_code


@pytest.fixture(name="refusal")
def _refusal() -> Callable[[Any], tuple[str, int]]:
    return refusal


@pytest.fixture
def registration_desk(office_maker: Any, settings: Any) -> Iterator[Callable[..., Desk]]:
    """Return ``registration_desk(office={..}, **policies)``, which opens a desk until the test ends."""
    settings.ROOT_URLCONF = URLS
    with ExitStack() as stack:

        def open_desk(office: dict[str, Any] | None = None, config: dict[str, Any] | None = None, **of: Any) -> Desk:
            maker = office_maker(**of)
            opened = maker.office(config=maker.config(**config or {}), **office or {})
            stack.enter_context(use(opened))
            return Desk(maker, opened)

        yield open_desk
