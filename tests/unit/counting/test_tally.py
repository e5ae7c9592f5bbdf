"""Which ballots count, and their product."""

from __future__ import annotations

from typing import Any

import pytest

from ippyo.counting import tally as tally_module
from ippyo.counting.box import count_box, counted_ballots, latest_positions
from ippyo.counting.tally import RunningTally, tally
from ippyo.crypto.decryption import combine, decode_counts, partially_decrypt
from ippyo.crypto.elgamal import product
from ippyo.errors import InputError


def opened(town: Any, contest: str, sums: Any) -> list[int]:
    """Decrypt a tally with the whole key, which nobody but a test has."""
    G, phi = town.poll.group, town.poll.election(contest).fingerprint
    partials = {s.index: partially_decrypt(G, phi, s.secret, [sums.ciphertexts]) for s in town.shares[:2]}
    factors = combine(G, 2, partials)
    return list(decode_counts(G, [sums.ciphertexts], factors, sums.num_tallied)[0])


def test_the_latest_ballots_of_coins_not_given_back_count(town: Any, counts: dict[str, tuple[int, ...]]) -> None:
    heard: list[int] = []
    tallies = count_box(town.poll, lambda: town.transactions, progress=heard.append)
    assert list(tallies) == ["bridge", "mayor"]
    assert {contest: tuple(opened(town, contest, sums)) for contest, sums in tallies.items()} == counts
    assert [sums.num_tallied for sums in tallies.values()] == [2, 2]
    assert heard == [*range(1, len(town.transactions) + 1)] * 2


def test_the_station_and_the_contract_agree(town: Any, small_polls: Any) -> None:
    box = small_polls.Box(town.small)
    assert set(box.send(*town.transactions[:-1][:5], at=small_polls.BEFORE)) == {"ok"}
    assert set(box.send(*town.transactions[5:-1])) == {"ok"}
    for contest, sums in count_box(town.poll, lambda: town.transactions).items():
        assert (sums.num_tallied, sums.ciphertexts) == (box.num_tallied(contest), box.encrypted_tally(contest))


def test_ballots_are_yielded_in_the_order_of_the_record(town: Any) -> None:
    latest = latest_positions(town.poll, town.transactions)
    assert sorted(latest.values()) == [5, 6, 9, 10]
    ballots = list(counted_ballots(town.poll, town.transactions, latest))
    assert [contest for contest, _ in ballots] == ["mayor", "bridge", "bridge", "mayor"]


@pytest.mark.parametrize("batch", [1, 2, 256])
def test_a_tally_is_the_product_of_its_ballots(town: Any, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(tally_module, "BATCH", batch)
    election = town.poll.election("mayor")
    voter = town.small.voter()
    ballots = [voter.seal("mayor", choice) for choice in ((1, 0, 0), (0, 1, 0), (1, 0, 0))]
    sums = tally(election, iter(ballots))
    columns = zip(*(ballot.choices for ballot in ballots), strict=True)
    assert sums.ciphertexts == tuple(product(election.group, column) for column in columns)
    assert opened(town, "mayor", sums) == [2, 1, 0]


def test_no_ballots_give_pairs_of_identities(town: Any) -> None:
    sums = RunningTally(town.poll.election("bridge")).result()
    identity = town.poll.group.identity
    assert [(c.alpha, c.beta) for c in sums.ciphertexts] == [(identity, identity)] * 3
    assert (sums.num_tallied, opened(town, "bridge", sums)) == (0, [0, 0, 0])


def test_nothing_is_counted_before_the_close(open_town: Any) -> None:
    with pytest.raises(InputError, match="not closed; nothing is counted before the close"):
        count_box(open_town.poll, lambda: open_town.transactions)
