"""Issuing: who passes every check gets one ticket, and the same answer to the same request, whatever breaks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ippyo.canonical import b64, sha256
from ippyo.crypto.blind_rsa import BlindSignatureError
from ippyo.errors import RefusedError
from ippyo.ledger.engine import BusyError, LedgerStoppedError, NotYetError
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.codes.service import make, redeem
from ippyo.registry.codes.service import replace as replace_code
from ippyo.registry.issuance import service
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.issuance.report import StyleCount, issuance_counts
from ippyo.registry.issuance.service import issue, withdraw
from ippyo.registry.issuance.totals import totals_on_ledger
from ippyo.registry.roll.models import RollChange, Voter
from ippyo.registry.roll.updates import end_right

pytestmark = pytest.mark.django_db


def checked_for(maker: Any, office: Any, person: Any = None, **of: Any) -> Any:
    return check_signed_request(office, maker.signed(person or maker.person(), **of), maker.now)


def totals(maker: Any) -> Any:
    """Return the ledger's totals by issuer and style, where there are any."""
    entries = json.loads(maker.ledger.query("status"))["state"]["issued"]
    return {(entry["issuer"], entry["style"]): entry["total"] for entry in entries if entry["total"]}


def refusal(action: Any, *arguments: Any) -> Any:
    with pytest.raises(RefusedError) as caught:
        action(*arguments)
    return caught.value.code


