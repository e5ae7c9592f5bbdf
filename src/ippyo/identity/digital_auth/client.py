"""The relying party: a login that attests a ticket request, or a signature of the card over it."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from requests import Session
from requests.exceptions import RequestException

from ippyo.identity.digital_auth.claims import read_userinfo
from ippyo.identity.digital_auth.config import DigitalAuthConfig
from ippyo.identity.digital_auth.id_token import Expected, IdToken, nonce_of, read_id_token
from ippyo.identity.digital_auth.journey import Journey, require_code
from ippyo.identity.digital_auth.key_set import KeySet
from ippyo.identity.digital_auth.refusals import failed
from ippyo.identity.digital_auth.signature import DIGEST_FIELD, digest_info, read_result, read_transaction
from ippyo.identity.digital_auth.transport import TOTAL_SECONDS, get, harden, post_json, require_answer
from ippyo.identity.messages import AttestedRequest, SignedRequest, TicketRequestText
from ippyo.identity.person import BasicData

__all__ = ["DigitalAuth"]

LOGIN_SCOPE = "openid name address birthdate gender"
SIGNATURE_SCOPE = "openid sign"
ASSERTION_SECONDS = 60


class _ClientAssertion(PrivateKeyJWT):  # type: ignore[misc]
    """``private_key_jwt`` (RFC 7523) whose assertions live for a minute, each with a number of its own."""

    def __init__(self, config: DigitalAuthConfig, clock: Callable[[], float]) -> None:
        super().__init__(config.endpoints.token)
        self._config = config
        self._clock = clock

    def sign(self, auth: object, token_endpoint: str) -> str:
        """Return an assertion for ``token_endpoint``."""
        del auth
        now = int(self._clock())
        claims = {
            "iss": self._config.client_id,
            "sub": self._config.client_id,
            "aud": token_endpoint,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        header = {"alg": "ES256", "kid": self._config.client_key.key_id}
        return jwt.encode(header, claims, self._config.client_key.key, algorithms=["ES256"])


class DigitalAuth:
    """The service as this registry sees it. Safe for many threads: every step has a session of its own.

    ``clock`` tells seconds since 1970; ``seconds`` limits one exchange with the service. Every method refuses with
    ``digital-auth-refused`` (the voter said no, or took too long) or ``digital-auth-failed``
    (:class:`ippyo.identity.errors.IdentityRefusedError`).
    """

    def __init__(
        self, config: DigitalAuthConfig, clock: Callable[[], float] = time.time, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._config = config
        self._clock = clock
        self._seconds = seconds
        self._keys = KeySet(self._fetch_keys, clock)

    def begin_login(self, request: TicketRequestText) -> Journey:
        """Return a journey to the consent page, at whose end the service attests ``request`` (4-digit PIN)."""
        return self._begin("login", request, LOGIN_SCOPE, "")

    def finish_login(self, journey: Journey, query: Mapping[str, str]) -> tuple[AttestedRequest, BasicData]:
        """Return what the voter brought back: the attested request, and the four data. ``query`` is the way back's."""
        with self._session() as session:
            token = self._redeem(session, journey, query, "login")
            attested = AttestedRequest(journey.request, token)
            subject = self._check(attested, self._clock()).subject
            data = read_userinfo(get(session, self._config.endpoints.userinfo, "userinfo"), subject)
        return attested, data

    def begin_signature(self, request: TicketRequestText) -> Journey:
        """Return a journey to the page where the voter signs ``request`` with the password of 署名用電子証明書."""
        with self._session() as session:
            self._fetch_token(session, grant_type="client_credentials", scope="sign")
            body = {DIGEST_FIELD: base64.b64encode(digest_info(request)).decode("ascii")}
            answer = post_json(session, self._config.endpoints.transactions, body, "signature transaction")
        return self._begin("signature", request, SIGNATURE_SCOPE, read_transaction(answer))

    def finish_signature(self, journey: Journey, query: Mapping[str, str]) -> SignedRequest:
        """Return the signed request; its certificate is still to be checked against the roots and for revocation."""
        with self._session() as session:
            token = self._redeem(session, journey, query, "signature")
            self._check(AttestedRequest(journey.request, token), self._clock())
            address = f"{self._config.endpoints.transactions}/{journey.transaction}/result"
            body = get(session, address, "signature result")
        return read_result(body, journey.request, self._config.result_key)

    def check_attested(self, attested: AttestedRequest, at: datetime) -> IdToken:
        """Check a stored attested request again, as at the time ``at`` it was taken, and return what the token says.

        Needs the key of that time, which a service keeps in its key set for as long as it sees fit.
        """
        return self._check(attested, at.timestamp())

    def _check(self, attested: AttestedRequest, now: float) -> IdToken:
        config, request = self._config, attested.request
        nonce = nonce_of(request)
        expected = Expected(config.issuer, config.client_id, nonce, request.time, config.accepted_acr)
        return read_id_token(attested.id_token, self._keys, expected, now)

    def _begin(self, kind: str, request: TicketRequestText, scope: str, transaction: str) -> Journey:
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        more = {"acr_values": self._config.acr_values} if self._config.acr_values else {}
        if transaction:
            more["sign_transaction_id"] = transaction
        with self._session() as session:
            location, _ = session.create_authorization_url(
                self._config.endpoints.authorization,
                state=state,
                code_verifier=verifier,
                scope=scope,
                nonce=nonce_of(request),
                **more,
            )
        return Journey(kind, location, state, verifier, transaction, int(self._clock()), request)

    def _redeem(self, session: Any, journey: Journey, query: Mapping[str, str], kind: str) -> str:
        """Turn the code into tokens: the access token stays in ``session``, the ID token is returned unchecked."""
        if journey.kind != kind:
            raise failed(f"the journey is not a {kind}")
        code = require_code(journey, query, self._config.issuer, self._clock())
        token = self._fetch_token(
            session,
            grant_type="authorization_code",
            code=code,
            code_verifier=journey.verifier,
            redirect_uri=self._config.redirect_uri,
        )
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise failed("the service issued no ID token")
        return id_token

    def _fetch_token(self, session: Any, **body: str) -> Mapping[str, object]:
        try:
            token = session.fetch_token(
                self._config.endpoints.token, allow_redirects=False, client_id=self._config.client_id, **body
            )
        except (AuthlibBaseError, RequestException, ValueError, TypeError, KeyError):
            # Whatever the service wrote stays out of it: an answer may quote the code or a person.
            raise failed("the service issued no token") from None
        if not isinstance(token.get("access_token"), str) or str(token.get("token_type")).lower() != "bearer":
            raise failed("the service issued no access token")
        return dict(token)

    def _session(self) -> Any:
        config = self._config
        session = OAuth2Session(
            config.client_id,
            token_endpoint_auth_method=_ClientAssertion.name,
            redirect_uri=config.redirect_uri,
            code_challenge_method="S256",
            leeway=0,
        )
        session.register_client_auth_method(_ClientAssertion(config, self._clock))
        session.register_compliance_hook("access_token_response", lambda answer: require_answer(answer, "token"))
        harden(session, config.authority, self._seconds)
        return session

    def _fetch_keys(self) -> bytes:
        with Session() as session:
            harden(session, self._config.authority, self._seconds)
            return get(session, self._config.endpoints.keys, "key set")
