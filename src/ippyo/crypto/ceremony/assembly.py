"""Step 4: the public messages become trustees text and transcript; anybody checks both (docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.canonical import Fields, dumps, loads, require_canonical
from ippyo.crypto.ceremony.context import CeremonyContext, Numbered, complete_round, digests
from ippyo.crypto.ceremony.messages import Commit, Confirm, Reveal
from ippyo.crypto.ceremony.revealing import check_reveals
from ippyo.crypto.ceremony.rounds import parse_reveals, parse_round
from ippyo.crypto.ceremony.state import KeyShare
from ippyo.crypto.groups import Group
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError
from ippyo.poll.limits import MAX_TRUSTEES
from ippyo.poll.policies import Quorum

__all__ = ["TRANSCRIPT_LIMIT", "Transcript", "assemble", "check_own_part", "verify_transcript"]

TRANSCRIPT_LIMIT = 4 << 20
"""Bytes; thirty trustees in a 2048-bit group need about four fifths of it."""

WHAT = "ceremony transcript"


@dataclass(frozen=True, slots=True)
class Transcript:
    """Every message of a finished ceremony, in the order of the trustees' numbers."""

    context: CeremonyContext
    commits: tuple[Commit, ...]
    reveals: tuple[Reveal, ...]
    confirms: tuple[Confirm, ...]

    @classmethod
    def from_text(cls, context: CeremonyContext, text: str | bytes) -> Transcript:
        """Decode; that the messages agree with each other is for :meth:`trustees` to say.

        Raises :class:`ParseError`, :class:`FaultyTrusteeError` for a reveal that cannot be accepted although it was
        signed, :class:`FaultyCoordinatorError` for any other message that cannot be, or that is missing, out of place
        or of another ceremony.
        """
        read = Fields(loads(text, what=WHAT, limit=TRANSCRIPT_LIMIT), WHAT, ("commits", "reveals", "confirms"))
        commits, reveals, confirms = (
            read.map(name, dumps, limit=MAX_TRUSTEES) for name in ("commits", "reveals", "confirms")
        )
        committed = parse_round(context, Commit, commits)
        transcript = cls(
            context, committed, parse_reveals(context, committed, reveals), parse_round(context, Confirm, confirms)
        )
        require_canonical(text, transcript.to_text(), what=WHAT)
        return transcript

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(
            {
                "commits": [message.to_value() for message in self.commits],
                "reveals": [message.to_value() for message in self.reveals],
                "confirms": [message.to_value() for message in self.confirms],
            }
        )

    def trustees(self) -> Trustees:
        """Return what the ceremony made, after every check that the public messages allow.

        Raises :class:`FaultyTrusteeError` or :class:`FaultyCoordinatorError` naming who is at fault.
        """
        commits, reveals = check_reveals(self.context, self.commits, self.reveals)
        confirms = complete_round(self.context, Confirm.kind, self.confirms)
        for commit, confirm in zip(commits, confirms, strict=True):
            if not confirm.key.is_by(self.context.group, commit.cert.verification):
                raise FaultyCoordinatorError(
                    f"the verification key of trustee {confirm.index} was not signed by trustee {confirm.index}"
                )
        return Trustees(
            self.context.group,
            self.context.quorum.threshold,
            tuple(message.cert for message in commits),
            tuple(message.coefexps for message in reveals),
            tuple(message.certs_signature for message in reveals),
            tuple(message.key for message in confirms),
        )


def assemble(
    context: CeremonyContext, commits: Sequence[Commit], reveals: Sequence[Reveal], confirms: Sequence[Confirm]
) -> tuple[Trustees, Transcript]:
    """Return the trustees text's content and the transcript of a ceremony in which all have confirmed.

    Needs no secret. Raises what :meth:`Transcript.trustees` raises.
    """
    transcript = Transcript(context, tuple(commits), tuple(reveals), tuple(confirms))
    return transcript.trustees(), transcript


def verify_transcript(
    manifest_hash: str, group: Group, quorum: Quorum, transcript: str | bytes, trustees: Trustees
) -> Transcript:
    """Check that the ceremony of the manifest ``manifest_hash`` was held as it should, and made ``trustees``.

    The verifier's whole view: commits signed, reveals made for exactly these commits, commitments opened, signatures,
    verification keys, and the trustees text made of these messages and no others. The sealed shares stay sealed.
    Raises :class:`FaultyTrusteeError`, :class:`FaultyCoordinatorError` or :class:`ParseError`.
    """
    read = Transcript.from_text(CeremonyContext(manifest_hash, group, quorum), transcript)
    if read.trustees().to_text() != trustees.to_text():
        raise CheckFailedError("the trustees text was not made by the key ceremony in the transcript")
    return read


def check_own_part(share: KeyShare, transcript: Transcript) -> Trustees:
    """Check, as a trustee, that the published ceremony is the one this trustee took part in; return the trustees.

    Every trustee does this before the poll opens, and compares the election key with the others. It is this that ties
    numbers to people: a trustee's keys become known by its commit only, so that whoever carries the messages could put
    a trustee of its own in another's place. The one replaced finds a commit here that it has not sent.
    Raises :class:`FaultyTrusteeError` for a trustee that signed two different reveals,
    :class:`FaultyCoordinatorError` when other messages were exchanged.
    """
    trustees = transcript.trustees()
    index = share.index
    altered = _differing(share.commits, transcript.commits)
    if altered:
        raise FaultyCoordinatorError(f"the transcript holds another commit of trustee {altered[0]} than you were sent")
    altered = _differing(share.reveals, transcript.reveals)
    if altered:
        # Both carry the trustee's signature, under the same certificate.
        raise FaultyTrusteeError(altered[0], "sent one reveal to you and another one to others")
    if transcript.confirms[index - 1] != share.confirm:
        raise FaultyCoordinatorError(f"the transcript holds another confirm of trustee {index} than you sent")
    return trustees


def _differing(seen: Sequence[str], messages: Sequence[Numbered]) -> list[int]:
    return [m.index for known, digest, m in zip(seen, digests(messages), messages, strict=True) if known != digest]
