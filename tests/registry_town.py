"""A town with two registries as processes, a ledger and a J-LIS, all over HTTP. Fixture ``registry_town``.

town = Town.stand_up(folder, small_polls, voters=40)      # a context manager; about six seconds
taro = town.newcomer()                                    # on both rolls, with a letter and a card
voter = town.register(taro)                               # the whole way, to a ticket
town.vote(voter)                                          # a cast that the contract accepts

Whatever the voters' devices send to the registries and get from them is in ``town.exchanges``, and what the ledger is
told, by anybody, in ``town.ledger_exchanges``.
"""

from __future__ import annotations

import io
import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from tests import commands

from ippyo.ballot.seal import seal
from ippyo.ballot.ticket import Ticket
from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import b64, dumps
from ippyo.cli.demo.applicant import Applicant, Site, TicketInHand
from ippyo.cli.demo.cards import CardInReader, person
from ippyo.cli.demo.registries import Registries
from ippyo.cli.demo.town import Resident, roll_csv
from ippyo.contract.machine import Contract
from ippyo.contract.transactions import Cast
from ippyo.crypto import ed25519
from ippyo.files import write_new
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.messages import SignedRequest, TicketRequestText, VouchedRequest, desk_word
from ippyo.identity.revocation import import_crl
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool
from ippyo.identity.simulated.jlis_web import JlisSite, serve_jlis
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.http import LedgerApp, LedgerClient
from ippyo.registry.issuance.keys import IssuerSecrets
from ippyo.sites.serving import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PINS = CardPins(signature="QX7MV2ZKHT4R", user="5083", text="7261")
"""Such as are in nothing else by chance."""

STYLE = "all"
SURNAMES, GIVEN = "青赤白黒金銀", "一二三四五六七八九十"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as the registry sees them: heads (start line and fields) and bodies."""

    path: str
    head: bytes
    body: bytes
    status: int
    answer_head: bytes
    answer: bytes
    seconds: float = 0.0

    @property
    def whole(self) -> bytes:
        return b"\n".join((self.head, self.body, self.answer_head, self.answer))


class _Recording(HTTPAdapter):
    """Carries a device's requests, and notes all that goes over the line."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        super().__init__()
        self._exchanges = exchanges

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        started = time.perf_counter()
        answer = super().send(request, *args, **kwargs)
        content = answer.content
        taken = time.perf_counter() - started
        body = request.body or b""
        self._exchanges.append(
            Exchange(
                str(request.path_url),
                f"{request.method} {request.url}\n{_head(request.headers.items())}".encode(),
                body if isinstance(body, bytes) else str(body).encode(),
                answer.status_code,
                _head(answer.headers.items()).encode(),
                content,
                taken,
            )
        )
        return answer


class _RecordedSite(Site):
    def __init__(self, origin: str, page: str, exchanges: list[Exchange]) -> None:
        super().__init__(origin, page)
        self._session.mount("http://", _Recording(exchanges))


def _head(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in items)


