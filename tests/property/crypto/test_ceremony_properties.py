"""For every quorum: any t trustees open any counts; for every altered byte: somebody notices."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import held_ceremony

from ippyo.crypto.ceremony import CeremonyContext, KeyShare, Transcript
from ippyo.crypto.ceremony import verify_transcript as verify
from ippyo.crypto.decryption import partially_decrypt
from ippyo.crypto.elgamal import encrypt
from ippyo.crypto.groups import group
from ippyo.crypto.opening import open_tally
from ippyo.crypto.random import random_scalar
from ippyo.crypto.trustees import Trustees
from ippyo.errors import IppyoError
from ippyo.poll.policies import Quorum

G = group("Ed25519")
MH = "m" * 43


@cache
def hold(total: int, threshold: int) -> tuple[Trustees, Transcript, list[KeyShare]]:
    finished = held_ceremony.hold(CeremonyContext(MH, G, Quorum(total, threshold)))
    return finished.trustees, finished.transcript, finished.shares


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.data())
def test_any_t_trustees_open_any_counts(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 6))
    threshold = data.draw(st.integers(1, total))
    counts = tuple(data.draw(st.lists(st.integers(0, 300), min_size=1, max_size=4)))
    trustees, _, shares = hold(total, threshold)
    chosen = data.draw(st.permutations(shares))[: data.draw(st.integers(threshold, total))]
    key = G.table(trustees.public_key)
    tally = [[encrypt(G, key, m, random_scalar(G)) for m in counts]]
    partials = {share.index: partially_decrypt(G, "phi", share.secret, tally) for share in chosen}
    opened = open_tally(trustees, "phi", tally, 300, partials)
    assert (opened.counts, opened.faulty) == ((counts,), ())
    assert opened.owners == tuple(sorted(partials)[:threshold])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_no_byte_of_a_transcript_can_be_altered(data: st.DataObject) -> None:
    trustees, transcript, _ = hold(3, 2)
    text = transcript.to_text()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from('0123456789abcdefABCDEF+/{}[],:" ').filter(lambda c: c != text[place]))
    altered = text[:place] + letter + text[place + 1 :]
    try:
        verify(MH, G, Quorum(3, 2), altered, trustees)
    except IppyoError:
        return
    raise AssertionError(f"byte {place} was altered unseen")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_no_byte_of_the_trustees_can_be_altered(data: st.DataObject) -> None:
    trustees, transcript, _ = hold(3, 2)
    text = trustees.to_text()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from('0123456789abcdefABCDEF+/{}[],:" ').filter(lambda c: c != text[place]))
    altered = text[:place] + letter + text[place + 1 :]
    try:
        verify(MH, G, Quorum(3, 2), transcript.to_text(), Trustees.from_text(G, altered))
    except IppyoError:
        return
    raise AssertionError(f"byte {place} was altered unseen")
