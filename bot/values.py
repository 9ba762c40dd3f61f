"""What the values of settings must be like.

Each function takes a value and returns it as it is used, or raises ValueError.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa

if TYPE_CHECKING:
    from pydantic import SecretStr

TOKEN = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{20,}")


def token(value: SecretStr) -> SecretStr:
    """A bot's token, as @BotFather gives it."""
    if not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError
    return value


def server(value: str) -> str:
    """The root of a Bot API server: an address without a query, a login or the path of a bot."""
    parts = urlsplit(value)
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError
    if "/bot" in parts.path or parts.port == 0:  # reading the port checks it
        raise ValueError
    return value.rstrip("/")


def database(value: SecretStr) -> SecretStr:
    """A URL of SQLAlchemy for one of the databases that are supported."""
    try:
        kind = sa.make_url(value.get_secret_value()).get_backend_name()
    except sa.exc.ArgumentError:
        raise ValueError from None
    if kind not in ("sqlite", "postgresql"):
        raise ValueError
    return value


def zone(value: str) -> str:
    """The name of a time zone (IANA)."""
    try:
        ZoneInfo(value)
    except (KeyError, OSError):  # no such zone; a folder of zones
        raise ValueError from None
    return value


def ids(value: Any) -> Any:
    """Ids of people in Telegram, separated by commas."""
    if not isinstance(value, str):
        return value
    return frozenset(_id(part.strip()) for part in value.split(",") if part.strip())


def _id(text: str) -> int:
    # Telegram's ids of people are above 0 and have at most 52 bits (Bot API, User.id).
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text[:20]) < 2**52:
        raise ValueError
    return int(text)


def upper(value: Any) -> Any:
    """Text in capital letters."""
    return value.upper() if isinstance(value, str) else value


class Address(NamedTuple):
    """Where to listen: a name or number of this machine, and a port (0: any free one)."""

    host: str
    port: int


def address(value: Any) -> Any:
    """`host:port`; a host with colons (IPv6) stands in brackets."""
    if not isinstance(value, str):
        return value
    parts = urlsplit(f"//{value}")
    if not parts.hostname or parts.port is None or value != parts.netloc or "@" in value:
        raise ValueError
    return Address(parts.hostname, parts.port)
