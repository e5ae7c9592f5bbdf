"""Sealing: from a voter's choice to a ballot that anybody can check and only the trustees together could open."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ippyo.ballot.ballot import Ballot, answer_value, body
from ippyo.ballot.credential import Credential
from ippyo.ballot.election import Election
from ippyo.ballot.statements import statements, total
from ippyo.canonical import sha256_b64
from ippyo.crypto import disjunctive, schnorr
from ippyo.crypto.disjunctive import Opening
from ippyo.crypto.elgamal import encrypt
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import Draw, random_scalar
from ippyo.errors import ParseError
from ippyo.poll.choice import Choice, plaintexts

__all__ = ["seal", "seal_again", "seeded"]

SEED_BYTES = 32
EXTRA_BYTES = 16
"""Bytes drawn beyond the size of q, so that reduction leaves a bias below 2^-128."""


def seal(
    election: Election,
    credential: Credential,
    choice: Choice,
    *,
    _draw: Draw = random_scalar,
    _draw_signature: Draw | None = None,
) -> Ballot:
    """Return the ballot of ``choice``: 0 or 1 per answer, or BLANK.

    Raises :class:`ippyo.poll.choice.ChoiceError` for a choice that the contest does not allow. Scalars are drawn in the
    order of the ballot's text: the randomness of every choice, two for every branch of every proof, one for the
    signature (with ``_draw_signature``, if that is given).
    """

    def sign(h: str) -> Proof:
        return schnorr.prove(election.group, f"sig|{h}|", credential.secret, _draw=_draw_signature or _draw)

    return _sealed(election, credential.text, credential.public, choice, _draw, sign)


def seal_again(election: Election, credential: str, choice: Choice, seed: bytes, signature: Proof) -> Ballot:
    """Return the ballot that :func:`seal` made of ``seed`` with :func:`seeded`, its signature's proof being known.

    That is how a sealed ballot is opened without the credential's secret (docs/booth.md §3). ``credential`` is the
    text ``str(C)``. The signature is put in as it is: check the ballot. Raises :class:`ParseError` for a credential
    that is none, and what :func:`seal` raises.
    """
    public = election.group.decode_key(credential, what="credential")
    draw = seeded(seed, election, credential)
    return _sealed(election, credential, public, choice, draw, lambda _: signature)


def seeded(seed: bytes, election: Election, credential: str) -> Draw:
    """Return the source of scalars that ``seed`` (32 bytes, secret, used once) yields (docs/booth.md §2)."""
    if len(seed) != SEED_BYTES:
        raise ParseError("seed", f"is not {SEED_BYTES} bytes long")
    numbers, length = count(), (election.group.q.bit_length() + 7) // 8 + EXTRA_BYTES

    def draw(group: Group) -> int:
        info = f"{election.fingerprint}|{credential}|{next(numbers)}"
        return int.from_bytes(HKDF(SHA256(), length, b"ippyo-seal-v1", info.encode()).derive(seed)) % group.q

    return draw


def _sealed(
    election: Election, credential: str, public: Element, choice: Choice, draw: Draw, sign: Callable[[str], Proof]
) -> Ballot:
    group = election.group
    openings = [Opening(draw(group), mark) for mark in plaintexts(election.contest, choice)]
    choices = tuple(encrypt(group, election.key, opening.message, opening.randomness) for opening in openings)
    Sigma = total(election, choices)
    marks = openings[election.contest.blank :]
    secrets = {
        **dict(zip(choices, openings, strict=True)),
        Sigma: Opening(sum(mark.randomness for mark in marks) % group.q, sum(mark.message for mark in marks)),
    }
    proofs, commitments = [], []
    for statement in statements(election, credential, choices, Sigma):
        claims = [(secrets[branch.ciphertext], branch.message) for branch in statement.branches]
        proof, texts = disjunctive.prove(group, election.key, statement.prefix, claims, _draw=draw)
        proofs.append(proof)
        commitments += texts
    answer = answer_value(election, choices, proofs, commitments)
    text = body(election.uuid, election.fingerprint, credential, answer)
    h = sha256_b64(text)
    return Ballot(
        election_uuid=election.uuid,
        election_hash=election.fingerprint,
        credential=credential,
        element=public,
        choices=choices,
        proofs=tuple(proofs),
        commitments=tuple(commitments) if group.carries_commitments else (),
        signature_hash=h,
        signature=sign(h),
        body=text,
    )
