"""The simulated service itself, without HTTP: what it remembers, checks, and answers."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, RSAKey

from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.simulated.digital_auth.assertion import asserted_number
from ippyo.identity.simulated.digital_auth.once import Shelf
from ippyo.identity.simulated.digital_auth.persons import four_data, pairwise_subject, sign_digest

__all__ = ["DECISIONS", "Consent", "OAuthError", "RegisteredClient", "SimulatedDigitalAuth"]

REALM = "/api/realms/main"
SCOPES = frozenset({"openid", "name", "address", "birthdate", "gender", "sign"})
ACR = "aal3"
CONSENT_SECONDS = 600
CODE_SECONDS = 60
TOKEN_SECONDS = 300
JTI_SECONDS = 600

DECISIONS = ("allow", "refuse", "time-out")


class OAuthError(Exception):
    """A refusal as OAuth 2.0 names it; ``status`` is the HTTP status that goes with it."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A relying party: its addresses, its public keys (JWK). Without ``result_jwk`` results come as plain JSON."""

    client_id: str
    redirect_uris: tuple[str, ...]
    jwk: Mapping[str, Any]
    result_jwk: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A person stands before the consent page with this authorization request."""

    client: RegisteredClient
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scopes: frozenset[str]
    transaction: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or an access token stands for; ``person`` is empty for the client's own token."""

    client: RegisteredClient
    scopes: frozenset[str]
    person: str = field(repr=False, default="")
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signature to be made, and its result once the person has made it."""

    client: RegisteredClient
    digest: bytes
    result: Mapping[str, str] | None = field(repr=False, default=None)


class SimulatedDigitalAuth:
    """The service at ``origin`` (``http://127.0.0.1:PORT``).

    ``people`` gives each person's virtual card; ``clients`` are those registered; ``clock`` tells seconds since 1970.
    """

    def __init__(
        self,
        origin: str,
        people: Mapping[str, CardContents],
        clients: tuple[RegisteredClient, ...],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = f"{origin}{REALM}"
        self.endpoint = f"{self.issuer}/protocol/openid-connect"
        self.transactions_endpoint = f"{origin}/api/sign-transactions"
        self.people = people
        self.clock = clock
        self._clients = {client.client_id: client for client in clients}
        self._secret = secrets.token_bytes(32)
        self._key_id = secrets.token_hex(8)
        self._key = ECKey.generate_key("P-256")
        self._consents: Shelf[Consent] = Shelf(CONSENT_SECONDS, clock)
        self._codes: Shelf[Grant] = Shelf(CODE_SECONDS, clock)
        self._tokens: Shelf[Grant] = Shelf(TOKEN_SECONDS, clock)
        self._transactions: Shelf[Transaction] = Shelf(CONSENT_SECONDS, clock)
        self._numbers: Shelf[bool] = Shelf(JTI_SECONDS, clock)

    def change_key(self) -> None:
        """Sign with a new key from now on; the old one leaves the key set."""
        self._key_id = secrets.token_hex(8)
        self._key = ECKey.generate_key("P-256")

    def discovery(self) -> dict[str, object]:
        """Return the discovery document (``.well-known/openid-configuration``)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.endpoint}/auth",
            "token_endpoint": f"{self.endpoint}/token",
            "userinfo_endpoint": f"{self.endpoint}/userinfo",
            "jwks_uri": f"{self.endpoint}/certs",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": sorted(SCOPES),
        }

    def key_set(self) -> dict[str, object]:
        """Return the public signing key as a JWKS."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": "ES256"}]}

    def authorize(self, query: Mapping[str, str]) -> tuple[str, Consent]:
        """Take an authorization request; return what is asked for, after the name under which it is decided.

        Raises :class:`OAuthError`: nobody is sent on to an address before client and request are in order.
        """
        client = self._clients.get(query.get("client_id", ""))
        if client is None or query.get("redirect_uri") not in client.redirect_uris:
            raise OAuthError("invalid_client")
        scopes = frozenset(query.get("scope", "").split())
        challenge = query.get("code_challenge", "")
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type")
        if "openid" not in scopes or not scopes <= SCOPES:
            raise OAuthError("invalid_scope")
        if query.get("code_challenge_method") != "S256" or len(challenge) != 43:
            raise OAuthError("invalid_request")
        if not query.get("state") or not query.get("nonce"):
            raise OAuthError("invalid_request")
        transaction = query.get("sign_transaction_id", "")
        begun = self._transactions.get(transaction)
        if ("sign" in scopes) != (begun is not None and begun.client == client):
            raise OAuthError("invalid_request")
        consent = Consent(client, query["redirect_uri"], query["state"], query["nonce"], challenge, scopes, transaction)
        return self._consents.put(consent), consent

    def decide(self, name: str, decision: str, person: str) -> str:
        """Take what ``person`` decided and return the address to go back to. Raises :class:`OAuthError`."""
        if decision not in DECISIONS:
            raise OAuthError("invalid_request")
        consent = self._consents.take(name)
        if consent is None:
            raise OAuthError("invalid_request")
        if decision == "refuse":
            return _back(consent, error="access_denied")
        if decision == "time-out":
            return _back(consent, error="temporarily_unavailable", error_description="authentication_expired")
        contents = self.people.get(person)
        if contents is None:
            return _back(consent, error="server_error")
        if consent.transaction and not self._sign(consent.transaction, contents):
            return _back(consent, error="server_error")
        code = self._codes.put(Grant(consent.client, consent.scopes, person, consent))
        return _back(consent, code=code, iss=self.issuer)

    def _sign(self, name: str, contents: CardContents) -> bool:
        transaction = self._transactions.take(name)
        if transaction is None:
            return False
        result = sign_digest(contents, transaction.digest)
        self._transactions.put(Transaction(transaction.client, transaction.digest, result), name)
        return result is not None

    def token(self, form: Mapping[str, str]) -> dict[str, object]:
        """Answer a token request. Raises :class:`OAuthError`."""
        client = self._authenticated(form)
        match form.get("grant_type"):
            case "client_credentials":
                return self._access(Grant(client, frozenset({"sign"})))
            case "authorization_code":
                return self._redeemed(client, form)
            case _:
                raise OAuthError("unsupported_grant_type")

    def _authenticated(self, form: Mapping[str, str]) -> RegisteredClient:
        client = self._clients.get(form.get("client_id", ""))
        if client is None:
            raise OAuthError("invalid_client", 401)
        number = asserted_number(form, client.client_id, client.jwk, f"{self.endpoint}/token", self.clock())
        if not number or self._numbers.get(number):
            raise OAuthError("invalid_client", 401)
        self._numbers.put(True, number)
        return client

    def _redeemed(self, client: RegisteredClient, form: Mapping[str, str]) -> dict[str, object]:
        # Taken before it is looked at: a code serves once, also when it serves badly.
        grant = self._codes.take(form.get("code", ""))
        if grant is None or grant.consent is None or grant.client != client:
            raise OAuthError("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
        if challenge != grant.consent.challenge or form.get("redirect_uri") != grant.consent.redirect_uri:
            raise OAuthError("invalid_grant")
        header = {"alg": "ES256", "typ": "JWT", "kid": self._key_id}
        id_token = jwt.encode(header, self.id_claims(grant, grant.consent.nonce), self._key, algorithms=["ES256"])
        return {**self._access(grant), "id_token": id_token}

    def id_claims(self, grant: Grant, nonce: str) -> dict[str, Any]:
        """Return the claims of the ID token."""
        now = int(self.clock())
        return {
            "iss": self.issuer,
            "sub": self.subject(grant),
            "aud": grant.client.client_id,
            "azp": grant.client.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": now,
            "nonce": nonce,
            "acr": ACR,
        }

    def subject(self, grant: Grant) -> str:
        """Return the pairwise ``sub``."""
        return pairwise_subject(self._secret, grant.person, grant.client.redirect_uris[0])

    def _access(self, grant: Grant) -> dict[str, object]:
        token = self._tokens.put(grant)
        scope = " ".join(sorted(grant.scopes))
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": scope}

    def userinfo(self, access_token: str) -> dict[str, object]:
        """Return what the person consented to show. Raises :class:`OAuthError`."""
        grant = self._granted(access_token, "openid")
        contents = self.people.get(grant.person)
        if contents is None or contents.text is None:
            raise OAuthError("server_error", 500)
        return {"sub": self.subject(grant), **four_data(contents.text.basic, grant.scopes)}

    def begin_transaction(self, access_token: str, body: Mapping[str, Any]) -> dict[str, object]:
        """Begin a signature: ``digest`` is Base64 of a SHA-256 value or its DigestInfo. Raises :class:`OAuthError`."""
        grant = self._granted(access_token, "sign")
        try:
            digest = base64.b64decode(str(body.get("digest")), validate=True)
        except ValueError:
            raise OAuthError("invalid_request") from None
        if grant.person or len(digest) not in {32, 51}:
            raise OAuthError("invalid_request")
        return {"id": self._transactions.put(Transaction(grant.client, digest), str(uuid.uuid4()))}

    def result(self, access_token: str, name: str) -> str:
        """Return the result of a signature: a JWE for a client with a key for it, else JSON. Raises an OAuthError."""
        grant = self._granted(access_token, "sign")
        transaction = self._transactions.get(name)
        if grant.consent is None or grant.consent.transaction != name or transaction is None:
            raise OAuthError("not_found", 404)
        text = json.dumps(transaction.result)
        key = grant.client.result_jwk
        return text if key is None else _sealed(text, key)

    def _granted(self, access_token: str, scope: str) -> Grant:
        grant = self._tokens.get(access_token)
        if grant is None or scope not in grant.scopes:
            raise OAuthError("invalid_token", 401)
        return grant


def _back(consent: Consent, **query: str) -> str:
    joint = "&" if "?" in consent.redirect_uri else "?"
    return f"{consent.redirect_uri}{joint}{urlencode({'state': consent.state, **query})}"


def _sealed(text: str, jwk: Mapping[str, Any]) -> str:
    algorithm = str(jwk["alg"])
    key = RSAKey.import_key(dict(jwk)) if jwk["kty"] == "RSA" else ECKey.import_key(dict(jwk))
    return jwe.encrypt_compact({"alg": algorithm, "enc": "A256GCM"}, text, key, algorithms=[algorithm, "A256GCM"])
