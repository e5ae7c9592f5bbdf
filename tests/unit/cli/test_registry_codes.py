"""Letters that the font cannot set as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ippyo.cli.registry_codes import _warn_unprintable
from ippyo.registry.codes.code import CodeText
from ippyo.registry.codes.mailing import Addressee


def test_everybody_whose_address_prints_wrong_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    usual = Addressee("0", "中里5", "山田", "", "", CodeText.generate())
    odd = [replace(usual, number=f"N{number}", name="\ue000田") for number in range(30)]
    _warn_unprintable([usual, *odd])
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 30
    assert all(f" N{number} " in told.replace("の", " ") for number in range(30))
