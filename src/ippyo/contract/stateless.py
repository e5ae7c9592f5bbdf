"""All that can be said of a transaction without the state: form, signatures, tickets, ballots' proofs.

This is nearly all of the work, it is the same whenever it is done, and it may be done in another process:
:func:`check_transactions` is a pure function of the poll and the texts. The proofs of all ballots are checked together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.check import BadBallotError, check_many, require_credential
from ippyo.ballot.election import Election
from ippyo.ballot.ticket import BadTicketError, Ticket, verify_ticket
from ippyo.canonical import sha256
from ippyo.contract.acts import check_quorum
from ippyo.contract.interface import Verdict
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import (
    Act,
    Cast,
    Decrypt,
    Issued,
    ResultAct,
    Spoil,
    Surrender,
    Tally,
    Transaction,
    parse_transaction,
)
from ippyo.crypto import ed25519, schnorr
from ippyo.errors import ParseError, RefusedError

__all__ = ["Checked", "check_transaction", "check_transactions", "check_without_proofs", "digest_of"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a transaction text before the state is asked.

    ``digest`` is H of the text. ``transaction`` is None when the text could not be decoded as one of this poll, and
    then ``verdict`` is final. Otherwise a refusal in ``verdict`` ranks after one that phase or time demand.
    """

    digest: bytes
    transaction: Transaction | None
    verdict: Verdict


def digest_of(text: str) -> bytes:
    """Return H(``text``), 32 bytes; of a text that is no Unicode (it will be ``malformed``), something as good."""
    return sha256(text.encode("utf-8", "surrogatepass"))


def check_transaction(poll: Poll, text: str) -> Checked:
    """Check one transaction text."""
    return check_transactions(poll, [text])[0]


def check_transactions(poll: Poll, texts: Sequence[str]) -> list[Checked]:
    """Check many transaction texts; the answers are in their order. Never raises for what stands in a text."""
    results = [check_without_proofs(poll, text) for text in texts]
    waiting: list[tuple[int, Election, Ballot]] = []
    for place, checked in enumerate(results):
        if isinstance(checked.transaction, Cast) and checked.verdict.accepted:
            cast = checked.transaction
            pairs = zip(cast.contests, cast.ballots, strict=True)
            waiting += [(place, poll.election(contest), ballot) for contest, ballot in pairs]
    problems = check_many([(election, ballot) for _, election, ballot in waiting])
    for (place, _, _), problem in zip(waiting, problems, strict=True):
        if problem is not None and results[place].verdict.accepted:
            results[place] = replace(results[place], verdict=Verdict("bad-ballot", str(problem)))
    return results


def check_without_proofs(poll: Poll, text: str) -> Checked:
    """Check everything but the proofs of ballots, which are most of the work. Never raises for what stands in it."""
    digest = digest_of(text)
    try:
        transaction = parse_transaction(poll, text)
    except ParseError as error:
        return Checked(digest, None, Verdict("malformed", str(error)))
    except RefusedError as error:
        return Checked(digest, None, Verdict(error.code, error.detail))
    try:
        _judge(poll, transaction)
    except RefusedError as error:
        return Checked(digest, transaction, Verdict(error.code, error.detail))
    return Checked(digest, transaction, Verdict())


def _judge(poll: Poll, transaction: Transaction) -> None:
    match transaction:
        case Cast():
            _judge_cast(poll, transaction)
        case Spoil():
            _judge_ticket(poll, transaction.ticket)
            ticket = transaction.ticket
            prefix = Spoil.prefix(poll.fingerprint, ticket.style, transaction.tracker, ticket.credential)
            _judge_holder(poll, transaction, prefix)
        case Surrender():
            ticket = transaction.ticket
            _judge_ticket(poll, ticket)
            prefix = Surrender.prefix(poll.fingerprint, ticket.style, transaction.number, ticket.credential)
            _judge_holder(poll, transaction, prefix)
        case Issued():
            _judge_issued(poll, transaction)
        case Decrypt():
            _judge_contest(poll, transaction.contest)
        case Tally() | ResultAct():
            _judge_contest(poll, transaction.contest)
            _judge_act(poll, transaction)
        case _:
            _judge_act(poll, transaction)


def _judge_cast(poll: Poll, cast: Cast) -> None:
    ticket = cast.ticket
    _judge_ticket(poll, ticket)
    prefix = Cast.prefix(poll.fingerprint, ticket.style, cast.number, cast.trackers, ticket.credential)
    _judge_holder(poll, cast, prefix)
    for contest, ballot in zip(cast.contests, cast.ballots, strict=True):
        if contest not in poll.contests_of_style[ticket.style]:
            raise RefusedError("not-your-contest", f"the ticket gives no vote in contest {contest!r}")
        try:
            require_credential(ballot, ticket.credential)
        except BadBallotError as error:
            raise RefusedError("bad-ballot", str(error)) from None


def _judge_ticket(poll: Poll, ticket: Ticket) -> None:
    keys = poll.ticket_keys.get(ticket.style)
    if keys is None:
        raise RefusedError("bad-ticket", f"the poll has no ballot style {ticket.style!r}")
    try:
        verify_ticket(ticket, poll.fingerprint, keys)
    except BadTicketError as error:
        raise RefusedError("bad-ticket", str(error)) from None


def _judge_holder(poll: Poll, transaction: Cast | Spoil | Surrender, prefix: str) -> None:
    if not schnorr.verify(poll.group, prefix, transaction.ticket.element, transaction.proof):
        raise RefusedError("bad-proof", f"the {transaction.kind} was not made by the holder of the credential")


def _judge_issued(poll: Poll, issued: Issued) -> None:
    if issued.issuer > len(poll.genesis.issuers) or issued.style not in poll.ticket_keys:
        raise RefusedError("not-issuer", f"no issuer {issued.issuer} signs tickets of style {issued.style!r}")
    message = Issued.message(poll.fingerprint, issued.issuer, issued.style, issued.total)
    if not ed25519.verify(poll.genesis.issuers[issued.issuer - 1].key, message, issued.signature):
        raise RefusedError("not-issuer", f"the signature of issuer {issued.issuer} is false")


def _judge_contest(poll: Poll, contest: str) -> None:
    if contest not in poll.elections:
        raise RefusedError("no-such-contest", f"the poll has no contest {contest!r}")


def _judge_act(poll: Poll, act: Act) -> None:
    check_quorum(poll.genesis.officers, poll.fingerprint, act.body, act.signatures)
