"""What to tell a voter when something does not go on: for each refusal a title, what happened, and the way on.

The Japanese sentences are the keys of the English catalogue (``locale/en``); a test holds both complete. No sentence
blames the voter, and each names a way that is still open.
"""

from __future__ import annotations

from ippyo.registry.registration.guidance.card import CARD, CERTIFICATE, DIGITAL_AUTH
from ippyo.registry.registration.guidance.topic import Guidance, Topic
from ippyo.registry.registration.guidance.way import CODE, PAGE, ROLL, STEPS, TICKET

__all__ = ["GUIDANCE", "TOPICS"]

TOPICS: tuple[Topic, ...] = (CODE, CARD, CERTIFICATE, DIGITAL_AUTH, ROLL, STEPS, TICKET, PAGE)
"""In the order of a voter's way, for a page to look a refusal up."""

GUIDANCE: dict[str, Guidance] = {code: entry for topic in TOPICS for code, entry in topic.entries.items()}
"""The guidance for each code: of the server (docs/registration.md §4), of card and agent, and of the page itself."""
