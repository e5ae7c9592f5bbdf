from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import b64, dumps, sha256, sha256_b64, unb64
from ippyo.contract import machine
from ippyo.contract.coin import Coin
from ippyo.contract.coin_tree import CoinProof
from ippyo.contract.interface import BlockContext, Store, Verdict
from ippyo.contract.machine import Contract
from ippyo.contract.rules import execute
from ippyo.contract.stateless import Checked, check_transaction, check_transactions
from ippyo.contract.store import MemoryStore
from ippyo.crypto.merkle import EMPTY_ROOT
from ippyo.errors import InputError, ParseError
from ippyo.poll.limits import BLOCK_LIMIT

YES, NO = (1, 0), (0, 1)


def contents(store: Store) -> list[tuple[bytes, bytes]]:
    return list(store.scan(b""))


def test_genesis(new_box: Any) -> None:
    contract, phi = new_box.contract, new_box.small.phi
    zeros = [{"issuer": i, "style": s, "total": 0} for i in (1, 2) for s in ("all", "bridge-only")]
    rest = {
        "issued": zeros,
        "coins": [{"style": "all", "count": 0}, {"style": "bridge-only", "count": 0}],
        "spoiled": 0,
        "tallies": [
            {"contest": c, "tracker_count": 0, "tallied": False, "decrypted": [], "counted": False}
            for c in ("bridge", "mayor")
        ],
    }
    parts = ["ippyo-state-v1", phi, "setup", "0", b64(EMPTY_ROOT), b64(bytes(32)), sha256_b64(dumps(rest))]
    assert contract.genesis() == sha256_b64("|".join(parts))
    assert contract.last() == (0, contract.genesis())
    assert contents(new_box.store) == []
    ctx = BlockContext(1, 0)
    assert contract.apply(ctx, []) == ([], contract.genesis())
    contract.commit()
    assert contract.last() == (1, contract.genesis())


def test_only_commit_writes(box: Any, small_polls: ModuleType) -> None:
    before = contents(box.store)
    cast = box.small.voter().cast(bridge=YES)
    ctx = BlockContext(box.height + 1, small_polls.DURING)
    assert box.contract.check(cast).accepted
    assert box.contract.select(ctx, [cast]) == [cast]
    assert box.contract.acceptable(ctx, [cast])
    _, app_hash = box.contract.apply(ctx, [cast])
    box.contract.query("status")
    assert contents(box.store) == before
    assert box.contract.last()[0] == box.height
    box.contract.commit()
    assert box.contract.last() == (box.height + 1, app_hash)
    # Committing without a new block writes nothing.
    after = contents(box.store)
    box.contract.commit()
    assert contents(box.store) == after != before


def test_apply_forgets_what_was_staged_before(box: Any, small_polls: ModuleType) -> None:
    one, two = (box.small.voter().cast(bridge=choice) for choice in (YES, NO))
    ctx = BlockContext(box.height + 1, small_polls.DURING)
    _, expected = box.contract.apply(ctx, [two])
    box.contract.apply(ctx, [one])
    assert box.contract.apply(ctx, [two]) == ([Verdict()], expected)
    box.contract.commit()
    assert box.num_tallied("bridge") == 1
    assert box.contract.check(two).code == "duplicate"
    assert box.contract.check(one).accepted


def test_a_contract_goes_on_after_a_restart(box: Any, small_polls: ModuleType) -> None:
    voter = box.small.voter()
    box.send(voter.cast(bridge=YES))
    reopened = Contract(box.small.poll, box.store)
    assert reopened.last() == box.contract.last()
    change = voter.cast(bridge=NO)
    ctx = BlockContext(box.height + 1, small_polls.DURING)
    assert reopened.apply(ctx, [change]) == box.contract.apply(ctx, [change])


def test_all_nodes_agree_however_blocks_were_tried(small_polls: ModuleType, box: Any) -> None:
    """A node that sees the accepted transactions only, without ever checking on arrival, has the same hashes."""
    voters = [box.small.voter() for _ in range(3)]
    box.send(*(voter.cast(bridge=YES) for voter in voters))
    box.send(voters[0].cast(bridge=NO), "x", voters[1].surrender(), voters[2].spoil(sha256_b64("x")))
    box.close()
    follower = Contract(box.small.poll, MemoryStore())
    for ctx, txs, app_hash in box.blocks:
        assert follower.apply(ctx, txs) == ([Verdict()] * len(txs), app_hash)
        follower.commit()


