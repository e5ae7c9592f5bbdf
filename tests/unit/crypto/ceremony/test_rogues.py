"""Trustees and coordinators who cheat: each is found out, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ippyo.crypto.ceremony import (
    BadShareError,
    Commit,
    Complaint,
    Reveal,
    check_own_part,
    check_reveals,
    commit,
    confirm,
    judge,
    parse_round,
    reveal,
    round_hash,
)
from ippyo.crypto.ceremony.complaints import complain
from ippyo.crypto.ceremony.messages import commitment_of
from ippyo.crypto.ceremony.revealing import polynomial_at
from ippyo.crypto.ceremony.shares import open_share, seal_share
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import random_scalar
from ippyo.crypto.trustee_keys import Coefexps, SignedText, certs_text, sign
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError


def remade(finished: Any, index: int, *, commits: Sequence[Commit] | None = None, **parts: Any) -> Reveal:
    """Return a reveal by trustee ``index`` with other parts, properly signed as a whole."""
    state, honest = finished.committed[index - 1], finished.reveals[index - 1]
    content = {
        "round_hash": honest.round if commits is None else round_hash(commits),
        "nonce": honest.nonce,
        "coefexps": honest.coefexps,
        "certs_signature": honest.certs_signature,
        "shares": honest.shares,
    }
    return Reveal.make(finished.context, index, state.signing, **(content | parts))


def with_reveal(finished: Any, message: Reveal) -> list[Reveal]:
    return [message if message.index == honest.index else honest for honest in finished.reveals]


def blamed(finished: Any, message: Reveal, index: int, problem: str) -> None:
    with pytest.raises(FaultyTrusteeError, match=problem) as caught:
        check_reveals(finished.context, finished.commits, with_reveal(finished, message))
    assert caught.value.index == index
    other = finished.revealed[index % 3]
    with pytest.raises(FaultyTrusteeError, match=problem):
        confirm(other, finished.commits, with_reveal(finished, message))


def test_the_last_speaker_cannot_choose_its_polynomial_after_seeing_the_others(finished: Any) -> None:
    """Trustee 3 waits for the other reveals, then picks the coefexps that give the key a form it likes."""
    state, G = finished.committed[2], finished.context.group
    for _ in range(10):
        coefficients = [random_scalar(G), random_scalar(G)]
        coefexps = Coefexps.make(G, state.signing, coefficients)
        key = G.total([*(message.coefexps.elements[0] for message in finished.reveals[:2]), coefexps.elements[0]])
        if G.encode(key).endswith(("0", "1", "2", "3")):
            break
    shares = [
        seal_share(finished.context, 3, c.index, c.cert.encryption, polynomial_at(coefficients, c.index, G.q))
        for c in finished.commits[:2]
    ]
    biased = remade(
        finished,
        3,
        coefexps=coefexps,
        certs_signature=sign(G, state.signing, certs_text(G, [message.cert for message in finished.commits], coefexps)),
        shares=(*shares, None),
    )
    blamed(finished, biased, 3, "coefexps other than those it had committed to")


def test_another_nonce_does_not_open_the_commitment(finished: Any) -> None:
    blamed(finished, remade(finished, 2, nonce=bytes(32)), 2, "coefexps other than those it had committed to")


def test_a_commitment_cannot_be_taken_over_from_another_trustee(finished: Any) -> None:
    """Trustee 3 copies trustee 1's commitment and hopes to open it with what trustee 1 reveals."""
    context, G = finished.context, finished.context.group
    mine, theirs = finished.committed[2], finished.reveals[0]
    copied = finished.commits[0].commitment
    signature = sign(G, mine.signing, Commit.signed_text(context, 3, copied))
    commits = [*finished.commits[:2], replace(mine.commit, commitment=copied, signature=signature)]
    reveals = [reveal(state, commits).reveal for state in finished.committed[:2]]
    coefexps = Coefexps(theirs.coefexps.elements, SignedText.make(G, mine.signing, theirs.coefexps.signed.message))
    assert commitment_of(context, 1, theirs.nonce, coefexps) == copied
    last = remade(finished, 3, commits=commits, nonce=theirs.nonce, coefexps=coefexps)
    with pytest.raises(FaultyTrusteeError, match="other than those it had committed to") as caught:
        check_reveals(context, commits, [*reveals, last])
    assert caught.value.index == 3


