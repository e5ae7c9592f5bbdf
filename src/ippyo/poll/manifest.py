"""The manifest (選挙定義): everything that is fixed before the first key is made.

One manifest has one canonical text (protocol §3), whose hash ``mh`` runs through tickets, proofs and officers' acts.
A :class:`Manifest` that exists keeps every rule; decoding and building both check them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ippyo.canonical import dumps, fields, loads, require_canonical, sha256_b64
from ippyo.errors import InputError, ParseError
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.limits import MANIFEST_LIMIT, MAX_CONTESTS, MAX_ISSUERS, MAX_OFFICERS, MAX_STYLES, MAX_TRUSTEES
from ippyo.poll.policies import Policies, Quorum
from ippyo.poll.rules import Problem, identifier, line, one_of, prose, refuse, shown, unique, whole
from ippyo.poll.text import Text

__all__ = [
    "GROUP_NAMES",
    "LAST_TIME",
    "MANIFEST_LIMIT",
    "Answer",
    "BallotStyle",
    "Contest",
    "Manifest",
    "Policies",
    "Quorum",
    "Text",
]

GROUP_NAMES = ("Ed25519", "BELENIOS-2048", "RFC-3526-2048")
"""The groups a manifest may name; ``crypto`` builds exactly these."""

LAST_TIME = 253_370_764_799
"""The last second of the year 9998 (UTC): calendars and millisecond times stay exact in every language."""

_VERSION = 1
_FIELDS = (
    *("version", "id", "title", "group", "opens", "closes", "policies"),
    *("trustees", "issuers", "officers", "styles", "contests"),
)


@dataclass(frozen=True, slots=True)
class BallotStyle:
    """A ballot style (投票区・対象区分): the contests, by id, that a group of voters may vote in."""

    id: str
    name: Text
    contests: tuple[str, ...]

    def __post_init__(self) -> None:
        refuse(f"style {shown(self.id)}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from identifier("id", self.id)
        yield from self.name.problems("name", line)
        if not self.contests:
            yield Problem(("contests",), "is empty: these voters could vote on nothing")
        yield from unique("contests", self.contests)

    @classmethod
    def from_value(cls, value: object) -> BallotStyle:
        """Decode one entry of ``"styles"``. Raises :class:`ippyo.errors.ParseError`."""
        read = fields(value, "style", "id", "name", "contests")
        return cls(
            id=read.text("id"),
            name=Text.from_value(read.raw("name"), "name of a style"),
            contests=tuple(read.texts("contests", limit=MAX_CONTESTS, least=1)),
        )

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {"id": self.id, "name": self.name.to_value(), "contests": list(self.contests)}


@dataclass(frozen=True)
class Manifest:
    """A whole poll.

    ``opens`` and ``closes`` are seconds since 1970-01-01 UTC; voting is open from the one up to, not including, the
    other. ``issuers`` are the names of those who sign tickets; ``profile`` names the template used.
    """

    id: str
    title: Text
    description: Text | None
    group: str
    opens: int
    closes: int
    policies: Policies
    trustees: Quorum
    issuers: tuple[str, ...]
    officers: Quorum
    styles: tuple[BallotStyle, ...]
    contests: tuple[Contest, ...]
    profile: str | None = None

    def __post_init__(self) -> None:
        refuse("manifest", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from identifier("id", self.id)
        if self.profile is not None:
            yield from identifier("profile", self.profile)
        yield from self.title.problems("title", line)
        if self.description is not None:
            yield from self.description.problems("description", prose)
        yield from one_of("group", self.group, GROUP_NAMES)
        yield from whole("opens", self.opens, 0, LAST_TIME)
        yield from whole("closes", self.closes, 0, LAST_TIME)
        if self.opens >= self.closes:
            yield Problem(("closes",), "must be later than opens")
        yield from self.trustees.problems("trustees", MAX_TRUSTEES)
        yield from self.officers.problems("officers", MAX_OFFICERS)
        yield from self._issuer_problems()
        yield from self._contest_problems()

    def _issuer_problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.issuers) <= MAX_ISSUERS:
            yield Problem(("issuers",), f"are {len(self.issuers)}, not 1 to {MAX_ISSUERS}")
        for position, name in enumerate(self.issuers):
            for problem in line(position, name):
                yield problem.under("issuers")
        yield from unique("issuers", self.issuers)

    def _contest_problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.contests) <= MAX_CONTESTS:
            yield Problem(("contests",), f"are {len(self.contests)}, not 1 to {MAX_CONTESTS}")
        if not 1 <= len(self.styles) <= MAX_STYLES:
            yield Problem(("styles",), f"are {len(self.styles)}, not 1 to {MAX_STYLES}")
        yield from unique("contests", [contest.id for contest in self.contests], "id")
        yield from unique("styles", [style.id for style in self.styles], "id")
        order = {contest.id: position for position, contest in enumerate(self.contests)}
        for position, style in enumerate(self.styles):
            unknown = [contest for contest in style.contests if contest not in order]
            for contest in unknown:
                place = ("styles", position, "contests", style.contests.index(contest))
                yield Problem(place, f"{shown(contest)} is not a contest of this poll")
            places = [order[contest] for contest in style.contests if contest in order]
            if places != sorted(places):
                yield Problem(("styles", position, "contests"), "do not stand in the order of the poll's contests")
        voted = {contest for style in self.styles for contest in style.contests}
        for position, contest_id in enumerate(order):
            if contest_id not in voted:
                yield Problem(
                    ("contests", position, "id"), f"{shown(contest_id)} stands in no style: nobody could vote"
                )

    @cached_property
    def text(self) -> str:
        """The canonical text ``M``."""
        return dumps(self._value())

    @cached_property
    def hash(self) -> str:
        """The manifest hash ``mh``, 43 characters of Base64."""
        return sha256_b64(f"ippyo-manifest-v1|{self.text}")

    def contest(self, contest_id: str) -> Contest:
        """Return the contest with this id. Raises :class:`ippyo.errors.InputError` if there is none."""
        for contest in self.contests:
            if contest.id == contest_id:
                return contest
        raise InputError(f"The poll has no contest {shown(contest_id)}.")

    def style(self, style_id: str) -> BallotStyle:
        """Return the ballot style with this id. Raises :class:`ippyo.errors.InputError` if there is none."""
        for style in self.styles:
            if style.id == style_id:
                return style
        raise InputError(f"The poll has no ballot style {shown(style_id)}.")

    @classmethod
    def from_text(cls, text: str | bytes) -> Manifest:
        """Decode a frozen manifest.

        Raises :class:`ippyo.errors.ParseError` unless it is canonical and keeps the rules.
        """
        value = loads(text, what="manifest", limit=MANIFEST_LIMIT)
        read = fields(value, "manifest", *_FIELDS, optional=("profile", "description"))
        if read.integer("version") != _VERSION:
            raise ParseError("manifest", f"has a version other than {_VERSION}; a newer ippyo may read it")
        manifest = cls(
            id=read.text("id"),
            profile=read.text("profile") if "profile" in read else None,
            title=Text.from_value(read.raw("title"), "title of the manifest"),
            description=Text.from_value(read.raw("description"), "description of the manifest")
            if "description" in read
            else None,
            group=read.text("group"),
            opens=read.integer("opens"),
            closes=read.integer("closes"),
            policies=Policies.from_value(read.raw("policies")),
            trustees=Quorum.from_value(read.raw("trustees"), "trustees"),
            issuers=tuple(read.texts("issuers", limit=MAX_ISSUERS, least=1)),
            officers=Quorum.from_value(read.raw("officers"), "officers"),
            styles=tuple(read.map("styles", BallotStyle.from_value, limit=MAX_STYLES, least=1)),
            contests=tuple(read.map("contests", Contest.from_value, limit=MAX_CONTESTS, least=1)),
        )
        require_canonical(text, manifest.text, what="manifest")
        return manifest

    def to_text(self) -> str:
        """Return the canonical text, without a newline at the end."""
        return self.text

    def _value(self) -> dict[str, object]:
        value: dict[str, object] = {"version": _VERSION, "id": self.id}
        if self.profile is not None:
            value["profile"] = self.profile
        value["title"] = self.title.to_value()
        if self.description is not None:
            value["description"] = self.description.to_value()
        return value | {
            "group": self.group,
            "opens": self.opens,
            "closes": self.closes,
            "policies": self.policies.to_value(),
            "trustees": self.trustees.to_value(),
            "issuers": list(self.issuers),
            "officers": self.officers.to_value(),
            "styles": [style.to_value() for style in self.styles],
            "contests": [contest.to_value() for contest in self.contests],
        }
