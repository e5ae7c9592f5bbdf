"""What the console stores: who of the staff did what, what waits for a second person, and counts by the hour.

docs/privacy.md lists each field with its reason.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from django.core.exceptions import PermissionDenied
from django.db import models

from ippyo.registry.issuance.models import UnclearCase
from ippyo.registry.roll.models import MAX_REASON, MAX_STAFF, Voter

__all__ = ["AccessEntry", "HourCount", "LogHead", "Proposal"]


class AccessEntry(models.Model):
    """One act of the staff. ``digest`` covers the entry and, by ``previous``, all before it (:mod:`.log`).

    ``voter`` is the roll's id and no foreign key: the entry outlives the person's row. ``at`` is in seconds since 1970.
    """

    number = models.BigIntegerField("番号", primary_key=True)
    at = models.BigIntegerField("日時")
    by = models.CharField("担当者", max_length=MAX_STAFF)
    act = models.CharField("操作", max_length=40)
    voter = models.BigIntegerField("対象者", null=True)
    reason = models.CharField("理由", max_length=MAX_REASON, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[AccessEntry]] = models.Manager()

    class Meta:
        """Django's options."""

        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"entry {self.number}"

    @property
    def time(self) -> datetime:
        """When it was, with its zone."""
        return datetime.fromtimestamp(self.at, UTC)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; none is ever written again."""
        if not self._state.adding:
            raise PermissionDenied
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: entries go all together, when the retention time has passed."""
        raise PermissionDenied


class LogHead(models.Model):
    """The last entry of the log, so that entries cut off its end are missed; its one row is the lock of all writers."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    objects: ClassVar[models.Manager[LogHead]] = models.Manager()

    def __str__(self) -> str:
        return f"head {self.number}"


class Proposal(models.Model):
    """What one member of staff wants to do and another must confirm, because it cannot be undone."""

    class Kind(models.TextChoices):
        """What would be done."""

        ADD = "add", "追加"
        CHANGE = "change", "訂正"
        END = "end", "資格の喪失"
        RESTORE = "restore", "資格の回復"
        MATCH = "match", "本人の照合"

    class State(models.TextChoices):
        """Open until a second person decides."""

        OPEN = "open", "確認待ち"
        DONE = "done", "実行済み"
        REFUSED = "refused", "取りやめ"

    kind = models.CharField("種別", max_length=8, choices=Kind)
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, null=True, related_name="+")
    case = models.ForeignKey(UnclearCase, on_delete=models.CASCADE, null=True, related_name="+")
    content = models.JSONField("内容", default=dict)
    reason = models.CharField("理由", max_length=MAX_REASON)
    by = models.CharField("起案者", max_length=MAX_STAFF)
    at = models.DateTimeField("起案日時")
    state = models.CharField("状態", max_length=8, choices=State, default=State.OPEN)
    decided_by = models.CharField("確認者", max_length=MAX_STAFF, blank=True)
    decided_at = models.DateTimeField("確認日時", null=True)

    objects: ClassVar[models.Manager[Proposal]] = models.Manager()

    class Meta:
        """Django's options."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class HourCount(models.Model):
    """How often something came out in one way within an hour: a number, nobody's name."""

    hour = models.DateTimeField()
    what = models.CharField(max_length=20)
    outcome = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[HourCount]] = models.Manager()

    class Meta:
        """Django's options."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["hour", "what", "outcome"], name="one_count_per_hour")]

    def __str__(self) -> str:
        return f"{self.what} {self.outcome}"
