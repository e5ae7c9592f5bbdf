"""Whom the client believes, and to whom it talks: a signature has an ID token, too, and nobody is led elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from ippyo.identity.digital_auth import DigitalAuth
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.simulated.digital_auth import SimulatedDigitalAuth
from ippyo.identity.simulated.serving import served

Bench = Any


class OfAnother(SimulatedDigitalAuth):
    """A service whose ID tokens are for another request."""

    def id_claims(self, grant: Any, nonce: str) -> dict[str, Any]:
        return super().id_claims(grant, nonce) | {"nonce": "x" * 43}


def test_a_signature_comes_with_an_id_token_of_its_own(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_signature(bench.request)
        assert bench.client.finish_signature(journey, bench.back(journey))
    with digital_auth_bench(OfAnother) as bench:
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey)
        with pytest.raises(IdentityRefusedError, match="nonce") as caught:
            bench.client.finish_signature(journey, back)
    assert caught.value.code == "digital-auth-failed"


def redirecting(status: str, target: str) -> Callable[[str], Any]:
    """Return what makes a server that sends everybody to ``target``."""

    def answer(_: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, [("Location", target), ("Content-Length", "0")])
        return [b""]

    return lambda _: answer


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
def test_what_proves_who_we_are_is_not_sent_on(digital_auth_bench: Bench, status: str) -> None:
    """The assertion in a token request is good for a minute, at whoever gets it."""
    heard: list[str] = []

    def listen(environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        heard.append(environ["REQUEST_METHOD"])
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]

    with (
        digital_auth_bench() as bench,
        served(lambda _: listen) as elsewhere,
        served(redirecting(status, f"{elsewhere}/token")) as token,
    ):
        endpoints = replace(bench.config.endpoints, token=f"{token}/token")
        client = DigitalAuth(replace(bench.config, endpoints=endpoints), bench.ours, seconds=60)
        with pytest.raises(IdentityRefusedError, match="digital-auth-failed"):
            client.begin_signature(bench.request)
    assert heard == []