def test_false_signatures(finished: Any) -> None:
    forged = Proof(1, 1)
    honest = finished.reveals[1]
    blamed(finished, replace(honest, signature=forged), 2, "did not sign its reveal")
    blamed(finished, replace(honest, nonce=bytes(32)), 2, "did not sign its reveal")
    unsigned = replace(honest.coefexps, signed=SignedText(honest.coefexps.signed.message, forged))
    blamed(finished, remade(finished, 2, coefexps=unsigned), 2, "did not sign its coefexps")
    blamed(finished, remade(finished, 2, certs_signature=forged), 2, "did not sign this list of certificates")


def test_a_reveal_for_other_commits_shows_that_somebody_mixed_them_up(finished: Any) -> None:
    another = [*finished.commits[:2], commit(finished.context, 3).commit]
    message = remade(finished, 2, commits=another)
    with pytest.raises(FaultyCoordinatorError, match="trustee 2 has revealed to other commits than these"):
        check_reveals(finished.context, finished.commits, with_reveal(finished, message))


def test_a_reveal_of_an_earlier_ceremony_of_the_same_poll_is_found_out(
    finished: Any, hold_ceremony: Callable[..., Any]
) -> None:
    earlier = hold_ceremony()
    with pytest.raises(FaultyTrusteeError, match="did not sign its reveal"):
        check_reveals(finished.context, finished.commits, with_reveal(finished, earlier.reveals[1]))


def test_a_whole_round_is_read_with_the_culprits_number(finished: Any) -> None:
    values = [message.to_value() for message in finished.commits]
    forged = {"challenge": "1", "response": "1"}
    with pytest.raises(FaultyTrusteeError, match="cannot be accepted: commit of trustee 2") as caught:
        parse_round(
            finished.context,
            "commit",
            [values[0], values[1] | {"signature": forged}, values[2]],
            Commit.from_value,
        )
    assert caught.value.index == 2
    with pytest.raises(FaultyCoordinatorError, match="more than one commit of trustee 1"):
        parse_round(finished.context, "commit", [values[0], values[0], values[1], values[2]], Commit.from_value)


# Bad shares and complaints.


def badly_shared(finished: Any, share: int) -> list[Reveal]:
    """Return the reveals when trustee 1 sends ``share`` to trustee 2."""
    sealed = seal_share(finished.context, 1, 2, finished.commits[1].cert.encryption, share)
    return with_reveal(finished, remade(finished, 1, shares=(None, sealed, finished.reveals[0].shares[2])))


def complaint_of(finished: Any, reveals: Sequence[Reveal]) -> Complaint:
    with pytest.raises(BadShareError) as caught:
        confirm(finished.revealed[1], finished.commits, reveals)
    assert caught.value.index == 1
    text = caught.value.complaint.to_text()
    return Complaint.from_text(finished.context, text)


def test_a_false_share_is_shown_to_everybody(finished: Any) -> None:
    reveals = badly_shared(finished, 12345)
    verdict = judge(complaint_of(finished, reveals), finished.commits, reveals)
    assert verdict.index == 1
    assert "does not fit the coefexps" in verdict.problem
    # The third trustee got a good one and sees nothing wrong.
    assert confirm(finished.revealed[2], finished.commits, reveals).secret == finished.shares[2].secret


def test_the_share_of_another_index_is_a_false_share(finished: Any) -> None:
    state = finished.committed[0]
    reveals = badly_shared(finished, polynomial_at(state.coefficients, 3, finished.context.group.q))
    assert judge(complaint_of(finished, reveals), finished.commits, reveals).index == 1


