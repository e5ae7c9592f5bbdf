"""The access log's chain: whatever is changed, removed or cut off shows."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from ippyo.registry.console import log
from ippyo.registry.console.models import AccessEntry, LogHead

pytestmark = pytest.mark.django_db


@pytest.fixture
def four_entries() -> None:
    for number in range(1, 5):
        log.record("hanako", "look", number, "a call")


def test_an_empty_log_is_whole() -> None:
    assert log.broken_at() is None


@pytest.mark.usefixtures("four_entries")
def test_a_whole_log() -> None:
    assert log.broken_at() is None
    lines = list(log.entries_text(3))
    assert len(lines) == 3
    assert '"reason":"a call"' in lines[0]


@pytest.mark.usefixtures("four_entries")
@pytest.mark.parametrize("field", ["by", "act", "reason", "voter", "at", "digest", "previous"])
def test_a_changed_entry(field: str) -> None:
    AccessEntry.objects.filter(number=2).update(**{field: 7 if field in {"voter", "at"} else "x"})
    assert log.broken_at() == 2


@pytest.mark.usefixtures("four_entries")
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_removed_entry(number: int) -> None:
    AccessEntry.objects.filter(number=number).delete()
    assert log.broken_at() == number


@pytest.mark.usefixtures("four_entries")
def test_a_log_without_its_head() -> None:
    LogHead.objects.all().delete()
    assert log.broken_at() == 5


@pytest.mark.usefixtures("four_entries")
def test_a_head_that_was_put_back() -> None:
    LogHead.objects.update(number=3, digest=AccessEntry.objects.get(number=3).digest)
    assert log.broken_at() == 5


@pytest.mark.usefixtures("four_entries")
def test_a_head_of_another_log() -> None:
    LogHead.objects.update(digest="0" * 64)
    assert log.broken_at() == 5


@pytest.mark.usefixtures("four_entries")
def test_an_entry_that_is_added_meanwhile_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    content = log._content

    def while_somebody_looks(entry: AccessEntry) -> str:
        if entry.number == 4:
            monkeypatch.setattr(log, "_content", content)
            log.record("jiro", "look", 5, "a letter")
        return content(entry)

    monkeypatch.setattr(log, "_content", while_somebody_looks)
    assert log.broken_at() is None
    assert AccessEntry.objects.count() == 5


@pytest.mark.usefixtures("four_entries")
def test_entries_are_written_once() -> None:
    entry = AccessEntry.objects.get(number=1)
    with pytest.raises(PermissionDenied):
        entry.save()
    with pytest.raises(PermissionDenied):
        entry.delete()
