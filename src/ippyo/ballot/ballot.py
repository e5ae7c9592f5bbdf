"""The ballot as it travels: a sealed answer to one contest, signed by a credential (docs/protocol.md §7).

Decoding checks form and group membership, with the contest's shape; whether the proofs are true,
:mod:`ippyo.ballot.check` says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ippyo.ballot.election import Election
from ippyo.ballot.statements import branch_counts
from ippyo.canonical import Fields, dumps, fields, loads, require_canonical, sha256_b64, unb64
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.errors import ParseError
from ippyo.poll.limits import BALLOT_LIMIT

__all__ = ["Ballot"]

WHAT = "ballot"
HASH_LENGTH = 43
COMMITMENT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A decoded ballot.

    ``credential`` is ``str(C)``, ``element`` the same decoded. ``proofs`` holds one proof per branch, for each choice,
    then of overall_proof, then of blank_proof where the contest has one: the order of
    :func:`ippyo.ballot.statements.statements`. ``commitments`` are texts that claim to be what the proofs yield; a
    check compares them with what it computes, or decodes them. ``body`` is the ballot's text without its signature.
    """

    election_uuid: str
    election_hash: str
    credential: str
    element: Element = field(repr=False, compare=False)
    choices: tuple[Ciphertext, ...] = field(repr=False)
    proofs: tuple[tuple[Proof, ...], ...] = field(repr=False)
    commitments: tuple[str, ...] = field(repr=False)
    signature_hash: str
    signature: Proof = field(repr=False)
    body: str = field(repr=False)

    @classmethod
    def from_text(cls, election: Election, text: str | bytes) -> Ballot:
        """Decode a ballot for ``election``. Raises :class:`ParseError` unless it is canonical and of its shape."""
        ballot = cls.from_value(election, loads(text, what=WHAT, limit=BALLOT_LIMIT))
        require_canonical(text, ballot.to_text(), what=WHAT)
        return ballot

    @classmethod
    def from_value(cls, election: Election, value: object) -> Ballot:
        """Decode a ballot nested in a transaction, whose own text is compared with its canonical form."""
        group = election.group
        entry = fields(value, WHAT, "election_uuid", "election_hash", "credential", "answers", "signature")
        credential = entry.text("credential", limit=group.text_limit)
        element = group.decode_key(credential, what="credential of the ballot")
        (answer,) = entry.array("answers", least=1, limit=1)
        choices, proofs, commitments = _read_answer(election, answer)
        signature = fields(entry.raw("signature"), "signature of the ballot", "hash", "proof")
        uuid, fingerprint = entry.text("election_uuid", limit=64), _hash(entry, "election_hash")
        ballot = cls(
            election_uuid=uuid,
            election_hash=fingerprint,
            credential=credential,
            element=element,
            choices=choices,
            proofs=proofs,
            commitments=commitments,
            signature_hash=_hash(signature, "hash"),
            signature=Proof.from_value(group, signature.raw("proof"), "signature of the ballot"),
            body=body(uuid, fingerprint, credential, answer_value(election, choices, proofs, commitments)),
        )
        if len(ballot.to_text().encode()) > BALLOT_LIMIT:
            raise ParseError(WHAT, f"is longer than the {BALLOT_LIMIT} bytes allowed")
        return ballot

    def to_text(self) -> str:
        """Return the canonical text."""
        signature = {"hash": self.signature_hash, "proof": self.signature.to_value()}
        return f'{self.body[:-1]},"signature":{dumps(signature)}}}'

    @property
    def tracker(self) -> str:
        """What the voter notes down to find the ballot again: b64(H(text)), 43 characters."""
        return sha256_b64(self.to_text())


def body(uuid: str, fingerprint: str, credential: str, answer: dict[str, Any]) -> str:
    """Return the text of a ballot without the signature; its hash is what is signed."""
    return dumps({"election_uuid": uuid, "election_hash": fingerprint, "credential": credential, "answers": [answer]})


def answer_value(
    election: Election,
    choices: Sequence[Ciphertext],
    proofs: Sequence[Sequence[Proof]],
    commitments: Sequence[str],
) -> dict[str, Any]:
    """Return the JSON object of an answer; ``proofs`` and ``commitments`` are in the order of the statements."""
    group = election.group
    values = [[proof.to_value() for proof in branches] for branches in proofs]
    overall = len(choices)
    value: dict[str, Any] = {
        "choices": [choice.to_value(group) for choice in choices],
        "individual_proofs": values[:overall],
        "overall_proof": values[overall],
    }
    if election.contest.blank:
        value["blank_proof"] = values[overall + 1]
    if group.carries_commitments:
        value["commitments"] = list(commitments)
    return value


def _read_answer(
    election: Election, value: object
) -> tuple[tuple[Ciphertext, ...], tuple[tuple[Proof, ...], ...], tuple[str, ...]]:
    group, contest = election.group, election.contest
    names = ["choices", "individual_proofs", "overall_proof"]
    if contest.blank:
        names.append("blank_proof")
    if group.carries_commitments:
        names.append("commitments")
    answer = fields(value, "answer of the ballot", *names)
    count = contest.choices
    choices = tuple(
        Ciphertext.from_value(group, choice, "choice of the ballot")
        for choice in answer.array("choices", least=count, limit=count)
    )
    lists = [*answer.array("individual_proofs", least=count, limit=count), answer.raw("overall_proof")]
    if contest.blank:
        lists.append(answer.raw("blank_proof"))
    branches = branch_counts(election)
    proofs = tuple(_proofs(group, entry, number) for entry, number in zip(lists, branches, strict=True))
    commitments: list[str] = []
    if group.carries_commitments:
        number = 2 * sum(branches)
        commitments = answer.texts("commitments", least=number, limit=number, length=group.text_limit)
        if not all(map(COMMITMENT.fullmatch, commitments)):
            raise ParseError(WHAT, "has a commitment that is not the text of a group element")
    return choices, proofs, tuple(commitments)


def _proofs(group: Group, value: object, number: int) -> tuple[Proof, ...]:
    if not isinstance(value, list) or len(value) != number:
        raise ParseError("proof of the ballot", f"is not an array of {number} entries")
    return tuple([Proof.from_value(group, entry, "proof of the ballot") for entry in value])


def _hash(entry: Fields, name: str) -> str:
    text = entry.text(name, limit=HASH_LENGTH)
    unb64(text, what=f"field {name!r} of the ballot", length=32)
    return text