class TestArrival:
    def test_phase_and_state_are_asked(self, new_box: Any) -> None:
        voter = new_box.small.voter()
        cast = voter.cast(bridge=YES)
        assert new_box.contract.check(cast).code == "not-open"
        new_box.open()
        assert new_box.contract.check(cast).accepted
        new_box.send(cast)
        assert new_box.contract.check(cast).code == "duplicate"
        assert new_box.contract.check("x").code == "malformed"

    def test_without_a_block_nothing_is_too_early_but_it_may_be_too_late(
        self, small_polls: ModuleType, box: Any
    ) -> None:
        cast, close = box.small.voter().cast(bridge=YES), box.small.close()
        assert box.contract.check(cast).accepted
        assert box.contract.check(close).accepted
        box.send(at=small_polls.AFTER)
        assert box.contract.check(cast).code == "closed"

    def test_details_are_for_persons(self, box: Any) -> None:
        verdict = box.contract.check(box.small.issued(1, "all", 1))
        assert verdict == Verdict("total-not-raised", "issuer 1 had 10 for 'all' before")


class TestBlocks:
    def test_a_block_is_bounded(self, small_polls: ModuleType, small_poll: Any) -> None:
        contract = Contract(small_poll.poll, MemoryStore())
        audits = [small_poll.audit(f"report {number}") for number in range(BLOCK_LIMIT + 1)]
        ctx = BlockContext(1, small_polls.BEFORE)
        assert contract.select(ctx, audits) == audits[:-1]
        assert contract.acceptable(ctx, audits[:-1])
        assert not contract.acceptable(ctx, audits)

    def test_one_refused_transaction_makes_a_block_unacceptable(self, small_polls: ModuleType, box: Any) -> None:
        ctx = BlockContext(box.height + 1, small_polls.DURING)
        casts = [box.small.voter().cast(bridge=YES) for _ in range(2)]
        assert box.contract.acceptable(ctx, casts)
        assert not box.contract.acceptable(ctx, [*casts, casts[0]])
        assert not box.contract.acceptable(ctx, [casts[0], "x"])
        assert box.contract.select(ctx, [casts[1], "x", casts[1], casts[0]]) == casts[::-1]

    def test_what_was_judged_is_not_executed_anew(
        self, small_polls: ModuleType, small_poll: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        executed: list[bytes] = []

        def counting(state: Any, moment: Any, checked: Checked) -> Verdict:
            executed.append(checked.digest)
            return execute(state, moment, checked)

        monkeypatch.setattr(machine, "execute", counting)
        proposer, voter, plain = (Contract(small_poll.poll, MemoryStore()) for _ in range(3))
        opening = [*small_poll.issued_by_all(9), small_poll.open()]
        first, second = (small_poll.voter().cast(bridge=YES, mayor=(0, 1, 0)) for _ in range(2))
        mempool = [first, "refused", second, first]
        for height, txs in enumerate((opening, mempool, [small_poll.voter().cast(bridge=(0, 1))]), start=1):
            ctx, later = BlockContext(height, small_polls.DURING), BlockContext(height, small_polls.DURING + 1)
            chosen = proposer.select(ctx, txs)
            executed.clear()
            assert proposer.acceptable(ctx, chosen)
            outcome = proposer.apply(ctx, chosen)
            assert executed == []
            assert voter.acceptable(ctx, chosen)
            assert voter.apply(ctx, chosen) == outcome
            assert len(executed) == len(chosen)
            # Another block than the one that was judged is executed, and the first one is still what it was.
            for other, others in ((later, chosen), (ctx, chosen[:-1]), (ctx, [*chosen, "refused"])):
                assert voter.apply(other, others) == plain.apply(other, others)
            assert proposer.apply(ctx, chosen) == voter.apply(ctx, chosen) == plain.apply(ctx, chosen) == outcome
            for contract in (proposer, voter, plain):
                contract.commit()
            assert contents(proposer._store) == contents(voter._store) == contents(plain._store)
        # In the new state the same transactions are no longer what they were.
        assert not voter.acceptable(ctx, chosen)
        assert {verdict.code for verdict in proposer.apply(ctx, chosen)[0]} == {"duplicate"}


class Counting:
    """A stateless check that notes what it was asked."""

    def __init__(self, poll: Any) -> None:
        self.poll = poll
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[Checked]:
        self.asked += texts
        return check_transactions(self.poll, texts)


class TestCache:
    def test_each_transaction_is_checked_once(self, small_polls: ModuleType, small_poll: Any) -> None:
        counting = Counting(small_poll.poll)
        contract = Contract(small_poll.poll, MemoryStore(), counting)
        opening = [*small_poll.issued_by_all(1), small_poll.open()]
        cast = small_poll.voter().cast(bridge=YES)
        ctx = BlockContext(1, small_polls.DURING)
        contract.check(cast)
        contract.select(ctx, [*opening, cast])
        contract.acceptable(ctx, [*opening, cast, cast])
        contract.apply(ctx, [*opening, cast])
        assert len(contract._cache._results) == len(opening) + 1
        contract.commit()
        assert sorted(counting.asked) == sorted([*opening, cast])
        assert not contract._cache._results
        assert contract._cache._charged == 0

    def test_nobody_looks_at_what_is_in_the_ledger_already(self, small_polls: ModuleType, box: Any) -> None:
        cast = box.small.voter().cast(bridge=YES)
        box.send(cast)
        counting = Counting(box.small.poll)
        reopened = Contract(box.small.poll, box.store, counting)
        assert reopened.check(cast).code == "duplicate"
        assert counting.asked == []

    def test_the_cache_is_bounded(
        self, small_polls: ModuleType, small_poll: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = small_poll.audit("1"), small_poll.audit("2")
        monkeypatch.setattr(machine, "_CACHE_BYTES", len(one) + machine._ENTRY_BYTES)
        counting = Counting(small_poll.poll)
        contract = Contract(small_poll.poll, MemoryStore(), counting)
        for tx in (one, one, two, two, one):
            contract.check(tx)
        assert counting.asked == [one, two, one]

    def test_an_entry_costs_more_than_its_text(
        self, small_polls: ModuleType, small_poll: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        audits = [small_poll.audit(f"{number}") for number in range(3)]
        monkeypatch.setattr(machine, "_CACHE_BYTES", 3 * len(audits[0]) + 2 * machine._ENTRY_BYTES)
        contract = Contract(small_poll.poll, MemoryStore())
        for audit in audits:
            contract.check(audit)
        assert len(contract._cache._results) == 2

    def test_what_cannot_be_decoded_is_not_kept(self, small_polls: ModuleType, small_poll: Any) -> None:
        counting = Counting(small_poll.poll)
        contract = Contract(small_poll.poll, MemoryStore(), counting)
        ctx = BlockContext(1, small_polls.DURING)
        texts = [f"{number:x}" for number in range(1000)] + [dumps({"type": "open", "poll": "x", "signatures": []})]
        for _ in range(2):
            contract.apply(ctx, texts)
        assert counting.asked == 2 * texts
        assert not contract._cache._results
        assert contract._cache._charged == 0


def test_checks_can_be_spread_over_processes(small_poll: Any) -> None:
    texts = [small_poll.voter().cast(bridge=YES), small_poll.audit(), "x", small_poll.voter().surrender()]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        elsewhere = pool.submit(check_transactions, small_poll.poll, texts).result()
    here = check_transactions(small_poll.poll, texts)
    assert elsewhere == here == pickle.loads(pickle.dumps(here))
    assert [checked.verdict.code for checked in here] == ["", "", "malformed", ""]
    assert check_transaction(small_poll.poll, texts[0]) == here[0]


class TestQueries:
    def test_status(self, box: Any) -> None:
        status = json.loads(box.contract.query("status"))
        assert (status["poll"], status["phase"], status["size"]) == (box.small.phi, "open", 5)
        rest = sha256(dumps(status["state"]))
        parts = ["ippyo-state-v1", box.small.phi, "open", "5", status["root"], status["coin_root"], b64(rest)]
        assert sha256_b64("|".join(parts)) == box.contract.last()[1]

    def test_proof_that_somebody_voted_or_did_not(self, box: Any) -> None:
        voter, other = box.small.voter(), box.small.voter()
        ballot = voter.seal("bridge", YES)
        box.send(voter.cast_ballots(bridge=ballot))
        for who, count in ((voter, 1), (other, None)):
            found = json.loads(box.contract.query("coin", who.credential.text))
            coin = CoinProof.from_value(found["proof"]).verify(
                unb64(found["coin_root"], what="root"), who.credential.text
            )
            assert (coin and coin.count) == count
            # A device that has nothing but the voting code learns here how to go on.
            assert (found["coin"] and found["coin"]["last"]) == count
            assert found["coin"] == (json.loads(coin.to_text()) if isinstance(coin, Coin) else None)
        with pytest.raises(ParseError):
            box.contract.query("coin", "x")

    def test_trackers(self, box: Any) -> None:
        voter, other, other_voter = (box.small.voter() for _ in range(3))
        first, second, third = (voter.seal("bridge", choice) for choice in (YES, NO, YES))
        mine = other.seal("bridge", YES)
        box.send(voter.spoil(third.tracker), voter.cast_ballots(bridge=first), voter.cast_ballots(bridge=second))
        box.send(other.cast_ballots(bridge=mine), other.surrender())

        def ask(tracker: str) -> tuple[Any, Any]:
            found = json.loads(box.contract.query("tracker", tracker))
            return found["ballot"] and (found["ballot"]["status"], found["ballot"]["position"]), found["spoiled"]

        def by(who: Any, position: int) -> dict[str, object]:
            return {"credential": who.credential.text, "position": position}

        assert ask(first.tracker) == (("replaced", 6), [])
        assert ask(second.tracker) == (("counts", 7), [])
        assert ask(mine.tracker) == (("surrendered", 8), [])
        assert ask(third.tracker) == (None, [by(voter, 5)])
        box.send(other_voter.spoil(third.tracker))
        assert ask(third.tracker) == (None, [by(voter, 5), by(other_voter, 10)])
        assert ask(sha256_b64("x")) == (None, [])

    def test_nobody_makes_a_ballot_that_counts_look_spoiled(self, box: Any) -> None:
        voter, foe = box.small.voter(), box.small.voter()
        ballot = voter.seal("bridge", YES)
        assert box.send(foe.spoil(ballot.tracker), voter.cast_ballots(bridge=ballot)) == ["ok", "ok"]
        found = json.loads(box.contract.query("tracker", ballot.tracker))
        assert (found["ballot"]["status"], found["spoiled"]) == ("counts", [])

    def test_transactions(self, box: Any) -> None:
        opening = box.blocks[0][1][-1]
        assert json.loads(box.contract.query("transaction", sha256_b64(opening))) == {"position": 4}
        assert json.loads(box.contract.query("transaction", sha256_b64("x"))) == {"position": None}

    def test_the_count(self, small_polls: ModuleType, box: Any) -> None:
        box.send(box.small.voter().cast(bridge=YES))
        box.close()
        assert json.loads(box.contract.query("result", "bridge"))["result"] is None
        assert json.loads(box.contract.query("decryptions", "bridge"))["decryptions"] == []
        decrypt = box.decrypt("bridge", 2)
        box.send(box.tally("bridge"), decrypt, at=small_polls.AFTER)
        found = json.loads(box.contract.query("decryptions", "bridge"))["decryptions"]
        assert found == [{"owner": 2, "decryption": json.loads(decrypt)["decryption"]}]

    def test_questions_that_make_no_sense(self, box: Any) -> None:
        for path, data in (("votes", ""), ("tally", "council"), ("tracker", "x"), ("transaction", "")):
            with pytest.raises(InputError):
                box.contract.query(path, data)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_order_of_hashes_does_not_matter(small_polls: ModuleType, box: Any, tmp_path: Path, seed: str) -> None:
    voters = [box.small.voter() for _ in range(3)]
    box.send(*(voter.cast(bridge=YES, mayor=(0, 1, 0)) for voter in voters))
    box.send(voters[0].spoil(sha256_b64("x")), voters[1].surrender(), voters[2].cast(mayor=(1, 0, 0)))
    poll = box.small.poll
    blocks = [[ctx.height, ctx.time, txs, app_hash] for ctx, txs, app_hash in box.blocks]
    texts = [poll.manifest.to_text(), poll.genesis.to_text(), poll.trustees.to_text()]
    (tmp_path / "chain.json").write_text(json.dumps([texts, blocks]), encoding="utf-8")
    program = """
import json, sys
from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.store import MemoryStore
texts, blocks = json.load(open(sys.argv[1], encoding="utf-8"))
contract = Contract(Poll.from_texts(*texts), MemoryStore())
for height, time, txs, expected in blocks:
    verdicts, app_hash = contract.apply(BlockContext(height, time), txs)
    contract.commit()
    assert app_hash == expected and all(verdict.accepted for verdict in verdicts)
"""
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path / "chain.json")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
