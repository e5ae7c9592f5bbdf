"""Bar charts as SVG, drawn by the server.

Each stands beside a table with the same numbers, so it is hidden from screen readers. Colours come from the page's
style sheet by class, as the policy on styles demands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

__all__ = ["Series", "bar_chart"]

WIDTH, HEIGHT = 640, 240
LEFT, TOP, BOTTOM = 48, 12, 28
STEPS = 4
LABEL_WIDTH = 56
"""Room for one label below the bars."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the bars: its name, and a number for each bar."""

    name: str
    values: tuple[int, ...]


def bar_chart(labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Return a chart of stacked bars, one for each label. Colours are by class, from ``series-0`` on."""
    sums = [sum(one.values[place] for one in series) for place in range(len(labels))]
    top = _ceiling(max(sums, default=0))
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">',
        *_scale(top),
        *_bars(series, len(labels), top),
        *_labels(labels),
        "</svg>",
    ]
    return mark_safe("".join(parts))  # noqa: S308 - made of numbers, and of labels that are escaped


def _ceiling(most: int) -> int:
    """Return the end of the scale: 1, 2 or 5 times a power of ten times :data:`STEPS`."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if STEPS * step * factor >= most:
                return STEPS * step * factor
        step *= 10


def _height(value: float, top: int) -> float:
    return (HEIGHT - TOP - BOTTOM) * value / top


def _scale(top: int) -> list[str]:
    parts = []
    for step in range(STEPS + 1):
        value = top * step // STEPS
        y = HEIGHT - BOTTOM - _height(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
    return parts


def _bars(series: Sequence[Series], count: int, top: int) -> list[str]:
    parts = []
    slot = (WIDTH - LEFT) / max(count, 1)
    width = max(slot * 0.8, 0.5)
    floors = [0] * count
    for number, one in enumerate(series):
        for place, value in enumerate(one.values):
            if not value:
                continue
            floors[place] += value
            x = LEFT + slot * place + (slot - width) / 2
            y = HEIGHT - BOTTOM - _height(floors[place], top)
            parts.append(
                f'<rect class="series-{number}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{_height(value, top):.1f}"/>'
            )
    return parts


def _labels(labels: Sequence[str]) -> list[str]:
    slot = (WIDTH - LEFT) / max(len(labels), 1)
    every = max(1, -int(-LABEL_WIDTH // slot))
    return [
        f'<text class="tick" x="{LEFT + slot * (place + 0.5):.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(label)}</text>"
        for place, label in enumerate(labels)
        if place % every == 0
    ]
