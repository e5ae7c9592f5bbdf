"""Django settings, all taken from ``registry.toml`` (environment variable ``IPPYO_REGISTRY``) or safe by default."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ippyo.identity.messages import REQUEST_LIMIT
from ippyo.registry.site.config import Config
from ippyo.sites.logs import logging_settings
from ippyo.sites.secret_key import read_secret_key
from ippyo.web_files import static_folders

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "ippyo.registry.roll",
    "ippyo.registry.codes",
    "ippyo.registry.issuance",
    "ippyo.registry.registration",
    "ippyo.registry.console",
]

MIDDLEWARE = [
    "ippyo.registry.site.middleware.StrictHeaders",
    "ippyo.registry.site.middleware.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "ippyo.registry.site.middleware.SessionCookie",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ippyo.registry.console.counting.CountOutcomes",
]

ROOT_URLCONF = "ippyo.registry.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

YEAR = 31_536_000


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for ``sqlite:///path``, ``sqlite://`` (in memory) or ``postgresql://…``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = unquote(parts.path[1:]) or ":memory:"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            # Opening the file for each request, and closing it as the last one, takes longer than most requests.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


REGISTRY = Config.read(Path(os.environ["IPPYO_REGISTRY"])) if os.environ.get("IPPYO_REGISTRY") else None
"""What registry.toml says; None where no registry is configured, as in tests."""

DEBUG = False
DATABASES = {"default": database(REGISTRY.database_url if REGISTRY else os.environ.get("DATABASE_URL", "sqlite://"))}
SECRET_KEY = read_secret_key(REGISTRY.secret_key_file, "registry") if REGISTRY else secrets.token_urlsafe(48)
ALLOWED_HOSTS: list[str] = list(REGISTRY.hosts) if REGISTRY else ["localhost", "127.0.0.1"]
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("ja-easy", "やさしい日本語"), ("en", "English")]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [(prefix, folder) for prefix, folder in static_folders() if folder.is_dir()]

# Whoever speaks HTTPS to voters (a proxy on this machine) says so in this header, and sets it on every request.
IS_HTTPS = REGISTRY is not None and REGISTRY.is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = YEAR if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
# By ippyo.registry.site.middleware, because one page opens the booth and stays in touch with it.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
X_FRAME_OPTIONS = "DENY"

# A session ends with the browser, and after an hour without it. "Lax" brings a voter back from デジタル認証.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = [REGISTRY.origin] if REGISTRY else []
CSRF_FAILURE_VIEW = "ippyo.registry.site.api.csrf_failed"

DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_LIMIT + 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OTP_TOTP_ISSUER = "Ippyo"
"""What the staff's authenticators show beside the name."""

LOGGING = logging_settings()