def test_a_share_sealed_for_another_trustee_cannot_be_opened(finished: Any) -> None:
    shares = finished.reveals[0].shares
    reveals = with_reveal(finished, remade(finished, 1, shares=(None, shares[2], shares[1])))
    verdict = judge(complaint_of(finished, reveals), finished.commits, reveals)
    assert verdict.index == 1
    assert "cannot be opened" in verdict.problem


def test_a_share_that_is_not_a_scalar(finished: Any) -> None:
    q = finished.context.group.q
    reveals = badly_shared(finished, q)
    verdict = judge(complaint_of(finished, reveals), finished.commits, reveals)
    assert (verdict.index, "is not a scalar" in verdict.problem) == (1, True)
    reveals = badly_shared(finished, -(10**70))
    verdict = judge(complaint_of(finished, reveals), finished.commits, reveals)
    assert (verdict.index, "is not a scalar" in verdict.problem) == (1, True)


def test_a_complaint_without_reason_falls_back_on_its_sender(finished: Any) -> None:
    state, message = finished.revealed[1], finished.reveals[0]
    Z = finished.context.group.mul(state.committed.decryption, message.shares[1].ephemeral)
    verdict = judge(complain(state, message, Z), finished.commits, finished.reveals)
    assert (verdict.index, "although the share is good" in verdict.problem) == (2, True)


def test_a_complaint_with_a_false_secret_falls_back_on_its_sender(finished: Any) -> None:
    state, message = finished.revealed[1], finished.reveals[0]
    G = finished.context.group
    Z = G.mul(state.committed.decryption, message.shares[1].ephemeral)
    for complaint in (
        complain(state, message, G.add(Z, G.generator)),
        replace(complain(state, message, Z), proof=Proof(1, 1)),
        replace(complain(state, message, Z), index=3),
    ):
        verdict = judge(complaint, finished.commits, finished.reveals)
        assert verdict.index == complaint.index
        assert "false proof" in verdict.problem


def test_a_complaint_opens_one_share_and_no_other(finished: Any) -> None:
    reveals = badly_shared(finished, 12345)
    complaint = complaint_of(finished, reveals)
    sealed = finished.reveals[2].shares[1]
    with pytest.raises(CheckFailedError, match="cannot be opened"):
        open_share(finished.context, 3, 2, sealed, complaint.secret)


def test_nobody_is_judged_on_false_rounds(finished: Any) -> None:
    reveals = badly_shared(finished, 12345)
    complaint = complaint_of(finished, reveals)
    broken = [replace(reveals[0], signature=Proof(1, 1)), *reveals[1:]]
    with pytest.raises(FaultyTrusteeError, match="did not sign its reveal"):
        judge(complaint, finished.commits, broken)


# What each trustee remembers of the rounds it saw.


def test_two_different_reveals_by_one_trustee_are_found_out(finished: Any) -> None:
    """Trustee 1 sends another, equally good reveal to trustee 2 than to the others."""
    second = reveal(finished.committed[0], finished.commits).reveal
    share = confirm(finished.revealed[1], finished.commits, with_reveal(finished, second))
    with pytest.raises(FaultyTrusteeError, match="one reveal to you and another one to others") as caught:
        check_own_part(share, finished.transcript)
    assert caught.value.index == 1
    assert check_own_part(finished.shares[2], finished.transcript) == finished.trustees


def test_a_trustee_who_saw_other_commits_finds_out(finished: Any) -> None:
    share = replace(finished.shares[0], commits=("A" * 43, *finished.shares[0].commits[1:]))
    with pytest.raises(FaultyCoordinatorError, match="another commit of trustee 1 than you were sent"):
        check_own_part(share, finished.transcript)


def test_a_trustee_whose_confirm_was_replaced_finds_out(finished: Any) -> None:
    share = replace(finished.shares[0], confirm=finished.confirms[1])
    with pytest.raises(FaultyCoordinatorError, match="another confirm of trustee 1 than you sent"):
        check_own_part(share, finished.transcript)
