"""One person, nobody, or the support desk; never a guess. And who of those found may vote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ippyo.errors import InputError
from ippyo.identity.errors import IdentityRefusedError
from ippyo.identity.person import BasicData, BirthDate
from ippyo.registry.roll.entitlement import require_entitled
from ippyo.registry.roll.matching import find_voter, tells_apart
from ippyo.registry.roll.models import RollChange, Voter
from ippyo.registry.roll.policy import require_policy
from ippyo.registry.roll.updates import end_right, restore_right

pytestmark = pytest.mark.django_db

ALL = ("name", "birth", "sex", "address")
Make = Callable[..., Voter]


def card(**changes: Any) -> BasicData:
    usual: dict[str, Any] = {
        "name": "山田　花子",
        "address": "東京都清瀬市中里５丁目８４２番地",
        "sex": "female",
        "born": BirthDate(1980, 1, 2),
    }
    return BasicData(**(usual | changes))


def refusal(basic: BasicData, policy: tuple[str, ...] = ALL) -> str:
    with pytest.raises(IdentityRefusedError) as caught:
        find_voter(basic, policy)
    assert "山田" not in str(caught.value)
    return caught.value.code


def test_the_one_who_fits(roll_voter: Make) -> None:
    hanako = roll_voter()
    roll_voter(number="2", name="佐藤　次郎", sex="male")
    assert find_voter(card(), ALL) == hanako


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "山田　花代"},
        {"address": "東京都清瀬市中里５丁目８４３番地"},
        {"sex": "male"},
        {"born": BirthDate(1980, 1, 3)},
        {"born": BirthDate(1981, 1, 2)},
    ],
)
def test_whom_one_datum_does_not_fit(roll_voter: Make, changes: dict[str, Any]) -> None:
    roll_voter()
    assert refusal(card(**changes)) == "not-on-roll"


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        (("name", "birth", "address"), {"sex": "male"}),
        (("name", "birth", "sex"), {"address": "大阪府大阪市北区1"}),
        (("birth", "address"), {"name": "田中"}),
        (("birth", "address-part"), {"name": "田中", "address": "清瀬市中里5-842 コーポ三田301"}),
    ],
)
def test_only_what_the_policy_names_is_compared(
    roll_voter: Make, policy: tuple[str, ...], changes: dict[str, Any]
) -> None:
    hanako = roll_voter()
    assert find_voter(card(**changes), policy) == hanako


@pytest.mark.parametrize("policy", [(), ("birth",), ("name", "sex"), ("birth", "sex"), ("birth", "name", "kana")])
def test_a_policy_must_tell_people_apart(policy: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        require_policy(policy)
    with pytest.raises(InputError):
        find_voter(card(), policy)


@pytest.mark.parametrize(
    ("policy", "changes", "apart"),
    [
        (ALL, {"address": "清瀬市元町1-1"}, True),
        (("name", "birth", "sex"), {"address": "清瀬市元町1-1"}, False),
        (("name", "birth", "sex"), {"sex": "male"}, True),
        (("name", "birth", "sex"), {"sex": "unknown"}, False),
        (("name", "birth", "address-part"), {"address": "清瀬市中里5-842 コーポ三田301"}, False),
        (("name", "birth", "address-part"), {"address": "清瀬市中里5-843"}, True),
    ],
)
def test_which_policy_tells_two_entries_apart(
    roll_voter: Make, policy: tuple[str, ...], changes: dict[str, Any], apart: bool
) -> None:
    one, other = roll_voter(), roll_voter(number="2", **changes)
    assert tells_apart(one, other, policy) is tells_apart(other, one, policy) is apart


def test_two_who_fit(roll_voter: Make) -> None:
    roll_voter()
    roll_voter(number="2", address="清瀬市中里1")
    assert refusal(card(), ("name", "birth", "sex")) == "ambiguous"
    assert find_voter(card(), ALL).number == "1"


def test_flagged_characters_match_and_two_who_then_fit_do_not(roll_voter: Make) -> None:
    hanako = roll_voter(name="山田　\U00029e3d子")
    flagged = card(name="山田　花子", name_substitutes="00010")
    assert find_voter(flagged, ALL) == hanako
    assert refusal(card(name="山田　花子", name_substitutes="00001")) == "not-on-roll"
    roll_voter(number="2", name="山田　桜子")
    assert refusal(flagged) == "ambiguous"


def test_a_twin_whose_name_differs_in_a_replaced_character_is_for_the_desk(roll_voter: Make) -> None:
    """The roll's 郎 needs no substitute on any card: a card that has one there is perhaps a brother's."""
    roll_voter(name="山田　一郎", sex="male")
    assert refusal(card(name="山田　一■", name_substitutes="00001", sex="male")) == "ambiguous"
    # What the roll has as the card shows it is the same character, replaced by both.
    assert find_voter(card(name="山田　一郎", name_substitutes="00001", sex="male"), ALL).name == "山田　一郎"


@pytest.mark.parametrize("name", ["山田　〓子", "山田　\ue123子"])
def test_a_character_the_roll_cannot_write(roll_voter: Make, name: str) -> None:
    roll_voter(name=name)
    assert refusal(card()) == "ambiguous"
    assert refusal(card(address="清瀬市中里1")) == "not-on-roll"


@pytest.mark.parametrize("born", [BirthDate(1980, 1, 0), BirthDate(1980, 0, 0), BirthDate(0, 0, 0)])
def test_unknown_parts_of_the_date_of_birth(roll_voter: Make, born: BirthDate) -> None:
    voter = roll_voter()
    assert refusal(card(born=born)) == "ambiguous"
    voter.birth_key = f"{born.year:04}{born.month:02}00"
    voter.save()
    assert refusal(card()) == "ambiguous"
    assert refusal(card(name="佐藤")) == "not-on-roll"


def test_an_unknown_sex_is_for_the_desk(roll_voter: Make) -> None:
    roll_voter(sex="unknown")
    assert refusal(card()) == "ambiguous"


def test_among_some_only(roll_voter: Make) -> None:
    hanako, other = roll_voter(), roll_voter(number="2", name="佐藤")
    assert find_voter(card(), ALL, Voter.objects.filter(pk=hanako.pk)) == hanako
    with pytest.raises(IdentityRefusedError, match="not-on-roll"):
        find_voter(card(), ALL, Voter.objects.filter(pk=other.pk))


LAST_DAY = date(2026, 11, 22)


def test_who_may_vote(roll_voter: Make) -> None:
    require_entitled(roll_voter(born=date(2008, 11, 23)), 18, LAST_DAY)


@pytest.mark.parametrize(
    ("born", "code"),
    [
        (BirthDate(2008, 11, 24), "under-age"),
        (BirthDate(2008, 11, 0), "ambiguous"),
        (BirthDate(0, 0, 0), "ambiguous"),
    ],
)
def test_who_is_too_young(roll_voter: Make, born: BirthDate, code: str) -> None:
    with pytest.raises(IdentityRefusedError) as caught:
        require_entitled(roll_voter(born=born), 18, LAST_DAY)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", [RollChange.Kind.MOVED, RollChange.Kind.DIED, RollChange.Kind.LOST])
def test_whose_right_has_ended(roll_voter: Make, kind: RollChange.Kind) -> None:
    voter = roll_voter()
    end_right(voter, kind, LAST_DAY, "届出", "clerk")
    voter.refresh_from_db()
    with pytest.raises(IdentityRefusedError) as caught:
        require_entitled(voter, 18, LAST_DAY)
    assert caught.value.code == "not-entitled"
    require_entitled(voter, 18, date(2026, 11, 21))
    restore_right(voter, LAST_DAY, "誤り", "clerk")
    voter.refresh_from_db()
    require_entitled(voter, 18, LAST_DAY)
