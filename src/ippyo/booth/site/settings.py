"""Django settings, all taken from ``booth.toml`` (environment variable ``IPPYO_BOOTH``) or safe by default.

No session, no cookie, no account, no database of Django's: what the booth keeps, it keeps in files of its own.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from ippyo.booth.site.config import Config
from ippyo.poll.limits import TRANSACTION_LIMIT
from ippyo.sites.logs import logging_settings
from ippyo.sites.secret_key import read_secret_key
from ippyo.web_files import static_folders

YEAR = 31_536_000

BOOTH = Config.read(Path(os.environ["IPPYO_BOOTH"])) if os.environ.get("IPPYO_BOOTH") else None
"""What booth.toml says; None where no booth is configured, as in tests."""

IS_HTTPS = BOOTH is not None and BOOTH.is_https

DEBUG = False
INSTALLED_APPS = ["django.contrib.staticfiles", "ippyo.booth.voting", "ippyo.booth.board"]
MIDDLEWARE = [
    "ippyo.booth.site.middleware.BoothHeaders",
    "ippyo.booth.site.middleware.BoothBodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "ippyo.booth.site.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "ippyo.booth.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "ippyo.booth.site.context.booth",
            ]
        },
    }
]
DATABASES: dict[str, Any] = {}
SECRET_KEY = read_secret_key(BOOTH.secret_key_file, "booth") if BOOTH else secrets.token_urlsafe(48)
ALLOWED_HOSTS: list[str] = list(BOOTH.hosts) if BOOTH else ["localhost", "127.0.0.1"]
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [(prefix, folder) for prefix, folder in static_folders() if folder.is_dir()]

# Whoever speaks HTTPS to voters (a proxy on this machine) says so in this header, and sets it on every request.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = YEAR if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
# By ippyo.booth.site.middleware, because one page must keep its opener.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
X_FRAME_OPTIONS = "DENY"

# No cookie is set anywhere; were one set by mistake, it would be of this kind. There is no form that acts for a person:
# whoever may cast shows it by a proof in the text itself, so no token against forged requests is needed.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SILENCED_SYSTEM_CHECKS = ["security.W003"]

DATA_UPLOAD_MAX_MEMORY_SIZE = TRANSACTION_LIMIT
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
LOGGING = logging_settings()
