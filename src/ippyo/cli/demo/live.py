"""The poll that a person can take part in: registry, booth, checker and board on this computer, with demo cards.

It begins where the played poll ends. The ledger's clock is the real one until "close and count" sets it to the close;
trustees' shares stay in memory, for nobody waits for passphrases here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copytree

from ippyo import profiles
from ippyo.audit.verify import verify
from ippyo.cli.children import answers, begin, complaint, end, ippyo_command, last_words, lent_ports
from ippyo.cli.demo.attempts import send
from ippyo.cli.demo.cards import Cards
from ippyo.cli.demo.count import close, count
from ippyo.cli.demo.offices import Founded, found
from ippyo.cli.demo.reader_slot import ReaderSlot
from ippyo.cli.demo.registries import Registries
from ippyo.cli.demo.town import Resident, make_roll, roll_csv
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Open
from ippyo.errors import InputError
from ippyo.files import write_new
from ippyo.identity.agent.desk import Desk
from ippyo.identity.agent.polls import KnownPoll, KnownPolls
from ippyo.identity.agent.server import running_agent
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.http import LedgerApp
from ippyo.ledger.http.cosigning import cosigning
from ippyo.ledger.record import export_record
from ippyo.poll.manifest import Manifest
from ippyo.poll.result import ContestResult
from ippyo.sites.serving import served

__all__ = ["DemoPerson", "LivePoll", "Outcome", "live_manifest"]

DAYS = 7
PEOPLE = 8
COSIGN_SECONDS = 0.5
PIN = "ABC123"
PLACES = """
[[places]]
id = "city-hall"
name = { ja = "星風市役所", en = "Hoshikaze City Hall" }
address = { ja = "川原町1番地", en = "1 Kawaramachi" }
opens = "08:30"
closes = "20:00"
"""
"""Where the booth's kiosk stands: this computer, with its card reader."""


def live_manifest(manifest: Manifest) -> Manifest:
    """Return the poll with hours around now."""
    now = int(time.time())
    return replace(manifest, opens=now - 3600, closes=now + DAYS * 86_400)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the invented town whom a visitor may be: ``number`` on the roll, letter code, PIN of the card."""

    number: int
    name: str
    kana: str
    code: str | None
    pin: str = PIN


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the count gave: results in the manifest's order, and how many checks of the verifier passed and failed."""

    results: tuple[ContestResult, ...]
    passed: int
    failed: int
    record: Path


