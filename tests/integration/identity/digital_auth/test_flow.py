"""The whole way to the service and back, over HTTP, and everything that must stop it."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jwe, jwt
from joserfc.jwk import ECKey

from ippyo.errors import InputError
from ippyo.identity.digital_auth import ClientKey, DigitalAuth, Journey, ResultKey
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.messages import AttestedRequest, SignedRequest
from ippyo.identity.simulated.digital_auth import SimulatedDigitalAuth, press_button

Bench = Any
FAILED = "digital-auth-failed"
REFUSED = "digital-auth-refused"


def expect(code: str, detail: str, step: Callable[[], object]) -> None:
    with pytest.raises(IdentityRefusedError) as caught:
        step()
    assert caught.value.code == code
    assert detail in caught.value.detail
    assert "花子" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_login_attests_the_request_and_shows_the_four_data(digital_auth_bench: Bench) -> None:
    with digital_auth_bench(acr_values="aal3 crl", accepted_acr=("aal3",)) as bench:
        journey = Journey.from_text(bench.client.begin_login(bench.request).to_text())
        asked = parse_qs(urlsplit(journey.location).query)
        assert asked["scope"] == ["openid name address birthdate gender"]
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["acr_values"] == ["aal3 crl"]
        assert journey.verifier not in journey.location
        attested, data = bench.client.finish_login(journey, bench.back(journey))
        assert attested.request == bench.request
        assert data == bench.people["hanako"].text.basic
        again = AttestedRequest.from_text(attested.to_text())
        token = bench.client.check_attested(again, datetime.now(UTC))
        assert (len(token.subject), token.acr) == (43, "aal3")
        late = datetime.fromtimestamp(token.expires, UTC) + timedelta(seconds=90)
        early = datetime.fromtimestamp(token.issued, UTC) - timedelta(seconds=90)
        expect(FAILED, "expired", lambda: bench.client.check_attested(again, late))
        expect(FAILED, "future", lambda: bench.client.check_attested(again, early))
        other = dataclasses.replace(attested, request=dataclasses.replace(bench.request, nonce=b"\x05" * 32))
        expect(FAILED, "nonce", lambda: bench.client.check_attested(other, datetime.now(UTC)))


def test_the_subject_is_the_same_each_time(digital_auth_bench: Bench, digital_auth_request: Any) -> None:
    with digital_auth_bench() as bench:
        subjects = set()
        for nonce in (b"\x01" * 32, b"\x02" * 32):
            journey = bench.client.begin_login(digital_auth_request(nonce))
            attested, _ = bench.client.finish_login(journey, bench.back(journey))
            subjects.add(bench.client.check_attested(attested, datetime.now(UTC)).subject)
        assert len(subjects) == 1


def result_keys() -> list[ResultKey | None]:
    return [
        None,
        ResultKey.of(ec.generate_private_key(ec.SECP256R1())),
        ResultKey.of(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ]


@pytest.mark.parametrize("key", result_keys(), ids=["plain", "ecdh", "rsa"])
def test_a_signature_is_the_cards_own(digital_auth_bench: Bench, key: ResultKey | None) -> None:
    with digital_auth_bench(result_key=key) as bench:
        journey = Journey.from_text(bench.client.begin_signature(bench.request).to_text())
        asked = parse_qs(urlsplit(journey.location).query)
        assert asked["scope"] == ["openid sign"]
        assert asked["sign_transaction_id"] == [journey.transaction]
        signed = bench.client.finish_signature(journey, bench.back(journey))
        assert SignedRequest.from_text(signed.to_text()) == signed
        assert signed.certificate == bench.people["hanako"].signature.certificate
        public = x509.load_der_x509_certificate(signed.certificate).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(signed.signature, bench.request.to_sign(), padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("kind", ["login", "signature"])
@pytest.mark.parametrize(
    ("decision", "detail"), [("refuse", "the voter refused"), ("time-out", "the voter took too long")]
)
def test_a_voter_who_does_not_allow_it(digital_auth_bench: Bench, kind: str, decision: str, detail: str) -> None:
    with digital_auth_bench() as bench:
        begin, finish = getattr(bench.client, f"begin_{kind}"), getattr(bench.client, f"finish_{kind}")
        journey = begin(bench.request)
        back = bench.back(journey, decision)
        expect(REFUSED, detail, lambda: finish(journey, back))


def test_a_voter_who_comes_back_too_late(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        bench.ours.ahead = 601
        expect(REFUSED, "took too long", lambda: bench.client.finish_login(journey, back))


def test_the_way_back_of_another_journey(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey, other = bench.client.begin_login(bench.request), bench.client.begin_login(bench.request)
        back = bench.back(other)
        expect(FAILED, "state", lambda: bench.client.finish_login(journey, back))
        mixed = {**back, "state": journey.state}
        # The code was given for the other journey's challenge: PKCE.
        expect(FAILED, "request for the token", lambda: bench.client.finish_login(journey, mixed))


def test_a_code_serves_once(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        bench.client.finish_login(journey, back)
        expect(FAILED, "request for the token", lambda: bench.client.finish_login(journey, back))


def test_a_code_that_is_old(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        bench.theirs.ahead = 61
        expect(FAILED, "request for the token", lambda: bench.client.finish_login(journey, back))


def test_a_journey_of_the_other_kind(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        expect(FAILED, "not a signature", lambda: bench.client.finish_signature(journey, bench.back(journey)))


def test_a_key_that_the_service_does_not_know(digital_auth_bench: Bench) -> None:
    stranger = ClientKey.of(ec.generate_private_key(ec.SECP256R1()))
    with digital_auth_bench(registered_key=stranger) as bench:
        journey = bench.client.begin_login(bench.request)
        expect(FAILED, "request for the token", lambda: bench.client.finish_login(journey, bench.back(journey)))
        expect(FAILED, "request for the token", lambda: bench.client.begin_signature(bench.request))


def test_a_client_or_address_that_is_not_registered(digital_auth_bench: Bench) -> None:
    for wrong in ({"client_id": "village"}, {"registered_uri": "http://127.0.0.1:1/elsewhere"}):
        with digital_auth_bench(**wrong) as bench:
            journey = bench.client.begin_login(bench.request)
            with pytest.raises(InputError, match="no consent page"):
                press_button(journey.location, "hanako")


@pytest.mark.parametrize(("ahead", "detail"), [(-400, "expired"), (100, "future")])
def test_clocks_that_are_apart(digital_auth_bench: Bench, ahead: int, detail: str) -> None:
    with digital_auth_bench() as bench:
        bench.theirs.ahead = ahead
        # So far apart, the service takes no assertion either; this test is about the ID token.
        bench.service._authenticated = lambda form: bench.service._clients[form["client_id"]]
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        expect(FAILED, detail, lambda: bench.client.finish_login(journey, back))


def test_a_new_key_of_the_service_is_fetched_once(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        first = bench.client.begin_login(bench.request)
        attested, _ = bench.client.finish_login(first, bench.back(first))
        bench.service.change_key()
        second = bench.client.begin_login(bench.request)
        back = bench.back(second)
        # Within a minute of the last fetch the service is not asked again.
        expect(FAILED, "names a key", lambda: bench.client.finish_login(second, back))
        bench.ours.ahead = 61
        third = bench.client.begin_login(bench.request)
        bench.client.finish_login(third, bench.back(third))
        expect(FAILED, "names a key", lambda: bench.client.check_attested(attested, datetime.now(UTC)))


class Altered(SimulatedDigitalAuth):
    """A service whose ID token says something else."""

    change: Mapping[str, object] = {}

    def id_claims(self, grant: Any, nonce: str) -> dict[str, Any]:
        claims = {**super().id_claims(grant, nonce), **self.change}
        return {name: value for name, value in claims.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"nonce": "x" * 43}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "village"}, "somebody else"),
        ({"aud": ["village", "town"], "azp": None}, "issued to somebody else"),
        ({"azp": "village"}, "issued to somebody else"),
        ({"iss": "https://elsewhere.example"}, "another issuer"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "no exp"),
        ({"iat": 10**10}, "future"),
        ({"nbf": 10**10}, "future"),
        ({"iat": 1}, "older than the request"),
        ({"sub": None}, "names nobody"),
        ({"acr": "aal1"}, "acr"),
    ],
)
def test_an_id_token_that_is_not_right(digital_auth_bench: Bench, change: dict[str, object], detail: str) -> None:
    service = type("Changed", (Altered,), {"change": change})
    with digital_auth_bench(service, accepted_acr=("aal3",)) as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        expect(FAILED, detail, lambda: bench.client.finish_login(journey, back))


def test_a_token_for_several_that_names_us(digital_auth_bench: Bench) -> None:
    service = type("Changed", (Altered,), {"change": {"aud": ["village", "town"], "azp": "town"}})
    with digital_auth_bench(service) as bench:
        journey = bench.client.begin_login(bench.request)
        assert bench.client.finish_login(journey, bench.back(journey))


class Forging(SimulatedDigitalAuth):
    """A service, or somebody between, whose ID token is signed in another way."""

    how = "none"

    def token(self, form: Mapping[str, str]) -> dict[str, object]:
        answer = super().token(form)
        _, claims, _signature = str(answer["id_token"]).split(".")
        match self.how:
            case "none":
                head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
                answer["id_token"] = f"{head}.{claims}."
            case "HS256":
                named = json.dumps({"alg": "HS256", "kid": self._key_id}).encode()
                signed = f"{base64.urlsafe_b64encode(named).decode().rstrip('=')}.{claims}"
                mac = hmac.digest(self._key.as_pem(private=False), signed.encode(), "sha256")
                answer["id_token"] = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
            case "other key":
                payload = jwt.decode(str(answer["id_token"]), self._key, algorithms=["ES256"]).claims
                header = {"alg": "ES256", "kid": self._key_id}
                answer["id_token"] = jwt.encode(header, payload, ECKey.generate_key("P-256"), algorithms=["ES256"])
            case "no token":
                del answer["id_token"]
            case "no access":
                answer["access_token"] = None
            case "not a bearer's":
                answer["token_type"] = "mac"
        return answer


@pytest.mark.parametrize(
    ("how", "detail"),
    [
        ("none", "ES256"),
        ("HS256", "ES256"),
        ("other key", "does not verify"),
        ("no token", "no ID token"),
        ("no access", "no access token"),
        ("not a bearer's", "no access token"),
    ],
)
def test_a_token_that_is_forged(digital_auth_bench: Bench, how: str, detail: str) -> None:
    service = type("Forged", (Forging,), {"how": how})
    with digital_auth_bench(service) as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        expect(FAILED, detail, lambda: bench.client.finish_login(journey, back))


class Mistaken(SimulatedDigitalAuth):
    """A service that answers for another person."""

    def userinfo(self, access_token: str) -> dict[str, object]:
        return {**super().userinfo(access_token), "sub": "somebody"}


def test_userinfo_of_another_person(digital_auth_bench: Bench) -> None:
    with digital_auth_bench(Mistaken) as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        expect(FAILED, "not about the person", lambda: bench.client.finish_login(journey, back))


def test_a_card_without_four_data_or_a_person_without_card(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey, person="no-text")
        expect(FAILED, "status 500", lambda: bench.client.finish_login(journey, back))
        other = bench.client.begin_login(bench.request)
        nobody = bench.back(other, person="nobody")
        expect(FAILED, "server_error", lambda: bench.client.finish_login(other, nobody))


@pytest.mark.parametrize("person", ["child", "next-card"])
def test_a_card_that_cannot_sign_such_a_transaction(digital_auth_bench: Bench, person: str) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey, person=person)
        expect(FAILED, "server_error", lambda: bench.client.finish_signature(journey, back))


def test_a_signature_over_something_else(digital_auth_bench: Bench, digital_auth_request: Any) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_signature(bench.request)
        other = bench.client.begin_signature(digital_auth_request(b"\x07" * 32))
        # The journey's own transaction holds another digest, as if the service had mixed up two.
        mine = bench.service._transactions.take(journey.transaction)
        theirs = bench.service._transactions.take(other.transaction)
        bench.service._transactions.put(dataclasses.replace(mine, digest=theirs.digest), journey.transaction)
        back = bench.back(journey)
        expect(FAILED, "over this request", lambda: bench.client.finish_signature(journey, back))


def test_a_result_sealed_to_another_key_or_not_at_all(digital_auth_bench: Bench) -> None:
    ours, another = result_keys()[1], result_keys()[1]
    with digital_auth_bench(result_key=ours, registered_result_key=another) as bench:
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey)
        expect(FAILED, "not encrypted to our key", lambda: bench.client.finish_signature(journey, back))
    plain = dataclasses.replace  # the service sends JSON although a key was registered
    with digital_auth_bench(result_key=ours) as bench:
        client = bench.service._clients["town"]
        bench.service._clients["town"] = plain(client, result_jwk=None)
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey)
        expect(FAILED, "not encrypted to our key", lambda: bench.client.finish_signature(journey, back))
    with digital_auth_bench(registered_result_key=another) as bench:
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey)
        expect(FAILED, "not well formed", lambda: bench.client.finish_signature(journey, back))


class Sealing(SimulatedDigitalAuth):
    """A service that encrypts in a way we do not take."""

    header: Mapping[str, str] = {}

    def result(self, access_token: str, name: str) -> str:
        super().result(access_token, name)
        key = ECKey.import_key(dict(self._clients["town"].result_jwk or {}))
        names = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCM", "A256GCM", "DEF"]
        return jwe.encrypt_compact(dict(self.header), "{}", key, algorithms=names)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ECDH-ES", "enc": "A128GCM"},
        {"alg": "ECDH-ES+A128KW", "enc": "A256GCM"},
        {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF"},
    ],
)
def test_an_encryption_that_is_not_accepted(digital_auth_bench: Bench, header: dict[str, str]) -> None:
    service = type("Sealed", (Sealing,), {"header": header})
    with digital_auth_bench(service, result_key=result_keys()[1]) as bench:
        journey = bench.client.begin_signature(bench.request)
        back = bench.back(journey)
        expect(FAILED, "accepted way", lambda: bench.client.finish_signature(journey, back))


def test_a_service_that_is_down(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_login(bench.request)
        back = bench.back(journey)
        # Not the port that was its own: another program may have taken it by now.
        endpoints = dataclasses.replace(bench.config.endpoints, token="http://127.0.0.1:1/token")
        client = DigitalAuth(dataclasses.replace(bench.config, endpoints=endpoints), bench.ours)
        expect(FAILED, "no token", lambda: client.finish_login(journey, back))
        expect(FAILED, "no token", lambda: client.begin_signature(bench.request))


def test_an_assertion_serves_once(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        key = bench.config.client_key
        now = int(time.time())
        claims = {
            "iss": "town",
            "sub": "town",
            "aud": bench.config.endpoints.token,
            "jti": "1",
            "iat": now,
            "exp": now + 60,
        }
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

        def ask(**change: object) -> int:
            assertion = jwt.encode({"alg": "ES256"}, {**claims, **change}, key.key, algorithms=["ES256"])
            form = {
                "grant_type": "client_credentials",
                "client_id": "town",
                "client_assertion_type": kind,
                "client_assertion": assertion,
            }
            return requests.post(bench.config.endpoints.token, data=form, timeout=60).status_code

        assert ask() == 200
        assert ask() == 401
        assert ask(jti="2", aud="https://elsewhere.example") == 401
        assert ask(jti="3", exp=now - 1) == 401
        assert ask(jti="4", exp=now + 3600) == 401
        assert ask(jti="5", sub="village") == 401
        assert ask(jti=6) == 401
        assert ask(jti="7") == 200


def test_the_discovery_document_names_what_the_client_uses(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        document = requests.get(f"{bench.service.issuer}/.well-known/openid-configuration", timeout=60).json()
        points = bench.config.endpoints
        assert document["issuer"] == bench.config.issuer
        assert document["authorization_endpoint"] == points.authorization
        assert document["token_endpoint"] == points.token
        assert document["userinfo_endpoint"] == points.userinfo
        assert document["jwks_uri"] == points.keys


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "token"},
        {"scope": "name"},
        {"scope": "openid profile"},
        {"scope": "openid sign"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"state": ""},
        {"nonce": ""},
        {"redirect_uri": "https://elsewhere.example/"},
        {"client_id": "village"},
        {"sign_transaction_id": "00000000-0000-4000-8000-000000000000", "scope": "openid sign"},
    ],
)
def test_the_simulator_refuses_what_the_service_would(digital_auth_bench: Bench, change: dict[str, str]) -> None:
    with digital_auth_bench() as bench:
        parts = urlsplit(bench.client.begin_login(bench.request).location)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        address = parts._replace(query=urlencode({**query, **change})).geturl()
        answer = requests.get(address, timeout=60, allow_redirects=False)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_the_simulator_refuses_malformed_requests(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        base, points = bench.service.issuer, bench.config.endpoints
        consent = points.authorization.replace("/auth", "/consent")
        bearer = {"Authorization": "Bearer none"}
        for method, address, more, status in (
            ("GET", f"{base}/nowhere", {}, 404),
            ("GET", f"{points.authorization}?state=1&state=2", {}, 400),
            ("GET", f"{points.authorization}?state=%ff", {}, 400),
            ("POST", consent, {"data": {"decision": "allow", "consent": "none"}}, 400),
            ("POST", consent, {"data": {"decision": "perhaps"}}, 400),
            ("POST", points.token, {"data": {"client_id": "village"}}, 401),
            ("POST", points.token, {"data": "\u00ff".encode()}, 400),
            ("POST", points.token, {"data": b"a=" + b"b" * 70_000}, 413),
            ("GET", points.userinfo, {}, 401),
            ("GET", points.userinfo, {"headers": bearer}, 401),
            ("POST", points.transactions, {"headers": bearer, "json": {}}, 401),
            ("POST", points.transactions, {"headers": bearer, "data": b"["}, 400),
            ("GET", f"{points.transactions}/1/result", {"headers": bearer}, 401),
        ):
            assert requests.request(method, address, timeout=60, **more).status_code == status, address


def test_the_simulator_keeps_grants_apart(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        client: DigitalAuth = bench.client
        with client._session() as session:
            client._fetch_token(session, grant_type="client_credentials", scope="sign")
            points = bench.config.endpoints
            assert session.get(points.userinfo).status_code == 401
            for digest in ("!", base64.b64encode(b"1" * 31).decode()):
                assert session.post(points.transactions, json={"digest": digest}).status_code == 400
            number = session.post(points.transactions, json={"digest": base64.b64encode(b"1" * 32).decode()}).json()
            # The client's own token opens no result: only the person's does.
            assert session.get(f"{points.transactions}/{number['id']}/result").status_code == 404
            expect(
                FAILED,
                "request for the token",
                lambda: client._fetch_token(session, grant_type="password", username="x"),
            )


def test_press_button_says_what_is_wrong(digital_auth_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with digital_auth_bench() as bench:
        location = bench.client.begin_login(bench.request).location
        with pytest.raises(InputError, match="sends nobody back"):
            press_button(location, "hanako", "perhaps")
    with pytest.raises(InputError, match="does not answer"):
        press_button(urlsplit(location)._replace(netloc="127.0.0.1:1").geturl(), "hanako")


def test_a_transaction_whose_time_is_over(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        journey = bench.client.begin_signature(bench.request)
        query = dict(parse_qsl(urlsplit(journey.location).query))
        consent, _ = bench.service.authorize(query)
        bench.service._transactions.take(journey.transaction)
        back = dict(parse_qsl(urlsplit(bench.service.decide(consent, "allow", "hanako")).query))
        expect(FAILED, "server_error", lambda: bench.client.finish_signature(journey, back))


def test_an_assertion_of_another_kind(digital_auth_bench: Bench) -> None:
    with digital_auth_bench() as bench:
        form = {"client_id": "town", "grant_type": "client_credentials", "client_assertion_type": "password"}
        assert requests.post(bench.config.endpoints.token, data=form, timeout=60).status_code == 401
