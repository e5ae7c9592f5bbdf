"""The polls that the agent knows by their files, so that no page can misname one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ippyo.contract.genesis import Genesis
from ippyo.errors import InputError
from ippyo.files import read_limited
from ippyo.identity.agent.jobs import BindingJob, CodeJob, InfoJob, Job, RequestJob
from ippyo.identity.agent.refusals import AgentRefusedError
from ippyo.poll.limits import GENESIS_LIMIT, MANIFEST_LIMIT
from ippyo.poll.manifest import Manifest
from ippyo.poll.text import Text

__all__ = ["KnownPoll", "KnownPolls"]


@dataclass(frozen=True, slots=True)
class KnownPoll:
    """What a voter is told of a poll, and which certificate it asks for (``signature`` or ``user``).

    ``has_letters``: voters get registration codes, without which a card yields no voting code.
    """

    fingerprint: str
    title: Text
    styles: Mapping[str, Text]
    certificate: str
    has_letters: bool

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read manifest.json and genesis.json. Raises :class:`InputError` when they do not belong together."""
        genesis_file, manifest_file = folder / "genesis.json", folder / "manifest.json"
        # A file that holds one message ends with a newline, which is not the message's.
        genesis = Genesis.from_text(read_limited(genesis_file, GENESIS_LIMIT + 1, "genesis").removesuffix(b"\n"))
        manifest = Manifest.from_text(read_limited(manifest_file, MANIFEST_LIMIT + 1, "manifest").removesuffix(b"\n"))
        if genesis.manifest != manifest.hash:
            raise InputError(f"the genesis does not belong to the poll: {folder} holds another manifest")
        styles = {style.id: style.name for style in manifest.styles}
        policies = manifest.policies
        return cls(genesis.fingerprint, manifest.title, styles, policies.certificate, policies.needs_registration_code)


@dataclass(frozen=True, slots=True)
class KnownPolls:
    """All of them. Where there are none, every poll is served, and the window says that it is not known."""

    by_fingerprint: Mapping[str, KnownPoll]

    @classmethod
    def of(cls, polls: Iterable[KnownPoll]) -> Self:
        """Gather the polls."""
        return cls({poll.fingerprint: poll for poll in polls})

    def find(self, job: Job) -> KnownPoll | None:
        """Return the poll of ``job``, or None where no polls are known.

        Raises :class:`AgentRefusedError` ``wrong-poll``, ``wrong-certificate``, and ``malformed`` for a style that the
        poll does not have, and for a voting code in a poll without letters.
        """
        if isinstance(job, InfoJob) or not self.by_fingerprint:
            return None
        poll = self.by_fingerprint.get(job.poll)
        if poll is None:
            raise AgentRefusedError("wrong-poll")
        if isinstance(job, RequestJob | CodeJob) and job.key.value != poll.certificate:
            raise AgentRefusedError("wrong-certificate")
        if isinstance(job, BindingJob) and poll.certificate != "user":
            raise AgentRefusedError("wrong-certificate")
        if isinstance(job, CodeJob) and not poll.has_letters:
            raise AgentRefusedError("malformed")
        if not set(job.styles) <= set(poll.styles):
            raise AgentRefusedError("malformed")
        return poll
