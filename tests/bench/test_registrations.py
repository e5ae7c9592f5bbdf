"""The bench of registrations, run small: it measures what happened."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from tests import registry_town
from tests.bench import registrations


def test_it_measures_each_step(small_polls: ModuleType, tmp_path: Path) -> None:
    with registry_town.Town.stand_up(tmp_path, small_polls, voters=6) as town:
        figures = registrations.measure(town, 6, 3)
    assert figures["people"] == 6
    assert {"/api/visit", "/api/request", "/api/passkey", "/api/ticket", "/api/issue"} <= set(figures["its steps, ms"])
    assert figures["a registration, ms"]["p50"] <= figures["a registration, ms"]["p99"]
    assert set(figures["CPU, ms a registration"]) == {"devices, ledger, J-LIS", "registry 1", "registry 2"}


def test_the_blind_signature_alone() -> None:
    figures = registrations.blind_signature_ms(5)
    assert 0 < figures["p50"] <= figures["p95"]
