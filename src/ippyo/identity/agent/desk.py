"""What the agent does, one job at a time: between a page that asks, a voter who agrees, and a card that signs.

All methods may be called from several threads. They take decoded values, and raise :class:`AgentRefusedError`; what
goes wrong with a card becomes part of the job.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from threading import RLock
from typing import TypeVar

from ippyo.errors import ParseError
from ippyo.identity.agent.jobs import BindingJob, CodeJob, InfoJob, RequestJob, job_from_value
from ippyo.identity.agent.left_card import LeftCard
from ippyo.identity.agent.polls import KnownPolls
from ippyo.identity.agent.presence import Connect, Presence
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.identity.agent.signing import sign_binding, sign_request
from ippyo.identity.agent.state import Step, Work
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card_code import card_voting_code
from ippyo.identity.errors import CardError
from ippyo.identity.messages import TicketRequestText

__all__ = ["Desk"]

T = TypeVar("T")

IDLE = 120.0
"""Seconds without progress of the voter until a job ends."""

HAND_IN = 45.0
"""Seconds that a card stays open for the request after a voting code."""

FETCH = 60.0
"""Seconds that an answer waits for its page."""

CURABLE = frozenset(
    {
        "card-error",
        "card-left",
        "card-removed",
        "no-card",
        "no-reader",
        "not-a-my-number-card",
        "reader-busy",
        "several-cards",
    }
)
"""Problems that the voter cures with another card, or the same one put back; all others end the job."""


class Desk:
    """The agent's one place of work. ``kiosk``: the first window that claims a job keeps it.

    ``is_card_there`` tells whether a card lies on a reader that people share: one that stays there serves one job only.
    """

    def __init__(
        self,
        connect: Connect,
        polls: KnownPolls,
        *,
        kiosk: bool = False,
        is_card_there: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kiosk = kiosk
        self._connect = connect
        self._polls = polls
        self._clock = clock
        self._left_card = LeftCard(is_card_there)
        self._lock = RLock()
        self._work: Work | None = None

    # For the page.

    def is_busy(self) -> bool:
        """Tell whether a job is under way."""
        with self._lock:
            self.tick()
            return self._work is not None and self._work.under_way

    def start(self, origin: str, value: object) -> Work:
        """Begin a job for a page of ``origin``: ``busy``, ``malformed``, ``wrong-poll``, ``wrong-certificate``."""
        with self._lock:
            self.tick()
            job = _decoded(job_from_value, value)
            poll = self._polls.find(job)
            before = self._work
            if before is not None and before.under_way:
                if before.origin != origin:
                    raise AgentRefusedError("busy")
                before.power_off()
            self._work = work = Work(job, origin, poll, self._clock() + IDLE)
            if isinstance(job, InfoJob):
                self._inform(work)
            return work

    def result(self, origin: str, job: str, token: str) -> dict[str, object]:
        """Return how the job stands; an answer is given once."""
        with self._lock:
            work = self._of_page(origin, job, token)
            if work.step is Step.CODE:
                work.deadline = self._clock() + HAND_IN
            return work.take_answer()

    def hand_in(self, origin: str, job: str, token: str, value: object) -> dict[str, object]:
        """Take the ticket request that follows a voting code: ``malformed`` where it is not the one announced."""
        with self._lock:
            work = self._of_page(origin, job, token)
            presence = work.presence
            if not isinstance(work.job, CodeJob) or work.step is not Step.REQUEST or presence is None:
                raise AgentRefusedError("wrong-state")
            request = _decoded(TicketRequestText.from_value, value)
            if not work.job.announced(request):
                raise AgentRefusedError("malformed")
            try:
                signed = sign_request(presence.card, work.job.key, request)
            except CardError as error:
                # The code has left already: another card must not sign what belongs to it.
                self._end(work, error.code)
            else:
                self._end(work, {"signed_request": signed.to_text()})
            return {"state": "waiting"}

    def cancel(self, origin: str, job: str, token: str) -> dict[str, object]:
        """End the job at the page's wish."""
        with self._lock:
            work = self._of_page(origin, job, token)
            if not work.over:
                self._end(work, "cancelled")
            return work.take_answer()

    # For the window.

    def claim(self, key: str) -> str:
        """Return the session of the window that knows the job's key; an earlier window's session ends.

        Under ``kiosk`` the first window keeps the job: ``window-taken``.
        """
        with self._lock:
            self.tick()
            work = self._work
            if work is None or not _same(work.window_key, key):
                raise AgentRefusedError("no-job")
            if self.kiosk and work.window is not None:
                raise AgentRefusedError("window-taken")
            work.window = secrets.token_urlsafe()
            if not work.over:
                self._progress(work)
            return work.window

    def view(self, session: str) -> dict[str, object]:
        """Return what the window shows, after a look at the card."""
        with self._lock:
            work = self._of_window(session)
            if work.step is Step.CARD:
                self._find_card(work)
            return self._looked(work)

    def show_pins(self, session: str, pins: Mapping[KeyKind, str], *, last_try: bool) -> dict[str, object]:
        """Show the card what the voter typed and, when it accepts, let it do its work. Returns the new view."""
        with self._lock:
            work = self._of_window(session)
            presence = work.presence
            if work.step is not Step.PIN or presence is None:
                raise AgentRefusedError("wrong-state")
            if set(pins) != set(presence.pending):
                raise AgentRefusedError("malformed")
            self._progress(work)
            try:
                presence.show(pins, last_try=last_try)
                work.problem = None
                self._act(work, presence)
            except CardError as error:
                self._trouble(work, error.code)
            return self._looked(work)

    def give_up(self, session: str) -> dict[str, object]:
        """End the job at the voter's wish."""
        with self._lock:
            work = self._of_window(session)
            if not work.over:
                self._end(work, "cancelled")
            return work.view()

    # For the clock.

    def tick(self) -> None:
        """End what has taken too long, and forget what nobody fetches. Called from time to time."""
        with self._lock:
            work = self._work
            if work is None or self._clock() < work.deadline:
                return
            if work.over:
                self._work = None
            else:
                self._end(work, "timed-out")

    def look_at_reader(self) -> None:
        """Notice when a card is taken away. Called every second or so: nobody changes cards faster."""
        with self._lock:
            self._left_card.look()

    def close(self) -> None:
        """Power off a card in use, and forget everything."""
        with self._lock:
            work, self._work = self._work, None
            if work is not None:
                work.power_off()

    def _of_page(self, origin: str, job: str, token: str) -> Work:
        self.tick()
        work = self._work
        known = work is not None and work.under_way and work.origin == origin
        if work is None or not known or not (_same(work.id, job) and _same(work.token, token)):
            raise AgentRefusedError("no-job")
        return work

    def _of_window(self, session: str) -> Work:
        self.tick()
        work = self._work
        if work is None or work.window is None or not _same(work.window, session):
            raise AgentRefusedError("no-job")
        return work

    def _progress(self, work: Work) -> None:
        work.deadline = self._clock() + IDLE

    def _end(self, work: Work, outcome: str | dict[str, object]) -> None:
        """End with a result, or with the code of what went wrong."""
        if isinstance(outcome, str):
            work.fail(outcome)
        else:
            work.finish(outcome)
        work.deadline = self._clock() + FETCH

    def _inform(self, work: Work) -> None:
        presence = None
        try:
            presence = Presence(self._connect, ())
            present = presence.card.keys()
            tries = {key: presence.card.tries_left(key) if key in present else 0 for key in KeyKind}
            user = presence.card.algorithm(KeyKind.USER) if KeyKind.USER in present else None
        except CardError as error:
            self._end(work, error.code)
        else:
            keys = {key.value: {"tries": tries[key], "certificate": key in present} for key in KeyKind}
            self._end(work, {**keys, "algorithm": user})
        finally:
            if presence is not None:
                presence.close()

    def _find_card(self, work: Work) -> None:
        try:
            if self._left_card.belongs_to_another(work.id):
                raise CardError("card-left", "the card has been on the reader since the job before; take it away")
            work.presence = presence = Presence(self._connect, work.job.keys)
            self._left_card.serves(work.id)
            if 0 in presence.tries().values():
                raise CardError("pin-locked", "this PIN is locked; the municipal office can unlock it")
        except CardError as error:
            self._trouble(work, error.code)
            return
        work.step, work.problem = Step.PIN, None
        self._progress(work)

    def _looked(self, work: Work) -> dict[str, object]:
        """Return the view; asking a card for its tries shows whether it is still there."""
        try:
            return work.view()
        except CardError as error:
            self._trouble(work, error.code)
            return work.view()

    def _trouble(self, work: Work, code: str) -> None:
        """Note a card's problem: with the PIN typed, with the card on the reader, or with this card for good."""
        if code in {"bad-pin", "last-try", "wrong-pin"}:
            work.problem = code
        elif code in CURABLE:
            work.power_off()
            # What was said of a pulled card stays until there is one again.
            keep = code == "no-card" and work.problem == "card-removed"
            work.step, work.problem = Step.CARD, work.problem if keep else code
        else:
            self._end(work, code)

    def _act(self, work: Work, presence: Presence) -> None:
        card, job = presence.card, work.job
        match job:
            case RequestJob():
                self._end(work, {"signed_request": sign_request(card, job.key, job.request).to_text()})
            case BindingJob():
                self._end(work, {"signed_binding": sign_binding(card, job).to_text()})
            case CodeJob(styles=()):
                self._end(work, {"voting_code": card_voting_code(card, job.key, job.poll, job.letter).reveal()})
            case CodeJob():
                work.answer = {"state": "code", "code": _code_or_none(presence, job)}
                work.step = Step.CODE
                work.deadline = self._clock() + FETCH
            case InfoJob():
                raise AssertionError  # pragma: no cover - it has no window


def _code_or_none(presence: Presence, job: CodeJob) -> str | None:
    """Return the voting code, or None for a card that cannot make one: the page then draws one, for the same PIN."""
    try:
        return card_voting_code(presence.card, job.key, job.poll, job.letter).reveal()
    except CardError as error:
        if error.code != "no-card-code":
            raise
        return None


def _decoded(decode: Callable[[object], T], value: object) -> T:
    try:
        return decode(value)
    except ParseError:
        raise AgentRefusedError("malformed") from None


def _same(ours: str, theirs: str) -> bool:
    return secrets.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))
