"""Django's settings; where the site stands comes from the environment, see `__main__`."""

from __future__ import annotations

import os

ROOT = os.environ["PEER_ADDRESS"]
PLATFORM_NAME = "Open edX of the tests"
LMS_ROOT_URL = LTI_BASE = LTI_API_BASE = LEARNING_MICROFRONTEND_URL = ROOT
USAGE_ID_PATTERN = r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))"

SECRET_KEY = "nothing on this site is a secret"
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "tests.peers.openedx.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "lti_consumer",
    "tests.peers.openedx.apps.Host",
]
MIDDLEWARE = [
    "edx_django_utils.cache.middleware.RequestCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "edx_django_utils.cache.middleware.TieredCacheMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
        "OPTIONS": {"timeout": 20},
    }
}
# A tool's answer to a deep-linking request comes from another site.
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "None"
OPENEDX_TELEMETRY: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
