"""The Django application of this folder."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    """See the package."""

    name = "ippyo.registry.codes"
    label = "codes"
    default_auto_field = "django.db.models.BigAutoField"
