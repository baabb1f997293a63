"""Settings, from the environment alone; docs/settings.md lists every one.

A value that is missing or bad stops the boot and is named. `.local/hub.env`, which
`make up` writes for its own services, fills in what the environment does not say.
"""

import hashlib
import os
from datetime import timedelta
from logging import getLevelNamesMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from redis.backoff import NoBackoff
from redis.retry import Retry

from memoryhub import breaker, headers
from memoryhub.broker import celery_url
from memoryhub.logging import logging_config
from memoryhub.navigation import ACCOUNT, NAVIGATION
from memoryhub.variables import Variables

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = Variables()
STATE_DIR = Path(env.str("HUB_STATE_DIR", default=str(BASE_DIR / ".local")))
env.read_env(STATE_DIR / "hub.env")


def secret(name: str, *, required: bool = True) -> str:
    """Return a secret of at least 32 characters; in DEBUG it may be missing."""
    value: str = env.str(name, default="")
    if not value and not required:
        return ""
    if not value and DEBUG:
        return f"only-for-debugging-{name.lower()}-never-in-production"
    if len(value) < 32:
        msg = (
            f"{name} must be set to a random text of at least 32 characters; make one "
            f"with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
        raise ImproperlyConfigured(msg)
    return value


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY")
JWT_SIGNING_KEY = secret("JWT_SIGNING_KEY")
# None in a process that seals nothing.
AUDIT_SIGNING_KEY = env.key("AUDIT_SIGNING_KEY", default=bytes(32) if DEBUG else None)
JWT_PREVIOUS_SIGNING_KEY = secret("JWT_PREVIOUS_SIGNING_KEY", required=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost"] if DEBUG else [])
if not ALLOWED_HOSTS:
    msg = "ALLOWED_HOSTS must name the hub's hosts, such as hub.example.com"
    raise ImproperlyConfigured(msg)

# Where the hub and its MCP are found from outside: agents are told, to get a token.
HUB_URL = env.url(
    "HUB_URL",
    schemes=("https", "http"),
    example="https://hub.example.com",
    default="http://localhost:8000",
).rstrip("/")
MCP_URL = env.url(
    "MCP_URL",
    schemes=("https", "http"),
    example="https://hub.example.com/mcp",
    default="http://localhost:8001/mcp",
)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "memoryhub.apps.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "accounts",
    "audit",
    "connectors",
    "journal",
    "mcp_server",
    "memories",
    "warehouse",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "memoryhub.headers.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.SessionLimits",
    "memoryhub.view_as.ViewAsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "memoryhub.pages.OutageMiddleware",
]

ROOT_URLCONF = "memoryhub.urls"
WSGI_APPLICATION = "memoryhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.postgresql("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "memoryhub.database",
    "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 5,
    # A connection that the network lost without a word is known to be gone.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    # What is asked again and again is planned once for each connection.
    "server_side_binding": True,
    "prepare_threshold": 5,
    "options": "-c idle_in_transaction_session_timeout=30000",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_REDIS: Any = {
    "schemes": ("redis", "rediss", "unix"),
    "example": "redis://host:6379/0",
}
REDIS_URL = env.url("REDIS_URL", **_REDIS)
BROKER_URL = env.url("BROKER_URL", default=REDIS_URL, **_REDIS)

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hub",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "CONNECTION_POOL_KWARGS": {
                "connection_class": breaker.CONNECTIONS[urlsplit(REDIS_URL).scheme],
                "socket_timeout": 0.25,
                "socket_connect_timeout": 0.25,
                "retry": Retry(NoBackoff(), 0),
            },
        },
    },
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
API_LIMIT_PER_ACTOR = env.limit("API_LIMIT_PER_ACTOR", default="600 per minute")
API_LIMIT_PER_ADDRESS = env.limit("API_LIMIT_PER_ADDRESS", default="3000 per minute")
SIGN_IN_LIMIT = env.limit("SIGN_IN_LIMIT", default="10 per minute")
WEB_PROCESSES = env.int("WEB_PROCESSES", default=4, least=1)

