"""A log and officers that cheat: every signature and hash of the record is right, and what it says is not.

Each attack adds one block to a poll that goes well; the verifier must put it into the right check and into no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.audit import count as count_module
from ippyo.audit.checks import Check
from ippyo.audit.count import PublishedCount
from ippyo.audit.report import Report
from ippyo.audit.verify import verify
from ippyo.ballot.seal import seal
from ippyo.canonical import dumps, loads, sha256_b64
from ippyo.contract.transactions import Audit
from ippyo.crypto import schnorr
from ippyo.crypto.groups import Group
from ippyo.ledger.blocks import BlockHeader
from ippyo.ledger.notes import SigningKey

Block = tuple[int, tuple[str, ...], str]


def failed(report: Report) -> set[Check]:
    assert not report.ok
    return {check.check for check in report.failed()}


def changed(tx: str, change: Callable[[Any], object]) -> str:
    """Return the transaction with its JSON value changed."""
    value = loads(tx, what="transaction", limit=1 << 20)
    change(value)
    return dumps(value)


def forged(voter: Any, cast: str, change: Callable[[Any], object]) -> str:
    """Return the cast changed by its own voter, who proves the whole of it anew."""
    return str(voter.proved(changed(cast, change)))


@pytest.fixture
def voting(made: Any, small_polls: ModuleType) -> list[Block]:
    """The blocks up to the last vote."""
    return [block for block in made.blocks if block[0] < small_polls.AFTER]


@pytest.fixture
def closed(made: Any, small_polls: ModuleType) -> list[Block]:
    """The blocks up to the close."""
    upto = next(n for n, block in enumerate(made.blocks) if block[0] == small_polls.AFTER)
    return list(made.blocks[: upto + 1])


@pytest.fixture
def attack(made: Any, tmp_path: Path, audit_records: Any) -> Callable[..., set[Check]]:
    """Return a function that adds a block with transactions and says which checks fail."""

    def run(blocks: Iterable[Block], *txs: str, at: int, small: Any = None) -> set[Check]:
        before = list(blocks)
        record = audit_records.write_record(
            tmp_path / "record", small or made.small, [*before, (at, txs, before[-1][2])]
        )
        # The state may or may not be that of the accepted transactions; the attack has to be found by its own check.
        return failed(verify(record, workers=1, unfinished=True)) - {Check.STATE_ROOTS}

    return run


def test_too_few_officers(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    act = made.small.signed(Audit(made.small.phi, "report", bytes(32)), (2,))
    assert attack(voting, act, at=small_polls.DURING + 9) == {Check.OFFICERS}


def test_an_act_of_the_wrong_form(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    act = changed(made.small.audit(), lambda value: value.pop("subject"))
    assert attack(voting, act, at=small_polls.DURING + 9) == {Check.OFFICERS}


def test_a_false_signature_of_an_issuer(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    issued = changed(made.small.issued(1, "all", 9), lambda value: value.update(total=10))
    assert attack(voting, issued, at=small_polls.DURING + 9) == {Check.ISSUED}


def test_a_total_that_falls(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(voting, made.small.issued(1, "all", 2), at=small_polls.DURING + 9) == {Check.ISSUED}


def test_a_close_before_the_hour(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(voting, made.small.close(), at=small_polls.DURING + 9) == {Check.PHASES}


def test_a_vote_after_the_hour(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(voting, made.small.voter().cast(bridge=(1, 0)), at=small_polls.AFTER) == {Check.PHASES}


def test_a_vote_before_the_opening(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    cast = made.small.voter().cast(bridge=(1, 0))
    found = attack(voting[:1], cast, made.small.open(), at=small_polls.DURING)
    assert found == {Check.PHASES, Check.EMPTY_BOX}


def test_a_second_opening(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(voting, made.small.open((1, 3)), at=small_polls.DURING + 9) == {Check.EMPTY_BOX}


def test_a_total_repeated_before_the_opening(made: Any, audit_records: Any, tmp_path: Path) -> None:
    """The box was empty all the same: only the repetition is wrong, and the state that nobody can have added up."""
    (time, texts, state), *later = made.blocks
    repeated = next(tx for tx in texts if tx.startswith('{"type":"issued"'))
    record = audit_records.write_record(tmp_path / "record", made.small, [(time, (*texts, repeated), state), *later])
    found = failed(verify(record, workers=1))
    assert Check.PHASES in found
    assert Check.EMPTY_BOX not in found


def test_the_same_opening_twice(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(voting[:2], made.small.open(), at=small_polls.DURING) == {Check.PHASES}


def test_a_false_ticket(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    def swap(value: Any) -> None:
        value["ticket"]["signatures"].reverse()

    voter = made.small.voter()
    cast = forged(voter, voter.cast(bridge=(1, 0)), swap)
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.TICKETS}


def test_a_contest_of_others(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    cast = made.small.voter("bridge-only").cast(mayor=(1, 0, 0))
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.TICKETS}


@pytest.mark.parametrize(
    "change",
    [
        lambda ballot: ballot.pop("signature"),
        lambda ballot: ballot["answers"][0]["choices"].pop(),
        lambda ballot: ballot["answers"][0]["choices"][0].update(alpha="0" * 64),
        lambda ballot: ballot.update(election_hash=sha256_b64("another")),
        lambda ballot: ballot.update(election_uuid="1" * 22),
    ],
    ids=["field", "choice", "element", "fingerprint", "uuid"],
)
def test_a_ballot_of_the_wrong_form(
    attack: Any, voting: list[Block], made: Any, small_polls: ModuleType, change: Callable[[Any], object]
) -> None:
    voter = made.small.voter()
    cast = forged(voter, voter.cast(bridge=(1, 0)), lambda value: change(value["ballots"][0]))
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.BALLOT_FORM}


def test_the_ballot_of_another(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    ballot = made.small.voter().seal("bridge", (1, 0))
    cast = made.small.voter().cast_ballots(bridge=ballot)
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.BALLOT_FORM}


def test_a_false_signature_of_a_ballot(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    def change(value: Any) -> None:
        value["ballots"][1]["signature"]["proof"]["response"] = "7"

    voter = made.small.voter()
    cast = forged(voter, voter.cast(bridge=(1, 0), mayor=(1, 0, 0)), change)
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.BALLOT_SIGNATURES}


def resigned(voter: Any, ballot: Any, change: Callable[[Any], object]) -> dict[str, Any]:
    """Return the ballot's value with a change, and a signature by its own credential that covers it."""
    value: dict[str, Any] = loads(ballot.to_text(), what="ballot", limit=1 << 20)
    del value["signature"]
    change(value["answers"][0])
    h = sha256_b64(dumps(value))
    proof = schnorr.prove(voter.small.poll.group, f"sig|{h}|", voter.credential.secret)
    return value | {"signature": {"hash": h, "proof": proof.to_value()}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda answer: answer["individual_proofs"][1][0].update(response="7"), Check.INDIVIDUAL_PROOFS),
        (lambda answer: answer["overall_proof"][0].update(response="7"), Check.OVERALL_PROOFS),
        (lambda answer: answer["blank_proof"][0].update(response="7"), Check.OVERALL_PROOFS),
        (lambda answer: answer["commitments"].reverse(), Check.INDIVIDUAL_PROOFS),
    ],
    ids=["individual", "overall", "blank", "commitments"],
)
def test_a_false_proof(
    attack: Any,
    voting: list[Block],
    made: Any,
    small_polls: ModuleType,
    change: Callable[[Any], object],
    expected: Check,
) -> None:
    voter = made.small.voter()
    ballot = voter.seal("bridge", (1, 0))
    false = resigned(voter, ballot, change)
    cast = forged(voter, voter.cast_ballots(bridge=ballot), lambda value: value.update(ballots=[false]))
    assert attack(voting, cast, at=small_polls.DURING + 9) == {expected}


