"""What somebody would try who wants more than one vote, or somebody else's: every attempt is refused and named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from types import ModuleType
from typing import Any

import pytest
from nacl import bindings

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.seal import seal
from ippyo.canonical import b64, dumps, sha256_b64
from ippyo.contract import state
from ippyo.contract.acts import act_message
from ippyo.contract.coin import coin_digest
from ippyo.contract.stateless import check_transaction
from ippyo.contract.transactions import Audit
from ippyo.crypto import schnorr
from ippyo.crypto.groups import Group
from ippyo.crypto.random import random_scalar

YES, NO = (1, 0), (0, 1)


def starting_with(first: int) -> Callable[[Group], int]:
    """Return a source of randomness whose first scalar is known."""
    draws = iter([first])
    return lambda group: next(draws, None) or random_scalar(group)


def resigned(voter: Any, contest: str, value: dict[str, Any]) -> Ballot:
    """Sign a ballot value properly with the voter's credential, whatever stands in it."""
    election = voter.small.poll.election(contest)
    body = {key: value[key] for key in ("election_uuid", "election_hash", "credential", "answers")}
    h = sha256_b64(dumps(body))
    proof = schnorr.prove(election.group, f"sig|{h}|", voter.credential.secret)
    return Ballot.from_value(election, body | {"signature": {"hash": h, "proof": proof.to_value()}})


