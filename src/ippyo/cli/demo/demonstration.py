"""The demonstration: its phases one after the other."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ippyo.cli.demo.attempts import Attempt, attempt, cheat_while_open, send
from ippyo.cli.demo.cards import Cards
from ippyo.cli.demo.choices import check_a_ballot, vote_on_paper
from ippyo.cli.demo.count import close, count, present_trustees
from ippyo.cli.demo.devices import Papers, Voter, Workshop
from ippyo.cli.demo.engines import DemoLedger, Engine
from ippyo.cli.demo.first_voters import register_at_reader, register_by_phone
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.demo.offices import Founded, Offices, TrusteeOffice, found, lock_away
from ippyo.cli.demo.plan import make_plan, true_counts
from ippyo.cli.demo.registries import PHONE_OWNER, Registries
from ippyo.cli.demo.report import report_verification, show_result
from ippyo.cli.demo.town import Resident, make_roll, roll_csv
from ippyo.cli.demo.voting import VotingDays, plan_visits
from ippyo.cli.japanese import translate
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Open
from ippyo.errors import CheckFailedError, InputError
from ippyo.files import write_new
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.simulated.reader import missing_part
from ippyo.ledger.http import LedgerApp
from ippyo.poll.manifest import Manifest
from ippyo.poll.result import ContestResult
from ippyo.sites.serving import served

__all__ = ["Demonstration"]

ELIGIBLE_PER_VOTER = (14_000, 1_506)
"""The residents' poll of 2022: 14,000 eligible, 1,506 voted."""


