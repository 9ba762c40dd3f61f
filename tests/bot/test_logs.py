"""What is logged, and that no secret ever is."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog

from bot import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBER, HASH = "123456789", "AAE0abcdefghijklmnopqrstuvwxyz-_012"
TOKEN = f"{NUMBER}:{HASH}"
OTHER = "987654321:BBF1abcdefghijklmnopqrstuvwxyz-_012"
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["console", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged while a test runs, in each format; the former set-up comes back."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:], sys.excepthook, threading.excepthook)
    unraisable = sys.unraisablehook
    stream = io.StringIO()
    logs.set_up(log_format=request.param, secrets=[TOKEN, "hunter2"], stream=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(capture=False)
    root.level, root.handlers[:], sys.excepthook, threading.excepthook = before
    sys.unraisablehook = unraisable


def fail() -> None:
    url = f"https://api.telegram.org/bot{TOKEN}/getMe"
    try:
        raise OSError(f"no route to {url}")
    except OSError as error:
        try:
            raise ValueError(f"{OTHER} is no better", {"token": TOKEN}) from error
        except ValueError:
            raise RuntimeError(f"while handling {TOKEN}")  # noqa: B904 - the context is tested


def log_exception() -> None:
    try:
        fail()
    except RuntimeError:
        logging.getLogger("x").exception("failed with %s", TOKEN)


def log_exception_by_structlog() -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("x").exception("failed", url=f"/bot{TOKEN}/getMe")


def log_exception_group() -> None:
    try:
        raise ExceptionGroup("several", [ValueError(TOKEN), OSError(OTHER)])
    except ExceptionGroup:
        logging.getLogger("x").exception("failed")


def log_uncaught() -> None:
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)


def log_uncaught_in_a_thread() -> None:
    thread = threading.Thread(target=fail, name=f"worker for {TOKEN}")
    thread.start()
    thread.join()


def log_uncaught_in_a_task() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"task for {TOKEN}", "exception": RuntimeError(OTHER)}
        )

    asyncio.run(main())


def log_what_cannot_be_raised() -> None:
    class Bad:
        def __del__(self) -> None:
            raise RuntimeError(f"closing {TOKEN}")

    Bad()


def log_url_error() -> None:
    with httpx.Client() as client:
        try:
            client.get(f"http://127.0.0.1:1/bot{TOKEN}/getMe", timeout=1).raise_for_status()
        except httpx.HTTPError as error:
            logging.getLogger("x").warning("%s %r", error.request.url, error, exc_info=True)


def log_status_error() -> None:
    request = httpx.Request("GET", f"http://127.0.0.1/bot{TOKEN}/getMe")
    try:
        httpx.Response(404, request=request).raise_for_status()
    except httpx.HTTPStatusError:
        logging.getLogger("x").exception("Telegram said no")


def log_broken_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "here", 1, "%d for %s", (TOKEN, OTHER), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logs.RedactingHandler):
            handler.handle(record)


def log_escaped_url() -> None:
    logging.getLogger("x").info("https://host/bot%s/getMe", TOKEN.replace(":", "%3A"))


def log_fields() -> None:
    structlog.contextvars.bind_contextvars(bot=TOKEN)
    structlog.get_logger("x").info(
        f"event {TOKEN}", token=TOKEN, nested={"a": [TOKEN, {OTHER: OTHER}]}, raw=TOKEN.encode()
    )


def log_arguments() -> None:
    logging.getLogger("x").info("%s %r", TOKEN, (OTHER,))
    logging.getLogger("x").info("%(token)s", {"token": TOKEN})


def log_half_of_it() -> None:
    logging.getLogger("x").info("the secret half is %s", HASH)


def log_other_secret() -> None:
    logging.getLogger("x").info("postgresql://user:%s@host/name", "hunter2")


def log_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"old style {TOKEN}", stacklevel=1)


def log_extra() -> None:
    logging.getLogger("x").info("extra", extra={"url": f"/bot{TOKEN}/"})


def log_stack() -> None:
    logging.getLogger("x").info("here", stack_info=True, extra={"token": TOKEN})


@pytest.mark.parametrize(
    "happen",
    [
        log_exception,
        log_exception_by_structlog,
        log_exception_group,
        log_uncaught,
        log_uncaught_in_a_thread,
        log_uncaught_in_a_task,
        log_what_cannot_be_raised,
        log_url_error,
        log_status_error,
        log_broken_line,
        log_escaped_url,
        log_fields,
        log_arguments,
        log_half_of_it,
        log_other_secret,
        log_warning,
        log_extra,
        log_stack,
    ],
)
def test_no_secret_is_ever_logged(
    happen: Callable[[], None], log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    happen()
    shown = log.getvalue()
    printed = capsys.readouterr()
    assert logs.HIDDEN in shown
    for secret in (TOKEN, HASH, OTHER, OTHER.partition(":")[2], "hunter2"):
        assert secret not in shown + printed.out + printed.err


def test_tracebacks_are_kept_apart_from_their_secrets(log: io.StringIO) -> None:
    log_exception()
    shown = log.getvalue()
    assert "RuntimeError: while handling [hidden]" in shown
    assert "OSError: no route to https://api.telegram.org/bot[hidden]/getMe" in shown


def test_a_line_has_its_level_logger_time_and_fields(log: io.StringIO) -> None:
    structlog.get_logger("whoholds.watch").info("checked", places=3)
    line = log.getvalue()
    for part in ("checked", "whoholds.watch", "info", "places", "3", "Z"):
        assert part in line


def test_json_lines_can_be_read_by_a_machine() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    try:
        logs.set_up(log_format="json", stream=stream)
        logging.getLogger("x").warning("«%s»", "الوليد")
        log_exception()
    finally:
        root.handlers[:], root.level = before, level
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert first["event"] == "«الوليد»"
    assert (first["level"], first["logger"]) == ("warning", "x")
    assert "RuntimeError" in second["exception"]


def test_requests_and_jobs_are_not_logged_at_info(log: io.StringIO) -> None:
    for name in ("httpx", "httpcore.connection", "apscheduler.scheduler", "uvicorn.access"):
        logging.getLogger(name).info("noise")
    assert log.getvalue() == ""


def test_setting_up_again_replaces_what_was_set_up(log: io.StringIO) -> None:
    again = io.StringIO()
    logs.set_up(level="ERROR", stream=again)
    logging.getLogger("x").warning("not serious enough")
    logging.getLogger("x").error("serious")
    assert log.getvalue() == ""
    assert [line.count("not") for line in again.getvalue().splitlines()] == [0]


def test_a_key_pressed_to_stop_is_no_error(
    log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert log.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_process_that_dies_of_an_error_does_not_print_the_token() -> None:
    code = (
        "from bot import logs; logs.set_up(); "
        f"import httpx; httpx.get('http://127.0.0.1:1/bot{TOKEN}/getMe').x; "
    )
    died = subprocess.run(
        [sys.executable, "-c", f"{code}raise RuntimeError('{TOKEN}')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == 1
    assert "an error that nobody caught" in died.stderr
    assert "ConnectError" in died.stderr
    assert HASH not in died.stderr + died.stdout


@pytest.mark.parametrize(
    "text", ["2014-06-23T17:00:00Z", "123456:short", "127.0.0.1:8081/al-waleed", "id 123456789"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.Redactor([TOKEN])(text) == text
