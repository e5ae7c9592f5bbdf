"""The Django application of this folder."""

from django.apps import AppConfig


class IssuanceConfig(AppConfig):
    """See the package."""

    name = "ippyo.registry.issuance"
    label = "issuance"
    default_auto_field = "django.db.models.BigAutoField"
