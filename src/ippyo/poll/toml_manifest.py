"""Election definitions as officers write them (TOML, docs/manifest.md) → :class:`~ippyo.poll.manifest.Manifest`.

The rules live in the manifest's classes; this module fills in defaults and says on which line a rule was broken.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import TypeVar

from ippyo.errors import InputError
from ippyo.poll.ballot_size import largest_ballot
from ippyo.poll.contest import MAX_NUMBER, Answer, Contest
from ippyo.poll.limits import BALLOT_LIMIT, MANIFEST_LIMIT
from ippyo.poll.manifest import LAST_TIME, BallotStyle, Manifest, Policies, Quorum
from ippyo.poll.rules import Path, RuleError, identifier, shown
from ippyo.poll.text import Text
from ippyo.poll.toml_lines import LineIndex
from ippyo.poll.toml_table import Finding, ManifestError, Report, Table

__all__ = ["Finding", "ManifestError", "Reading", "parse_manifest", "read_manifest_file"]

T = TypeVar("T")

_TOP = (
    *("id", "profile", "title", "description", "group", "opens", "closes", "issuers"),
    *("policies", "trustees", "officers", "contests", "styles"),
)
_POLICIES = ("certificate", "channels", "second_factor", "anonymity", "revote", "places")
_CONTEST = ("id", "kind", "title", "description", "min", "max", "blank", "tally", "answers")
_STYLE = ("id", "name", "contests")
_QUORUM = ("total", "threshold")
_ANSWER = ("id", "number", "name", "furigana", "statement")

_DEFAULT_POLICIES = Policies(
    "signature",
    ("card-reader", "digital-auth"),
    "registration-code",
    "blind-ticket",
    "last-counts",
    ("kiosk", "remote"),
)
_DEFAULT_TOTAL = 3
_FOR_AND_AGAINST = (
    Answer("for", 1, Text("賛成", "For"), "さんせい"),
    Answer("against", 2, Text("反対", "Against"), "はんたい"),
)
# What stands in for a text of a value that has a mistake already.
_WORD = Text("?", "?")


@dataclass(frozen=True, slots=True)
class Reading:
    """A manifest, and what its author may want to reconsider before freezing it; ``closes_line`` is where that is."""

    manifest: Manifest
    warnings: tuple[Finding, ...]
    closes_line: int


def read_manifest_file(path: FilePath | str) -> Reading:
    """Read an election definition with its warnings. Raises :class:`ManifestError` or another InputError."""
    try:
        with FilePath(path).open("rb") as file:
            # Not more than that, or a device without an end would be read for ever.
            raw = file.read(len(BOM_UTF8) + MANIFEST_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if len(raw.removeprefix(BOM_UTF8)) > MANIFEST_LIMIT:
        raise ManifestError([_too_long(str(path))])
    try:
        # Windows editors put a byte order mark in front.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ManifestError([Finding(str(path), line, "is not UTF-8 text; save the file in UTF-8")]) from None
    return parse_manifest(text, str(path))


def parse_manifest(text: str, file: str = "manifest.toml") -> Reading:
    """Read an election definition from TOML ``text``; ``file`` is its name in messages.

    Raises :class:`ManifestError` with every mistake and its line.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MANIFEST_LIMIT:
        raise ManifestError([_too_long(file)])
    text = text.replace("\r\n", "\n")
    try:
        tree = tomllib.loads(text)
        report = Report(file, LineIndex(text))
    except RecursionError:
        raise ManifestError([Finding(file, 1, "is nested too deeply")]) from None
    except ValueError as error:
        raise ManifestError([_syntax_finding(file, text, str(error))]) from None
    built = _manifest(Table(report, (), tree, _TOP))
    # Advice comes with the mistakes, not only after them.
    if built is not None:
        _advise(report, built)
    _advise_composition(report, text)
    return Reading(report.outcome(built), report.warnings(), report.line(("closes",)))


def _too_long(file: str) -> Finding:
    return Finding(file, 1, f"is longer than {MANIFEST_LIMIT} bytes")


def _syntax_finding(file: str, text: str, message: str) -> Finding:
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    problem = message[: place.start()] if place else message
    wide = sorted(set("＝“”「」［］｛｝，") & set(text.split("\n")[line - 1]))
    hint = f"; use half-width signs instead of {' '.join(wide)}" if wide else ""
    return Finding(file, line, f"is not TOML: {problem[:1].lower()}{problem[1:]}{hint}")


def _built(report: Report, path: Path, build: Callable[[], T]) -> T | None:
    """Return what ``build`` makes, or report all the rules it breaks."""
    try:
        return build()
    except RuleError as error:
        for problem in error.problems:
            report.error((*path, *problem.path), problem.text)
        return None


def _manifest(top: Table) -> Manifest | None:
    contests = tuple(_contest(table, number) for number, table in enumerate(top.tables("contests", _CONTEST), 1))
    top.require("contests")

    def build() -> Manifest:
        return Manifest(
            id=top.text("id"),
            profile=top.text("profile") if "profile" in top else None,
            title=top.bilingual("title"),
            description=top.optional_bilingual("description"),
            group=top.text("group", "Ed25519"),
            opens=top.moment("opens", 0),
            closes=top.moment("closes", LAST_TIME),
            policies=_policies(top.table("policies", _POLICIES)),
            trustees=_quorum(top.table("trustees", _QUORUM)),
            issuers=tuple(top.strings("issuers")),
            officers=_quorum(top.table("officers", _QUORUM)),
            styles=_styles(top, contests),
            contests=contests,
        )

    manifest = _built(top.report, top.path, build)
    if manifest is not None:
        _check_ballot_sizes(top.report, manifest)
    return manifest


