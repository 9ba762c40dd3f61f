"""Asking Telegram whether it can be reached and takes the token."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.settings import Settings

SECONDS = 10.0
CLOCK_OFF_SECONDS = 120
NETWORK = "check the network, a proxy (HTTPS_PROXY) and WHOHOLDS_TELEGRAM_API_URL"


def ask_telegram(settings: Settings, now: datetime) -> Iterator[tuple[bool, str]]:
    """Whether each thing asked is well, and words that tell how to mend it.

    `now` (UTC) is compared with the server's clock. Nothing is asked without a token. The words
    never hold the token.
    """
    if settings.telegram_token is None:
        yield (
            True,
            "not asked: WHOHOLDS_TELEGRAM_TOKEN is not set. The sandbox works without one; "
            "to run the bot for real, get a token from @BotFather",
        )
        return
    root = settings.telegram_api_url
    url = f"{root}/bot{settings.telegram_token.get_secret_value()}/getMe"
    try:
        answer = httpx.get(url, timeout=SECONDS)
    except httpx.TimeoutException:
        yield False, f"{root} does not answer within {SECONDS:.0f} s: {NETWORK}"
        return
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield False, f"{root} cannot be reached ({error}): {NETWORK}"
        return
    yield _understand(answer, root)
    date = answer.headers.get("date")
    if date and (off := _seconds_off(date, now)) > CLOCK_OFF_SECONDS:
        yield False, f"its clock and this machine's differ by {off:.0f} s: set the machine's clock"


def _understand(answer: httpx.Response, root: str) -> tuple[bool, str]:
    body = _object(answer)
    if answer.status_code in (401, 404) and body.get("ok") is False:
        return False, (
            "WHOHOLDS_TELEGRAM_TOKEN is not accepted: copy it again from @BotFather, "
            "or ask there for a new one"
        )
    if answer.status_code >= 500 or answer.status_code == 429:
        said = f"{root} cannot serve now (HTTP {answer.status_code})"
        return False, f"{said}: try again in some minutes"
    me = body.get("result")
    if body.get("ok") is not True or not isinstance(me, dict) or not me.get("is_bot"):
        return False, (
            f"{root} does not answer as a Bot API server (HTTP {answer.status_code}): "
            "WHOHOLDS_TELEGRAM_API_URL must be the root of one"
        )
    return True, f"{root} takes the token; the bot is @{me.get('username')}"


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds_off(date: str, now: datetime) -> float:
    try:
        return abs((parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):  # no date; one without a zone
        return 0.0
