"""Sealing: from a voter's choice to a ballot that anybody can check and only the trustees together could open."""

from __future__ import annotations

from ippyo.ballot.ballot import Ballot, answer_value, body
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.statements import statements, total
from ippyo.canonical import sha256_b64
from ippyo.crypto import disjunctive, schnorr
from ippyo.crypto.disjunctive import Opening
from ippyo.crypto.elgamal import encrypt
from ippyo.crypto.random import Draw, random_scalar
from ippyo.poll.choice import Choice, plaintexts

__all__ = ["seal"]


def seal(election: Election, credential: Credential, choice: Choice, *, _draw: Draw = random_scalar) -> Ballot:
    """Return the ballot of ``choice``: 0 or 1 per answer, or BLANK.

    Raises :class:`ippyo.poll.choice.ChoiceError` for a choice that the contest does not allow. Scalars are drawn in the
    order of the ballot's text: the randomness of every choice, two for every branch of every proof, one for the
    signature.
    """
    group = election.group
    openings = [Opening(_draw(group), mark) for mark in plaintexts(election.contest, choice)]
    choices = tuple(encrypt(group, election.key, opening.message, opening.randomness) for opening in openings)
    Sigma = total(election, choices)
    marks = openings[election.contest.blank :]
    secrets = {
        **dict(zip(choices, openings, strict=True)),
        Sigma: Opening(sum(mark.randomness for mark in marks) % group.q, sum(mark.message for mark in marks)),
    }
    proofs, commitments = [], []
    for statement in statements(election, credential.text, choices, Sigma):
        claims = [(secrets[branch.ciphertext], branch.message) for branch in statement.branches]
        proof, texts = disjunctive.prove(group, election.key, statement.prefix, claims, _draw=_draw)
        proofs.append(proof)
        commitments += texts
    answer = answer_value(election, choices, proofs, commitments)
    text = body(election.uuid, election.fingerprint, credential.text, answer)
    h = sha256_b64(text)
    return Ballot(
        election_uuid=election.uuid,
        election_hash=election.fingerprint,
        credential=credential.text,
        element=credential.public,
        choices=choices,
        proofs=tuple(proofs),
        commitments=tuple(commitments) if group.carries_commitments else (),
        signature_hash=h,
        signature=schnorr.prove(group, f"sig|{h}|", credential.secret, _draw=_draw),
        body=text,
    )
