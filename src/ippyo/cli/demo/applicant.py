"""A voter who registers over HTTP, as the page in the browser does (docs/registration.md §3).

The voting code, the credential and the blinding stay in this object; the desk and the further issuers see blinded
messages, and a signature of the card over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from ippyo.ballot.ticket import Ticket, TicketRequest
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import dumps, unb64
from ippyo.contract.poll import Poll
from ippyo.errors import CheckFailedError, RefusedError
from ippyo.identity.messages import SignedRequest, StyleRequest, TicketRequestText, VouchedRequest
from ippyo.identity.simulated.passkey import SoftPasskey

__all__ = ["Applicant", "Refused", "Signer", "Site", "TicketInHand"]

TIMEOUT = 30


class Refused(RefusedError):  # noqa: N818 - what a site answers is a refusal
    """A site refused; ``status`` is the HTTP status and ``message`` what it says to the voter, by language."""

    def __init__(self, code: str, status: int, message: dict[str, str]) -> None:
        super().__init__(code, message.get("en", ""))
        self.status = status
        self.message = message


class Signer(Protocol):
    """A card whose PIN has been shown."""

    certificate: bytes
    algorithm: str

    def sign(self, message: bytes) -> bytes:
        """Sign with the key that belongs to ``certificate``."""
        ...


class Site:
    """One issuer's site, with the cookies of one visit; ``page`` is the origin of the desk's page that asks."""

    def __init__(self, origin: str, page: str) -> None:
        self.origin = origin
        self._page = page
        self._session = requests.Session()
        self._session.trust_env = False

    def new_visitor(self) -> None:
        """Forget the cookies, as another person's browser would never have had them."""
        self._session.cookies.clear()

    def get(self, path: str) -> Any:
        """Ask, and return what the JSON says. Raises :class:`Refused`."""
        return self._read(self._session.get(self.origin + path, timeout=TIMEOUT, allow_redirects=False))

    def follow(self, address: str) -> None:
        """Come to a page of this site by a redirect from elsewhere."""
        self._session.get(address, timeout=TIMEOUT, allow_redirects=True)

    def post(self, path: str, body: str) -> Any:
        """Send a JSON text, and return what the answer says. Raises :class:`Refused`."""
        headers = {
            "Content-Type": "application/json",
            "Origin": self._page,
            # The page's own token; without the page there is no visit.
            "X-CSRFToken": self._session.cookies.get("csrf") or "",
        }
        answer = self._session.post(
            self.origin + path, data=body.encode(), headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Any:
        try:
            said = answer.json()
        except requests.JSONDecodeError:
            raise CheckFailedError(f"{self.origin} answered {answer.status_code}, and not in JSON") from None
        if answer.ok:
            return said
        raise Refused(said["code"], answer.status_code, said["message"])


@dataclass(frozen=True, slots=True)
class TicketInHand:
    """A ticket, and the request it answers (which holds the credential)."""

    ticket: Ticket
    request: TicketRequest = field(repr=False)


class Applicant:
    """Somebody in front of a device, with a letter, a card, and a voting code just drawn."""

    def __init__(self, poll: Poll, sites: Sequence[Site], code: VotingCode) -> None:
        self._poll = poll
        self._sites = sites
        self._code = code
        self._requests: dict[str, TicketRequest] = {}
        self.signed: SignedRequest | None = None
        """The request that the card signed last."""

    @property
    def desk(self) -> Site:
        """The site of issuer 1, where the voter's pages are."""
        return self._sites[0]

    def begin(self, registration_code: str | None) -> dict[str, Any]:
        """Begin a visit; return what the desk says: nonce, time, styles."""
        self.desk.new_visitor()
        self.desk.follow(f"{self.desk.origin}/registration/")
        body = {} if registration_code is None else {"code": registration_code}
        begun: dict[str, Any] = self.desk.post("/api/visit", dumps(body))
        return begun

    def write_request(self, begun: dict[str, Any]) -> TicketRequestText:
        """Blind the credential for every style the desk named, and write the request."""
        poll = self._poll
        for style in begun["styles"]:
            if style not in self._requests:
                self._requests[style] = TicketRequest.create(
                    self._code, poll.fingerprint, poll.group, style, poll.ticket_keys[style]
                )
        styles = tuple(StyleRequest(style, self._requests[style].blinded_messages) for style in begun["styles"])
        return TicketRequestText(poll.fingerprint, unb64(begun["nonce"], what="nonce"), begun["time"], styles)

    def show_card(self, request: TicketRequestText, card: Signer) -> dict[str, Any]:
        """Have the card sign the request, and hand it in; return what the desk says."""
        self.signed = SignedRequest(request, card.certificate, card.algorithm, card.sign(request.to_sign()))
        said: dict[str, Any] = self.desk.post("/api/request", self.signed.to_text())
        return said

    def leave_for_digital_auth(self, request: TicketRequestText) -> str:
        """Return where デジタル認証 signs the request instead of a card in a reader."""
        return str(self.desk.post("/api/digital-auth", dumps({"request": request.to_value()}))["location"])

    def come_back(self, address: str) -> dict[str, Any]:
        """Return from デジタル認証 at ``address``; the desk says what is left, and what the phone signed."""
        self.desk.follow(address)
        left: dict[str, Any] = self.desk.get("/api/visit")
        self.signed = SignedRequest.from_text(left["signed_request"])
        return left

    def use_passkey(self) -> None:
        """Make a passkey on this device, whose owner shows a finger or a face."""
        options = self.desk.post("/api/passkey/options", "{}")
        passkey = SoftPasskey(self.desk.origin)
        answer = (passkey.create if options["ceremony"] == "create" else passkey.get)(options["publicKey"])
        self.desk.post("/api/passkey", dumps(answer))

    def confirm(self) -> None:
        """Say that this is one's own free will."""
        self.desk.post("/api/confirm", dumps({"free_will": True}))

    def collect(self) -> TicketInHand:
        """Fetch every issuer's blind signature, and unblind the ticket."""
        assert self.signed is not None, "the card has signed"
        answers = [self.desk.post("/api/ticket", "{}")]
        vouched = VouchedRequest(self.signed, unb64(answers[0]["desk"], what="desk's word"))
        answers += [site.post("/api/issue", vouched.to_text()) for site in self._sites[1:]]
        request = self._requests[answers[0]["style"]]
        signatures = [unb64(answer["blind_signature"], what="blind signature") for answer in answers]
        return TicketInHand(request.finish(signatures), request)

    def register(self, registration_code: str | None, card: Signer) -> TicketInHand:
        """Go the whole way with a card."""
        return self.finish(self.show_card(self.write_request(self.begin(registration_code)), card))

    def finish(self, left: dict[str, Any]) -> TicketInHand:
        """Go the rest of the way, once it is known who one is."""
        if "passkey" in left["steps"]:
            self.use_passkey()
        self.confirm()
        return self.collect()
