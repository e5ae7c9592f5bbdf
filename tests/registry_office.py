"""Registries of a small poll, with a simulated J-LIS, cards, a roll and a ledger in memory. Fixture ``office_maker``.

maker = office_maker()                         # a poll with 署名用, a card reader, two issuers
office = maker.office()                        # the desk; maker.office(2) is the further issuer
taro = maker.person("山田太郎")                 # on the roll (needs the database), with a card
request = maker.signed(taro)                   # a SignedRequest; maker.devices[taro] is what his device keeps
with use(office): ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests import small_poll as polls

from ippyo.ballot.ticket import Ticket, TicketRequest
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import sha256
from ippyo.crypto import ed25519
from ippyo.errors import IppyoError, RefusedError
from ippyo.identity.card.virtual.contents import CardContents, KeyContents
from ippyo.identity.messages import (
    CardBinding,
    SignedBinding,
    SignedRequest,
    StyleRequest,
    TicketRequestText,
    VouchedRequest,
    desk_word,
)
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.revocation import CrlSource, import_crl
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool
from ippyo.ledger.blocks import Entry
from ippyo.ledger.engine import Accepted
from ippyo.poll.text import Text
from ippyo.registry.issuance.keys import IssuerSecrets
from ippyo.registry.issuance.service import count_persons
from ippyo.registry.issuance.totals import Totals
from ippyo.registry.roll.models import Voter
from ippyo.registry.roll.rows import Person as RollRow
from ippyo.registry.site.config import CertificateConfig, Config, KeyConfig, RevocationConfig
from ippyo.registry.site.office import Office
from ippyo.sites.config_values import SupportConfig

ORIGINS = ("http://localhost:8001", "http://localhost:8002")


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody with a card; ``voter`` is None for somebody who is not on the roll."""

    basic: BasicData
    card: CardContents
    voter: Voter | None


class MemoryLedger:
    """The contract in memory, as a ledger that is always in time. ``failure`` is raised instead of an answer.

    ``sent`` holds what was accepted; ``fail_after`` makes the answer, not the transaction, get lost.
    """

    def __init__(self, small: Any) -> None:
        self.box = polls.Box(small)
        self.sent: list[str] = []
        self.failure: IppyoError | None = None
        self.fail_after: IppyoError | None = None
        self._lock = Lock()

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        with self._lock:
            if self.failure is not None:
                raise self.failure
            code = self.box.send(tx)[0]
            if code != "ok":
                raise RefusedError(code)
            self.sent.append(tx)
            if self.fail_after is not None:
                raise self.fail_after
            return Accepted(self.box.height, len(self.sent) - 1, Entry.of(tx))

    def query(self, path: str, data: str = "") -> str:
        with self._lock:
            return str(self.box.contract.query(path, data))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, step: timedelta) -> None:
        self.at += step


