"""What a site's log may hold: which view failed and how, never who asked or what was sent."""

from __future__ import annotations

import logging
import traceback
from typing import Any

__all__ = ["WithoutRequests", "logging_settings"]


class WithoutRequests(logging.Filter):
    """Rewrites a record so that neither a path's query, nor a request, nor the words of an exception are written.

    The words of an exception may quote what was sent (a database names the value that it refuses); its type and the
    lines of code are what a developer needs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; it is always written."""
        if hasattr(record, "request"):
            record.msg, record.args = "a request was answered with status %s", (getattr(record, "status_code", "?"),)
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-8:]]
            record.msg = f"{record.getMessage()}: {kind.__name__} at {' < '.join(reversed(places))}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def logging_settings() -> dict[str, Any]:
    """Return Django's ``LOGGING``: what fails is logged without the request, and a refusal is not logged at all."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
        "filters": {"private": {"()": WithoutRequests}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["private"]}},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # A refusal is no fault of the site's, and a stranger's scan fills no log.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "CRITICAL"},
        },
    }
