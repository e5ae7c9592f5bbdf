"""Who may apply, and from when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ippyo.identity.errors import IdentityRefusedError
from ippyo.poll.text import Text
from ippyo.registry.roll.groups import ApplicantGroup, group_labels, require_turn

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


def group(identity: str, opens: int, name: str = "") -> ApplicantGroup:
    return ApplicantGroup(identity, Text(name or identity, identity), Text("証明書", "certificate"), SECONDS + opens)


DISABLED, AWAY, ALL = group("disabled", -60, "障害のある方"), group("away", 0), group("all", 60)


@pytest.mark.parametrize(
    ("mine", "groups", "refusal"),
    [
        ("", (), None),
        ("disabled", (), None),
        ("disabled", (DISABLED, AWAY), None),
        ("away", (DISABLED, AWAY), None),
        ("away", (DISABLED,), "not-in-group"),
        ("", (DISABLED, AWAY), "not-in-group"),
        ("", (DISABLED, ALL), "group-not-yet"),
        ("away", (DISABLED, ALL), "group-not-yet"),
        # Whoever has priority need not wait for everybody's turn.
        ("disabled", (DISABLED, ALL), None),
        ("", (DISABLED, group("all", -1)), None),
    ],
)
def test_whose_turn_it_is(mine: str, groups: tuple[ApplicantGroup, ...], refusal: str | None) -> None:
    if refusal is None:
        require_turn(mine, groups, NOON)
        return
    with pytest.raises(IdentityRefusedError) as caught:
        require_turn(mine, groups, NOON)
    assert caught.value.code == refusal


def test_labels_are_names_and_ids() -> None:
    assert group_labels([DISABLED]) == {"障害のある方": "disabled", "disabled": "disabled"}
    # An id means its own group, whatever another is called.
    assert group_labels([group("away", 0), group("ill", 0, "away")])["away"] == "away"
