"""What the blocks of a feeds file may say: the keys that every kind of feed has, and their types.

Each kind has a class of its own beside what reads it, in `bot.feeds.kinds`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo

from storage.model.feeds import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_SECRET = 10_000  # characters in a file; whatever is longer is some other file
DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *(second|minute|hour|day)s?")
UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
LONGEST = timedelta(days=3650)
# Keys of several kinds that do not change what comes.
ONLY_HOW = ("page", "username")
# And those that change what is made of it, but not where it comes from.
WHAT_OF_IT = (
    "date_property",
    "format",
    "outside",
    "party",
    "party_property",
    "since",
    "transfers_to",
    "version",
)


def _duration(value: Any) -> timedelta:
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('expected a time in quotation marks, such as "15 minutes" or "2 days"')
    length = float(found[1]) * UNITS[found[2]]
    if not timedelta(seconds=1) <= length <= LONGEST:
        raise ValueError('expected a time from "1 second" to "3650 days"')
    return length


def _address(value: Any) -> str:
    expected = ValueError("expected an http or https address without user and password")
    if not isinstance(value, str):
        raise expected
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise expected from None
    whole = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not whole or parts.username or parts.password or not value.isascii() or " " in value:
        raise expected
    return value


def _secret(value: Any, info: ValidationInfo) -> SecretStr:
    """A secret, from where the file says that it is: never in the file itself.

    Where `lacking` is in the context it takes up what is wrong, so that the rest of the block can
    be looked at as well; such a block is not to be used.
    """
    context: Mapping[str, Any] = info.context or {}
    try:
        return SecretStr(_from_elsewhere(value, context.get("env", {})))
    except ValueError as error:
        if "lacking" not in context:
            raise
        context["lacking"].append(f"{info.field_name}: {error}")
        return SecretStr("")


def _from_elsewhere(value: Any, env: Mapping[str, str]) -> str:
    expected = ValueError(
        'expected where the secret is, {env = "NAME"} or {file = "PATH"}: it does not belong here'
    )
    if not isinstance(value, dict) or len(value) != 1:
        raise expected
    ((where, name),) = value.items()
    if where not in ("env", "file") or not isinstance(name, str):
        raise expected
    text = env.get(name, "").strip() if where == "env" else _content(name)
    if not text:
        what = f"the variable {name}" if where == "env" else f"the file {name}"
        raise ValueError(f"{what} is not set or empty")
    return text


def _content(name: str) -> str:
    try:
        with Path(name).open(encoding="utf-8") as opened:
            text = opened.read(LONGEST_SECRET + 1).strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"the file {name} cannot be read: {why}") from None
    if len(text) > LONGEST_SECRET:
        raise ValueError(f"the file {name} is too long to be a secret")
    return text


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Address = Annotated[str, BeforeValidator(_address)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Block(BaseModel):
    """What every feed can be told.

    There are at least `pause` between two requests to one server, by whichever feed. `source` is
    who says what comes from it and `via` who relays that, where an item does not tell; `places` and
    `parties` are the ids of what the feed calls otherwise.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )

    kind: str
    every: Duration = timedelta(minutes=15)
    timeout: Duration = timedelta(minutes=2)
    pause: Duration | None = None
    silent_after: Duration | None = None
    largest_mb: float = Field(default=50.0, gt=0, le=2000, allow_inf_nan=False)
    private_addresses: bool = Field(default=False, strict=True)
    source: Text | None = None
    via: Annotated[str, Field(max_length=200)] = ""
    places: dict[Text, Text] = Field(default_factory=dict)
    parties: dict[Text, Text] = Field(default_factory=dict)

    @property
    def largest(self) -> int:
        """The most bytes an answer may have, packed and unpacked."""
        return int(self.largest_mb * 1_000_000)

    @property
    def server(self) -> str:
        """The server that it asks first, empty where there is none."""
        return urlsplit(getattr(self, "url", None) or "").netloc.casefold()

    @property
    def asks(self) -> str:
        """What tells apart blocks that ask for other things; how they ask does not matter."""
        return self._fingerprint(ONLY_HOW)

    @property
    def reads(self) -> str:
        """What tells apart blocks that read other things: two that do not have the same items."""
        return self._fingerprint((*ONLY_HOW, *WHAT_OF_IT))

    def _fingerprint(self, without: tuple[str, ...]) -> str:
        own = type(self).model_fields.keys() - Block.model_fields.keys() - set(without)
        public = {n for n in own if not isinstance(getattr(self, n), SecretStr)}
        return fingerprint(self.model_dump(mode="json", include={"kind", *public}))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        given = (getattr(self, name) for name in type(self).model_fields)
        return tuple(v.get_secret_value() for v in given if isinstance(v, SecretStr))
