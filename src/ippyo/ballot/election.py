"""One contest with the trustees' key: what sealing and checking a ballot need to know (docs/protocol.md §3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ippyo.canonical import sha256_b64
from ippyo.crypto.groups import Element, Group, Table, group
from ippyo.poll.contest import Contest
from ippyo.poll.election import contest_uuid, election_text
from ippyo.poll.manifest import Manifest

__all__ = ["Election"]


@dataclass(frozen=True, slots=True)
class Election:
    """One election in the sense of the record format.

    ``public_key`` is y, with ``key`` its table; ``fingerprint`` is phi, the hash of ``text``, to which every proof in a
    ballot is bound.
    """

    contest: Contest
    group: Group = field(repr=False)
    public_key: Element
    key: Table = field(repr=False, compare=False)
    uuid: str
    fingerprint: str
    text: str = field(repr=False)

    @classmethod
    def build(cls, manifest: Manifest, contest: Contest, public_key: str) -> Election:
        """Return the election of ``contest`` under the trustees' key, given as its text.

        Raises ParseError unless ``public_key`` is the canonical text of a group element other than the identity.
        """
        y, table = _key(manifest.group, public_key)
        text = election_text(manifest, contest, public_key)
        return cls(
            contest=contest,
            group=group(manifest.group),
            public_key=y,
            key=table,
            uuid=contest_uuid(manifest.hash, contest.id),
            fingerprint=sha256_b64(text),
            text=text,
        )


@lru_cache(maxsize=8)
def _key(group_name: str, public_key: str) -> tuple[Element, Table]:
    """Decode the trustees' key; all contests of a poll share its table, which takes megabytes."""
    y = group(group_name).decode_key(public_key, what="public key of the election")
    return y, group(group_name).table(y)
