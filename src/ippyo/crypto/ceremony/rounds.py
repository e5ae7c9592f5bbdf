"""How the messages of a round are read, and whose fault it is when one cannot be (docs/protocol.md §4).

Only what a trustee has signed can be held against it. A message whose signature does not verify, or which cannot be
read far enough to say, may have been altered on its way: it is evidence against nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ippyo.crypto.ceremony.context import CeremonyContext, complete_round
from ippyo.crypto.ceremony.messages import Commit, Complaint, Confirm, Reveal
from ippyo.errors import FaultyCoordinatorError, FaultyTrusteeError, ParseError

__all__ = ["parse_complaint", "parse_reveals", "parse_round"]

M = TypeVar("M", Commit, Reveal, Confirm)
C = TypeVar("C", Commit, Confirm)


def parse_round(context: CeremonyContext, kind: type[C], texts: Sequence[str]) -> tuple[C, ...]:
    """Decode the commits or the confirms of all trustees, trustee 1 first.

    Raises :class:`FaultyCoordinatorError` for one that cannot be accepted, is missing, repeated, out of place, or of
    another ceremony. None of them names a culprit: a commit is signed with the key it brings, so that anybody could
    have made it, and of a confirm only the key is signed.
    """
    return _parse(context, kind, texts, lambda _position, _text: False)


def parse_reveals(context: CeremonyContext, commits: Sequence[Commit], texts: Sequence[str]) -> tuple[Reveal, ...]:
    """Decode the reveals of all trustees, trustee 1 first; ``commits`` are a complete round.

    Raises :class:`FaultyTrusteeError` for one that cannot be accepted although its sender signed it as it is, and
    :class:`FaultyCoordinatorError` as :func:`parse_round` does.
    """
    keys = [commit.cert.verification for commit in complete_round(context, Commit.kind, commits)]

    def is_signed(position: int, text: str) -> bool:
        return position <= len(keys) and Reveal.was_signed(context, position, keys[position - 1], text)

    return _parse(context, Reveal, texts, is_signed)


def parse_complaint(context: CeremonyContext, commits: Sequence[Commit], text: str) -> Complaint:
    """Decode a complaint; ``commits`` are a complete round.

    Raises :class:`FaultyTrusteeError` for one that cannot be accepted although a trustee signed it as it is, and what
    :meth:`Complaint.from_text` raises for any other.
    """
    commits = complete_round(context, Commit.kind, commits)
    try:
        return Complaint.from_text(context, text)
    except (ParseError, FaultyCoordinatorError) as error:
        # The latter for a reveal of another ceremony in it, too: the signature is one for this ceremony.
        for commit in commits:
            if Complaint.was_signed(context, commit.index, commit.cert.verification, text):
                problem = f"signed a {Complaint.kind} that cannot be accepted: {error}"
                raise FaultyTrusteeError(commit.index, problem) from None
        raise


def _parse(
    context: CeremonyContext, kind: type[M], texts: Sequence[str], is_signed: Callable[[int, str], bool]
) -> tuple[M, ...]:
    messages: list[M] = []
    for position, text in enumerate(texts, start=1):
        try:
            messages.append(kind.from_text(context, text))
        except ParseError as error:
            if is_signed(position, text):
                problem = f"signed a {kind.kind} that cannot be accepted: {error}"
                raise FaultyTrusteeError(position, problem) from None
            raise FaultyCoordinatorError(
                f"the {kind.kind} in the place of trustee {position} cannot be accepted: {error}"
            ) from None
    return complete_round(context, kind.kind, messages)
