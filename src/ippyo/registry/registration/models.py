"""What registration stores: visits for half an hour, and passkeys.

docs/privacy.md lists each field with its reason. The voting code, the credential and the ticket are never here: the
server does not get them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.roll.models import Voter

__all__ = ["Passkey", "Visit"]


class Visit(models.Model):
    """One voter's way from the code to the ticket. Deleted as a whole when it ends or expires.

    ``checked`` is the accepted request with what was found about it, for issuing
    (:class:`~ippyo.registry.issuance.checks.CheckedRequest`); ``journey`` is what デジタル認証's answer will be held
    against while the voter is away; ``challenge`` waits for a passkey. Once the ticket is out, ``answer`` is what the
    device got, to give it again, and the rest is emptied.
    """

    nonce = models.BinaryField(max_length=32, unique=True)
    began = models.BigIntegerField("開始")
    expires_at = models.DateTimeField("期限", db_index=True)
    code = models.ForeignKey(RegistrationCode, on_delete=models.CASCADE, null=True, related_name="+")
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, null=True, related_name="+")
    checked = models.TextField(blank=True)
    journey = models.TextField(blank=True)
    challenge = models.BinaryField(max_length=32, null=True)
    passkey_done = models.BooleanField("パスキー確認済み", default=False)
    free_will = models.BooleanField("自由意思の確認", default=False)
    answer = models.TextField(blank=True)

    objects: ClassVar[models.Manager[Visit]] = models.Manager()

    def __str__(self) -> str:
        return f"visit {self.pk}"


class Passkey(models.Model):
    """The one passkey (パスキー) of a voter: what WebAuthn gives at registration, and its use counter.

    The voter's id is the key and there is no time, so that the table does not show in which order voters came.
    """

    voter = models.OneToOneField(Voter, on_delete=models.CASCADE, primary_key=True, related_name="passkey")
    credential_id = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[Passkey]] = models.Manager()

    def __str__(self) -> str:
        return f"passkey {self.pk}"