CELERY_BROKER_URL = celery_url(BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Whoever asks for a task is told at once that the broker is gone.
    "max_retries": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 1500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

SNOWFLAKE = {
    "account": env.str("SNOWFLAKE_ACCOUNT", default=""),
    "user": env.str("SNOWFLAKE_USER", default=""),
    "password": env.str("SNOWFLAKE_PASSWORD", default=""),
    "private_key_file": env.str("SNOWFLAKE_PRIVATE_KEY_FILE", default=""),
    "private_key_file_pwd": env.str("SNOWFLAKE_PRIVATE_KEY_FILE_PWD", default=""),
    "host": env.str("SNOWFLAKE_HOST", default=""),
    "port": env.int("SNOWFLAKE_PORT", default=443),
    "protocol": env.choice(
        "SNOWFLAKE_PROTOCOL", among=("https", "http"), default="https"
    ),
    "database": env.identifier("SNOWFLAKE_DATABASE", default="MEMORY_HUB"),
    "schema": env.identifier("SNOWFLAKE_SCHEMA", default="AI_MEMORY"),
    "warehouse": env.str("SNOWFLAKE_WAREHOUSE", default=""),
    "role": env.str("SNOWFLAKE_ROLE", default=""),
}
if SNOWFLAKE["account"]:
    if not SNOWFLAKE["user"]:
        msg = "SNOWFLAKE_ACCOUNT needs SNOWFLAKE_USER"
        raise ImproperlyConfigured(msg)
    if not (SNOWFLAKE["password"] or SNOWFLAKE["private_key_file"]):
        msg = "SNOWFLAKE_ACCOUNT needs SNOWFLAKE_PASSWORD or SNOWFLAKE_PRIVATE_KEY_FILE"
        raise ImproperlyConfigured(msg)
    _key = str(SNOWFLAKE["private_key_file"])
    if _key and not os.access(_key, os.R_OK):
        msg = f"SNOWFLAKE_PRIVATE_KEY_FILE names no file that can be read: {_key}"
        raise ImproperlyConfigured(msg)

SEARCH_INDEX_DIR = Path(env.str("SEARCH_INDEX_DIR", default=str(STATE_DIR / "search")))

EMBEDDINGS: dict[str, str | int] = {
    "provider": env.choice(
        "EMBEDDINGS", among=("minilm", "openai", "none"), default="minilm"
    ),
}
if EMBEDDINGS["provider"] == "openai":
    EMBEDDINGS |= {
        "url": env.url(
            "EMBEDDINGS_URL",
            schemes=("https", "http"),
            example="https://api.openai.com/v1",
        ),
        "api_key": env.str("EMBEDDINGS_API_KEY"),
        "model": env.str("EMBEDDINGS_MODEL"),
        "dimensions": env.int("EMBEDDINGS_DIMENSIONS", default=0),
    }
    if not 1 <= int(EMBEDDINGS["dimensions"]) <= 4000:
        # As many as pgvector can index.
        msg = "EMBEDDINGS_DIMENSIONS must be a whole number from 1 to 4000"
        raise ImproperlyConfigured(msg)

# Public keys of blocks that were sealed by another AUDIT_SIGNING_KEY.
AUDIT_VERIFY_KEYS = env.keys("AUDIT_VERIFY_KEYS")
AUDIT_HEADS_FILE = Path(
    env.str("AUDIT_HEADS_FILE", default=str(STATE_DIR / "audit-heads.ndjson"))
)
AUDIT_MONTHS = env.int("AUDIT_MONTHS", default=24)
if AUDIT_MONTHS < 12:
    msg = "AUDIT_MONTHS must be a whole number of at least 12"
    raise ImproperlyConfigured(msg)

# What each tool signs its deliveries with; two of them while one takes over.
CONNECTOR_SECRETS = {
    "slack": env.list("SLACK_SIGNING_SECRET", default=[]),
    "github": env.list("GITHUB_WEBHOOK_SECRET", default=[]),
    "linear": env.list("LINEAR_WEBHOOK_SECRET", default=[]),
    "gong": env.list("GONG_WEBHOOK_PUBLIC_KEY", default=[]),
}
# How far Linear's clock and ours may be apart, and how old a delivery may be.
LINEAR_FRESH_SECONDS = env.int("LINEAR_FRESH_SECONDS", default=60, least=1)
# What each tool's API is asked with, for what its deliveries missed.
CONNECTOR_APIS = {
    "slack": {
        "url": env.str("SLACK_API_URL", default="https://slack.com/api/"),
        "token": env.str("SLACK_BOT_TOKEN", default=""),
    },
    "github": {
        "url": env.str("GITHUB_API_URL", default="https://api.github.com"),
        "token": env.str("GITHUB_TOKEN", default=""),
    },
    "linear": {
        "url": env.str("LINEAR_API_URL", default="https://api.linear.app/graphql"),
        "token": env.str("LINEAR_API_KEY", default=""),
    },
    "gong": {
        "url": env.str("GONG_API_URL", default="https://api.gong.io"),
        "token": env.str("GONG_API_KEY", default=""),
    },
}
DELIVERY_KEYS = env.keys("DELIVERY_KEYS") or [
    hashlib.sha256(f"deliveries:{SECRET_KEY}".encode()).digest()
]
DELIVERY_DAYS = env.int("DELIVERY_DAYS", default=30, least=1)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.RoleBackend",
]
GUARDIAN_USER_OBJ_PERMS_MODEL = "memories.MemoryUserPermission"
GUARDIAN_GROUP_OBJ_PERMS_MODEL = "memories.MemoryGroupPermission"
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None
# accounts/lockout.py does what the middleware of axes.W002 would.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "axes.W002"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", default=5, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOCKOUT_MINUTES", default=15, least=1))
AXES_LOCK_OUT_AT_FAILURE = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.lockout.known_as"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.address_of"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

