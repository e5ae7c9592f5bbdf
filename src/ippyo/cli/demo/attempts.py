"""Everybody who tries to cheat in the demonstration, and the name under which each is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ippyo.ballot.voting_code import VotingCode
from ippyo.canonical import sha256
from ippyo.cli.demo import forgery
from ippyo.cli.demo.devices import Voter, Workshop
from ippyo.cli.demo.engines import DemoLedger
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.demo.offices import Offices
from ippyo.cli.demo.voting import VotingDays
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Audit, Open
from ippyo.errors import CheckFailedError, RefusedError

__all__ = ["Attempt", "NotRefusedError", "any_choice", "attempt", "cheat_while_open", "send"]


class NotRefusedError(CheckFailedError):
    """An attempt to cheat was accepted, or refused under another name: the poll cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried, in both languages, the refusal that must come, and the deed."""

    ja: str
    en: str
    code: str
    deed: Callable[[], None]


def attempt(narrator: Narrator, tried: Attempt) -> None:
    """Try to cheat, say how it was refused, and raise :class:`NotRefusedError` if it was not, or not so."""
    try:
        tried.deed()
    except RefusedError as refusal:
        if refusal.code == tried.code:
            narrator.refusal(tried.ja, tried.en, refusal.code)
            return
        raise NotRefusedError(f"{tried.en}: refused as {refusal.code} instead of {tried.code}") from refusal
    raise NotRefusedError(f"{tried.en}: accepted, though it must be refused as {tried.code}")


def send(ledger: DemoLedger, text: str) -> None:
    """Send one transaction; raise its refusal."""
    verdict = ledger.append_block([text]).verdicts[0]
    if not verdict.accepted:
        raise RefusedError(verdict.code, verdict.detail)


def cheat_while_open(
    narrator: Narrator,
    poll: Poll,
    ledger: DemoLedger,
    offices: Offices,
    days: VotingDays,
    workshop: Workshop,
) -> None:
    """Try everything that a voter, an insider or an outsider may try while the poll is open."""
    honest = days.voters[0]
    style = honest.style
    insider = _ticket_beside_the_roll(workshop, style)
    choices = any_choice(poll, style)
    extra_cast = workshop.casts([insider], [choices])[0]
    own_cast = workshop.casts([honest], [choices])[0]
    assert honest.request is not None
    own = honest.request.credential
    worth_fifty = forgery.worth_fifty(poll, own_cast, own)
    assert honest.ticket is not None
    copied = forgery.copied_ballot(poll, days.last_cast, honest.ticket, own)
    note = Audit(poll.fingerprint, "note", sha256("note"))
    attempts = [
        Attempt(
            "同じ人が二枚目の投票券を求める", "one person asks for a second ticket", "already-issued",
            lambda: days.register([(0, Voter(style, VotingCode.generate()))]),
        ),
        Attempt(
            "発行者が結託し、名簿にない投票券で投じる", "a second coin: a ticket that no total covers",
            "coins-exceed-issued", lambda: send(ledger, extra_cast),
        ),
        Attempt(
            "一つの発行者だけが署名した偽の投票券", "a forged ticket, signed by one issuer only",
            "bad-ticket", lambda: send(ledger, forgery.forged_ticket(extra_cast)),
        ),
        Attempt(
            "一枚で五十票になる票", "a ballot worth fifty", "bad-ballot", lambda: send(ledger, worth_fifty),
        ),
        Attempt(
            "他人の票を写して投じる", "a ballot copied from another voter", "copied-ballot",
            lambda: send(ledger, copied),
        ),
        Attempt(
            "途中で止めておいた票を、あとの票が届いてから送る", "a cast that was held back and sent after a later one",
            "out-of-turn", lambda: send(ledger, days.held_cast),
        ),
        Attempt(
            "選挙管理の担当者が一人だけで台帳に書き込む", "one officer alone writes into the ledger", "not-officer",
            lambda: send(ledger, note.signed({1: offices.officers[1]}).to_text()),
        ),
        Attempt(
            "票の入った箱を開け直す", "the officers open the box again, though it is not empty", "box-not-empty",
            lambda: send(ledger, Open(poll.fingerprint).signed(offices.officers).to_text()),
        ),
    ]  # fmt: skip
    if days.replaced_cast:
        attempts.append(
            Attempt(
                "やり直す前の票をもう一度送り、やり直しを取り消そうとする",
                "an earlier ballot sent again, to undo a voter's second vote",
                "duplicate",
                lambda: send(ledger, days.replaced_cast),
            )
        )
    for tried in attempts:
        attempt(narrator, tried)


def _ticket_beside_the_roll(workshop: Workshop, style: str) -> Voter:
    """All issuers together sign one ticket more than they announced."""
    voter = Voter(style, VotingCode.generate())
    workshop.requests([voter])
    assert voter.request is not None
    workshop.tickets([voter], workshop.sign([style], [voter.request.blinded_messages]))
    return voter


def any_choice(poll: Poll, style: str) -> dict[str, tuple[int, ...]]:
    """Return a choice that is allowed in the first contest of a ballot style."""
    contest = poll.manifest.contest(poll.manifest.style(style).contests[0])
    marked = max(contest.min, 1)
    return {contest.id: tuple(int(index < marked) for index in range(len(contest.answers)))}
