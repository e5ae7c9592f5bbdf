"""Where the agent's one job stands, and what of it page and window are told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import Enum

from ippyo.identity.agent.jobs import InfoJob, Job
from ippyo.identity.agent.polls import KnownPoll
from ippyo.identity.agent.presence import Presence
from ippyo.identity.agent.refusals import message

__all__ = ["Step", "Work"]

TOKEN_BYTES = 32


class Step(Enum):
    """What happens next."""

    CARD = "card"
    """The voter puts the card on the reader."""
    PIN = "pin"
    """The voter types the PIN."""
    CODE = "code"
    """The page fetches the voting code."""
    REQUEST = "request"
    """The page hands in the ticket request."""
    DONE = "done"
    FAILED = "failed"


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


@dataclass(slots=True, repr=False)
class Work:
    """A job under way, or just over. ``deadline`` is on the agent's clock (seconds).

    ``answer`` is what the page may fetch once; ``problem`` the code of what the window has to say.
    """

    job: Job
    origin: str
    poll: KnownPoll | None
    deadline: float
    id: str = field(default_factory=_token)
    token: str = field(default_factory=_token)
    window_key: str = field(default_factory=_token)
    window: str | None = None
    step: Step = Step.CARD
    presence: Presence | None = None
    problem: str | None = None
    answer: dict[str, object] | None = None

    def __repr__(self) -> str:
        return f"Work({self.job.kind}, {self.step.value})"

    @property
    def over(self) -> bool:
        """Whether the card has nothing more to do."""
        return self.step in {Step.DONE, Step.FAILED}

    @property
    def under_way(self) -> bool:
        """Whether another job has to wait: the card is still needed, or the page has not fetched its answer."""
        return not self.over or self.answer is not None

    def power_off(self) -> None:
        """Let go of the card."""
        presence, self.presence = self.presence, None
        if presence is not None:
            presence.close()

    def finish(self, result: dict[str, object]) -> None:
        """End well."""
        self.power_off()
        self.step, self.problem, self.answer = Step.DONE, None, {"state": "done", "result": result}

    def fail(self, code: str) -> None:
        """End badly."""
        self.power_off()
        self.step, self.problem = Step.FAILED, code
        self.answer = {"state": "failed", "code": code, "message": message(code)}

    def take_answer(self) -> dict[str, object]:
        """Return what the page is told; an answer is told once, and a voting code brings a new token."""
        if self.answer is None:
            return {"state": "waiting"}
        answer, self.answer = self.answer, None
        self.token = _token()
        if self.step is Step.CODE:
            self.step = Step.REQUEST
            return {**answer, "token": self.token}
        return answer

    def view(self) -> dict[str, object]:
        """Return what the window shows: nothing of it is secret, and nothing of it comes from the page unread."""
        job = self.job
        known = self.poll
        names = {} if known is None else {style: name.to_value() for style, name in known.styles.items()}
        return {
            "step": self.step.value,
            "kind": job.kind,
            "origin": self.origin,
            "poll": None
            if isinstance(job, InfoJob)
            else {"fingerprint": job.poll, "title": None if known is None else known.title.to_value()},
            "styles": [] if isinstance(job, InfoJob) else [{"id": id_, "name": names.get(id_)} for id_ in job.styles],
            "pins": self._pins(),
            "problem": None if self.problem is None else {"code": self.problem, "message": message(self.problem)},
        }

    def _pins(self) -> list[dict[str, object]]:
        if self.step is not Step.PIN or self.presence is None:
            return []
        return [{"key": key.value, "tries": tries} for key, tries in self.presence.tries().items()]
