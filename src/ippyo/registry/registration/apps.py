"""The Django application of this folder."""

from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    """See the package."""

    name = "ippyo.registry.registration"
    label = "registration"
    default_auto_field = "django.db.models.BigAutoField"
