"""What somebody would try who wants more than one vote, or somebody else's: every attempt is refused and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.seal import seal
from ippyo.canonical import b64, dumps, sha256_b64
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
        assert box.code(replace(thief, ticket=voter.ticket).cast(bridge=YES)) == "bad-ballot"
        assert box.code(replace(thief, ticket=voter.ticket).surrender()) == "bad-proof"
        assert box.code(replace(thief, ticket=voter.ticket).spoil(sha256_b64("x"))) == "bad-proof"

    def test_the_proof_of_one_act_does_not_serve_another(self, box: Any) -> None:
        voter = box.small.voter()
        spoil = json.loads(voter.spoil(sha256_b64("x")))
        surrender = json.loads(voter.surrender())
        assert box.code(dumps(surrender | {"proof": spoil["proof"]})) == "bad-proof"
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
        assert box.code(dumps(cast)) == "bad-ballot"

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
        assert box.code(dumps(bad)) == "bad-ballot"
        assert box.num_tallied("bridge") == box.num_tallied("mayor") == 0
        assert json.loads(box.contract.query("coin", voter.credential.text))["coin"] is None

    def test_a_bad_ballot_does_not_harm_the_good_ones_beside_it(self, box: Any) -> None:
        voters = [box.small.voter() for _ in range(3)]
        casts = [voter.cast(bridge=YES) for voter in voters]
        bad = json.loads(casts[1])
        bad["ballots"][0]["signature"]["proof"]["response"] = "1"
        assert box.send(casts[0], dumps(bad), casts[2]) == ["ok", "bad-ballot", "ok"]


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
        assert set(ballot.components(election.group)) & set(copy.components(election.group))
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


def test_texts_that_only_look_alike_are_different_transactions(box: Any) -> None:
    """Base64 has spare bits: only one spelling of a signature is taken."""
    closing = json.loads(box.small.audit())
    signature = closing["signatures"][0]["signature"]
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[signature[-1]]
    closing["signatures"][0]["signature"] = signature[:-1] + last
    assert box.code(dumps(closing)) == "malformed"
    assert b64(bytes(64)) == "A" * 86
