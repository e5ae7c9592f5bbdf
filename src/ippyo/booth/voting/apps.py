"""The pages as a Django app, for its templates and static files."""

from django.apps import AppConfig


class VotingConfig(AppConfig):
    """The voter's pages."""

    name = "ippyo.booth.voting"
    label = "booth_voting"
    verbose_name = "投票の画面"