ADMIN_TWO_FACTOR = env.choice(
    "ADMIN_TWO_FACTOR", among=("optional", "required"), default="optional"
)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60, least=1)
SESSION_HOURS = env.int("SESSION_HOURS", default=12, least=1)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "AUTH_TOKEN_CLASSES": ["accounts.signing.SignedAccessToken"],
    "AUDIENCE": "memory-hub",
    "ISSUER": "memory-hub",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.StampedJWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["memories.api.throttles.CallThrottle"],
    "DEFAULT_PARSER_CLASSES": ["memories.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "memories.api.errors.problem",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "AnnotationKind": ["note", "confirm", "dispute", "correction"],
    },
    "TITLE": "Memory Hub",
    "DESCRIPTION": "A company's unified memory: chats, events, insights, decisions.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": False,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": ["memories.api.openapi.only_versioned"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "memories.api.openapi.as_it_answers",
    ],
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_FINDERS", default=DEBUG)
STATIC_ROOT = (
    None
    if WHITENOISE_USE_FINDERS
    else env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
)
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if WHITENOISE_USE_FINDERS
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

_SECURE = not env.bool("INSECURE_COOKIES", default=DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CSP = headers.NOTHING
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = logging_config(
    level=env.choice("LOG_LEVEL", among=getLevelNamesMapping(), default="INFO")
)
LOGGING_CONFIG = "logging.config.dictConfig"
# It would believe whatever X-Forwarded-For says; memoryhub/apps.py has the address.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

UNFOLD = {
    "SITE_TITLE": "Memory Hub",
    "SITE_HEADER": "Memory Hub",
    "SITE_SUBHEADER": "What the company remembers",
    "SITE_SYMBOL": "neurology",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "LOGIN": {"form": "accounts.forms.SignInForm"},
    "ACCOUNT": {"navigation": ACCOUNT},
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("hub/icon.svg"),
        }
    ],
    "STYLES": [lambda request: static("hub/admin.css")],
    "SIDEBAR": {"navigation": NAVIGATION},
    "BORDER_RADIUS": "6px",
}
