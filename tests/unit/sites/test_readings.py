"""Readings become ruby, and nothing else becomes markup."""

from __future__ import annotations

from ippyo.sites.readings import annotated, plain


def test_readings_become_ruby_and_nothing_escapes() -> None:
    assert annotated("{投票|とうひょう}する") == "<ruby>投票<rt>とうひょう</rt></ruby>する"
    assert annotated("<b>{a|<i>}") == "&lt;b&gt;<ruby>a<rt>&lt;i&gt;</rt></ruby>"
    assert plain("{投票|とうひょう}する") == "投票する"
