"""Who may apply, and from when (申請区分): the groups that registry.toml names, in their order of priority. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ippyo.identity.errors import IdentityRefusedError
from ippyo.poll.text import Text

__all__ = ["EVERYBODY", "MAX_GROUP", "ApplicantGroup", "group_labels", "require_turn"]

EVERYBODY = "all"
"""The id of the group to which everybody on the roll belongs, whatever the roll says."""

MAX_GROUP = 40
"""Characters of a group's id."""


@dataclass(frozen=True, slots=True)
class ApplicantGroup:
    """People who may apply from ``opens`` (seconds since 1970): those with ``id`` in the roll's column 申請区分.

    ``evidence`` is the paper by which the office knows that somebody belongs to the group (確認書類).
    """

    id: str
    name: Text
    evidence: Text
    opens: int


def group_labels(groups: Iterable[ApplicantGroup]) -> dict[str, str]:
    """Return the group that each label of 申請区分 means: its name in both languages, and its id."""
    groups = tuple(groups)
    names = {label: group.id for group in groups for label in (group.name.ja, group.name.en)}
    return names | {group.id: group.id for group in groups}


def require_turn(group: str, groups: Sequence[ApplicantGroup], at: datetime) -> None:
    """Refuse somebody of ``group`` (empty: of none) who may not apply ``at`` this time; without groups, everybody may.

    Raises :class:`IdentityRefusedError`: ``not-in-group``; ``group-not-yet`` before the turn of the person's group.
    """
    mine = [one.opens for one in groups if one.id in {group, EVERYBODY}]
    if groups and not mine:
        raise IdentityRefusedError("not-in-group")
    if mine and at.timestamp() < min(mine):
        raise IdentityRefusedError("group-not-yet")
