"""Logging: structlog on top of the standard library's, to stderr, with secrets taken out.

A bot token is part of every address of the Bot API, so it turns up wherever an address does: in
messages, in the text of errors, in tracebacks. It is taken out of the finished line, by the one
handler through which everything goes.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from typing import IO, TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from structlog.typing import Processor

HIDDEN = "[hidden]"
# Any bot token, also where an address has its colon escaped.
TOKEN_SHAPE = re.compile(r"\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{20,}")

# Lines that are of no use at INFO, or hold addresses with the token.
QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "asyncio": logging.WARNING,
    "telegram": logging.INFO,
}


class Redactor:
    """Takes secrets out of text: those given, and anything that looks like a bot token."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Of a token also the part that is secret by itself: the number before it is public.
        known = {part for s in secrets for part in (s, s.partition(":")[2]) if part}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        text = TOKEN_SHAPE.sub(HIDDEN, text)
        return self._known.sub(HIDDEN, text) if self._known else text


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats a record, then takes secrets out of the whole of it, traceback included."""

    def __init__(self, redact: Redactor, processors: list[Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_shared())
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The finished line or lines."""
        return self._redact(super().format(record))


class RedactingHandler(logging.StreamHandler[IO[str]]):
    """Writes to a stream; where a record cannot be formatted, says so without its secrets."""

    def __init__(self, stream: IO[str], redact: Redactor) -> None:
        super().__init__(stream)
        self._redact = redact

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Write what went wrong with the record, which the standard library would print as is."""
        text = (
            f"a log line from {record.pathname}:{record.lineno} could not be written: "
            f"{record.msg!r} {record.args!r}\n{traceback.format_exc()}"
        )
        self.stream.write(self._redact(text))


def set_up(
    *,
    level: str = "INFO",
    log_format: str = "console",
    secrets: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> None:
    """Send everything that is logged to `stream` (default: stderr) without the secrets.

    `log_format` is console or json. Also what nobody catches is logged, in any thread. Calling it
    again replaces what was set up before.
    """
    stream = stream or sys.stderr
    redact = Redactor(secrets)
    handler = RedactingHandler(stream, redact)
    handler.setFormatter(RedactingFormatter(redact, _rendering(log_format, stream)))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, RedactingHandler):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # it is set up once more when the settings are read
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value, args.exc_traceback
    )
    sys.unraisablehook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value, args.exc_traceback
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _rendering(log_format: str, stream: IO[str]) -> list[Processor]:
    if log_format == "json":
        return [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=repr),
        ]
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        # Plain tracebacks: the pretty ones show variables, and break a token over two lines.
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        ),
    ]


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
        return
    logging.getLogger("whoholds").critical(
        "an error that nobody caught", exc_info=(kind, error or kind(), trace)
    )
