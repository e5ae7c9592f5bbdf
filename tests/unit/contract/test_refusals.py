"""Every refusal code of docs/protocol.md §9, each from the transaction that earns it."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import b64, dumps, sha256_b64
from ippyo.contract import voting
from ippyo.contract.transactions import Audit, Close, Decrypt, Issued, ResultAct, Tally
from ippyo.poll.choice import BLANK

YES, NO = (1, 0), (0, 1)
TRACKER = sha256_b64("a sealed ballot")


def changed(text: str, **fields: object) -> str:
    return dumps(json.loads(text) | fields)


class TestForm:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\ud800",
            "null",
            "[]",
            '{"type":1}',
            '{"type":[]}',
            '{"type":"vote"}',
            '{"type":"open"}',
            '{"type":"open","poll":1,"signatures":[]}',
            "[" * 100_000,
            '"' + "x" * (512 * 1024) + '"',
        ],
        ids=[
            "empty",
            "surrogate",
            "null",
            "array",
            "number-type",
            "array-type",
            "type",
            "fields",
            "poll",
            "deep",
            "long",
        ],
    )
    def test_malformed(self, box: Any, text: str) -> None:
        assert box.code(text) == "malformed"

    def test_a_text_that_is_not_its_own_canonical_form_is_malformed(self, box: Any) -> None:
        text = box.small.close()
        assert box.code(text + "\n") == "malformed"
        assert box.code(text.replace(",", ", ", 1)) == "malformed"
        fields = json.loads(text)
        assert (
            box.code(dumps({"poll": fields["poll"], "type": "close", "signatures": fields["signatures"]}))
            == "malformed"
        )

    def test_an_unknown_field_is_malformed(self, box: Any) -> None:
        assert box.code(changed(box.small.close(), note="")) == "malformed"

    @pytest.mark.parametrize(
        ("field", "value"),
        [("issuer", 0), ("issuer", 17), ("issuer", "1"), ("total", 0), ("total", 2**53), ("signature", "AA")],
    )
    def test_a_field_out_of_range_is_malformed(self, box: Any, field: str, value: object) -> None:
        assert box.code(changed(box.small.issued(1, "all", 11), **{field: value})) == "malformed"

    def test_an_element_outside_the_group_is_malformed(self, box: Any) -> None:
        cast = json.loads(box.small.voter().cast(bridge=YES))
        cast["ballots"][0]["answers"][0]["choices"][0]["alpha"] = f"{2:064x}"
        assert box.code(dumps(cast)) == "malformed"

    def test_a_result_that_is_no_list_of_counts_is_malformed(self, box: Any) -> None:
        for counts in ([-1, 1, 1], [True, 1, 1], ["1"], []):
            assert box.code(changed(box.small.result("bridge", 0, 1, 1), result=counts)) == "malformed"

    def test_ballots_out_of_order_or_twice_are_malformed(self, box: Any) -> None:
        cast = json.loads(box.small.voter().cast(bridge=YES, mayor=(1, 0, 0)))
        broken: list[list[object]] = [cast["ballots"][::-1], cast["ballots"][:1] * 2, [], ["x"], [{}]]
        for ballots in broken:
            assert box.code(dumps(cast | {"ballots": ballots})) == "malformed"

    def test_signatures_out_of_order_or_twice_are_malformed(self, box: Any) -> None:
        close = json.loads(box.small.close())
        for signatures in (close["signatures"][::-1], close["signatures"][:1] * 2):
            assert box.code(dumps(close | {"signatures": signatures})) == "malformed"

    def test_wrong_poll(self, box: Any, final_poll: Any) -> None:
        assert box.code(final_poll.open()) == "wrong-poll"
        assert box.code(changed(box.small.close(), poll=TRACKER)) == "wrong-poll"


class TestActs:
    def test_too_few_officers(self, new_box: Any) -> None:
        assert new_box.code(new_box.small.open(officers=[3])) == "not-officer"
        assert new_box.code(new_box.small.open(officers=[])) == "not-officer"
        assert new_box.code(new_box.small.open(officers=[1, 3])) == "ok"

    def test_an_unknown_officer(self, new_box: Any) -> None:
        act = json.loads(new_box.small.open(officers=[1, 2, 3]))
        act["signatures"][2]["officer"] = 4
        assert new_box.code(dumps(act)) == "not-officer"

    def test_one_false_signature_among_enough_good_ones(self, new_box: Any) -> None:
        act = json.loads(new_box.small.open(officers=[1, 2, 3]))
        act["signatures"][2]["signature"] = act["signatures"][0]["signature"]
        assert new_box.code(dumps(act)) == "not-officer"

    def test_a_signature_of_another_act(self, new_box: Any) -> None:
        opening = json.loads(new_box.small.open())
        audit = json.loads(new_box.small.audit())
        assert new_box.code(dumps(audit | {"signatures": opening["signatures"]})) == "not-officer"

    def test_open_twice(self, box: Any) -> None:
        assert box.code(box.small.open(officers=[2, 3])) == "wrong-phase"

    def test_open_with_a_full_box(self, box: Any) -> None:
        box.send(box.small.voter().spoil(TRACKER))
        assert box.code(box.small.open(officers=[2, 3])) == "box-not-empty"

    def test_close_too_early_and_in_the_wrong_phase(self, small_polls: ModuleType, new_box: Any) -> None:
        close = new_box.small.close()
        assert new_box.code(close, at=small_polls.AFTER) == "wrong-phase"
        new_box.open()
        assert new_box.code(close, at=small_polls.AFTER - 1) == "too-early"
        assert new_box.code(close, at=small_polls.AFTER) == "ok"
        assert (
            new_box.code(new_box.small.signed(Close(new_box.small.phi), [1, 3]), at=small_polls.AFTER) == "wrong-phase"
        )

    def test_audits_are_noted_in_every_phase(self, small_polls: ModuleType, new_box: Any) -> None:
        assert new_box.code(new_box.small.audit("zero votes")) == "ok"
        new_box.open().close()
        assert new_box.code(new_box.small.audit("zero votes", bytes([1]) * 32)) == "ok"
        assert new_box.code(new_box.small.signed(Audit(new_box.small.phi, "x", bytes(32)), [1])) == "not-officer"


class TestIssued:
    def test_not_issuer(self, box: Any) -> None:
        small = box.small
        key = small.issuer_keys[0]
        assert box.code(Issued.make(small.phi, 2, "all", 11, key).to_text()) == "not-issuer"
        assert box.code(Issued.make(small.phi, 3, "all", 11, key).to_text()) == "not-issuer"
        assert box.code(Issued.make(small.phi, 1, "none", 11, key).to_text()) == "not-issuer"
        assert box.code(changed(small.issued(1, "all", 11), total=12)) == "not-issuer"

    def test_total_not_raised(self, box: Any) -> None:
        assert box.code(box.small.issued(1, "all", 9)) == "total-not-raised"
        assert box.code(box.small.issued(1, "all", 11)) == "ok"

    def test_after_the_close(self, small_polls: ModuleType, box: Any) -> None:
        box.close()
        assert box.code(box.small.issued(1, "all", 11), at=small_polls.AFTER) == "closed"

    def test_coins_exceed_issued(self, new_box: Any) -> None:
        small = new_box.small
        new_box.send(small.issued(1, "all", 5), small.issued(2, "all", 1), small.open())
        first, second = small.voter(), small.voter()
        assert new_box.code(first.cast(bridge=YES)) == "ok"
        assert new_box.code(first.cast(bridge=NO)) == "ok"
        for transaction in (second.cast(bridge=YES), second.spoil(TRACKER), second.surrender()):
            assert new_box.code(transaction) == "coins-exceed-issued"
        assert new_box.code(small.voter("bridge-only").cast(bridge=YES)) == "coins-exceed-issued"
        assert new_box.code(small.issued(2, "all", 2)) == "ok"
        assert new_box.code(second.cast(bridge=YES)) == "ok"


class TestHours:
    @pytest.mark.parametrize("kind", ["cast", "spoil", "surrender"])
    def test_only_between_opening_and_closing(self, small_polls: ModuleType, new_box: Any, kind: str) -> None:
        voter = new_box.small.voter()
        first = voter.seal("bridge", YES)
        transaction = {
            "cast": voter.cast_ballots(bridge=first),
            "spoil": voter.spoil(first.tracker),
            "surrender": voter.surrender(),
        }[kind]
        assert new_box.code(transaction) == "not-open"
        new_box.open()
        assert new_box.code(transaction, at=small_polls.BEFORE) == "not-open"
        assert new_box.code(transaction, at=small_polls.AFTER) == "closed"
        assert new_box.code(transaction, at=small_polls.BEFORE + 1) == "ok"
        other = new_box.small.voter().cast(bridge=YES)
        new_box.close()
        assert new_box.code(other, at=small_polls.AFTER) == "closed"

    def test_the_last_millisecond_counts(self, small_polls: ModuleType, box: Any) -> None:
        assert box.code(box.small.voter().cast(bridge=YES), at=small_polls.AFTER - 1) == "ok"

    def test_time_ranks_before_everything_that_is_false_in_a_cast(self, small_polls: ModuleType, box: Any) -> None:
        voter = box.small.voter()
        cast = box.small.voter().with_ticket(voter.ticket).cast(bridge=YES)
        assert box.code(cast, at=small_polls.AFTER) == "closed"
        assert box.code(cast) == "bad-proof"


class TestVoting:
    def test_not_your_contest(self, box: Any) -> None:
        voter = box.small.voter("bridge-only")
        assert box.code(voter.cast(mayor=(1, 0, 0))) == "not-your-contest"
        assert box.code(voter.cast(bridge=YES, mayor=(1, 0, 0))) == "not-your-contest"

    def test_duplicates(self, small_polls: ModuleType, box: Any) -> None:
        voter = box.small.voter()
        bridge, mayor = voter.seal("bridge", YES), voter.seal("mayor", (1, 0, 0))
        both = voter.cast_ballots(bridge=bridge, mayor=mayor)
        assert box.code(both) == "ok"
        assert box.code(both) == "duplicate"
        assert box.code(voter.cast_ballots(mayor=mayor)) == "duplicate"
        assert box.send(voter.cast(bridge=NO), both) == ["ok", "duplicate"]
        # Even after the close, who sends again learns that the first one arrived.
        assert box.code(both, at=small_polls.AFTER) == "duplicate"

    def test_one_new_ballot_beside_one_that_counts_is_no_duplicate(self, box: Any) -> None:
        voter = box.small.voter()
        bridge = voter.seal("bridge", YES)
        assert box.code(voter.cast_ballots(bridge=bridge)) == "ok"
        assert box.code(voter.cast_ballots(bridge=bridge, mayor=voter.seal("mayor", (1, 0, 0)))) == "ok"
        assert box.num_tallied("bridge") == box.num_tallied("mayor") == 1

    def test_already_voted(self, final_box: Any) -> None:
        voter = final_box.small.voter()
        ballot = voter.seal("bridge", YES)
        assert final_box.code(voter.cast_ballots(bridge=ballot)) == "ok"
        assert final_box.code(voter.cast(bridge=NO)) == "already-voted"
        assert final_box.code(voter.cast(bridge=NO, mayor=(1, 0, 0))) == "already-voted"
        mayor = voter.seal("mayor", (1, 0, 0))
        assert final_box.code(voter.cast_ballots(mayor=mayor)) == "ok"
        assert final_box.code(voter.cast_ballots(bridge=ballot, mayor=mayor)) == "duplicate"
        assert final_box.code(voter.surrender()) == "already-voted"

    def test_who_has_not_voted_may_surrender_where_votes_are_final(self, final_box: Any) -> None:
        voter = final_box.small.voter()
        assert final_box.send(voter.spoil(TRACKER), voter.surrender()) == ["ok", "ok"]

    def test_spoiled_ballot(self, box: Any) -> None:
        voter = box.small.voter()
        opened, sealed = voter.seal("bridge", YES), voter.seal("bridge", YES)
        assert box.code(voter.spoil(opened.tracker)) == "ok"
        assert box.code(voter.cast_ballots(bridge=opened)) == "spoiled-ballot"
        assert box.code(voter.spoil(opened.tracker)) == "duplicate"
        assert box.code(voter.cast_ballots(bridge=sealed)) == "ok"
        assert box.code(voter.spoil(sealed.tracker)) == "spoiled-ballot"

    def test_nobody_else_can_spoil_a_ballot(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        ballot = voter.seal("bridge", YES)
        assert box.code(foe.spoil(ballot.tracker)) == "ok"
        assert box.code(voter.cast_ballots(bridge=ballot)) == "ok"
        assert box.code(box.small.voter().spoil(ballot.tracker)) == "spoiled-ballot"

    def test_surrendered(self, box: Any) -> None:
        voter = box.small.voter()
        box.send(voter.cast(bridge=YES, mayor=(0, 0, 1)), box.small.voter().cast(bridge=BLANK))
        assert box.code(voter.surrender()) == "ok"
        assert (box.num_tallied("bridge"), box.num_tallied("mayor")) == (1, 0)
        assert box.encrypted_tally("mayor")[0].alpha == box.small.poll.group.identity
        for transaction in (voter.surrender(), voter.cast(bridge=YES), voter.spoil(TRACKER)):
            assert box.code(transaction) == "surrendered"

    def test_a_surrender_without_a_vote_bars_the_coin_too(self, box: Any) -> None:
        voter = box.small.voter()
        assert box.send(voter.surrender(), voter.cast(bridge=YES)) == ["ok", "surrendered"]

    def test_too_many(self, box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(voting, "MAX_USES", 2)
        voter = box.small.voter()
        assert box.send(voter.spoil(TRACKER), voter.cast(bridge=YES)) == ["ok", "ok"]
        assert box.code(voter.cast(bridge=NO)) == "too-many"
        assert box.code(voter.spoil(sha256_b64("another"))) == "too-many"
        assert box.code(voter.surrender()) == "ok"


class TestTurns:
    """The numbers of casts and surrenders: any of the 16 that follow the last one accepted."""

    @pytest.mark.parametrize(
        ("number", "code"), [(1, "ok"), (16, "ok"), (17, "out-of-turn"), (10**15 - 1, "out-of-turn")]
    )
    @pytest.mark.parametrize("kind", ["cast", "surrender"])
    def test_a_new_coin_begins_at_zero(self, box: Any, kind: str, number: int, code: str) -> None:
        voter = box.small.voter()
        text = (
            voter.surrender(number)
            if kind == "surrender"
            else voter.cast_ballots(number, bridge=voter.seal("bridge", YES))
        )
        assert box.code(text) == code

    @pytest.mark.parametrize("number", [0, -1, "1", None, True, 2**53])
    def test_what_is_no_number(self, box: Any, number: object) -> None:
        voter = box.small.voter()
        for text in (voter.cast(bridge=YES), voter.surrender()):
            assert box.code(changed(text, number=number)) == "malformed"

    def test_the_window_moves_with_the_last_one(self, box: Any) -> None:
        voter = box.small.voter()

        def cast(number: int) -> str:
            return str(box.code(voter.cast_ballots(number, bridge=voter.seal("bridge", YES))))

        assert [cast(number) for number in (10, 10, 9, 1, 27, 26, 26, 43, 42)] == [
            *("ok", "out-of-turn", "out-of-turn", "out-of-turn"),
            *("out-of-turn", "ok", "out-of-turn", "out-of-turn", "ok"),
        ]
        coin = json.loads(box.contract.query("coin", voter.credential.text))["coin"]
        assert (coin["count"], coin["last"]) == (3, 42)
        assert box.code(voter.surrender(42)) == "out-of-turn"
        assert box.code(voter.surrender(44)) == "ok"
        assert json.loads(box.contract.query("coin", voter.credential.text))["coin"]["last"] == 44

    def test_a_device_that_remembers_nothing_goes_past_all_that_was_held_back(self, box: Any) -> None:
        voter = box.small.voter()
        held = [voter.cast_ballots(number, bridge=voter.seal("bridge", NO)) for number in range(1, 17)]
        assert box.code(voter.cast_ballots(16, bridge=voter.seal("bridge", YES))) == "ok"
        assert set(box.send(*held)) == {"out-of-turn"}

    def test_a_coercer_cannot_use_the_numbers_up(self, box: Any) -> None:
        """Whoever had the code for a while has taken the highest number there was; the voter goes on after it."""
        voter = box.small.voter()
        assert box.code(voter.cast_ballots(2**40, bridge=voter.seal("bridge", NO))) == "out-of-turn"
        assert box.code(voter.cast_ballots(16, bridge=voter.seal("bridge", NO))) == "ok"
        assert box.code(voter.cast_ballots(17, bridge=voter.seal("bridge", YES))) == "ok"

    def test_a_refused_cast_takes_no_number(self, box: Any) -> None:
        voter = box.small.voter()
        opened = voter.seal("bridge", YES)
        assert box.code(voter.spoil(opened.tracker)) == "ok"
        assert box.code(voter.cast_ballots(9, bridge=opened)) == "spoiled-ballot"
        assert box.code(voter.cast_ballots(1, bridge=voter.seal("bridge", YES))) == "ok"

    def test_the_turn_ranks_after_the_coin_and_before_the_ballots(self, new_box: Any, final_box: Any) -> None:
        small = new_box.small
        new_box.send(*small.issued_by_all(1), small.open())
        voter, late = small.voter(), small.voter()
        ballot = voter.seal("bridge", YES)
        assert new_box.code(late.surrender(99)) == "out-of-turn"
        assert new_box.code(voter.cast_ballots(5, bridge=ballot)) == "ok"
        assert new_box.code(late.surrender(99)) == "coins-exceed-issued"
        # The same ballots again: with the old number it is not their turn, with a new one they count already.
        assert new_box.code(voter.cast_ballots(5, bridge=ballot)) == "out-of-turn"
        assert new_box.code(voter.cast_ballots(6, bridge=ballot)) == "duplicate"
        assert new_box.send(voter.surrender(6), voter.surrender(6)) == ["ok", "surrendered"]
        sure = final_box.small.voter()
        assert final_box.code(sure.cast_ballots(5, bridge=sure.seal("bridge", YES))) == "ok"
        assert final_box.code(sure.cast_ballots(5, bridge=sure.seal("bridge", NO))) == "out-of-turn"
        assert final_box.code(sure.surrender(5)) == "out-of-turn"
        assert final_box.code(sure.surrender(6)) == "already-voted"


class TestCounting:
    @pytest.fixture
    def closed(self, box: Any) -> Any:
        """Two votes for, one against, one blank for the bridge; nobody voted for a mayor."""
        box.send(*(box.small.voter().cast(bridge=choice) for choice in (YES, YES, NO, BLANK)))
        return box.close()

    def test_a_whole_count(self, small_polls: ModuleType, closed: Any) -> None:
        small = closed.small
        for contest, counts in (("bridge", (1, 2, 1)), ("mayor", (0, 0, 0))):
            parts = [closed.decrypt(contest, owner) for owner in (3, 1, 2)]
            acts = [closed.tally(contest), *parts, small.result(contest, *counts)]
            assert set(closed.send(*acts, at=small_polls.AFTER)) == {"ok"}
        assert json.loads(closed.contract.query("status"))["phase"] == "counted"
        assert json.loads(closed.contract.query("result", "bridge")) == {"contest": "bridge", "result": [1, 2, 1]}
        for act in (small.signed(Close(small.phi), [2, 3]), closed.tally("bridge")):
            assert closed.code(act, at=small_polls.AFTER) in {"wrong-phase", "duplicate"}

    def test_no_such_contest(self, closed: Any) -> None:
        small, encrypted = closed.small, closed.encrypted_tally("bridge")
        decrypt = json.loads(closed.decrypt("bridge", 1)) | {"contest": "council"}
        for act in (small.tally("council", 4, encrypted), dumps(decrypt), small.result("council", 1, 2, 1)):
            assert closed.code(act) == "no-such-contest"

    def test_nothing_is_counted_before_the_close(self, box: Any) -> None:
        for act in (box.tally("bridge"), box.decrypt("bridge", 1), box.small.result("bridge", 0, 0, 0)):
            assert box.code(act) == "wrong-phase"

    def test_a_contest_is_counted_step_by_step(self, closed: Any) -> None:
        small = closed.small
        result = small.result("bridge", 1, 2, 1)
        assert closed.code(closed.decrypt("bridge", 1)) == "wrong-phase"
        assert closed.code(result) == "wrong-phase"
        assert closed.code(closed.tally("bridge")) == "ok"
        again = Tally(small.phi, "bridge", 4, closed.encrypted_tally("bridge"), small.poll.group)
        assert closed.code(small.signed(again, [1, 3])) == "duplicate"
        other = Tally(small.phi, "bridge", 3, closed.encrypted_tally("bridge"), small.poll.group)
        assert closed.code(small.signed(other)) == "wrong-phase"
        assert closed.code(result) == "not-enough-trustees"
        assert closed.send(closed.decrypt("bridge", 1), result) == ["ok", "not-enough-trustees"]
        assert closed.send(closed.decrypt("bridge", 3), result) == ["ok", "ok"]
        assert closed.code(small.signed(ResultAct(small.phi, "bridge", (1, 2, 1)), [1, 3])) == "duplicate"
        assert closed.code(small.result("bridge", 2, 1, 1)) == "wrong-phase"
        assert closed.code(closed.decrypt("bridge", 2)) == "wrong-phase"
        assert json.loads(closed.contract.query("status"))["phase"] == "closed"

    def test_a_tally_wrong_by_one_vote(self, closed: Any) -> None:
        small, group = closed.small, closed.small.poll.group
        encrypted = list(closed.encrypted_tally("bridge"))
        assert closed.code(small.tally("bridge", 3, encrypted)) == "bad-tally"
        assert closed.code(small.tally("bridge", 5, encrypted)) == "bad-tally"
        assert closed.code(small.tally("bridge", 4, encrypted[:2])) == "bad-tally"
        assert closed.code(small.tally("bridge", 4, encrypted[::-1])) == "bad-tally"
        one_more = type(encrypted[1])(encrypted[1].alpha, group.add(encrypted[1].beta, group.generator))
        assert closed.code(small.tally("bridge", 4, [encrypted[0], one_more, encrypted[2]])) == "bad-tally"

    def test_false_decryptions(self, closed: Any) -> None:
        small = closed.small
        encrypted = closed.encrypted_tally("bridge")
        closed.send(closed.tally("bridge"))
        assert closed.code(small.decrypt("bridge", 1, encrypted, share=2)) == "bad-decryption"
        assert closed.code(small.decrypt("bridge", 1, encrypted[:2])) == "bad-decryption"
        assert closed.code(small.decrypt("bridge", 1, encrypted[::-1])) == "bad-decryption"
        unknown = json.loads(closed.decrypt("bridge", 1)) | {"owner": 4}
        assert closed.code(dumps(unknown)) == "bad-decryption"
        good = closed.decrypt("bridge", 1)
        assert closed.send(good, good, closed.decrypt("bridge", 1)) == ["ok", "duplicate", "bad-decryption"]

    def test_the_strong_proof_is_demanded(self, closed: Any) -> None:
        closed.send(closed.tally("bridge"))
        one, two = json.loads(closed.decrypt("bridge", 1)), json.loads(closed.decrypt("bridge", 1))
        one["decryption"]["strong_proofs"] = two["decryption"]["decryption_proofs"]
        assert closed.code(dumps(one)) == "bad-decryption"

    @pytest.mark.parametrize("counts", [(1, 1, 2), (0, 2, 1), (2, 2, 1), (1, 2), (1, 2, 1, 0), (1, 2, 5)])
    def test_a_false_result(self, closed: Any, counts: tuple[int, ...]) -> None:
        closed.send(closed.tally("bridge"), closed.decrypt("bridge", 2), closed.decrypt("bridge", 3))
        assert closed.code(closed.small.result("bridge", *counts)) == "bad-result"
        assert closed.code(closed.small.result("bridge", 1, 2, 1)) == "ok"

    def test_a_count_that_is_right_only_modulo_q_is_out_of_range(self, closed: Any) -> None:
        closed.send(closed.tally("bridge"), closed.decrypt("bridge", 2), closed.decrypt("bridge", 3))
        q = closed.small.poll.group.q
        assert closed.code(closed.small.result("bridge", 1, 2 + q, 1)) == "malformed"
        assert closed.code(closed.small.result("bridge", 1, 10**15 - 1, 1)) == "bad-result"

    def test_a_decryption_must_be_well_formed(self, closed: Any) -> None:
        decrypt = json.loads(closed.decrypt("bridge", 1))
        assert closed.code(dumps(decrypt | {"owner": 31})) == "malformed"
        assert closed.code(dumps(decrypt | {"decryption": {}})) == "malformed"
        assert Decrypt.kind == decrypt["type"]


def test_an_audit_names_a_digest_of_32_bytes(box: Any) -> None:
    audit = json.loads(box.small.audit())
    assert box.code(dumps(audit | {"digest": b64(bytes(31))})) == "malformed"
    assert box.code(dumps(audit | {"subject": "x" * 301})) == "malformed"