def recorded(app: WSGIApplication, exchanges: list[Exchange]) -> WSGIApplication:
    """Return ``app`` with everything noted that it is asked and answers."""

    def recording(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
        environ["wsgi.input"] = io.BytesIO(body)
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            said[:] = [status, headers]
            return start_response(status, headers, *rest)

        answer = b"".join(app(environ, start))
        fields = [(name, value) for name, value in environ.items() if name.startswith("HTTP_")]
        path = f"{environ.get('PATH_INFO', '')}?{environ.get('QUERY_STRING', '')}"
        head = f"{environ['REQUEST_METHOD']} {path}\n{_head(fields)}".encode()
        exchanges.append(Exchange(path, head, body, int(said[0][:3]), _head(said[1]).encode(), answer))
        return [answer]

    return recording


class Device(Applicant):
    """A voter's device, with a passkey that it keeps."""

    def __init__(self, poll: Any, sites: Sequence[Site], code: VotingCode, passkey: SoftPasskey | None) -> None:
        super().__init__(poll, sites, code)
        self.poll = poll
        self.sites = sites
        self.vouch: Callable[[SignedRequest], str]
        self.passkey = passkey or SoftPasskey(sites[0].origin)

    def use_passkey(self) -> None:
        options = self.desk.post("/api/passkey/options", "{}")
        ceremony = self.passkey.create if options["ceremony"] == "create" else self.passkey.get
        self.desk.post("/api/passkey", dumps(ceremony(options["publicKey"])))

    def ticket(self, style: str, answers: Sequence[bytes]) -> Ticket:
        """Return the ticket that the issuers' blind signatures make; raises when one is wrong."""
        return self._requests[style].finish(list(answers))


def signed_text(request: TicketRequestText, card: CardInReader) -> str:
    """Return the canonical text of a request that a card signs."""
    return SignedRequest(request, card.certificate, card.algorithm, card.sign(request.to_sign())).to_text()


class Responder(JlisSite):
    """The J-LIS's site, which can be ``down``."""

    down = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.down:
            start_response("502 Bad Gateway", [("Content-Length", "0")])
            return [b""]
        return super().__call__(environ, start_response)


class _Cards:
    """The authority, in the part that registries want of the demonstration's cards."""

    def __init__(self, jlis: Jlis) -> None:
        self.jlis = jlis


class _Asking(Registries):
    """Registries that ask the responder, too."""

    ocsp = ""

    def _configure(self, registry: Any) -> None:
        super()._configure(registry)
        file = registry.folder / "registry.toml"
        file.write_text(file.read_text().replace('# ocsp = "http://ocsp.example/"', f'ocsp = "{self.ocsp}"'))


@dataclass(frozen=True, eq=False)
class Newcomer:
    """Somebody with a letter and a card who has not registered."""

    resident: Resident
    number: str
    code: str = field(repr=False)
    card: CardContents = field(repr=False)

    def reader(self, kind: KeyKind = KeyKind.SIGNATURE) -> CardInReader:
        """Put the card into a reader, and show the PIN."""
        return CardInReader(self.card, kind)


@dataclass(frozen=True, eq=False)
class Registered:
    """A voter with a ticket."""

    newcomer: Newcomer
    device: Device
    voting_code: VotingCode = field(repr=False)
    held: TicketInHand = field(repr=False)
    casts: list[Cast] = field(default_factory=list, repr=False)


class Town:
    """Everything, up and answering. Make it by :meth:`stand_up`."""

    def __init__(self, folder: Path, small: Any, jlis: Jlis, issuers: Sequence[IssuerSecrets], voters: int) -> None:
        self.folder = folder
        self.small = small
        self.poll = small.poll
        self.jlis = jlis
        self.issuers = issuers
        self.pool = KeyPool(4)
        self.exchanges: list[Exchange] = []
        self.ledger_exchanges: list[Exchange] = []
        self.voters: list[Registered] = []
        self.responder = Responder(jlis)
        self.roll = [_resident(number, "1980-01-31") for number in range(voters)]
        self.roll.append(_resident(voters, f"{datetime.now(UTC).year - 10}-04-01"))
        self._next = iter(range(voters))

    @classmethod
    @contextmanager
    def stand_up(cls, folder: Path, small_polls: Any, voters: int, second_factor: str = "both") -> Iterator[Town]:
        """Start everything; yield the town; stop everything."""
        now = datetime.now(UTC)
        manifest = small_polls.manifest()
        policies = replace(manifest.policies, certificate="signature", second_factor=second_factor)
        opens = int(now.timestamp()) - 3600
        small = small_polls.SmallPoll.build(
            replace(manifest, opens=opens, closes=opens + 7 * 86_400, policies=policies)
        )
        issuers = [
            IssuerSecrets(
                name, small.issuer_keys[i], {style: small_polls.rsa_key(i, style) for style in small_polls.STYLES}
            )
            for i, name in enumerate(small_polls.ISSUERS)
        ]
        jlis = Jlis.create(folder / "jlis", now - timedelta(days=4 * 365))
        town = cls(folder, small, jlis, issuers, voters)
        with ExitStack() as stack:
            town._open(stack)
            yield town

    def _open(self, stack: ExitStack) -> None:
        poll, small = self.poll, self.small
        self.ledger_origin = stack.enter_context(self.a_ledger(self.folder / "ledger.sqlite", self.ledger_exchanges))
        self.ledger = LedgerClient([self.ledger_origin], poll.fingerprint)
        self.ledger.submit_and_wait(small.open())
        self.ocsp = stack.enter_context(serve_jlis(self.responder)) + "/ocsp"
        self.private = self.folder / "private"
        self.private.mkdir()
        write_new(self.private / "roll.csv", roll_csv(self.roll).encode(), private=True)
        cards: Any = _Cards(self.jlis)
        registries = _Asking(small.documents, self.issuers, cards, self.private, self.ledger_origin, {})
        registries.ocsp = self.ocsp
        self.registries = stack.enter_context(registries)
        registries.open()
        self.codes = registries.codes()
        self.origins = registries.origins

    @contextmanager
    def a_ledger(self, file: Path, exchanges: list[Exchange]) -> Iterator[str]:
        """Serve a new ledger of the poll and yield its address; what it is told is added to ``exchanges``."""
        poll = self.poll
        with (
            Database(file) as database,
            EmbeddedLedger(
                database,
                LedgerFacts.of(poll.genesis),
                self.small.log,
                lambda store: Contract(poll, store),
                documents=self.small.documents,
                block_wait=0.05,
            ) as ledger,
            served(recorded(LedgerApp(ledger), exchanges)) as origin,
        ):
            yield origin

    # --- people ---

    def card_of(self, resident: Resident, at: datetime | None = None, jlis: Jlis | None = None) -> CardContents:
        """Return a card that was issued a month ago, or at ``at``, by this town's J-LIS or another."""
        issued = at or datetime.now(UTC) - timedelta(days=30)
        return (jlis or self.jlis).personalise(person(resident), PINS, issued, pool=self.pool)

    def vouched(self, request: SignedRequest | str) -> str:
        """Return a signed request as further issuers want it: with the desk's word, which the desk did not give."""
        text = request if isinstance(request, str) else request.to_text()
        word = ed25519.sign(self.issuers[0].key, desk_word(self.poll.fingerprint, text))
        return VouchedRequest(SignedRequest.from_text(text), word).to_text()

    def newcomer(self, **card: Any) -> Newcomer:
        """Return the next person of the roll; ``card`` goes to :meth:`card_of`."""
        return self._somebody(next(self._next), **card)

    def child(self) -> Newcomer:
        """Return the one on the roll who is too young."""
        return self._somebody(len(self.roll) - 1)

    def stranger(self) -> Resident:
        """Return somebody who is not on the roll."""
        return _resident(len(self.roll) + 1, "1980-01-31")

    def _somebody(self, index: int, **card: Any) -> Newcomer:
        resident, number = self.roll[index], str(index + 1)
        return Newcomer(resident, number, self.codes[number], self.card_of(resident, **card))

    # --- their way ---

    def device(self, voting_code: VotingCode | None = None, passkey: SoftPasskey | None = None) -> Device:
        """Return a device with a new voting code unless given one; every exchange of it is noted."""
        sites = [_RecordedSite(origin, self.origins[0], self.exchanges) for origin in self.origins]
        device = Device(self.poll, sites, voting_code or VotingCode.generate(), passkey)
        device.vouch = self.vouched
        return device

    def register(self, newcomer: Newcomer) -> Registered:
        """Go the whole way to a ticket."""
        voting_code = VotingCode.generate()
        device = self.device(voting_code)
        held = device.register(newcomer.code, newcomer.reader())
        made = Registered(newcomer, device, voting_code, held)
        self.voters.append(made)
        return made

    def beside_the_desk(self) -> dict[str, Any]:
        """Return what a visit would say, for a request that goes to a further issuer only."""
        return {"nonce": b64(secrets.token_bytes(32)), "time": int(datetime.now(UTC).timestamp()), "styles": [STYLE]}

    def vote(self, voter: Registered) -> Any:
        """Seal and cast; return the ledger's acceptance."""
        credential = voter.held.request.credential
        choices = {"bridge": (0, 1), "mayor": (0, 1, 0)}
        ballots = {contest: seal(self.poll.election(contest), credential, choices[contest]) for contest in choices}
        cast = Cast.make(self.poll, voter.held.ticket, credential, len(voter.casts) + 1, ballots)
        voter.casts.append(cast)
        return self.ledger.submit_and_wait(cast.to_text())

    # --- what has come of it ---

    def database(self, issuer: int) -> Path:
        """Return the file of a registry's database."""
        return self.private / f"registry-{issuer}" / "registry.db"

    def rows(self, issuer: int, query: str) -> list[tuple[Any, ...]]:
        """Ask a registry's database."""
        with closing(sqlite3.connect(f"file:{self.database(issuer)}?mode=ro", uri=True, timeout=60)) as connection:
            return connection.execute(query).fetchall()

    def issued(self) -> object:
        """Return all that changes when a ticket is issued: issuance logs, answers, used codes, totals on the ledger."""
        logs = [
            self.rows(issuer, "SELECT count(*), count(blind_signature) FROM issuance_issuance") for issuer in (1, 2)
        ]
        used = self.rows(1, "SELECT count(*) FROM codes_registrationcode WHERE state = 'used'")
        return logs, used, json.loads(self.ledger.query("status"))["state"]["issued"], self.ledger.status().size

    def transactions(self) -> list[str]:
        """Return every transaction on the ledger, in order."""
        return [text for block in self.ledger.blocks() for text in block.transactions]

    def log(self, issuer: int) -> str:
        """Return what a registry wrote on its standard error."""
        return (self.private / f"registry-{issuer}.log").read_text()

    def copy_of(self, issuer: int, folder: Path) -> Path:
        """Copy a registry with its database, to be changed and served beside it."""
        source = self.private / f"registry-{issuer}"
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("registry.db*"))
        with (
            closing(sqlite3.connect(source / "registry.db")) as held,
            closing(sqlite3.connect(folder / "registry.db")) as copy,
        ):
            held.backup(copy)
        return folder

    @contextmanager
    def serving(self, folder: Path, softhsm: str = "") -> Iterator[str]:
        """Serve a registry's folder by a process of its own, with this configuration of SoftHSM2; yield its address."""
        secret, log = str(self.private / "issuers-passphrase.txt"), folder.parent / "served.log"
        command = ("registry", "serve", folder)
        with commands.serving(*command, log=log, IPPYO_PASSPHRASE_FILE=secret, SOFTHSM2_CONF=softhsm) as (origin, _):
            yield origin

    @contextmanager
    def lists(self, make: Callable[[str], bytes]) -> Iterator[None]:
        """Give both registries other revocation lists, and put fresh ones there afterwards."""
        for folder, kind in self._list_folders():
            (held,) = folder.glob(f"{kind}-*.crl")
            held.unlink()
            # As they come, without the importer, which would not take old ones.
            held.write_bytes(make(kind))
        try:
            yield
        finally:
            self.publish()

    def publish(self) -> None:
        """Import fresh revocation lists into both registries."""
        now = datetime.now(UTC)
        for folder, kind in self._list_folders():
            for held in folder.glob(f"{kind}-*.crl"):
                held.unlink()
            import_crl(self.jlis.crl(kind, now), self.jlis.trust(), folder, now)

    def _list_folders(self) -> list[tuple[Path, Any]]:
        return [(self.private / f"registry-{i}" / "crl", kind) for i in (1, 2) for kind in ("signature", "user")]


def _resident(number: int, born: str) -> Resident:
    name = f"{SURNAMES[number % 6]}沼 {GIVEN[number // 6 % 10]}{GIVEN[number // 60 % 10]}{GIVEN[number // 600 % 10]}子"
    return Resident(
        name, "アオヌマ", f"星風市桜台{number % 5 + 1}丁目{number % 40 + 1}番7号", "女", born, "桜台", STYLE
    )
