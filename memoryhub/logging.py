"""Logs: one JSON object a line, each with its request's id; no memory text in them."""

from typing import TYPE_CHECKING, Any

import structlog

from memoryhub import breaker

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor


def logging_config(*, level: str) -> dict[str, Any]:
    """Return the logging configuration, and configure structlog to match."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        without_query,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": structlog.processors.JSONRenderer(),
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json"}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["console"], "propagate": False},
            "axes": {"level": "ERROR"},
            "mcp": {"level": "WARNING"},
            "snowflake.connector": {"level": "WARNING"},
            "django_structlog": {"level": "WARNING"},
            "django_redis.cache": {"filters": [breaker.is_news]},
        },
    }


def without_query(_: Any, __: str, event: "EventDict") -> "EventDict":
    """Name a request by its path: behind it stand words and, by mistake, tokens."""
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event