@dataclass(eq=False)
class OfficeMaker:
    """All that the registries of one poll share. ``devices`` holds the ticket request of each person's device."""

    small: Any
    jlis: Jlis
    pool: KeyPool
    folder: Path
    clock: Clock
    ledger: MemoryLedger
    devices: dict[Person, TicketRequest] = field(default_factory=dict)
    _serial: Any = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return self.clock()

    def publish_crl(self, at: datetime | None = None) -> None:
        """Import lists of both authorities, made at ``at`` (now)."""
        for kind in ("signature", "user"):
            import_crl(self.jlis.crl(kind, at or self.now), self.jlis.trust(), self.crl_folder, self.now)

    @property
    def crl_folder(self) -> Path:
        folder = self.folder / "crl"
        folder.mkdir(exist_ok=True)
        return folder

    def config(self, issuer: int = 1, **changes: Any) -> Config:
        """Return the configuration of an issuer, with ``changes`` of its fields."""
        base = Config(
            folder=self.folder,
            poll_folder=self.folder / "poll",
            issuer=issuer,
            origin=ORIGINS[issuer - 1],
            issuers=ORIGINS,
            hosts=("localhost", "127.0.0.1", "testserver"),
            test=True,
            minimum_age=18,
            retention_days=90,
            match=("name", "birth", "sex", "address"),
            database_url="sqlite://",
            ledger_urls=("http://127.0.0.1:9",),
            batch_seconds=0.0,
            certificates=CertificateConfig(self.jlis.roots, self.jlis.pins()),
            revocation=RevocationConfig(self.crl_folder, None, timedelta(hours=24)),
            keys=KeyConfig(self.folder / "issuer-keys.age", None),
            digital_auth=None,
            support=SupportConfig("0120-000-000", Text("平日 9 時から 17 時", "weekdays 9 to 17")),
        )
        return replace(base, **changes)

    def keys(self, issuer: int = 1) -> IssuerSecrets:
        """Return an issuer's secrets."""
        names = self.small.poll.manifest.issuers
        styles = {style: polls.rsa_key(issuer - 1, style) for style in self.small.poll.ticket_keys}
        return IssuerSecrets(names[issuer - 1], self.small.issuer_keys[issuer - 1], styles)

    def office(self, issuer: int = 1, **changes: Any) -> Office:
        """Return an issuer's office; ``changes`` are fields of the office, ``config`` among them."""
        config = changes.pop("config", None) or self.config(issuer)
        keys = changes.pop("keys", None) or self.keys(issuer)
        ledger = changes.pop("ledger", self.ledger)
        poll = self.small.poll
        if not any(self.crl_folder.iterdir()):
            self.publish_crl()
        made = Office(
            config=config,
            poll=poll,
            keys=keys,
            trust=self.jlis.trust(),
            revocation=CrlSource(self.crl_folder, self.jlis.trust(), config.revocation.max_age),
            ledger=ledger,
            totals=Totals(poll.fingerprint, issuer, keys.key, ledger, count_persons, config.batch_seconds),
            clock=self.clock,
        )
        return replace(made, **changes)

    def person(
        self,
        name: str = "",
        *,
        style: str = "all",
        born: tuple[int, int, int] = (1980, 1, 31),
        address: str = "東京都千代田区霞が関二丁目1番2号",
        sex: str = "female",
        on_roll: bool = True,
        card_at: datetime | None = None,
    ) -> Person:
        """Return a new person with a card, on the roll unless told otherwise."""
        chosen = name or f"山田{next(self._serial):04}子"
        basic = BasicData(chosen, address, sex, BirthDate(*born))
        card = self.jlis.personalise(basic, CardPins(), card_at or self.now - timedelta(days=30), pool=self.pool)
        voter = None
        if on_roll:
            row = RollRow(None, chosen, "", address, sex, basic.born, "", style)
            voter = row.voter()
            voter.save()
        return Person(basic, card, voter)

    def request_text(
        self,
        person: Person,
        *,
        nonce: bytes | None = None,
        styles: Sequence[str] | None = None,
        time: int | None = None,
    ) -> TicketRequestText:
        """Return what a person's device asks for: for his own style, unless ``styles`` are told."""
        own = person.voter.style if person.voter else "all"
        chosen = [own] if styles is None else list(styles)
        code = VotingCode.generate()
        poll = self.small.poll
        requests = {
            style: TicketRequest.create(code, poll.fingerprint, poll.group, style, poll.ticket_keys[style])
            for style in chosen
        }
        if own in requests:
            self.devices[person] = requests[own]
        entries = tuple(StyleRequest(style, made.blinded_messages) for style, made in requests.items())
        seconds = int(self.now.timestamp()) if time is None else time
        given = sha256(f"nonce {next(self._serial)}") if nonce is None else nonce
        return TicketRequestText(poll.fingerprint, given, seconds, entries)

    def signed(
        self, person: Person, request: TicketRequestText | None = None, key: str = "signature", **of: Any
    ) -> Any:
        """Return a request signed by a key of the person's card; ``of`` goes to :meth:`request_text`."""
        text = self.request_text(person, **of) if request is None else request
        contents: KeyContents = getattr(person.card, key)
        return SignedRequest(text, contents.certificate, "RS256", sign(contents, text.to_sign()))

    def vouched(self, signed: SignedRequest, issuer: int = 1) -> VouchedRequest:
        """Return the request with the desk's word, or with such a word of another issuer."""
        word = desk_word(self.small.phi, signed.to_text())
        return VouchedRequest(signed, ed25519.sign(self.small.issuer_keys[issuer - 1], word))

    def binding(self, person: Person, *, nonce: bytes | None = None, time: int | None = None) -> SignedBinding:
        """Return a binding signed by both keys of the person's card."""
        signature, user = person.card.signature, person.card.user
        assert signature is not None
        assert user is not None
        given = sha256(f"nonce {next(self._serial)}") if nonce is None else nonce
        seconds = int(self.now.timestamp()) if time is None else time
        binding = CardBinding(self.small.phi, given, seconds, sha256(user.certificate))
        message = binding.to_sign()
        return SignedBinding(
            binding,
            *(signature.certificate, "RS256", sign(signature, message)),
            *(user.certificate, "RS256", sign(user, message)),
        )

    def ticket(self, person: Person, blind_signatures: Sequence[bytes]) -> Ticket:
        """Return the ticket that the person's device makes of the issuers' answers; raises when one is wrong."""
        return self.devices[person].finish(list(blind_signatures))


def sign(contents: KeyContents, message: bytes) -> bytes:
    """Sign as the card does (RS256)."""
    key = serialization.load_der_private_key(contents.key, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def maker(folder: Path, jlis: Jlis, pool: KeyPool, **policies: Any) -> OfficeMaker:
    """Return a maker for a poll with 署名用, a card reader and no second factor, unless ``policies`` say otherwise."""
    manifest = polls.manifest()
    wanted = {"certificate": "signature", "second_factor": "none"} | policies
    small = _poll(replace(manifest, policies=replace(manifest.policies, **wanted)))
    clock = Clock(datetime.fromtimestamp(polls.OPENS + 60, UTC))
    return OfficeMaker(small, jlis, pool, folder, clock, MemoryLedger(small))


_polls: dict[str, Any] = {}


def _poll(manifest: Any) -> Any:
    if manifest.hash not in _polls:
        _polls[manifest.hash] = polls.SmallPoll.build(manifest)
    return _polls[manifest.hash]


Maker = Callable[..., OfficeMaker]
