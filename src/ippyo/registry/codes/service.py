"""The life of a registration code: made, mailed, used for a ticket, replaced.

A code that came back in clear stands in the letter only: making returns it once, and it cannot be had again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from ippyo.errors import InputError, ParseError
from ippyo.identity.errors import IdentityRefusedError
from ippyo.registry.codes.code import CodeText, possible_digests
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.roll.models import MAX_REASON, Voter

__all__ = ["NewCode", "make", "mark_mailed", "redeem", "replace", "spend"]

BATCH = 1000

State = RegistrationCode.State


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code just made, in clear, for the voter's letter."""

    voter: Voter
    code: CodeText = field(repr=False)


def make(voters: Iterable[Voter], by: str) -> Iterator[NewCode]:
    """Make a code for each of ``voters`` that may vote and has none; yields them in the order given.

    A batch is in the database before its codes are yielded. ``by`` names the member of staff. Whoever takes the codes
    within one transaction has all of them or none.
    """
    batch: list[Voter] = []
    for voter in voters:
        batch.append(voter)
        if len(batch) == BATCH:
            yield from _make_batch(batch, by)
            batch = []
    yield from _make_batch(batch, by)


def _make_batch(batch: Collection[Voter], by: str) -> Iterator[NewCode]:
    standing = set(
        RegistrationCode.objects.filter(voter__in=batch)
        .exclude(state=State.REPLACED)
        .values_list("voter_id", flat=True)
    )
    wanted = [voter for voter in batch if voter.status == Voter.Status.ENTITLED and voter.pk not in standing]
    made = [NewCode(voter, CodeText.generate()) for voter in wanted]
    now = timezone.now()
    RegistrationCode.objects.bulk_create(
        [RegistrationCode(voter=new.voter, digest=new.code.digest(), made_at=now, by=by) for new in made]
    )
    yield from made


def mark_mailed(voters: Iterable[Voter] | None = None) -> int:
    """Note that the letters went out: of all codes made, or of those of ``voters``. Returns how many there were."""
    codes = RegistrationCode.objects.filter(state=State.MADE)
    if voters is not None:
        codes = codes.filter(voter__in=list(voters))
    return codes.update(state=State.MAILED, mailed_at=timezone.now())


@transaction.atomic
def replace(voter: Voter, reason: str, by: str) -> NewCode:
    """Make a new code for somebody whose letter is lost or was seen; the old one becomes ``replaced-code`` at once.

    A code that has served for a ticket can be replaced, too: the new one leads to the same ticket, no other. Raises
    :class:`InputError` for somebody who may not vote, and for a reason that is missing or too long.
    """
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InputError(f"give a reason of at most {MAX_REASON} characters for a new registration code")
    # The voter's row is the lock: two members of staff at once would otherwise make two codes.
    voter = Voter.objects.select_for_update().get(pk=voter.pk)
    if voter.status != Voter.Status.ENTITLED:
        raise InputError("this person may not vote any more, and gets no registration code")
    now = timezone.now()
    RegistrationCode.objects.filter(voter=voter).exclude(state=State.REPLACED).update(
        state=State.REPLACED, replaced_at=now, reason=reason.strip(), by=by
    )
    new = NewCode(voter, CodeText.generate())
    RegistrationCode.objects.create(voter=voter, digest=new.code.digest(), made_at=now, by=by)
    return new


def redeem(text: str) -> RegistrationCode:
    """Return the code that a person typed, with its voter; nothing changes.

    Until a ticket is issued, a code opens any number of visits. Afterwards ``.used`` is true, and the caller must go on
    only if the card turns out to be that of ``.voter``, who then gets the answer given before. Anybody else gets
    ``not-on-roll``, as before the ticket, so that a letter found does not tell whether its owner has registered. The
    brake of :mod:`.attempts` is the caller's, too.

    Raises :class:`IdentityRefusedError`: ``wrong-code`` (mistyped or unknown), ``replaced-code``.
    """
    try:
        code = CodeText.parse(text)
    except ParseError as error:
        raise IdentityRefusedError("wrong-code", error.problem) from None
    found = RegistrationCode.objects.select_related("voter").filter(digest__in=possible_digests(code)).first()
    if found is None:
        raise IdentityRefusedError("wrong-code", "is not one of this poll's codes")
    if found.state == State.REPLACED:
        raise IdentityRefusedError("replaced-code")
    return found


def spend(code: RegistrationCode) -> None:
    """Mark ``code`` as used by the ticket being issued; call it in the transaction that issues. Again is no harm.

    Raises :class:`IdentityRefusedError` (``replaced-code``) if staff replaced the code meanwhile.
    """
    standing = RegistrationCode.objects.filter(pk=code.pk).exclude(state__in=[State.REPLACED, State.USED])
    # No time is kept: beside the ledger, it would tell whose ticket was used next.
    if not standing.update(state=State.USED):
        code.refresh_from_db()
        if code.state == State.REPLACED:
            raise IdentityRefusedError("replaced-code")
        return
    code.state = State.USED
