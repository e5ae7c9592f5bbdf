"""The issuance log: who asked for a ticket, with what signature, and what the answer was.

A row is made once for a person and never deleted before the retention time, so that the number of rows of a ballot
style is the number of tickets that may be out. The voter's id is the key: a table in order of registration could be
laid beside the ledger. For the same reason there is no time finer than the hour.
"""

from __future__ import annotations

from django.db import models

from ippyo.identity.person import MAX_ADDRESS, MAX_NAME

__all__ = ["BoundCertificate", "Issuance", "UnclearCase"]


class Issuance(models.Model):
    """One person's request for a ticket, *pending* until ``blind_signature`` is there.

    An empty ``blinded_hash`` says that the support desk withdrew what was pending: the person's next request takes its
    place in the row, which stays and is counted.
    """

    class Kind(models.TextChoices):
        """How the request was signed."""

        SIGNED = "signed", "signed by the card"
        ATTESTED = "attested", "attested by デジタル認証"

    voter = models.OneToOneField("roll.Voter", on_delete=models.PROTECT, primary_key=True, related_name="issuance")
    style = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    request = models.TextField(help_text="canonical text of the signed or attested request")
    nonce = models.CharField(max_length=43, unique=True)
    certificate = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of issuer, serial number and issuer's key"
    )
    evidence = models.TextField(help_text="what said that the certificate holds")
    blinded_hash = models.CharField(max_length=64, help_text="SHA-256 of the message that was signed blindly")
    blind_signature = models.BinaryField(max_length=384, null=True)
    hour = models.DateTimeField(help_text="rounded down to the hour")

    def __str__(self) -> str:
        return f"issuance of {self.style}"

    @property
    def answered(self) -> bool:
        """Whether the ticket's signature has been made."""
        return self.blind_signature is not None

    @property
    def withdrawn(self) -> bool:
        """Whether another request may take the place of this one."""
        return not self.blinded_hash


class BoundCertificate(models.Model):
    """A 利用者証明用 certificate, which names nobody, and the voter whose card both keys showed it to be of."""

    certificate = models.CharField(max_length=64, primary_key=True)
    voter = models.ForeignKey("roll.Voter", on_delete=models.PROTECT, related_name="bound_certificates")
    binding = models.TextField(help_text="canonical text of the signed binding")
    evidence = models.TextField(help_text="what said that both certificates hold")
    hour = models.DateTimeField(help_text="rounded down to the hour")

    def __str__(self) -> str:
        return "bound certificate"


class UnclearCase(models.Model):
    """A card whose data fit more than one person of the roll, or nearly fit (``ambiguous``), until staff decide.

    ``voter`` is None until two members of the support desk have found out who it is.
    """

    certificate = models.CharField(max_length=64, unique=True, help_text="as in Issuance")
    name = models.CharField(max_length=MAX_NAME)
    address = models.CharField(max_length=MAX_ADDRESS)
    sex = models.CharField(max_length=8)
    birth_key = models.CharField(max_length=8)
    hour = models.DateTimeField(help_text="rounded down to the hour")
    voter = models.ForeignKey("roll.Voter", on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"unclear case {self.pk}"
