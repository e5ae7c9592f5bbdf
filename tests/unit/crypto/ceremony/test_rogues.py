"""Trustees and coordinators who cheat: each is found out, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ippyo.canonical import b64, dumps
from ippyo.crypto.ceremony import (
    BadShareError,
    Commit,
    Complained,
    Complaint,
    Confirm,
    Reveal,
    check_own_part,
    check_reveals,
    commit,
    confirm,
    judge,
    parse_complaint,
    parse_reveals,
    parse_round,
    read_state,
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
from ippyo.errors import CheckFailedError, FaultyCoordinatorError, FaultyTrusteeError, InputError, ParseError


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
    state, G, R = finished.committed[2], finished.context.group, round_hash(finished.commits)
    for _ in range(10):
        coefficients = [random_scalar(G), random_scalar(G)]
        coefexps = Coefexps.make(G, state.signing, coefficients)
        key = G.total([*(message.coefexps.elements[0] for message in finished.reveals[:2]), coefexps.elements[0]])
        if G.encode(key).endswith(("0", "1", "2", "3")):
            break
    shares = [
        seal_share(finished.context, R, 3, c.index, c.cert.encryption, polynomial_at(coefficients, c.index, G.q))
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


def unproven(finished: Any, message: Reveal, problem: str) -> None:
    """Expect that ``message`` is refused and that nobody is blamed for it."""
    for check in (partial(check_reveals, finished.context), partial(confirm, finished.revealed[message.index % 3])):
        with pytest.raises(FaultyCoordinatorError, match=problem):
            check(finished.commits, with_reveal(finished, message))


def test_false_signatures(finished: Any) -> None:
    forged = Proof(1, 1)
    honest = finished.reveals[1]
    unproven(finished, replace(honest, signature=forged), "reveal of trustee 2 was not signed by trustee 2")
    unproven(finished, replace(honest, nonce=bytes(32)), "reveal of trustee 2 was not signed by trustee 2")
    unsigned = replace(honest.coefexps, signed=SignedText(honest.coefexps.signed.message, forged))
    blamed(finished, remade(finished, 2, coefexps=unsigned), 2, "did not sign its coefexps")
    blamed(finished, remade(finished, 2, certs_signature=forged), 2, "did not sign this list of certificates")


def test_no_complaint_can_be_made_to_open_the_share_of_another_sender(finished: Any) -> None:
    """Trustee 3 makes its ephemeral keys of trustee 1's, so that trustee 2's complaint would open f_1(2) for it.

    It would then send a good reveal instead, let the ceremony finish, and know the key alone.
    """
    G, mine, theirs = finished.context.group, finished.reveals[2].shares, finished.reveals[0].shares[1]
    a = random_scalar(G)
    turned = G.mul(a, theirs.ephemeral)
    R, ek = round_hash(finished.commits), finished.commits[1].cert.encryption
    own_proof = seal_share(finished.context, R, 3, 2, ek, 1, _draw=lambda _: a).proof
    for stolen in (
        replace(mine[1], ephemeral=turned),
        replace(mine[1], ephemeral=turned, proof=own_proof),
        replace(mine[1], ephemeral=turned, proof=theirs.proof),
        replace(mine[1], ephemeral=theirs.ephemeral, proof=theirs.proof),
        replace(mine[1], proof=Proof(1, 1)),
        mine[0],
    ):
        message = remade(finished, 3, shares=(mine[0], stolen, None))
        blamed(finished, message, 3, "did not prove that it made the ephemeral key of its share for 2")
        # Refused by every trustee, whoever the share is for, before anything is opened.
        with pytest.raises(FaultyTrusteeError, match="did not prove"):
            confirm(finished.revealed[1], finished.commits, with_reveal(finished, message))


def test_no_complaint_can_be_made_to_open_a_share_sent_to_other_commits(finished: Any) -> None:
    """Trustee 2 is shown a false trustee 1, which sends it a share that the true trustee 1 sealed for other commits."""
    context, false = finished.context, commit(finished.context, 1)
    commits = [false.commit, *finished.commits[1:]]
    seen = [reveal(state, commits) for state in (false, *finished.committed[1:])]
    honest, theirs = seen[0].reveal, finished.reveals[0].shares[1]
    for stolen in (theirs, replace(theirs, data=bytes(len(theirs.data)))):
        bad = replace(honest, shares=(None, stolen, honest.shares[2]))
        bad = replace(bad, signature=sign(context.group, false.signing, bad.signed_text()))
        with pytest.raises(FaultyTrusteeError, match="did not prove that it made the ephemeral key") as caught:
            confirm(seen[1], commits, [bad, seen[1].reveal, seen[2].reveal])
        assert caught.value.index == 1
        assert not isinstance(caught.value, BadShareError)


def test_a_reveal_for_other_commits_shows_that_somebody_mixed_them_up(finished: Any) -> None:
    another = [*finished.commits[:2], commit(finished.context, 3).commit]
    message = remade(finished, 2, commits=another)
    with pytest.raises(FaultyCoordinatorError, match="trustee 2 has revealed to other commits than these"):
        check_reveals(finished.context, finished.commits, with_reveal(finished, message))


def test_a_reveal_of_an_earlier_ceremony_of_the_same_poll_is_found_out(
    finished: Any, hold_ceremony: Callable[..., Any]
) -> None:
    unproven(finished, hold_ceremony().reveals[1], "reveal of trustee 2 was not signed by trustee 2")


def test_commits_and_confirms_that_cannot_be_read_name_nobody(finished: Any) -> None:
    rounds: tuple[tuple[Any, Any, str], ...] = (
        (Commit, finished.commits, "signature"),
        (Confirm, finished.confirms, "index"),
    )
    for kind, messages, field in rounds:
        texts = [message.to_text() for message in messages]
        broken = dumps(messages[1].to_value() | {field: {"challenge": "1", "response": "1"}})
        with pytest.raises(FaultyCoordinatorError, match=f"{kind.kind} in the place of trustee 2 cannot be accepted"):
            parse_round(finished.context, kind, [texts[0], broken, texts[2]])
        with pytest.raises(FaultyCoordinatorError, match=f"more than one {kind.kind} of trustee 1"):
            parse_round(finished.context, kind, [texts[0], texts[0], texts[1], texts[2]])
        assert parse_round(finished.context, kind, texts) == tuple(messages)


def test_a_reveal_that_cannot_be_read_names_its_trustee_if_signed(finished: Any) -> None:
    texts = [message.to_text() for message in finished.reveals]
    context, commits = finished.context, finished.commits
    assert parse_reveals(context, commits, texts) == tuple(finished.reveals)
    # The same shape that Reveal.make would not let through when it is read.
    first = finished.reveals[1].shares[0]
    signed = remade(finished, 2, shares=(first, first, None)).to_text()
    with pytest.raises(FaultyTrusteeError, match="signed a reveal that cannot be accepted: share from") as caught:
        parse_reveals(context, commits, [texts[0], signed, texts[2]])
    assert caught.value.index == 2
    for place, received in (
        (1, signed.replace(f'"nonce":"{b64(finished.reveals[1].nonce)}"', '"nonce":"AAAA"')),
        (1, texts[1] + " "),
        (0, signed),
        (2, signed),
    ):
        altered = [*texts]
        altered[place] = received
        with pytest.raises(FaultyCoordinatorError, match=f"in the place of trustee {place + 1} cannot be accepted"):
            parse_reveals(context, commits, altered)
    with pytest.raises(FaultyCoordinatorError, match="in the place of trustee 4 cannot be accepted"):
        parse_reveals(context, commits, [*texts, signed])
    with pytest.raises(FaultyCoordinatorError, match="reveal of trustee 3 is missing"):
        parse_reveals(context, commits, texts[:2])
    with pytest.raises(FaultyCoordinatorError, match="commit of trustee 3 is missing"):
        parse_reveals(context, commits[:2], texts)


# Bad shares and complaints.


def badly_shared(finished: Any, share: int) -> list[Reveal]:
    """Return the reveals when trustee 1 sends ``share`` to trustee 2."""
    sealed = seal_share(finished.context, finished.reveals[0].round, 1, 2, finished.commits[1].cert.encryption, share)
    return with_reveal(finished, remade(finished, 1, shares=(None, sealed, finished.reveals[0].shares[2])))


def complaint_of(finished: Any, reveals: Sequence[Reveal]) -> Complaint:
    with pytest.raises(BadShareError) as caught:
        confirm(finished.revealed[1], finished.commits, reveals)
    assert caught.value.index == 1
    text = caught.value.state.complaint.to_text()
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
    misplaced = replace(shares[1], data=shares[2].data)
    reveals = with_reveal(finished, remade(finished, 1, shares=(None, misplaced, shares[2])))
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


def test_a_trustee_that_has_complained_does_not_go_on(finished: Any) -> None:
    """The sender cannot say that it was a mistake, send a good reveal, and have learnt something by the first."""
    with pytest.raises(BadShareError) as caught:
        confirm(finished.revealed[1], finished.commits, badly_shared(finished, 12345))
    state = read_state(finished.context, caught.value.state.to_text())
    assert isinstance(state, Complained)
    with pytest.raises(InputError, match="you have complained about trustee 1, which ended this key ceremony for you"):
        confirm(state, finished.commits, finished.reveals)


def groundless(finished: Any) -> Complaint:
    """Return a complaint by trustee 2 about a good share from trustee 1."""
    state, message = finished.revealed[1], finished.reveals[0]
    Z = finished.context.group.mul(state.committed.decryption, message.shares[1].ephemeral)
    return complain(state, message, Z).complaint


def again(finished: Any, complaint: Complaint, **parts: Any) -> Complaint:
    """Return a complaint by trustee 2 with other parts, properly signed."""
    content: dict[str, Any] = {"reveal": complaint.reveal, "secret": complaint.secret, "proof": complaint.proof}
    return Complaint.make(finished.context, 2, finished.committed[1].signing, **(content | parts))


def test_a_complaint_without_reason_falls_back_on_its_sender(finished: Any) -> None:
    verdict = judge(groundless(finished), finished.commits, finished.reveals)
    assert (verdict.index, "although the share is good" in verdict.problem) == (2, True)


def test_a_complaint_with_a_false_secret_falls_back_on_its_sender(finished: Any) -> None:
    complaint, G = groundless(finished), finished.context.group
    for false in (
        again(finished, complaint, secret=G.add(complaint.secret, G.generator)),
        again(finished, complaint, proof=Proof(1, 1)),
    ):
        verdict = judge(false, finished.commits, finished.reveals)
        assert (verdict.index, "false proof" in verdict.problem) == (2, True)


def test_nobody_can_complain_in_the_name_of_another(finished: Any) -> None:
    complaint, G = groundless(finished), finished.context.group
    stranger = Complaint.make(
        finished.context, 2, 7, reveal=finished.reveals[0], secret=G.mul_base(7), proof=Proof(1, 1)
    )
    for forged in (
        stranger,
        replace(complaint, signature=Proof(1, 1)),
        replace(complaint, proof=Proof(1, 1)),
        replace(complaint, secret=G.generator),
        replace(complaint, reveal=finished.reveals[2]),
        replace(complaint, index=3),
    ):
        with pytest.raises(FaultyCoordinatorError, match=r"complaint of trustee . about trustee . was not signed"):
            judge(forged, finished.commits, finished.reveals)


def test_a_bad_reveal_for_one_and_a_good_one_for_the_others(finished: Any) -> None:
    complaint = complaint_of(finished, badly_shared(finished, 12345))
    verdict = judge(complaint, finished.commits, finished.reveals)
    assert (verdict.index, verdict.problem) == (1, "sent one reveal to trustee 2 and another one to others")


def test_a_complaint_about_a_reveal_that_nobody_sent_falls_back_on_its_sender(finished: Any) -> None:
    complaint = groundless(finished)
    for reveal_ in (
        replace(finished.reveals[0], signature=Proof(1, 1)),
        replace(finished.reveals[0], nonce=bytes(32)),
        replace(badly_shared(finished, 12345)[0], signature=finished.reveals[0].signature),
    ):
        verdict = judge(again(finished, complaint, reveal=reveal_), finished.commits, finished.reveals)
        assert (verdict.index, "that trustee 1 did not sign" in verdict.problem) == (2, True)


def test_who_was_shown_other_commits_is_not_to_blame_for_complaining(finished: Any) -> None:
    """Somebody shows trustee 2 a trustee 1 of its own making, which then sends a bad share."""
    context = finished.context
    false = commit(context, 1)
    commits = [false.commit, *finished.commits[1:]]
    seen = [reveal(state, commits) for state in (false, *finished.committed[1:])]
    sealed = seal_share(context, round_hash(commits), 1, 2, commits[1].cert.encryption, 12345)
    bad = replace(seen[0].reveal, shares=(None, sealed, seen[0].reveal.shares[2]))
    bad = replace(bad, signature=sign(context.group, false.signing, bad.signed_text()))
    with pytest.raises(BadShareError) as caught:
        confirm(seen[1], commits, [bad, seen[1].reveal, seen[2].reveal])
    complaint = caught.value.state.complaint
    assert judge(complaint, commits, [bad, seen[1].reveal, seen[2].reveal]).index == 1
    # Trustee 2 has revealed to those commits only. Whoever judges by others lacks a reveal of trustee 2 to them.
    for theirs in (seen[1].reveal, bad):
        with pytest.raises(FaultyCoordinatorError, match=r"revealed to other commits than these|was not signed by"):
            judge(complaint, finished.commits, with_reveal(finished, theirs))


def test_nobody_escapes_blame_by_complaining_about_a_reveal_to_other_commits(finished: Any) -> None:
    """Trustee 2 has revealed to these commits, so it can have been shown no others, and made this up to break off."""
    complaint = groundless(finished)
    elsewhere = [*finished.commits[:2], commit(finished.context, 3).commit]
    for made_up in (
        replace(finished.reveals[0], round="A" * 43),
        replace(finished.reveals[0], round="A" * 43, signature=Proof(1, 1)),
        remade(finished, 1, commits=elsewhere),
    ):
        verdict = judge(again(finished, complaint, reveal=made_up), finished.commits, finished.reveals)
        assert (verdict.index, verdict.problem) == (
            2,
            "complained about a reveal of trustee 1 to other commits than its own",
        )
        unsigned = replace(complaint, reveal=made_up)
        with pytest.raises(FaultyCoordinatorError, match="was not signed by trustee 2"):
            judge(unsigned, finished.commits, finished.reveals)


def test_a_complaint_that_cannot_be_read_names_its_sender_if_signed(finished: Any, other: Any) -> None:
    context, commits, complaint = finished.context, finished.commits, groundless(finished)
    assert parse_complaint(context, commits, complaint.to_text()) == complaint
    # As Complaint.make writes them, though it would not let them through when they are read.
    for parts, problem in (
        ({"reveal": finished.reveals[1]}, "is against its own sender"),
        ({"reveal": other.reveals[0]}, "the reveal of trustee 1 belongs to another key ceremony"),
        ({"secret": context.group.identity}, "complaint of trustee 2"),
    ):
        text = again(finished, complaint, **parts).to_text()
        with pytest.raises(
            FaultyTrusteeError, match=f"signed a complaint that cannot be accepted: .*{problem}"
        ) as caught:
            parse_complaint(context, commits, text)
        assert caught.value.index == 2
        false = [commits[0], commit(context, 2).commit, commits[2]]
        with pytest.raises((ParseError, FaultyCoordinatorError)):
            parse_complaint(context, false, text)
    for altered in (complaint.to_text() + " ", complaint.to_text().replace('"against":1', '"against":2'), "[]", "{}"):
        with pytest.raises(ParseError):
            parse_complaint(context, commits, altered)
    of_another = Complaint.make(
        other.context,
        2,
        finished.committed[1].signing,
        reveal=other.reveals[0],
        secret=complaint.secret,
        proof=complaint.proof,
    )
    with pytest.raises(FaultyCoordinatorError, match="complaint of trustee 2 belongs to another key ceremony"):
        parse_complaint(context, commits, of_another.to_text())
    with pytest.raises(FaultyCoordinatorError, match="commit of trustee 3 is missing"):
        parse_complaint(context, commits[:2], complaint.to_text())


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
    with pytest.raises(FaultyCoordinatorError, match="reveal of trustee 1 was not signed by trustee 1"):
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
