"""The Django application of this folder."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """See the package."""

    name = "ippyo.registry.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