def test_a_ticket_of_both_issuers_is_good(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    signed = maker.signed(person)
    answers = []
    for issuer in (1, 2):
        office = maker.office(issuer)
        answers.append(issue(office, check_signed_request(office, signed, maker.now)))
        # Each issuer has a database of its own.
        Issuance.objects.all().delete()
    assert maker.ticket(person, [answer.blind_signature for answer in answers])
    assert [answer.issuer for answer in answers] == [1, 2]
    assert totals(maker) == {(1, "all"): 1, (2, "all"): 1}


def test_the_log_keeps_what_an_auditor_needs_and_no_time(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    signed = maker.signed(person)
    issue(office, check_signed_request(office, signed, maker.now))
    row = Issuance.objects.get()
    assert row.request == signed.to_text()
    assert json.loads(row.evidence)["answers"][0]["source"] == "crl"
    assert (row.hour.minute, row.hour.second, row.hour.microsecond) == (0, 0, 0)
    assert row.answered
    assert person.basic.name not in str(row)


def test_the_same_request_gets_the_same_answer(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    first = issue(office, checked)
    assert issue(office, checked) == first
    # In another visit, with another nonce, the same blinded message is the same request.
    again = replace(checked, nonce=sha256("another visit"), request="another text")
    assert issue(office, again) == first
    assert totals(maker) == {(1, "all"): 1}


def test_another_blinding_is_refused(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    issue(office, checked_for(maker, office, person))
    assert refusal(issue, office, checked_for(maker, office, person)) == "already-issued"
    assert totals(maker) == {(1, "all"): 1}


def test_another_blinding_is_refused_while_the_first_is_pending(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    maker.ledger.failure = LedgerStoppedError("down")
    assert refusal(issue, office, checked_for(maker, office, person)) == "ledger-unavailable"
    maker.ledger.failure = None
    assert refusal(issue, office, checked_for(maker, office, person)) == "already-issued"
    assert not Issuance.objects.get().answered


def test_a_pending_request_that_is_withdrawn_makes_room_for_another(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    lost = checked_for(maker, office, person)
    maker.ledger.failure = LedgerStoppedError("down")
    assert refusal(issue, office, lost) == "ledger-unavailable"
    maker.ledger.failure = None
    assert withdraw(person.voter)
    assert not withdraw(person.voter)
    # Counted as before, so that the ledger's total never has to go back.
    assert service.count_persons("all") == 1
    other = checked_for(maker, office, person)
    answer = issue(office, other)
    row = Issuance.objects.get()
    assert (row.request, row.blinded_hash, row.nonce) == (other.request, other.blinded_hash, b64(other.nonce))
    assert answer == issue(office, other)
    assert refusal(issue, office, lost) == "already-issued"
    assert totals(maker) == {(1, "all"): 1}


def test_what_was_signed_cannot_be_withdrawn(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    assert not withdraw(person.voter)
    checked = checked_for(maker, office, person)
    answer = issue(office, checked)
    assert not withdraw(person.voter)
    assert issue(office, checked) == answer


def test_a_request_withdrawn_while_it_waits_gets_no_answer(office_maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    sign = service._sign

    def withdrawn_meanwhile(*arguments: Any) -> bytes:
        assert withdraw(person.voter)
        return sign(*arguments)

    monkeypatch.setattr(service, "_sign", withdrawn_meanwhile)
    assert refusal(issue, office, checked) == "no-visit"
    assert not Issuance.objects.get().answered


def test_a_request_that_was_withdrawn_on_its_way_does_not_come_back(office_maker: Any) -> None:
    """The device that was lost may have asked already when staff withdrew; the person asks with another one."""
    maker = office_maker()
    office, person = maker.office(), maker.person()
    lost, new = checked_for(maker, office, person), checked_for(maker, office, person)
    maker.ledger.failure = LedgerStoppedError("down")
    assert refusal(issue, office, lost) == "ledger-unavailable"
    maker.ledger.failure = None
    assert withdraw(person.voter)
    assert refusal(issue, office, lost) == "no-visit"
    assert issue(office, new).blind_signature


def test_another_persons_certificate_takes_no_withdrawn_place(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    taken = checked_for(maker, office)
    issue(office, taken)
    maker.ledger.failure = LedgerStoppedError("down")
    assert refusal(issue, office, checked_for(maker, office, person)) == "ledger-unavailable"
    maker.ledger.failure = None
    withdraw(person.voter)
    another = checked_for(maker, office, person)
    assert refusal(issue, office, replace(another, certificate=taken.certificate)) == "already-issued"


def test_one_nonce_serves_one_person(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    first, second = checked_for(maker, office), checked_for(maker, office)
    issue(office, first)
    assert refusal(issue, office, replace(second, nonce=first.nonce)) == "replayed-nonce"
    assert Issuance.objects.count() == 1


def test_somebody_removed_from_the_roll_meanwhile(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    person.voter.delete()
    assert refusal(issue, office, checked) == "not-on-roll"


def test_the_code_is_spent_with_the_entry(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    (new,) = make([person.voter], "clerk")
    code = redeem(new.code.reveal())
    issue(office, checked_for(maker, office, person), code)
    assert RegistrationCode.objects.get().used


def test_a_replaced_code_opens_nothing(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    list(make([person.voter], "clerk"))
    old = RegistrationCode.objects.get()
    replace_code(person.voter, "lost", "clerk")
    assert refusal(issue, office, checked_for(maker, office, person), old) == "replaced-code"
    assert not Issuance.objects.exists()
    assert totals(maker) == {}


# --- what breaks ---


@pytest.mark.parametrize("failure", [BusyError("full"), LedgerStoppedError("down"), NotYetError("slow")])
def test_no_ticket_without_the_ledger(office_maker: Any, failure: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    maker.ledger.failure = failure
    assert refusal(issue, office, checked) == "ledger-unavailable"
    assert not Issuance.objects.get().answered
    maker.ledger.failure = None
    assert issue(office, checked).blind_signature


def test_an_answer_of_the_ledger_that_got_lost(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    checked = checked_for(maker, office)
    maker.ledger.fail_after = NotYetError("the line was cut")
    assert refusal(issue, office, checked) == "ledger-unavailable"
    maker.ledger.fail_after = None
    assert issue(office, checked).blind_signature
    assert totals(maker) == {(1, "all"): 1}


def test_after_the_close_nothing_is_issued(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    checked = checked_for(maker, office)
    maker.ledger.failure = RefusedError("closed")
    assert refusal(issue, office, checked) == "registration-closed"


def test_a_ledger_that_refuses_the_key(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    checked = checked_for(maker, office)
    maker.ledger.failure = RefusedError("bad-signature")
    assert refusal(issue, office, checked) == "ledger-unavailable"


def test_a_key_that_does_not_sign(office_maker: Any) -> None:
    maker = office_maker()

    class Broken:
        def blind_sign(self, blinded: Any) -> Any:
            raise BlindSignatureError("the device is gone")

    keys = replace(maker.keys(), styles={"all": Broken()})
    working, broken = maker.office(), replace(maker.office(), keys=keys)
    checked = checked_for(maker, working)
    assert refusal(issue, broken, checked) == "signing-unavailable"
    assert issue(working, checked).blind_signature
    assert totals(maker) == {(1, "all"): 1}


class KilledError(BaseException):
    """Stands for the process's end: nothing after it runs."""


@pytest.mark.parametrize("step", ["_enter", "_sign", "_complete"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_step_is_made_good_by_the_same_request(
    office_maker: Any, monkeypatch: Any, step: str, after: bool
) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    true = getattr(service, step)

    def killed(*arguments: Any) -> Any:
        if after:
            true(*arguments)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(service, step, killed)
        with pytest.raises(KilledError):
            issue(office, checked)
    answered = Issuance.objects.filter(blind_signature__isnull=False).count()
    assert answered <= totals(maker).get((1, "all"), 0)
    # A process started anew has a new office.
    answer = issue(maker.office(), checked)
    assert issue(maker.office(), checked) == answer
    assert totals(maker) == {(1, "all"): 1}


def test_a_crash_between_the_ledger_and_the_signature(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    checked = checked_for(maker, office)
    maker.ledger.fail_after = KilledError()
    with pytest.raises(KilledError):
        issue(office, checked)
    maker.ledger.fail_after = None
    assert totals(maker) == {(1, "all"): 1}
    assert issue(maker.office(), checked).blind_signature
    assert totals(maker) == {(1, "all"): 1}


def test_a_pending_person_is_counted_by_the_next(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    maker.ledger.failure = LedgerStoppedError("down")
    waiting = checked_for(maker, office)
    assert refusal(issue, office, waiting) == "ledger-unavailable"
    maker.ledger.failure = None
    issue(office, checked_for(maker, office))
    assert totals(maker) == {(1, "all"): 2}
    # Nothing to raise: the ledger covers the one who waited.
    assert issue(office, waiting).blind_signature
    assert totals(maker) == {(1, "all"): 2}


def test_an_old_copy_of_the_database_issues_nothing(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    for _ in range(3):
        issue(office, checked_for(maker, office))
    Issuance.objects.all().delete()
    checked = checked_for(maker, office)
    assert refusal(issue, office, checked) == "ledger-unavailable"
    assert not Issuance.objects.filter(blind_signature__isnull=False).exists()


def test_a_total_of_an_unforeseen_refusal(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    checked = checked_for(maker, office)
    maker.ledger.failure = RefusedError("total-not-raised")
    # The ledger says that it has as much, and then that it has not.
    assert refusal(issue, office, checked) == "ledger-unavailable"


def test_the_counts_of_a_report(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    issue(office, checked_for(maker, office))
    maker.person(style="bridge-only")
    maker.ledger.failure = LedgerStoppedError("down")
    refusal(issue, office, checked_for(maker, office))
    counts = [count.to_value() for count in issuance_counts(maker.small.poll)]
    assert counts == [
        {"style": "all", "roll": 2, "pending": 1, "answered": 1},
        {"style": "bridge-only", "roll": 1, "pending": 0, "answered": 0},
    ]


@pytest.mark.parametrize(("on_ledger", "agrees"), [(None, True), (0, False), (1, True), (2, True), (3, False)])
def test_a_total_of_the_ledger_that_cannot_be(on_ledger: int | None, agrees: bool) -> None:
    count = StyleCount("all", roll=9, pending=1, answered=1, ledger=on_ledger, before=1)
    assert count.agrees is agrees
    assert ("ledger" in count.to_value()) == (on_ledger is not None)


@pytest.mark.parametrize("late", ["before", "after"])
def test_tickets_that_are_issued_while_the_ledger_is_asked(office_maker: Any, late: str) -> None:
    maker = office_maker()
    office = maker.office()
    first, second = checked_for(maker, office), checked_for(maker, office)
    issue(office, first)

    def ask() -> dict[str, int]:
        told = totals_on_ledger(maker.ledger, 1)
        issue(office, second)
        return told if late == "after" else totals_on_ledger(maker.ledger, 1)

    count = issuance_counts(maker.small.poll, ask)[0]
    assert (count.before, count.ledger, count.answered) == (1, 1 if late == "after" else 2, 2)
    assert count.agrees


class Counting:
    """Counts how often the authority is asked."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.asked = 0

    def require_good(self, certificate: Any, at: Any) -> Any:
        self.asked += 1
        return self.inner.require_good(certificate, at)


def test_the_authority_is_asked_only_for_who_may_vote_and_comes_anew(office_maker: Any) -> None:
    maker = office_maker()
    counting = Counting(maker.office().revocation)
    office = maker.office(revocation=counting)
    stranger = maker.signed(maker.person(on_roll=False))
    assert refusal(check_signed_request, office, stranger, maker.now) == "not-on-roll"
    assert counting.asked == 0
    signed = maker.signed(maker.person())
    first = check_signed_request(office, signed, maker.now)
    answer = issue(office, first)
    assert counting.asked == 1
    again = check_signed_request(office, signed, maker.now)
    assert (again, issue(office, again), counting.asked) == (first, answer, 1)


def test_a_right_that_ended_after_the_check_gets_no_ticket(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    end_right(person.voter, RollChange.Kind.DIED, date(2020, 1, 1), "died", "clerk")
    assert refusal(issue, office, checked) == "not-entitled"
    Voter.objects.filter(pk=person.voter.pk).update(status="entitled", status_on=None, style="bridge-only")
    assert refusal(issue, office, checked) == "ambiguous"
    assert not Issuance.objects.exists()
    assert not maker.ledger.sent


def test_a_pending_request_of_who_lost_the_right_is_not_answered(office_maker: Any) -> None:
    maker = office_maker()
    office, person = maker.office(), maker.person()
    checked = checked_for(maker, office, person)
    maker.ledger.failure = LedgerStoppedError("down")
    assert refusal(issue, office, checked) == "ledger-unavailable"
    maker.ledger.failure = None
    end_right(person.voter, RollChange.Kind.MOVED, date(2020, 1, 1), "moved", "clerk")
    assert refusal(issue, office, checked) == "not-entitled"


def moved_within_town(maker: Any) -> tuple[Any, Any]:
    """Return one person twice: with the old entry of the roll and card, and with the new ones."""
    old = maker.person("山田太郎", sex="male")
    return old, maker.person("山田太郎", sex="male", address="東京都千代田区永田町一丁目7番1号")


def test_one_person_with_two_entries_gets_one_ticket(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    old, new = moved_within_town(maker)
    early = checked_for(maker, office, new)
    issue(office, checked_for(maker, office, old))
    assert refusal(issue, office, early) == "ambiguous"
    assert refusal(check_signed_request, office, maker.signed(new), maker.now) == "ambiguous"
    # Two members of the support desk find that there are two persons.
    case = UnclearCase.objects.get()
    assert (case.name, case.voter) == ("山田太郎", None)
    case.voter = new.voter
    case.save()
    assert issue(office, checked_for(maker, office, new)).style == "all"


def test_a_certificate_serves_one_entry_of_the_roll(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    first, other = checked_for(maker, office), checked_for(maker, office)
    issue(office, first)
    assert refusal(issue, office, replace(other, certificate=first.certificate)) == "already-issued"
    assert Issuance.objects.count() == 1
