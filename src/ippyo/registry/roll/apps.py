"""The Django application of this folder."""

from django.apps import AppConfig


class RollConfig(AppConfig):
    """See the package."""

    name = "ippyo.registry.roll"
    label = "roll"
    default_auto_field = "django.db.models.BigAutoField"
