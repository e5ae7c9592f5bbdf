"""What voters may do besides voting: open a sealed ballot to check it, and give the right back to vote on paper."""

from __future__ import annotations

from ippyo.ballot.seal import seal
from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.demo.attempts import Attempt, any_choice, attempt, send
from ippyo.cli.demo.devices import Voter
from ippyo.cli.demo.engines import DemoLedger
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.demo.voting import VotingDays
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Cast, Spoil, Surrender

__all__ = ["check_a_ballot", "vote_on_paper"]


def check_a_ballot(narrator: Narrator, poll: Poll, ledger: DemoLedger, voter: Voter) -> None:
    """Let a voter open a sealed ballot on a second device; opened, it can never be cast."""
    assert voter.request is not None
    assert voter.ticket is not None
    credential = voter.request.credential
    ((contest, choice),) = any_choice(poll, voter.style).items()
    ballot = seal(poll.election(contest), credential, choice)
    send(ledger, Spoil.make(poll, voter.ticket, credential, ballot.tracker).to_text())
    narrator.line(
        "投じる前の確認 1 件: 封をした票を別の端末で開いて中を見た（その票はもう使えない）",
        "1 check before casting: a sealed ballot was opened on a second device, and is spoiled",
    )
    opened = Cast.make(poll, voter.ticket, credential, voter.next_number(), {contest: ballot}).to_text()
    attempt(
        narrator,
        Attempt(
            "確認のために開いた票を投じる",
            "the ballot that was opened is cast all the same",
            "spoiled-ballot",
            lambda: send(ledger, opened),
        ),
    )


def vote_on_paper(
    narrator: Narrator, poll: Poll, ledger: DemoLedger, days: VotingDays, resident: int, style: str
) -> None:
    """Let one more resident (by number, from 0) vote, change her mind, and give the right back."""
    voter = Voter(style, VotingCode.generate())
    days.register([(resident, voter)])
    assert voter.request is not None
    assert voter.ticket is not None
    choices = any_choice(poll, voter.style)
    send(ledger, days.cast(voter, choices))
    number, credential = voter.next_number(), voter.request.credential
    send(ledger, Surrender.make(poll, voter.ticket, credential, number).to_text())
    narrator.line(
        "返上 1 件: ネットで投じた人が権利を返し、紙で投票する（ネットの票は数えない）",
        "1 right given back: somebody who had voted here votes on paper instead, and is not counted here",
    )
    again = days.cast(voter, choices)
    attempt(
        narrator,
        Attempt(
            "返上したあとで、また投じる",
            "a vote after the right was given back",
            "surrendered",
            lambda: send(ledger, again),
        ),
    )
