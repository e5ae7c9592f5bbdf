"""What the roll stores about a voter, and every change of it (docs/privacy.md lists each field with its reason)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ippyo.identity.person import MAX_ADDRESS, MAX_NAME, BirthDate
from ippyo.registry.roll.groups import MAX_GROUP

__all__ = ["RollChange", "RollImport", "Voter"]

MAX_ID = 40
"""Characters of a roll number, a polling district and a ballot style."""

MAX_REASON = 200
MAX_STAFF = 150


class Voter(models.Model):
    """One person on the roll (名簿).

    ``name_key`` and ``address_key`` are the forms that :mod:`.normal` makes for comparing. ``birth_key`` is the date
    of birth as YYYYMMDD, with zeros where a part is unknown; matching starts from it, so it is indexed.
    """

    class Status(models.TextChoices):
        """Whether the person may vote, and if not, why."""

        ENTITLED = "entitled", "有権者"
        MOVED = "moved", "転出"
        DIED = "died", "死亡"
        LOST = "lost", "失権"

    class Sex(models.TextChoices):
        """As the resident register has it."""

        MALE = "male", "男"
        FEMALE = "female", "女"
        OTHER = "other", "その他"
        UNKNOWN = "unknown", "不明"

    number = models.CharField("名簿番号", max_length=MAX_ID, unique=True, null=True, blank=True)
    name = models.CharField("氏名", max_length=MAX_NAME)
    kana = models.CharField("カナ", max_length=MAX_NAME, blank=True)
    address = models.CharField("住所", max_length=MAX_ADDRESS)
    sex = models.CharField("性別", max_length=8, choices=Sex)
    birth_key = models.CharField("生年月日", max_length=8, db_index=True)
    district = models.CharField("投票区", max_length=MAX_ID, blank=True)
    style = models.CharField("対象区分", max_length=MAX_ID)
    group = models.CharField("申請区分", max_length=MAX_GROUP, blank=True)
    name_key = models.CharField(max_length=2 * MAX_NAME)
    address_key = models.CharField(max_length=2 * MAX_ADDRESS)
    status = models.CharField("状態", max_length=8, choices=Status, default=Status.ENTITLED)
    status_on = models.DateField("異動日", null=True, blank=True)

    objects: ClassVar[models.Manager[Voter]] = models.Manager()

    class Meta:
        """Django's options."""

        verbose_name = "名簿登録者"

    def __str__(self) -> str:
        # The name would get into logs and error pages.
        return f"voter {self.pk}"

    @property
    def born(self) -> BirthDate:
        """The date of birth."""
        key = self.birth_key
        return BirthDate(int(key[:4]), int(key[4:6]), int(key[6:]))


class RollImport(models.Model):
    """One file read into the roll: who did it, when, and which file it was."""

    at = models.DateTimeField("日時")
    by = models.CharField("担当者", max_length=MAX_STAFF)
    file_sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField("件数")

    objects: ClassVar[models.Manager[RollImport]] = models.Manager()

    def __str__(self) -> str:
        return f"import {self.pk}"


class RollChange(models.Model):
    """One change between the roll's date and the poll: its day and reason, who made it, and what stood there before."""

    class Kind(models.TextChoices):
        """What happened."""

        ADDED = "added", "追加"
        CHANGED = "changed", "訂正"
        MOVED = "moved", "転出"
        DIED = "died", "死亡"
        LOST = "lost", "失権"
        RESTORED = "restored", "回復"

    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField("種別", max_length=8, choices=Kind)
    on = models.DateField("異動日")
    reason = models.CharField("理由", max_length=MAX_REASON)
    by = models.CharField("担当者", max_length=MAX_STAFF)
    at = models.DateTimeField("記録日時")
    before = models.JSONField("変更前", default=dict)

    objects: ClassVar[models.Manager[RollChange]] = models.Manager()

    class Meta:
        """Django's options."""

        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"change {self.pk} of voter {self.voter_id}"
