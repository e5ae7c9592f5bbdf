"""Changes between the roll's date and the poll, and their history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ippyo.errors import InputError
from ippyo.registry.roll.models import RollChange, Voter
from ippyo.registry.roll.rows import Person
from ippyo.registry.roll.sample import draw_sample
from ippyo.registry.roll.updates import add_voter, change_voter, end_right, restore_right

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 1)
ALL = ("name", "birth", "sex", "address")
Make = Callable[..., Voter]
Kind = RollChange.Kind


def test_the_history_says_who_did_what_and_what_was_before(
    roll_person: Callable[..., Person],
) -> None:
    voter = add_voter(roll_person(), DAY, "転入", "clerk", ALL)
    change_voter(voter, roll_person(name="佐藤　花子", address="清瀬市中里1-1"), DAY, "婚姻", "second clerk")
    end_right(voter, Kind.MOVED, DAY, "転出届", "clerk")
    restore_right(voter, DAY, "取り消し", "clerk")
    history = [(change.kind, change.reason, change.by, change.before) for change in voter.changes.all()]
    assert history == [
        ("added", "転入", "clerk", {}),
        ("changed", "婚姻", "second clerk", {"name": "山田　花子", "address": "東京都清瀬市中里五丁目842番地"}),
        ("moved", "転出届", "clerk", {"status": "entitled"}),
        ("restored", "取り消し", "clerk", {"status": "moved", "status_on": "2026-11-01"}),
    ]
    voter.refresh_from_db()
    assert (voter.name_key, voter.address_key, voter.status, voter.status_on) == (
        "佐藤花子",
        "清瀬市中里1-1",
        "entitled",
        None,
    )


def test_acts_that_make_no_sense(roll_voter: Make, roll_person: Callable[..., Person]) -> None:
    voter, other = roll_voter(), roll_voter(number="2", name="佐藤")
    with pytest.raises(InputError, match="nothing to restore"):
        restore_right(voter, DAY, "x", "clerk")
    with pytest.raises(InputError, match="ends by"):
        end_right(voter, Kind.ADDED, DAY, "x", "clerk")
    with pytest.raises(InputError, match="nothing of this"):
        change_voter(voter, roll_person(), DAY, "x", "clerk")
    with pytest.raises(InputError, match="another person's"):
        change_voter(other, roll_person(name="佐藤"), DAY, "x", "clerk")
    with pytest.raises(InputError, match="another person's"):
        add_voter(roll_person(name="鈴木"), DAY, "x", "clerk", ALL)
    with pytest.raises(InputError, match="on the roll already"):
        add_voter(roll_person(number="3"), DAY, "x", "clerk", ALL, namesake=True)
    end_right(voter, Kind.DIED, DAY, "x", "clerk")
    with pytest.raises(InputError, match="has ended already"):
        end_right(voter, Kind.MOVED, DAY, "x", "clerk")
    assert [change.kind for change in RollChange.objects.all()] == ["died"]


@pytest.mark.parametrize(
    ("reason", "by"), [("", "clerk"), ("  ", "clerk"), ("x" * 201, "clerk"), ("x", ""), ("x", "y" * 151)]
)
def test_reason_and_author_are_needed(roll_voter: Make, reason: str, by: str) -> None:
    voter = roll_voter()
    with pytest.raises(InputError):
        end_right(voter, Kind.DIED, DAY, reason, by)
    voter.refresh_from_db()
    assert voter.status == "entitled"
    assert not RollChange.objects.exists()


def test_a_sample_is_drawn_again_from_the_same_seed(roll_voter: Make) -> None:
    for number in range(40):
        roll_voter(number=f"{number}" if number % 2 else None, name=f"甲{number}")
    first = [voter.name for voter in draw_sample(10, "dice 6 3 1")]
    assert len(set(first)) == 10
    # The order of the rows in the database does not matter.
    people = list(Voter.objects.order_by("-pk"))
    Voter.objects.all().delete()
    for voter in people:
        voter.pk = None
        voter.save(force_insert=True)
    assert [voter.name for voter in draw_sample(10, "dice 6 3 1")] == first
    assert [voter.name for voter in draw_sample(10, "dice 6 3 2")] != first
    assert [voter.name for voter in draw_sample(9, "dice 6 3 1")] == first[:9]


def test_only_the_entitled_are_drawn(roll_voter: Make) -> None:
    kept, gone = roll_voter(), roll_voter(number="2", name="佐藤")
    end_right(gone, Kind.MOVED, DAY, "x", "clerk")
    assert draw_sample(1, "s") == [kept]
    for size, seed in ((2, "s"), (0, "s"), (1, ""), (1, "x" * 201)):
        with pytest.raises(InputError):
            draw_sample(size, seed)


def test_somebody_of_one_name_and_birth_needs_the_clerks_word(
    roll_voter: Make, roll_person: Callable[..., Person]
) -> None:
    roll_voter()
    moved = roll_person(number="3", address="清瀬市元町1-1")
    with pytest.raises(InputError, match="name and date of birth"):
        add_voter(moved, DAY, "x", "clerk", ALL)
    for too_little in (("name", "birth"), ("name", "birth", "sex")):
        with pytest.raises(InputError, match="could not tell these two persons apart"):
            add_voter(moved, DAY, "another person", "clerk", too_little, namesake=True)
    assert add_voter(moved, DAY, "another person", "clerk", ALL, namesake=True).pk
