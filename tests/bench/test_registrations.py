"""The bench of registrations, run small: it measures what happened."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).with_name("registrations.py")


@pytest.fixture
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ippyo_bench_registrations", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_measures_each_step(bench: ModuleType, small_polls: Any, tmp_path: Path) -> None:
    towns = bench.load("registry_town")
    with towns.Town.stand_up(tmp_path, small_polls, voters=6) as town:
        figures = bench.measure(town, 6, 3)
    assert figures["people"] == 6
    assert {"/api/visit", "/api/request", "/api/passkey", "/api/ticket", "/api/issue"} <= set(figures["its steps, ms"])
    assert figures["a registration, ms"]["p50"] <= figures["a registration, ms"]["p99"]
    assert set(figures["CPU, ms a registration"]) == {"devices, ledger, J-LIS", "registry 1", "registry 2"}


def test_the_blind_signature_alone(bench: ModuleType) -> None:
    figures = bench.blind_signature_ms(5)
    assert 0 < figures["p50"] <= figures["p95"]
