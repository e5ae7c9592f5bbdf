"""Charts: true heights, readable scales, nothing of a label as markup."""

from __future__ import annotations

import re

import pytest

from ippyo.booth.board.charts import BOTTOM, HEIGHT, TOP, Series, bar_chart


def heights(chart: str, series: int = 0) -> list[float]:
    return [float(found) for found in re.findall(rf'series-{series}"[^>]*height="([\d.]+)"', chart)]


def test_bars_are_as_high_as_their_numbers() -> None:
    chart = bar_chart(["a", "b", "c"], [Series("x", (10, 20, 0)), Series("y", (10, 0, 0))])
    room = HEIGHT - TOP - BOTTOM
    assert heights(chart) == [room / 2, room]
    assert heights(chart, 1) == [room / 2]


@pytest.mark.parametrize(("most", "top"), [(0, 4), (1, 4), (4, 4), (5, 8), (9, 20), (100, 200), (999_999, 2_000_000)])
def test_the_scale_ends_in_a_round_number(most: int, top: int) -> None:
    ticks = re.findall(r'text-anchor="end">(\d+)<', bar_chart(["a"], [Series("x", (most,))]))
    assert [int(tick) for tick in ticks] == [top * step // 4 for step in range(5)]


def test_labels_are_escaped_and_thinned_out() -> None:
    chart = bar_chart(["<b>&"] + ["x"] * 99, [Series("x", (1,) * 100)])
    assert "<b>" not in chart
    assert "&lt;b&gt;&amp;" in chart
    assert chart.count('text-anchor="middle"') <= 12


def test_no_bars() -> None:
    assert "<rect" not in bar_chart([], [])


def test_for_the_policy_on_styles() -> None:
    chart = bar_chart(["a"], [Series("x", (1,))])
    assert "style" not in chart
    assert 'aria-hidden="true"' in chart
