"""What an act of the officers does, in a sentence: nobody should sign what can only be read as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from ippyo.audit.report import printable
from ippyo.cli.language import is_japanese, say, spoken, told
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Act, Audit, Close, Open, ResultAct, Tally
from ippyo.errors import InputError
from ippyo.poll.contest import Contest

__all__ = ["act_name", "act_words", "sentence"]


def act_words(poll: Poll, act: Act) -> Iterator[str]:
    """Yield what signing ``act`` means, with the counts by name for a result."""
    yield say("この内容に署名します: ", "You are signing: ") + act_name(poll, act)
    if isinstance(act, ResultAct):
        yield from _counts(poll.manifest.contest(act.contest), act.result)


def act_name(poll: Poll, act: Act) -> str:
    """Return what ``act`` does. Raises :class:`InputError` for a contest that the poll does not have."""
    title = spoken(poll.manifest.title)
    match act:
        case Open():
            return say(f"「{title}」の投票箱を開く", f"open the poll “{title}”")
        case Close():
            return say(f"「{title}」を締め切る", f"close the poll “{title}”")
        case Tally(contest=contest, num_tallied=ballots):
            name = _contest(poll, contest)
            return say(
                f"「{title}」の「{name}」の集計（{ballots:,} 票、暗号のまま）",
                f"the encrypted tally of “{name}” in “{title}”, of {ballots:,} ballots",
            )
        case ResultAct(contest=contest):
            name = _contest(poll, contest)
            return say(f"「{title}」の「{name}」の結果", f"the result of “{name}” in “{title}”")
        case Audit(subject=subject):
            name = printable(subject)
            return say(
                f"「{title}」の監査の報告書「{name}」を台帳に記す",
                f"put the report “{name}” on the ledger of “{title}”",
            )
    raise TypeError(act.kind)


def sentence(problem: str) -> str:
    """Return a refusal's detail as a sentence in the reader's language."""
    return told(problem) if is_japanese() else f"{problem[:1].upper()}{problem[1:]}."


def _contest(poll: Poll, contest: str) -> str:
    return spoken(poll.manifest.contest(contest).title)


def _counts(contest: Contest, counts: tuple[int, ...]) -> Iterator[str]:
    names = [spoken(answer.name) for answer in contest.answers]
    if contest.blank:
        names.insert(0, say("白票", "blank"))
    if len(names) != len(counts):
        problem = say("得票数の数が、選択肢の数と合いません。", "it does not have one count for each answer")
        raise InputError(problem)
    for name, count in zip(names, counts, strict=True):
        yield f"  {count:>10,}  {name}"
