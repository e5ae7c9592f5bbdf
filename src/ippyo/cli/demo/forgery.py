"""Ballots and tickets that a cheat would send. Each is well formed, signed where the cheat can sign, and false."""

from __future__ import annotations

from typing import Any

from ippyo.ballot.credential import Credential
from ippyo.ballot.ticket import Ticket
from ippyo.canonical import dumps, loads, sha256_b64
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import TRANSACTION_LIMIT, Cast
from ippyo.crypto import schnorr

__all__ = ["copied_ballot", "forged_ticket", "worth_fifty"]


def worth_fifty(poll: Poll, cast: str, credential: Credential) -> str:
    """Return ``cast`` with its first ballot's last answer worth fifty votes more, signed anew by its own voter."""
    group = poll.group
    value = _decoded(cast)
    choice = value["ballots"][0]["answers"][0]["choices"][-1]
    fifty = group.mul_base(50)
    choice["beta"] = group.encode(group.add(group.decode(choice["beta"]), fifty))
    return _resigned(poll, value, credential)


def copied_ballot(poll: Poll, cast: str, ticket: Ticket, credential: Credential) -> str:
    """Return somebody else's ``cast`` under one's own ticket and credential, signed anew."""
    value = _decoded(cast)
    value["ticket"] = ticket.to_value()
    for ballot in value["ballots"]:
        ballot["credential"] = credential.text
    return _resigned(poll, value, credential)


def forged_ticket(cast: str) -> str:
    """Return ``cast`` with a ticket that only the first issuer has signed: its signature stands in for the others'."""
    value = _decoded(cast)
    signatures = value["ticket"]["signatures"]
    value["ticket"]["signatures"] = [signatures[0]] * len(signatures)
    return dumps(value)


def _decoded(cast: str) -> dict[str, Any]:
    value: dict[str, Any] = loads(cast, what="cast", limit=TRANSACTION_LIMIT)
    return value


def _resigned(poll: Poll, value: dict[str, Any], credential: Credential) -> str:
    """Sign every ballot, and then the whole cast: nothing but the ballots themselves is false."""
    for ballot in value["ballots"]:
        del ballot["signature"]
        h = sha256_b64(dumps(ballot))
        proof = schnorr.prove(poll.group, f"sig|{h}|", credential.secret)
        ballot["signature"] = {"hash": h, "proof": proof.to_value()}
    trackers = [sha256_b64(dumps(ballot)) for ballot in value["ballots"]]
    prefix = Cast.prefix(poll.fingerprint, value["ticket"]["style"], value["number"], trackers, credential.text)
    value["proof"] = schnorr.prove(poll.group, prefix, credential.secret).to_value()
    return dumps(value)