def ballot_value(voter: Any, contest: str, choice: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(voter.seal(contest, choice).to_text())
    return value


class TestTickets:
    def test_a_second_coin_for_one_credential(self, box: Any) -> None:
        voter = box.small.voter("all")
        again = box.small.voter("bridge-only", voter.code)
        assert again.credential == voter.credential
        assert box.send(voter.cast(bridge=YES), again.cast(bridge=YES)) == ["ok", "bad-ticket"]
        assert box.code(again.spoil(sha256_b64("x"))) == "bad-ticket"
        assert box.code(again.surrender()) == "bad-ticket"

    def test_a_forged_signature(self, box: Any) -> None:
        voter = box.small.voter()
        for issuer in (0, 1):
            signatures = list(voter.ticket.signatures)
            signatures[issuer] = bytes([signatures[issuer][0] ^ 1]) + signatures[issuer][1:]
            forged = voter.with_ticket(replace(voter.ticket, signatures=tuple(signatures)))
            for transaction in (forged.cast(bridge=YES), forged.spoil(sha256_b64("x")), forged.surrender()):
                assert box.code(transaction) == "bad-ticket"

    def test_not_every_issuer_signed(self, box: Any) -> None:
        voter = box.small.voter()
        one, two = voter.ticket.signatures
        for signatures in ((one,), (two, one), (one, one), (one, two, two)):
            assert (
                box.code(voter.with_ticket(replace(voter.ticket, signatures=signatures)).cast(bridge=YES))
                == "bad-ticket"
            )

    def test_a_ticket_of_another_style(self, box: Any) -> None:
        voter = box.small.voter("bridge-only")
        for style in ("all", "none"):
            pretended = voter.with_ticket(replace(voter.ticket, style=style))
            assert box.code(pretended.cast(mayor=(1, 0, 0))) == "bad-ticket"

    def test_a_ticket_of_another_poll_with_the_same_keys(self, box: Any, final_poll: Any) -> None:
        stranger = final_poll.voter()
        assert final_poll.poll.ticket_keys == box.small.poll.ticket_keys
        voter = box.small.voter()
        mixed = voter.with_ticket(replace(voter.ticket, signatures=stranger.ticket.signatures))
        assert box.code(mixed.cast(bridge=YES)) == "bad-ticket"

    def test_a_ticket_without_its_credential_is_worth_nothing(self, box: Any) -> None:
        voter, thief = box.small.voter(), box.small.voter()
        assert box.code(replace(thief, ticket=voter.ticket).cast(bridge=YES)) == "bad-proof"
        assert box.code(replace(thief, ticket=voter.ticket).surrender()) == "bad-proof"
        assert box.code(replace(thief, ticket=voter.ticket).spoil(sha256_b64("x"))) == "bad-proof"

    def test_the_proof_of_one_act_does_not_serve_another(self, box: Any) -> None:
        voter = box.small.voter()
        spoil = json.loads(voter.spoil(sha256_b64("x")))
        surrender = json.loads(voter.surrender())
        cast = json.loads(voter.cast(bridge=YES))
        for proof in (spoil["proof"], cast["proof"]):
            assert box.code(dumps(surrender | {"proof": proof})) == "bad-proof"
        for proof in (spoil["proof"], surrender["proof"]):
            assert box.code(dumps(cast | {"proof": proof})) == "bad-proof"
        assert box.code(dumps(spoil | {"tracker": sha256_b64("y")})) == "bad-proof"


class TestBallots:
    def test_a_ballot_worth_fifty(self, box: Any) -> None:
        voter, group = box.small.voter(), box.small.poll.group
        value = ballot_value(voter, "bridge", YES)
        yes = value["answers"][0]["choices"][1]
        yes["beta"] = group.encode(group.add(group.decode(yes["beta"]), group.mul_base(49)))
        assert box.code(voter.cast_ballots(bridge=resigned(voter, "bridge", value))) == "bad-ballot"

    def test_a_ballot_for_both_answers(self, box: Any) -> None:
        voter = box.small.voter()
        value, other = ballot_value(voter, "bridge", YES), ballot_value(voter, "bridge", NO)
        for field in ("choices", "individual_proofs"):
            value["answers"][0][field][2] = other["answers"][0][field][2]
        assert box.code(voter.cast_ballots(bridge=resigned(voter, "bridge", value))) == "bad-ballot"

    @pytest.mark.parametrize("field", ["election_hash", "hash"])
    def test_a_false_hash(self, box: Any, field: str) -> None:
        voter = box.small.voter()
        cast = json.loads(voter.cast(bridge=YES))
        holder = cast["ballots"][0] if field == "election_hash" else cast["ballots"][0]["signature"]
        holder[field] = sha256_b64("x")
        assert box.code(voter.proved(dumps(cast))) == "bad-ballot"

    def test_a_ballot_of_no_contest(self, box: Any) -> None:
        cast = json.loads(box.small.voter().cast(bridge=YES))
        cast["ballots"][0]["election_uuid"] = "1" * 22
        assert box.code(dumps(cast)) == "bad-ballot"

    def test_a_ballot_of_another_contest(self, box: Any) -> None:
        cast = json.loads(box.small.voter().cast(bridge=YES))
        cast["ballots"][0]["election_uuid"] = box.small.poll.election("mayor").uuid
        assert box.code(dumps(cast)) == "malformed"

    def test_one_bad_ballot_of_two_refuses_both(self, box: Any) -> None:
        voter = box.small.voter()
        bad = json.loads(voter.cast(bridge=YES, mayor=(1, 0, 0)))
        challenge = bad["ballots"][1]["answers"][0]["overall_proof"][0]
        challenge["challenge"] = str(int(challenge["challenge"]) ^ 1)
        assert box.code(voter.proved(dumps(bad))) == "bad-ballot"
        assert box.num_tallied("bridge") == box.num_tallied("mayor") == 0
        assert json.loads(box.contract.query("coin", voter.credential.text))["coin"] is None

    def test_a_bad_ballot_does_not_harm_the_good_ones_beside_it(self, box: Any) -> None:
        voters = [box.small.voter() for _ in range(3)]
        casts = [voter.cast(bridge=YES) for voter in voters]
        bad = json.loads(casts[1])
        bad["ballots"][0]["signature"]["proof"]["response"] = "1"
        broken = voters[1].proved(dumps(bad))
        assert box.send(casts[0], broken, casts[2]) == ["ok", "bad-ballot", "ok"]


class TestCopies:
    def test_a_whole_ballot_under_another_credential(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        ballot = voter.seal("bridge", YES)
        value = json.loads(ballot.to_text()) | {"credential": foe.credential.text}
        copies = [foe.cast_ballots(bridge=ballot), foe.cast_ballots(bridge=resigned(foe, "bridge", value))]
        assert box.send(*copies) == ["bad-ballot"] * 2
        assert box.code(voter.cast_ballots(bridge=ballot)) == "ok"
        # Now that the original is there, the refusal says what was wrong with the copies in the first place.
        assert box.send(*copies) == ["copied-ballot"] * 2

    def test_one_component_under_another_credential(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        election = box.small.poll.election("bridge")
        known = random_scalar(election.group)
        ballot, copy = (seal(election, who.credential, YES, _draw=starting_with(known)) for who in (voter, foe))
        assert ballot.choices[0].alpha == copy.choices[0].alpha
        assert box.send(voter.cast_ballots(bridge=ballot), foe.cast_ballots(bridge=copy)) == ["ok", "copied-ballot"]

    def test_one_component_of_another_contest(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        known = random_scalar(box.small.poll.group)
        bridge = seal(box.small.poll.election("bridge"), voter.credential, YES, _draw=starting_with(known))
        mayor = seal(box.small.poll.election("mayor"), foe.credential, (1, 0, 0), _draw=starting_with(known))
        box.send(voter.cast_ballots(bridge=bridge))
        assert box.code(foe.cast_ballots(mayor=mayor)) == "copied-ballot"

    def test_a_component_stays_the_voters_own_when_the_ballot_no_longer_counts(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        election = box.small.poll.election("bridge")
        known = random_scalar(election.group)
        ballot, copy = (seal(election, who.credential, YES, _draw=starting_with(known)) for who in (voter, foe))
        box.send(voter.cast_ballots(bridge=ballot), voter.cast(bridge=NO), voter.surrender())
        assert box.code(foe.cast_ballots(bridge=copy)) == "copied-ballot"

    def test_the_voter_may_send_the_same_ciphertexts_again(self, box: Any) -> None:
        voter = box.small.voter()
        ballot = voter.seal("bridge", YES)
        box.send(voter.cast_ballots(bridge=ballot), voter.cast(bridge=NO))
        again = resigned(voter, "bridge", json.loads(ballot.to_text()))
        assert again.tracker != ballot.tracker
        assert box.code(voter.cast_ballots(bridge=again)) == "ok"


class TestReplays:
    """Who recorded a cast sends it again, to undo what the voter did later."""

    def test_an_older_cast(self, box: Any) -> None:
        voter = box.small.voter()
        old = voter.cast(bridge=YES)
        assert box.send(old, voter.cast(bridge=NO)) == ["ok", "ok"]
        before = box.encrypted_tally("bridge")
        assert box.code(old) == "duplicate"
        assert box.encrypted_tally("bridge") == before

    def test_an_older_ballot_in_another_cast(self, box: Any) -> None:
        voter = box.small.voter()
        bridge, mayor = voter.seal("bridge", YES), voter.seal("mayor", (1, 0, 0))
        later = voter.seal("bridge", NO)
        box.send(voter.cast_ballots(bridge=bridge, mayor=mayor), voter.cast_ballots(bridge=later))
        before = [box.encrypted_tally(contest) for contest in ("bridge", "mayor")]
        assert box.code(voter.cast_ballots(bridge=bridge)) == "old-ballot"
        assert box.code(voter.cast_ballots(bridge=later, mayor=mayor)) == "duplicate"
        assert box.code(voter.cast_ballots(mayor=mayor)) == "duplicate"
        assert box.code(voter.cast_ballots(bridge=bridge, mayor=voter.seal("mayor", (0, 1, 0)))) == "old-ballot"
        assert [box.encrypted_tally(contest) for contest in ("bridge", "mayor")] == before

    def test_within_one_block(self, box: Any) -> None:
        voter = box.small.voter()
        first, second = voter.seal("bridge", YES), voter.seal("bridge", NO)
        casts = [voter.cast_ballots(bridge=ballot) for ballot in (first, second)]
        mixed = voter.cast_ballots(bridge=first, mayor=voter.seal("mayor", (0, 1, 0)))
        assert box.send(*casts, mixed, casts[0]) == ["ok", "ok", "old-ballot", "duplicate"]

    def test_a_ballot_of_a_surrendered_coin(self, box: Any) -> None:
        voter = box.small.voter()
        ballot = voter.seal("bridge", YES)
        box.send(voter.cast_ballots(bridge=ballot), voter.surrender())
        assert box.code(voter.cast_ballots(bridge=ballot, mayor=voter.seal("mayor", (1, 0, 0)))) == "surrendered"

    def test_an_older_issued_total(self, box: Any) -> None:
        old = box.small.issued(1, "all", 11)
        assert box.send(old, box.small.issued(1, "all", 12), old) == ["ok", "ok", "duplicate"]


class TestOnTheWay:
    """A relay that holds casts back, mixes two of them, or takes ballots out of one."""

    def test_a_cast_that_was_held_back_is_worthless_after_a_later_one(self, box: Any, small_polls: ModuleType) -> None:
        voter = box.small.voter()
        held, later = voter.cast(mayor=(1, 0, 0)), voter.cast(mayor=(0, 1, 0))
        assert box.code(later) == "ok"
        before = box.encrypted_tally("mayor")
        assert box.code(held, at=small_polls.AFTER - 1) == "out-of-turn"
        assert box.encrypted_tally("mayor") == before

    def test_a_cast_that_was_held_back_and_comes_first_is_replaced(self, box: Any) -> None:
        voter = box.small.voter()
        held, later = voter.cast(mayor=(1, 0, 0)), voter.cast(mayor=(0, 1, 0))
        assert box.send(held, later, held) == ["ok", "ok", "duplicate"]
        assert box.num_tallied("mayor") == 1

    def test_of_two_casts_with_one_number_one_gets_in(self, box: Any) -> None:
        voter = box.small.voter()
        ballots = [voter.seal("bridge", choice) for choice in (YES, NO)]
        first, second = (voter.cast_ballots(1, bridge=ballot) for ballot in ballots)
        assert box.send(second, first) == ["ok", "out-of-turn"]

    def test_ballots_of_two_casts_cannot_be_mixed(self, box: Any) -> None:
        voter = box.small.voter()
        one, two = (json.loads(voter.cast(bridge=b, mayor=m)) for b, m in ((YES, (1, 0, 0)), (NO, (0, 0, 1))))
        for cast, other in ((one, two), (two, one)):
            mixed = cast | {"ballots": [cast["ballots"][0], other["ballots"][1]]}
            assert box.code(dumps(mixed)) == "bad-proof"
            assert box.code(dumps(mixed | {"number": 3})) == "bad-proof"

    @pytest.mark.parametrize("which", [0, 1])
    def test_no_ballot_can_be_taken_out_where_votes_are_final(self, final_box: Any, which: int) -> None:
        voter = final_box.small.voter()
        whole = voter.cast(bridge=YES, mayor=(1, 0, 0))
        stripped = json.loads(whole)
        del stripped["ballots"][which]
        assert final_box.code(dumps(stripped)) == "bad-proof"
        assert final_box.code(whole) == "ok"

    def test_no_ballot_can_be_put_in(self, box: Any) -> None:
        voter = box.small.voter()
        one, two = json.loads(voter.cast(bridge=YES)), json.loads(voter.cast(mayor=(1, 0, 0)))
        assert box.code(dumps(one | {"ballots": one["ballots"] + two["ballots"]})) == "bad-proof"

    def test_number_and_ticket_are_signed(self, box: Any) -> None:
        voter = box.small.voter()
        cast, surrender = voter.cast(bridge=YES), voter.surrender()
        for text in (cast, surrender):
            assert box.code(dumps(json.loads(text) | {"number": 3})) == "bad-proof"
        other = box.small.voter("bridge-only", voter.code)
        for text in (cast, surrender):
            assert box.code(dumps(json.loads(text) | {"ticket": other.ticket.to_value()})) == "bad-proof"

    def test_nobody_makes_a_coin_of_another_style_out_of_a_spoil(self, box: Any) -> None:
        voter = box.small.voter()
        spoil = voter.spoil(voter.seal("bridge", YES).tracker)
        # Issuers sign blindly: a voter of another style can get a ticket for a credential that he has seen.
        other = box.small.voter("bridge-only", voter.code)
        assert box.code(dumps(json.loads(spoil) | {"ticket": other.ticket.to_value()})) == "bad-proof"
        assert box.send(spoil, voter.cast(bridge=YES)) == ["ok", "ok"]

    def test_of_two_devices_the_later_one_counts_however_long_the_other_is_held_back(self, box: Any) -> None:
        voter = box.small.voter()
        assert box.code(voter.cast_ballots(16, bridge=voter.seal("bridge", YES))) == "ok"
        held = voter.cast_ballots(32, bridge=voter.seal("bridge", YES))
        later = voter.cast_ballots(32, bridge=voter.seal("bridge", NO))
        assert box.send(later, held) == ["ok", "out-of-turn"]

    def test_another_credential_cannot_take_a_cast_over(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        cast = json.loads(voter.cast(bridge=YES))
        assert box.code(dumps(cast | {"ticket": foe.ticket.to_value()})) == "bad-proof"
        assert box.code(foe.proved(dumps(cast | {"ticket": foe.ticket.to_value()}))) == "bad-ballot"

    def test_a_surrender_that_was_held_back(self, box: Any) -> None:
        voter = box.small.voter()
        held, later = voter.surrender(), voter.cast(bridge=YES)
        assert box.send(later, held) == ["ok", "out-of-turn"]
        assert box.num_tallied("bridge") == 1

    def test_a_cast_that_was_held_back_after_a_surrender(self, box: Any) -> None:
        voter = box.small.voter()
        held, later = voter.cast(bridge=YES), voter.surrender()
        assert box.send(later, held) == ["ok", "surrendered"]


class TestAudits:
    """Who sees an act of the officers cannot add another copy of it."""

    def test_a_signature_left_out(self, box: Any) -> None:
        noted = box.small.signed(Audit(box.small.phi, "report", bytes(32)), (1, 2, 3))
        assert box.code(noted) == "ok"
        act = json.loads(noted)
        for pair in combinations(act["signatures"], 2):
            assert box.code(dumps(act | {"signatures": list(pair)})) == "duplicate"

    def test_a_signature_of_another_officer(self, box: Any) -> None:
        act = Audit(box.small.phi, "report", bytes(32))
        assert box.send(*(box.small.signed(act, who) for who in ((1, 2), (2, 3)))) == ["ok", "duplicate"]

    def test_a_signature_made_anew_by_one_officer(self, box: Any) -> None:
        """Ed25519 is deterministic by habit only: an officer may choose another nonce each time."""
        act = Audit(box.small.phi, "report", bytes(32))
        key, message = box.small.officer_keys[0], act_message(box.small.phi, act.body)
        noted = box.small.signed(act)
        assert box.code(noted) == "ok"
        other = json.loads(noted)
        other["signatures"][0]["signature"] = b64(signed_with_nonce(key.seed, key.public.raw, message, 7))
        assert check_transaction(box.small.poll, dumps(other)).verdict.accepted
        assert box.code(dumps(other)) == "duplicate"

    def test_another_subject_or_digest_is_another_note(self, box: Any) -> None:
        notes = [("report", bytes(32)), ("report, again", bytes(32)), ("report", bytes([1]) * 32)]
        assert box.send(*(box.small.audit(*note) for note in notes)) == ["ok"] * 3

    def test_a_false_signature_is_named_first(self, box: Any) -> None:
        box.send(box.small.audit())
        act = Audit(box.small.phi, "report", bytes(32))
        assert box.code(box.small.signed(act, [1])) == "not-officer"


def signed_with_nonce(seed: bytes, public: bytes, message: bytes, nonce: int) -> bytes:
    """Sign as RFC 8032 says (§5.1.6), but for the nonce."""
    order = 2**252 + 27742317777372353535851937790883648493
    hashed = bytearray(hashlib.sha512(seed).digest()[:32])
    hashed[0] &= 248
    hashed[31] = hashed[31] & 127 | 64
    R = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce.to_bytes(32, "little"))
    k = int.from_bytes(hashlib.sha512(R + public + message).digest(), "little")
    s = (nonce + k * int.from_bytes(hashed, "little")) % order
    return bytes(R) + s.to_bytes(32, "little")


def test_two_coins_of_which_the_ids_begin_alike_do_not_share_a_vote(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """128 bits in common are within reach of the greatest computers, so all 256 bits of a coin's id are kept."""
    monkeypatch.setattr(state, "coin_digest", lambda credential: bytes(16) + coin_digest(credential)[:16])
    voters = [box.small.voter("bridge-only") for _ in range(2)]
    opened = [voter.seal("bridge", YES) for voter in voters]
    assert box.send(*(voter.cast(bridge=YES) for voter in voters)) == ["ok", "ok"]
    assert box.num_tallied("bridge") == 2
    assert box.send(*(v.spoil(ballot.tracker) for v, ballot in zip(voters, opened, strict=True))) == ["ok", "ok"]
    assert box.code(voters[0].spoil(opened[1].tracker)) == "ok"
    assert box.send(voters[0].surrender()) == ["ok"]
    assert box.num_tallied("bridge") == 1


def test_texts_that_only_look_alike_are_different_transactions(box: Any) -> None:
    """Base64 has spare bits: only one spelling of a signature is taken."""
    closing = json.loads(box.small.audit())
    signature = closing["signatures"][0]["signature"]
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[signature[-1]]
    closing["signatures"][0]["signature"] = signature[:-1] + last
    assert box.code(dumps(closing)) == "malformed"
    assert b64(bytes(64)) == "A" * 86