def test_all_that_is_wrong_with_the_ballots_of_a_cast(
    voting: list[Block], made: Any, small_polls: ModuleType, attack: Any
) -> None:
    def change(value: Any) -> None:
        value["ballots"][0]["signature"]["proof"]["response"] = "7"
        value["ballots"][1]["election_hash"] = sha256_b64("another")

    voter = made.small.voter()
    cast = forged(voter, voter.cast(bridge=(1, 0), mayor=(1, 0, 0)), change)
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.BALLOT_SIGNATURES, Check.BALLOT_FORM}


def test_a_cast_put_together_by_somebody_else(
    attack: Any, voting: list[Block], made: Any, small_polls: ModuleType
) -> None:
    cast = changed(made.small.voter().cast(bridge=(1, 0), mayor=(1, 0, 0)), lambda value: value["ballots"].pop())
    assert attack(voting, cast, at=small_polls.DURING + 9) == {Check.BALLOT_SIGNATURES}


def test_a_cast_held_back(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    voter = made.small.voter()
    early, late = voter.cast(bridge=(1, 0)), voter.cast(bridge=(0, 1))
    assert attack(voting, late, early, at=small_polls.DURING + 9) == {Check.COINS}


def test_a_copied_ballot(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    def same_numbers() -> Callable[[Group], int]:
        numbers = iter(range(1000, 2000))
        return lambda group: next(numbers)

    election = made.small.poll.election("bridge")
    casts = []
    for voter in (made.small.voter("bridge-only"), made.small.voter("bridge-only")):
        ballot = seal(election, voter.credential, (1, 0), _draw=same_numbers())
        casts.append(voter.cast_ballots(bridge=ballot))
    assert attack(voting, *casts, at=small_polls.DURING + 9) == {Check.COPIED_BALLOTS}


def test_a_repeated_cast(attack: Any, voting: list[Block], small_polls: ModuleType) -> None:
    first_cast = voting[2][1][0]
    assert attack(voting, first_cast, at=small_polls.DURING + 9) == {Check.COPIED_BALLOTS}


def test_more_coins_than_tickets(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    casts = [made.small.voter().cast(bridge=(1, 0)) for _ in range(2)]
    assert attack(voting, *casts, at=small_polls.DURING + 9) == {Check.COINS}


def test_a_second_vote_where_one_is_allowed(attack: Any, small_polls: ModuleType, audit_records: Any) -> None:
    small = small_polls.SmallPoll.build(small_polls.manifest(revote="never"), witnesses=audit_records.WITNESSES)
    box = small_polls.Box(small).open()
    voter = small.voter()
    assert box.code(voter.cast(bridge=(1, 0))) == "ok"
    blocks = [(ctx.time, tuple(txs), state) for ctx, txs, state in box.blocks]
    assert attack(blocks, voter.cast(bridge=(0, 1)), at=small_polls.DURING, small=small) == {Check.COINS}


def test_a_spoiled_ballot_that_is_cast(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    voter = made.small.voter()
    ballot = voter.seal("mayor", (1, 0, 0))
    txs = [voter.spoil(ballot.tracker), voter.cast_ballots(mayor=ballot)]
    assert attack(voting, *txs, at=small_polls.DURING + 9) == {Check.SPOILED}


def test_a_vote_after_it_was_surrendered(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    voter = made.small.voter()
    assert attack(voting, voter.surrender(), voter.cast(bridge=(1, 0)), at=small_polls.DURING + 9) == {Check.SPOILED}


def test_a_surrender_by_somebody_else(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    surrender = changed(made.small.voter().surrender(), lambda value: value["proof"].update(response="7"))
    assert attack(voting, surrender, at=small_polls.DURING + 9) == {Check.SPOILED}


def test_an_unknown_kind_of_transaction(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    wish = dumps({"type": "wish", "poll": made.small.phi})
    assert attack(voting, wish, at=small_polls.DURING + 9) == {Check.BALLOT_FORM}


def test_a_transaction_of_another_poll(attack: Any, voting: list[Block], made: Any, small_polls: ModuleType) -> None:
    act = changed(made.small.audit(), lambda value: value.update(poll=sha256_b64("another")))
    assert attack(voting, act, at=small_polls.DURING + 9) == {Check.OFFICERS}


def test_a_false_tally(attack: Any, closed: list[Block], made: Any, small_polls: ModuleType) -> None:
    group = made.small.poll.group
    identities = (small_polls.Ciphertext(group.identity, group.identity),) * 3
    assert attack(closed, made.small.tally("bridge", 3, identities), at=small_polls.AFTER) == {Check.TALLY}


def test_a_false_number_of_ballots(attack: Any, closed: list[Block], made: Any, small_polls: ModuleType) -> None:
    tally = next(tx for tx in made.transactions if tx.startswith('{"type":"tally"'))
    value = loads(tally, what="tally", limit=1 << 20)
    encrypted = [
        small_polls.Ciphertext.from_tally_value(made.small.poll.group, c, "c") for c in value["encrypted_tally"]
    ]
    assert attack(closed, made.small.tally("bridge", 4, encrypted), at=small_polls.AFTER) == {Check.TALLY}


def count_block(made: Any, kind: str) -> tuple[list[Block], str]:
    """Return the blocks before the first transaction of a kind, and that transaction."""
    start = f'{{"type":"{kind}"'
    number = next(n for n, block in enumerate(made.blocks) if block[1][0].startswith(start))
    return list(made.blocks[:number]), made.blocks[number][1][0]


@pytest.mark.parametrize(
    ("field", "expected"),
    [("decryption_proofs", {Check.DECRYPTIONS}), ("strong_proofs", {Check.STRONG_DECRYPTIONS})],
)
def test_a_false_decryption_proof(
    attack: Any, made: Any, small_polls: ModuleType, field: str, expected: set[Check]
) -> None:
    blocks, decrypt = count_block(made, "decrypt")
    false = changed(decrypt, lambda value: value["decryption"][field][0][1].update(response="7"))
    assert attack(blocks, false, at=small_polls.AFTER) == expected


def test_a_false_decryption_factor(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, decrypt = count_block(made, "decrypt")

    def swap(value: Any) -> None:
        value["decryption"]["decryption_factors"][0].reverse()

    assert attack(blocks, changed(decrypt, swap), at=small_polls.AFTER) == {
        Check.DECRYPTIONS,
        Check.STRONG_DECRYPTIONS,
    }


def test_a_decryption_of_nobody(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, decrypt = count_block(made, "decrypt")
    nobody = changed(decrypt, lambda value: value.update(owner=4))
    assert attack(blocks, nobody, at=small_polls.AFTER) == {Check.DECRYPTIONS}


def test_a_decryption_of_another_shape(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, decrypt = count_block(made, "decrypt")

    def shorten(value: Any) -> None:
        for part in value["decryption"].values():
            part[0].pop()

    assert attack(blocks, changed(decrypt, shorten), at=small_polls.AFTER) == {Check.DECRYPTIONS}


def test_a_second_decryption_of_one_trustee(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, _ = count_block(made, "result")
    _, tally = count_block(made, "tally")
    value = loads(tally, what="tally", limit=1 << 20)
    encrypted = [
        small_polls.Ciphertext.from_tally_value(made.small.poll.group, c, "c") for c in value["encrypted_tally"]
    ]
    again = made.small.decrypt("bridge", 1, encrypted)
    assert attack(blocks, again, at=small_polls.AFTER) == {Check.DECRYPTIONS}


def test_a_false_result(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, _ = count_block(made, "result")
    assert attack(blocks, made.small.result("bridge", 0, 3, 0), at=small_polls.AFTER) == {Check.RESULT}


def test_a_result_of_too_few_trustees(attack: Any, made: Any, small_polls: ModuleType) -> None:
    blocks, decrypt = count_block(made, "decrypt")
    found = attack(blocks, decrypt, made.small.result("bridge", 1, 2, 0), at=small_polls.AFTER)
    assert found == {Check.RESULT}


def test_a_count_without_a_tally(attack: Any, closed: list[Block], made: Any, small_polls: ModuleType) -> None:
    _, decrypt = count_block(made, "decrypt")
    assert attack(closed, decrypt, at=small_polls.AFTER) == {Check.TALLY, Check.PHASES}


def test_a_contest_that_does_not_exist(attack: Any, closed: list[Block], made: Any, small_polls: ModuleType) -> None:
    assert attack(closed, made.small.result("king", 1), at=small_polls.AFTER) == {Check.TALLY}


@pytest.mark.parametrize(
    ("field", "change", "expected"),
    [
        ("root", lambda h: replace(h, root=bytes(32)), {Check.MERKLE_ROOTS}),
        ("state", lambda h: replace(h, state=sha256_b64("x")), {Check.STATE_ROOTS}),
        ("time", lambda h: replace(h, time=0), {Check.CHAIN, Check.PHASES, Check.STATE_ROOTS}),
        ("height", lambda h: replace(h, height=9), {Check.CHAIN}),
        ("previous", lambda h: replace(h, previous=sha256_b64("x")), {Check.CHAIN}),
        ("poll", lambda h: replace(h, poll=sha256_b64("x")), {Check.CHAIN}),
        ("size", lambda h: replace(h, size=1), {Check.CHAIN}),
    ],
)
def test_a_false_header(
    made: Any,
    tmp_path: Path,
    audit_records: Any,
    field: str,
    change: Callable[[BlockHeader], BlockHeader],
    expected: set[Check],
) -> None:
    def one(header: BlockHeader) -> BlockHeader:
        return change(header) if header.height == 4 else header

    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks, change=one)
    report = verify(record, workers=1)
    assert expected <= failed(report)
    assert Check.BLOCK_SIGNATURES not in failed(report)
    if field in {"root", "state", "previous", "poll"}:
        assert failed(report) == expected


def test_blocks_signed_by_somebody_else(made: Any, tmp_path: Path, audit_records: Any) -> None:
    other = SigningKey.generate(made.small.log.name)
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks, log=other)
    report = verify(record, workers=1)
    assert failed(report) == {Check.BLOCK_SIGNATURES}
    signatures = next(check for check in report.checks if check.check is Check.BLOCK_SIGNATURES)
    assert signatures.failures == len(made.blocks)


def test_too_few_witnesses(made: Any, tmp_path: Path, audit_records: Any) -> None:
    one = audit_records.WITNESSES[:1]
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks, witnesses=one)
    assert failed(verify(record, workers=1)) == {Check.CHECKPOINT}


def test_a_stranger_under_the_checkpoint(made: Any, tmp_path: Path, audit_records: Any) -> None:
    stranger = SigningKey.generate("stranger.example", audit_records.WITNESSES[0].kind)
    everybody = (*audit_records.WITNESSES, stranger)
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks, witnesses=everybody)
    assert failed(verify(record, workers=1)) == {Check.CHECKPOINT}


def test_a_witness_twice_under_the_checkpoint(record: Path) -> None:
    path = record / "checkpoint"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]))
    assert failed(verify(record, workers=1)) == {Check.CHECKPOINT}


@pytest.mark.parametrize(("until", "phase"), [("open", "open"), ("voting", "open"), ("close", "closed")])
def test_a_record_that_ends_early(
    made: Any, small_polls: ModuleType, tmp_path: Path, audit_records: Any, until: str, phase: str
) -> None:
    count = {"open": 2, "voting": 8, "close": 9}[until]
    record = audit_records.write_record(tmp_path / "record", made.small, made.blocks[:count])
    report = verify(record, workers=1)
    assert failed(report) == {Check.COMPLETENESS}
    (problem,) = [check.findings[0].problem for check in report.failed()]
    assert "not counted yet" in problem.en
    assert phase in problem.ja
    accepted = verify(record, workers=1, unfinished=True)
    assert accepted.ok
    assert (accepted.phase, accepted.results) == (phase, ())


def test_a_record_without_any_block(made: Any, tmp_path: Path, audit_records: Any) -> None:
    record = audit_records.write_record(tmp_path / "record", made.small, [])
    assert failed(verify(record, workers=1)) == {Check.COMPLETENESS}
    assert verify(record, workers=1, unfinished=True).ok


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("manifest.json", Check.MANIFEST),
        ("genesis.json", Check.GENESIS),
        ("trustees.json", Check.KEY_CEREMONY),
        ("ceremony.json", Check.KEY_CEREMONY),
    ],
)
def test_the_file_of_another_poll(
    record: Path, small_polls: ModuleType, audit_records: Any, tmp_path: Path, name: str, check: Check
) -> None:
    other = small_polls.SmallPoll.build(small_polls.manifest(name="other"), witnesses=audit_records.WITNESSES)
    strange = audit_records.write_record(tmp_path / "other", other, [])
    (record / name).write_bytes((strange / name).read_bytes())
    assert check in failed(verify(record, workers=1))


def test_the_four_first_files_of_another_poll(
    record: Path, small_polls: ModuleType, audit_records: Any, tmp_path: Path
) -> None:
    other = small_polls.SmallPoll.build(small_polls.manifest(name="other"), witnesses=audit_records.WITNESSES)
    strange = audit_records.write_record(tmp_path / "other", other, [])
    for name in ("manifest.json", "genesis.json", "trustees.json", "ceremony.json"):
        (record / name).write_bytes((strange / name).read_bytes())
    report = verify(record, workers=1)
    assert Check.GENESIS in failed(report)
    status = {check.check: check.status for check in report.checks}
    assert status[Check.BALLOT_FORM] == "not-reached"


def of_contest(tx: str, contest: str) -> str:
    return changed(tx, lambda value: value.update(contest=contest))


def of_owner(tx: str, owner: int) -> str:
    return changed(tx, lambda value: value.update(owner=owner))


@pytest.fixture
def decrypt(made: Any) -> str:
    """The first partial decryption."""
    return next(str(tx) for tx in made.transactions if tx.startswith('{"type":"decrypt"'))


def test_contests_made_up_are_refused_and_not_kept(
    attack: Any, closed: list[Block], small_polls: ModuleType, decrypt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(*_: object) -> bool:
        raise AssertionError

    monkeypatch.setattr(PublishedCount, "note", kept)
    made_up = [of_contest(decrypt, f"no-{n}") for n in range(5)]
    assert attack(closed, *made_up, at=small_polls.AFTER + 9) == {Check.TALLY}


def test_of_many_refused_decryptions_only_the_first_are_kept(
    made: Any, small_polls: ModuleType, audit_records: Any, decrypt: str, tmp_path: Path
) -> None:
    others = [of_owner(of_contest(decrypt, "mayor"), owner) for owner in range(4, 8)]
    blocks = [*made.blocks[:-1], (small_polls.AFTER + 9, tuple(others), made.blocks[-1][2])]
    record = audit_records.write_record(tmp_path / "record", made.small, blocks)
    reports = []
    for kept in (64, 2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(count_module, "_REFUSED_KEPT", kept)
            reports.append({found.check: found.failures for found in verify(record, workers=1).checks})
    assert reports[0] == reports[1]
    assert reports[0][Check.DECRYPTIONS] == 4
