"""Which ceremony a message belongs to, and when a round of its messages is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ippyo.canonical import Fields, sha256_b64
from ippyo.crypto.groups import Group
from ippyo.crypto.trustee_keys import check_quorum
from ippyo.errors import FaultyCoordinatorError, InputError
from ippyo.poll.policies import Quorum

__all__ = ["MESSAGE_LIMIT", "CeremonyContext", "Numbered", "complete_round", "digests"]

MESSAGE_LIMIT = 1 << 20
"""Bytes in one message."""


@dataclass(frozen=True, slots=True)
class CeremonyContext:
    """One key ceremony: the manifest it is held for (``manifest_hash`` is mh), the group, and t of n."""

    manifest_hash: str
    group: Group
    quorum: Quorum

    def __post_init__(self) -> None:
        """Refuse an impossible quorum (:class:`InputError`)."""
        check_quorum(self.quorum)

    @property
    def text(self) -> str:
        """The context text ``K = mh|GROUP|n|t``."""
        return f"{self.manifest_hash}|{self.group.name}|{self.quorum.total}|{self.quorum.threshold}"

    @property
    def indices(self) -> range:
        """The trustees' numbers 1..n."""
        return range(1, self.quorum.total + 1)

    def require_index(self, index: int) -> None:
        """Raise :class:`InputError` unless there is a trustee with number ``index``."""
        if index not in self.indices:
            raise InputError(f"there is no trustee {index}; the trustees are numbered 1 to {self.quorum.total}")

    def index_of(self, read: Fields, kind: str) -> int:
        """Return the sender's number of the message in ``read``, whose type and ceremony are checked first.

        Raises :class:`FaultyCoordinatorError` when it is a message of another round or another ceremony: it may well
        be genuine, but it does not belong here.
        """
        sender = read.integer("index", low=1, high=self.quorum.total)
        if read.text("type") != kind:
            raise FaultyCoordinatorError(f"a message of trustee {sender} is not a {kind}")
        if read.text("context") != self.text:
            raise FaultyCoordinatorError(f"the {kind} of trustee {sender} belongs to another key ceremony")
        return sender


class Numbered(Protocol):
    """A message that names its sender."""

    @property
    def index(self) -> int:
        """The sender's number, from 1."""
        ...

    def to_text(self) -> str:
        """Return the canonical text."""
        ...


M = TypeVar("M", bound=Numbered)


def complete_round(context: CeremonyContext, kind: str, messages: Sequence[M]) -> tuple[M, ...]:
    """Return ``messages`` if they are exactly one of each trustee, in order.

    Raises :class:`FaultyCoordinatorError` naming the message that is missing, repeated or out of place.
    """
    seen = [message.index for message in messages]
    for index in context.indices:
        if index not in seen:
            raise FaultyCoordinatorError(f"the {kind} of trustee {index} is missing")
        if seen.count(index) > 1:
            raise FaultyCoordinatorError(f"there is more than one {kind} of trustee {index}")
    if seen != list(context.indices):
        raise FaultyCoordinatorError(f"the {kind}s are not in the order of the trustees' numbers")
    return tuple(messages)


def digests(messages: Sequence[Numbered]) -> tuple[str, ...]:
    """Return b64(H(text)) of each message."""
    return tuple(sha256_b64(message.to_text()) for message in messages)