def _policies(table: Table) -> Policies:
    default = _DEFAULT_POLICIES

    def build() -> Policies:
        return Policies(
            certificate=table.text("certificate", default.certificate),
            channels=tuple(sorted(set(table.strings("channels", default.channels)))),
            second_factor=table.text("second_factor", default.second_factor),
            anonymity=table.text("anonymity", default.anonymity),
            revote=table.text("revote", default.revote),
            places=tuple(sorted(set(table.strings("places", default.places)))),
        )

    return _built(table.report, table.path, build) or default


def _quorum(table: Table) -> Quorum:
    total = table.integer("total", _DEFAULT_TOTAL)
    if "threshold" not in table:
        table.report.silence((*table.path, "threshold"))
    return Quorum(total, table.integer("threshold", max(total, 1) // 2 + 1))


def _contest(table: Table, number: int) -> Contest:
    kind = table.text("kind")
    answers = tuple(
        _answer(entry, position) for position, entry in enumerate(table.tables("answers", _ANSWER, "name"), 1)
    )
    if kind == "referendum" and "answers" not in table:
        answers = _FOR_AND_AGAINST
    else:
        table.require("answers")
    least, most = {"per-item": (0, len(answers)), "choose": (1, None)}.get(kind, (1, 1))

    def build() -> Contest:
        return Contest(
            id=table.text("id"),
            kind=kind,
            title=table.bilingual("title"),
            description=table.optional_bilingual("description"),
            min=table.integer("min", least),
            max=table.integer("max", most),
            blank=table.boolean("blank", kind != "per-item"),
            tally=table.text("tally", "homomorphic"),
            answers=answers,
        )

    return _built(table.report, table.path, build) or Contest(
        id=_usable_id(table, number),
        kind="referendum",
        title=_WORD,
        description=None,
        min=1,
        max=1,
        blank=False,
        tally="homomorphic",
        answers=_FOR_AND_AGAINST,
    )


def _answer(table: Table, position: int) -> Answer:
    def build() -> Answer:
        return Answer(
            id=table.text("id", f"a{position}"),
            number=table.integer("number", position),
            name=table.bilingual("name"),
            furigana=table.text("furigana") if "furigana" in table else None,
            statement=table.optional_bilingual("statement"),
        )

    # The stand-in clashes with no answer that a person would write.
    return _built(table.report, table.path, build) or Answer(f"stand-in-{position}", MAX_NUMBER - position, _WORD)


def _styles(top: Table, contests: Sequence[Contest]) -> tuple[BallotStyle, ...]:
    order = list(dict.fromkeys(contest.id for contest in contests))
    if not order:
        top.report.silence(("styles",))
    if "styles" not in top:
        return (BallotStyle("all", Text("全員", "All voters"), tuple(order or ["none"])),)
    return tuple(_style(table, number, order) for number, table in enumerate(top.tables("styles", _STYLE), 1))


def _style(table: Table, number: int, order: list[str]) -> BallotStyle:
    places: set[int] = set()
    for position, contest in enumerate(table.strings("contests", order)):
        # A near miss stands for what was meant, or its contest would be reported as forgotten, too.
        near = [contest] if contest in order else get_close_matches(contest, order, n=1)
        places.update(map(order.index, near))
        if contest not in order:
            hint = f"; did you mean {near[0]!r}?" if near else ""
            path = (*table.path, "contests")
            table.report.error((*path, position), f"{shown(contest)} is not a contest of this poll{hint}")
            table.report.silence(path)
    known = tuple(order[place] for place in sorted(places))

    def build() -> BallotStyle:
        return BallotStyle(table.text("id"), table.bilingual("name"), known)

    return _built(table.report, table.path, build) or BallotStyle(_usable_id(table, number), _WORD, known or ("none",))


def _usable_id(table: Table, number: int) -> str:
    """Return the id written in a table that has other mistakes, so that what refers to it is not reported as well."""
    written = table.text("id")
    return f"stand-in-{number}" if any(identifier("id", written)) else written


def _check_ballot_sizes(report: Report, manifest: Manifest) -> None:
    for position, contest in enumerate(manifest.contests):
        size = largest_ballot(manifest.group, contest)
        if size > BALLOT_LIMIT:
            report.error(
                ("contests", position),
                f"has ballots of up to {size} bytes with {manifest.group}, more than the {BALLOT_LIMIT} allowed; "
                "use the group Ed25519 or fewer answers",
            )


def _advise(report: Report, manifest: Manifest) -> None:
    if manifest.trustees.threshold == 1:
        report.warn(("trustees",), "a threshold of 1 lets any single trustee open the votes")
    if manifest.officers.threshold == 1:
        report.warn(("officers",), "a threshold of 1 lets one officer act alone; irreversible steps need two")
    if len(manifest.issuers) == 1:
        report.warn(("issuers",), "a single issuer could make tickets alone; name a second, independent one")
    if "remote" in manifest.policies.places and not manifest.policies.needs_registration_code:
        report.warn(
            ("policies", "second_factor"),
            "without registration codes, any service that lets cards sign hashes for it could register its users here, "
            'and vote for them; set "registration-code" or "both"',
        )
    for position, contest in enumerate(manifest.contests):
        names = [answer.name.ja for answer in contest.answers]
        for place, name in enumerate(names):
            if name in names[:place] and name != _WORD.ja:
                report.warn(("contests", position, "answers", place, "name"), f"{name!r} is the name of another answer")


def _advise_composition(report: Report, text: str) -> None:
    """Advise against decomposed kana (か + ゛), which some file systems and PDF files give.

    Only what composing makes shorter counts. Normalising would also swap compatibility ideographs, and with them the
    way people write their own names, so nothing is changed here.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if len(unicodedata.normalize("NFC", line)) < len(line):
            report.warn_line(number, "holds letters and their marks as separate characters; type them again")
