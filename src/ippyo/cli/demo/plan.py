"""What each voter of the demonstration means to vote: the truth that the count has to meet.

The residents' poll of November 2022 published 452 · 443 · 418 · 193 of 1,506 votes. With 1,506 voters the plan is that
result to the last digit; other numbers scale it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.poll.choice import BLANK, Choice
from ippyo.poll.contest import Contest
from ippyo.poll.manifest import Manifest

__all__ = ["PUBLISHED", "VoterPlan", "make_plan", "scaled", "true_counts"]

PUBLISHED = {"residents-poll": (452, 443, 418, 193)}
REVOTE_SHARE = 0.08
BLANK_SHARE = 0.02
ABSTAIN_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class VoterPlan:
    """What one voter does: the choices that must count, by contest, and those of an earlier visit, if any.

    A contest that is absent gets no ballot (棄権).
    """

    style: str
    choices: dict[str, Choice]
    earlier: dict[str, Choice] | None


def scaled(figures: Sequence[int], total: int) -> list[int]:
    """Split ``total`` in the proportion of ``figures``, by largest remainder (ties to the earlier entry)."""
    whole = sum(figures)
    parts = [total * figure // whole for figure in figures]
    by_remainder = sorted(range(len(figures)), key=lambda i: (-(total * figures[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def make_plan(manifest: Manifest, voters: int) -> list[VoterPlan]:
    """Return a plan for each of ``voters`` people, the same for the same manifest and number."""
    draw = random.Random(f"ippyo demo plan {manifest.profile} {voters}")
    styles = [manifest.styles[index % len(manifest.styles)] for index in range(voters)]
    choices: list[dict[str, Choice]] = [{} for _ in range(voters)]
    for contest in manifest.contests:
        entitled = [index for index in range(voters) if contest.id in styles[index].contests]
        draw.shuffle(entitled)
        published = PUBLISHED.get(manifest.profile or "")
        if published is not None and len(published) == len(contest.answers):
            wanted = _published_choices(contest, published, len(entitled))
        else:
            wanted = [_free_choice(draw, contest) for _ in entitled]
        for index, choice in zip(entitled, wanted, strict=True):
            # Who may vote in several contests may leave one out; who has one contest came for it.
            if len(styles[index].contests) > 1 and choices[index] and draw.random() < ABSTAIN_SHARE:
                continue
            choices[index][contest.id] = choice
    return [
        VoterPlan(style.id, chosen, _earlier(draw, manifest, chosen))
        for style, chosen in zip(styles, choices, strict=True)
    ]


def _published_choices(contest: Contest, published: Sequence[int], voters: int) -> list[Choice]:
    # The published poll had no blank vote; in the smaller re-enactments a few voters leave the paper blank.
    blanks = round(voters * BLANK_SHARE) if contest.blank and voters != sum(published) else 0
    wanted: list[Choice] = [BLANK] * blanks
    for answer, count in enumerate(scaled(published, voters - blanks)):
        wanted += [_only(contest, answer)] * count
    return wanted


def _only(contest: Contest, answer: int) -> tuple[int, ...]:
    return tuple(int(index == answer) for index in range(len(contest.answers)))


def _free_choice(draw: random.Random, contest: Contest) -> Choice:
    if contest.blank and draw.random() < BLANK_SHARE:
        return BLANK
    number = draw.randint(contest.min, contest.max)
    # Earlier answers are a little more popular, so that results differ visibly.
    weights = [1 / (index + 3) for index in range(len(contest.answers))]
    chosen: set[int] = set()
    while len(chosen) < number:
        chosen.add(draw.choices(range(len(contest.answers)), weights)[0])
    return tuple(int(index in chosen) for index in range(len(contest.answers)))


def _earlier(draw: random.Random, manifest: Manifest, choices: dict[str, Choice]) -> dict[str, Choice] | None:
    if manifest.policies.revote != "last-counts" or draw.random() >= REVOTE_SHARE:
        return None
    return {contest_id: _free_choice(draw, manifest.contest(contest_id)) for contest_id in choices}


def true_counts(contest: Contest, plan: Sequence[VoterPlan]) -> tuple[list[int], int]:
    """Return the counts that the result must show, the blank count first where blank is allowed, and the voters."""
    counts = [0] * contest.choices
    cast = 0
    for voter in plan:
        choice = voter.choices.get(contest.id)
        if choice is None:
            continue
        cast += 1
        if choice is BLANK:
            counts[0] += 1
            continue
        for index, mark in enumerate(choice):
            counts[index + contest.blank] += mark
    return counts, cast
