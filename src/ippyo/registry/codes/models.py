"""Registration codes and the counters of wrong attempts (docs/privacy.md lists each field with its reason)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ippyo.registry.roll.models import Voter

__all__ = ["Attempts", "RegistrationCode", "Salt"]


class RegistrationCode(models.Model):
    """One code of one voter. The code itself stands in the letter only; ``digest`` is its HMAC-SHA256 (hexadecimal).

    When a code was used is not kept: beside the ledger, it would tell whose ticket was used next.
    """

    class State(models.TextChoices):
        """A code goes made → mailed → used; from each of these it can be replaced."""

        MADE = "made", "作成"
        MAILED = "mailed", "発送"
        USED = "used", "使用済み"
        REPLACED = "replaced", "差し替え"

    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField("状態", max_length=8, choices=State, default=State.MADE)
    made_at = models.DateTimeField("作成日時")
    mailed_at = models.DateTimeField("発送日時", null=True, blank=True)
    replaced_at = models.DateTimeField("差し替え日時", null=True, blank=True)
    reason = models.CharField("差し替えの理由", max_length=200, blank=True)
    by = models.CharField("担当者", max_length=150)

    objects: ClassVar[models.Manager[RegistrationCode]] = models.Manager()

    class Meta:
        """Django's options."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["voter"], condition=~models.Q(state="replaced"), name="one_standing_code_per_voter"
            )
        ]

    def __str__(self) -> str:
        return f"registration code {self.pk}"

    @property
    def used(self) -> bool:
        """Whether a ticket was issued on it."""
        return self.state == self.State.USED


class Salt(models.Model):
    """The random salt of one day, under which addresses are hashed; gone two days later, and with it every link."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField(max_length=32)

    objects: ClassVar[models.Manager[Salt]] = models.Manager()

    def __str__(self) -> str:
        return f"salt of {self.day}"


class Attempts(models.Model):
    """Wrong attempts of one client, or of all in one hour.

    ``client`` is an HMAC under the day's salt, never an address; or ``all`` and the hour.
    """

    client = models.CharField(max_length=64, primary_key=True)
    wrong = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Attempts]] = models.Manager()

    def __str__(self) -> str:
        return f"attempts {self.client[:8]}"
