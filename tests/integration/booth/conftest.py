"""Booths over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import requests
from tests.waiting import until


class Visitor:
    """Somebody with a browser and no cookies."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.origin + path, headers=headers, timeout=60, allow_redirects=False)

    def hand_in(self, text: str | bytes) -> requests.Response:
        body = text.encode() if isinstance(text, str) else text
        return requests.post(f"{self.origin}/api/transactions", data=body, timeout=60)

    def outcome(self, text: str, seconds: float = 120) -> Any:
        """Hand in a text and wait for its fate: the answer with receipt or code."""
        answer = self.hand_in(text)
        assert answer.status_code == 202, answer.text
        return self.fate(answer.json()["id"], seconds)

    def fate(self, name: str, seconds: float = 120) -> Any:
        def settled() -> Any:
            value = self.get(f"/api/transactions/{name}").json()
            return value if "receipt" in value or value["state"] == "refused" else None

        return until(settled, "the fate of a text", seconds)


@pytest.fixture(scope="session")
def visitors() -> type[Visitor]:
    return Visitor


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, booth_towns: ModuleType, small_polls: ModuleType) -> Any:
    return booth_towns.Town(tmp_path_factory.mktemp("town"), small_polls)


@pytest.fixture(scope="module")
def ledger_origin(town: Any) -> Iterator[str]:
    with town.ledger() as origin:
        yield origin


@pytest.fixture(scope="module")
def running(town: Any, ledger_origin: str) -> Iterator[Any]:
    with town.booth(town.init(ledger_origin)) as booth:
        yield booth


@pytest.fixture
def visitor(running: Any) -> Visitor:
    return Visitor(running.origin)