@dataclass
class _Clock:
    """The system's clock, and a jump."""

    ahead: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead

    def jump_to(self, time_ms: int) -> None:
        self.ahead = max(self.ahead, time_ms - time.time_ns() // 1_000_000)


@dataclass
class LivePoll:
    """A poll at work. Made by :meth:`opened`; addresses are those of the sites."""

    manifest: Manifest
    poll: Poll
    people: tuple[DemoPerson, ...]
    addresses: Mapping[str, str]
    reader: ReaderSlot
    agent_problem: str
    """Why there is no card agent on this computer; empty if there is."""
    _count: Callable[[], Outcome] = field(repr=False)
    outcome: Outcome | None = None

    def close_and_count(self) -> Outcome:
        """Close the poll, count it, publish the record and verify it; the second time only tell again."""
        if self.outcome is None:
            self.outcome = self._count()
        return self.outcome

    @classmethod
    @contextmanager
    def opened(cls, manifest: Manifest, record: Path, private: Path) -> Iterator[LivePoll]:
        """Set everything up, open the poll, and run until the context ends. Raises :class:`InputError`."""
        private.mkdir(parents=True, mode=0o700)
        residents = make_roll(PEOPLE, [style.id for style in manifest.styles])
        write_new(private / "roll.csv", roll_csv(residents).encode(), private=True)
        founded = found(manifest)
        poll, offices = founded.poll, founded.offices
        clock = _Clock()
        with ExitStack() as stack:
            database = stack.enter_context(Database(private / "ledger.sqlite"))
            ledger = stack.enter_context(
                EmbeddedLedger(
                    database,
                    LedgerFacts.of(poll.genesis),
                    offices.log,
                    lambda store: Contract(poll, store),
                    documents=founded.documents,
                    clock=clock,
                )
            )
            send(ledger, Open(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())
            witnesses = stack.enter_context(offices.witnesses_at_work(private, clock))
            until_counted = stack.enter_context(ExitStack())
            until_counted.enter_context(cosigning(ledger, witnesses, pause=COSIGN_SECONDS))
            address = stack.enter_context(served(LedgerApp(ledger)))
            addresses, registries, cards = _open_sites(stack, founded, residents, private, address)
            reader = ReaderSlot(cards)
            problem = _open_agent(stack, reader, private / "poll-files", registries.origins[0])
            letters = registries.codes() if manifest.policies.second_factor in {"registration-code", "both"} else {}

            def close_and_count() -> Outcome:
                clock.jump_to(manifest.closes * 1000)
                close(poll, ledger, offices)
                results = count(poll, ledger, offices, founded.shares[: manifest.trustees.threshold])
                # The last word on this ledger: whoever cosigns beside would be asked for two sizes at a time.
                until_counted.close()
                ledger.cosign(witnesses)
                export_record(database, record)
                report = verify(record)
                passed = sum(check.status == "pass" for check in report.checks)
                return Outcome(tuple(results.values()), passed, len(report.checks) - passed, record)

            yield cls(
                manifest,
                poll,
                tuple(
                    DemoPerson(number, resident.name, resident.kana, letters.get(str(number)))
                    for number, resident in enumerate(residents, start=1)
                ),
                addresses,
                reader,
                problem,
                close_and_count,
            )


def _open_sites(
    stack: ExitStack,
    founded: Founded,
    residents: Sequence[Resident],
    private: Path,
    ledger: str,
) -> tuple[dict[str, str], Registries, dict[int, CardContents]]:
    """Start the registries, the booth with its board, and the checker; return their addresses."""
    authority = Cards(private / "jlis")
    cards = dict(enumerate(authority.issue(residents), start=1))
    phones = {f"{number} {resident.name}": cards[number] for number, resident in enumerate(residents, start=1)}
    booth, checker = (f"http://localhost:{port}" for port in stack.enter_context(lent_ports(2)))
    registries = Registries(founded.documents, founded.offices.issuers, authority, private, ledger, phones, booth=booth)
    stack.enter_context(registries)
    registries.open()
    poll_files, desk = private / "poll-files", registries.origins[0]
    _run("booth", "init", private / "booth", "--poll", poll_files, "--origin", booth, "--registry", desk,
         "--checker", checker, "--ledger", ledger, "--test")  # fmt: skip
    config = private / "booth" / "booth.toml"
    config.write_text(config.read_text(encoding="utf-8") + PLACES, encoding="utf-8")
    if (photos := profiles.photos(founded.poll.manifest.profile)) is not None:
        copytree(photos, private / "booth" / "photos")
    _serve(stack, private / "booth.log", "booth", "serve", private / "booth", "--port", _port(booth))
    _serve(
        stack, private / "checker.log", "booth", "checker", "--poll", poll_files, "--serve", "--port", _port(checker)
    )
    addresses = {"registration": f"{desk}/registration/", "booth": f"{booth}/", "checker": f"{checker}/"}
    return {**addresses, "board": f"{booth}/board/", "desk": f"{booth}/desk"}, registries, cards


def _open_agent(stack: ExitStack, reader: ReaderSlot, poll: Path, desk: str) -> str:
    """Start the card agent at its own port; return why not, if another has it."""
    try:
        polls = KnownPolls.of([KnownPoll.read(poll)])
        stack.enter_context(running_agent(Desk(reader.connect, polls), [desk], user=os.getuid()))
    except (InputError, OSError) as error:
        return str(error)
    return ""


def _port(origin: str) -> str:
    return origin.rpartition(":")[2]


def _run(*arguments: str | Path) -> None:
    problem = complaint(ippyo_command(*arguments))
    if problem is not None:
        raise InputError(f"a site could not be set up: {problem}")


def _serve(stack: ExitStack, log: Path, *arguments: str | Path) -> None:
    """Start a site and wait until it answers; it ends with the stack."""
    process = begin(ippyo_command(*arguments), log)
    stack.callback(end, [process])
    if not answers(process):
        raise InputError(f"a site could not be set up: {last_words(log)}")
