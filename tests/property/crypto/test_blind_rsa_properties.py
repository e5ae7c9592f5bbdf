"""Properties of blind signatures: whatever the message and the blinding, one and the same signature comes out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.crypto.blind_rsa import blind, finalize, verify
from ippyo.crypto.issuer_key import FileIssuerKey

ISSUER = FileIssuerKey.generate()
KEY = ISSUER.public_key


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.integers(2, 2**3000), st.integers(2, 2**3000))
def test_blinding_leaves_no_trace(message: bytes, r1: int, r2: int) -> None:
    first, second = blind(KEY, message, r=r1), blind(KEY, message, r=r2)
    assert (first.blinded == second.blinded) == (r1 == r2)
    signature = finalize(KEY, message, ISSUER.blind_sign(first.blinded), first)
    assert finalize(KEY, message, ISSUER.blind_sign(second.blinded), second) == signature
    assert verify(KEY, message, signature)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.binary(max_size=500))
def test_no_other_bytes_are_a_signature(junk: bytes) -> None:
    assert not verify(KEY, b"message", junk)
    assert not verify(KEY, b"message", junk.rjust(384, b"\0")[:384])