class Demonstration:
    """One run. ``record`` is the public folder, ``private`` what never leaves the offices."""

    def __init__(self, manifest: Manifest, voters: int, record: Path, private: Path, engine: Engine) -> None:
        self._manifest = manifest
        self._record = record
        self._private = private
        self._narrator = Narrator()
        self._plan = make_plan(manifest, voters)
        self._cards: list[CardContents] = []
        self._engine = engine
        self._clock = engine.clock

    def run(self) -> None:
        """Play all phases. Raises :class:`CheckFailedError` if anything is not as it must be."""
        residents = self._make_town()
        founded, trustees = self._make_keys()
        poll, offices, documents = founded.poll, founded.offices, founded.documents
        with self._engine.running(poll, offices, documents) as ledger, served(LedgerApp(ledger)) as address:
            self._open(poll, ledger, offices)
            with (
                self._open_registries(documents, offices, residents, address) as registries,
                Workshop(poll, offices.issuers) as workshop,
            ):
                self._vote(poll, ledger, offices, registries, workshop)
            results = self._count(poll, ledger, offices, trustees)
            self._publish(offices)
        self._compare(results)
        checks = self._verify()
        self._narrator.summary()
        self._end(checks)

    def _make_town(self) -> list[Resident]:
        eligible, turnout = ELIGIBLE_PER_VOTER
        size = -(-len(self._plan) * eligible // turnout)
        with self._narrator.phase("町と名簿をつくる", "Make the town and its roll"):
            residents = make_roll(size, [voter.style for voter in self._plan])
            _new_folder(self._private)
            write_new(self._private / "roll.csv", roll_csv(residents).encode(), private=True)
            title = self._manifest.title
            self._narrator.line(f"「{title.ja}」 {self._manifest.group}", f"{title.en}, {self._manifest.group}")
            self._narrator.line(
                f"投票資格者 {size:,} 人、投票する人 {len(self._plan):,} 人",
                f"{size:,} people on the roll, {len(self._plan):,} of them vote",
            )
        return residents

    def _make_keys(self) -> tuple[Founded, list[TrusteeOffice]]:
        quorum = self._manifest.trustees
        with self._narrator.phase("鍵をつくる", "Make the keys"):
            founded = found(self._manifest, self._engine.keys)
            safes = lock_away(founded.shares, self._private)
            self._narrator.line(
                f"鍵の管理者 {quorum.total} 人が鍵を分けて持ち、{quorum.threshold} 人そろえば開く"
                "（合い言葉で封じるため、わざと時間がかかる）",
                f"{quorum.total} trustees share the key; {quorum.threshold} of them can open the count "
                "(sealing under passphrases is slow on purpose)",
            )
            issuers, fingerprint = len(founded.offices.issuers), founded.poll.fingerprint
            self._narrator.line(
                f"投票券の発行者 {issuers} 者（全員の署名がそろって一枚）",
                f"{issuers} issuers; a ticket needs the signature of every one",
            )
            self._narrator.line(f"投票の指紋 {fingerprint}", f"fingerprint of the poll {fingerprint}")
        return founded, safes

    def _open(self, poll: Poll, ledger: DemoLedger, offices: Offices) -> None:
        with self._narrator.phase("ゼロ票を確かめて開く", "Show the empty box and open it"):
            self._narrator.line(*self._engine.describe(ledger.facts))
            self._clock.set(self._manifest.opens * 1000 - 3_600_000)
            send(ledger, Open(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())
            self._narrator.line("投票箱は空: 票 0、投票権 0", "the box is empty: no ballot, no coin")

    def _open_registries(
        self, documents: Mapping[str, str], offices: Offices, residents: Sequence[Resident], ledger: str
    ) -> Registries:
        """Issue cards to those who will come, and set up every issuer's registry."""
        narrator = self._narrator
        with narrator.phase("カードを配り、認証の窓口を開く", "Issue cards, and open the registries"):
            cards = Cards(self._private / "jlis")
            # One more than the voters: somebody who goes to vote on paper in the end.
            self._cards = cards.issue(residents[: len(self._plan) + 1])
            people = {PHONE_OWNER: self._cards[0]}
            registries = Registries(documents, offices.issuers, cards, self._private, ledger, people)
            registries.open()
            narrator.line(
                f"試験用のカード {len(self._cards):,} 枚。名簿 {len(residents):,} 人を、発行者がそれぞれ取り込んだ",
                f"{len(self._cards):,} test cards; every issuer has imported the roll of {len(residents):,} by itself",
            )
        return registries

    def _vote(
        self, poll: Poll, ledger: DemoLedger, offices: Offices, registries: Registries, workshop: Workshop
    ) -> None:
        narrator, manifest = self._narrator, self._manifest
        visits = plan_visits(self._plan, manifest.opens * 1000, manifest.closes * 1000)
        papers = self._papers(registries)

        def register(arrivals: Sequence[tuple[int, Voter]]) -> None:
            chosen = [papers[number] for number, _ in arrivals]
            workshop.register(registries.origins, [voter for _, voter in arrivals], chosen)

        days = VotingDays(ledger, self._clock, workshop, self._plan, register)
        again = sum(voter.earlier is not None for voter in self._plan)
        days_open = round((manifest.closes - manifest.opens) / 86_400)
        with narrator.phase("投票期間", "The days of voting"):
            self._register_first(poll, registries, days)
            with narrator.progress("投票", "votes", len(visits)) as ticker:
                days.play(visits, ticker)
            narrator.line(
                f"投票 {len(visits):,} 回（{again:,} 人がやり直し）",
                f"{len(visits):,} visits, {again:,} of them to vote again",
            )
            if days_open:
                narrator.line(
                    f"町の時計は、この間に {days_open} 日進んだ", f"the town's clock went on {days_open} days meanwhile"
                )
            check_a_ballot(narrator, poll, ledger, days.voters[0])
            if manifest.policies.may_revote:
                vote_on_paper(narrator, poll, ledger, days, len(self._plan), self._plan[0].style)
        with narrator.phase("不正のこころみ", "Attempts to cheat"):
            cheat_while_open(narrator, poll, ledger, offices, days, workshop)
            late = workshop.casts([days.voters[0]], [self._plan[0].choices])[0]
            self._clock.set(manifest.closes * 1000)
            attempt(
                narrator,
                Attempt("締切を過ぎた票", "a ballot after the close", "closed", lambda: send(ledger, late)),
            )

    def _register_first(self, poll: Poll, registries: Registries, days: VotingDays) -> None:
        """Let one voter register by phone, and the next at a real reader, if this machine can have one."""
        narrator, papers = self._narrator, self._papers(registries)
        register_by_phone(poll, registries, days.voters[0], papers[0])
        narrator.line(
            "1 人目はデジタル認証（模擬）で署名して登録",
            "the first voter registers by the (simulated) digital authentication app",
        )
        problem = ": ".join(missing_part() or ())
        if not problem:
            try:
                register_at_reader(poll, registries, days.voters[1], papers[1], self._private)
            except InputError as error:
                problem = str(error)
        if not problem:
            narrator.line(
                "2 人目は PC/SC のカードリーダー（仮想）にカードを置いて登録",
                "the second voter puts the card on a (virtual) PC/SC reader",
            )
        else:
            narrator.line(
                f"この計算機ではカードリーダーの仕組みを使えない（{translate(problem)}）。カードはこのプログラムの中で読む",
                f"this machine has no PC/SC service to spare ({problem}); every card is read inside this program",
            )

    def _papers(self, registries: Registries) -> list[Papers]:
        """Return letter and card of everybody who comes."""
        sends_letters = self._manifest.policies.second_factor in {"registration-code", "both"}
        codes = registries.codes() if sends_letters else {}
        # Numbers on the roll count from 1.
        return [Papers(codes.get(str(number)), card) for number, card in enumerate(self._cards, start=1)]

    def _count(
        self, poll: Poll, ledger: DemoLedger, offices: Offices, trustees: list[TrusteeOffice]
    ) -> dict[str, ContestResult]:
        narrator = self._narrator
        with narrator.phase("締め切って数える", "Close and count"):
            close(poll, ledger, offices)
            shares = present_trustees(poll, trustees)
            came = ", ".join(str(share.index) for share in shares)
            narrator.line(
                f"鍵の管理者 {came} がそろった。ほかの人は休み", f"trustees {came} came; the others stayed at home"
            )
            return count(poll, ledger, offices, shares, cheats=narrator)

    def _publish(self, offices: Offices) -> None:
        with self._narrator.phase("記録を公開する", "Publish the record"):
            written, signatures = self._engine.publish(offices, self._record)
            self._narrator.line(
                f"{self._record} に台帳の記載 {written:,} 件、立会者 {signatures} 者の署名つき",
                f"{self._record}: {written:,} transactions, cosigned by {signatures} witnesses",
            )

    def _compare(self, results: Mapping[str, ContestResult]) -> None:
        narrator = self._narrator
        wrong = []
        with narrator.phase("結果を、本当の数と比べる", "Compare the result with the true count"):
            for contest in self._manifest.contests:
                truth, cast = true_counts(contest, self._plan)
                result = results[contest.id]
                show_result(narrator, result, truth, cast)
                if list(result.counts) != truth or result.ballots != cast:
                    wrong.append(contest.id)
        if wrong:
            raise CheckFailedError(f"the result of {', '.join(wrong)} is not the true count")

    def _verify(self) -> int:
        with self._narrator.phase("だれでもできる検証", "The verification that anybody can repeat"):
            return report_verification(self._record)

    def _end(self, checks: int) -> None:
        self._narrator.line(
            f"公開しないもの（名簿・鍵・合い言葉）: {self._private}",
            f"kept private (roll, keys, passphrases): {self._private}",
        )
        self._narrator.line(
            f"もう一度、自分で検証する: {_program()} verify {self._record}",
            f"verify it again, yourself: {_program()} verify {self._record}",
        )
        self._narrator.line(
            f"結果は本当の数と一致。検証 {checks} 項目に合格、不合格 0 (0 failed)",
            f"result = true count; verification: {checks} passed, 0 failed",
        )


def _program() -> str:
    """Return how this program was called, as a person can call it again from here."""
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "ippyo" else "ippyo"


def _new_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise InputError(f"the folder {path} cannot be made: {error.strerror}; choose another --out") from None
