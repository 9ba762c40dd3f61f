"""Settings: WHOHOLDS_* in the environment; a secret also as a file named by WHOHOLDS_*_FILE.

A setting that is missing its file, malformed or misspelt stops the start with its name and what is
expected. What a secret was set to is never repeated.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot import values
from bot.delivery.windows import MOST_PER_SECOND, PER_SECOND
from bot.logs import TOKEN_SHAPE
from storage.engine import query_passwords, sqlite_url
from storage.model.errors import WhoHoldsError
from storage.model.holds import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

PREFIX = "WHOHOLDS_"
TEST_PREFIX = "WHOHOLDS_TEST_"  # read by the tests, not by the program
FILE_SUFFIX = "_FILE"
LONGEST_SECRET = 10_000  # characters in a file; whatever is longer is some other file

LOGIN = re.compile(r"//[^/]*@")  # in an address, where a password may be


class SettingsError(WhoHoldsError):
    """Settings that cannot be used; `problems` holds one sentence for each, with its name."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def default_database() -> str:
    """The URL of an SQLite file in the user's data folder."""
    return sqlite_url(user_data_path("whoholds", appauthor=False) / "whoholds.db")


def _setting(expected: str, meaning: str, default: str = "") -> Any:
    """The words of a field: `default` says what holds without it where the value cannot."""
    return {"description": meaning, "json_schema_extra": {"expected": expected, "default": default}}


class Settings(BaseSettings):
    """What the program is told by its surroundings; made by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    telegram_token: Annotated[SecretStr | None, AfterValidator(lambda t: t and values.token(t))] = (
        Field(
            default=None,
            **_setting(
                "a token from @BotFather, such as 123456:AAE0…",
                "the bot's token from @BotFather; `run` needs it, the sandbox refuses it",
                "none",
            ),
        )
    )
    telegram_api_url: Annotated[str, AfterValidator(values.server)] = Field(
        default="https://api.telegram.org",
        **_setting(
            "the root of a Bot API server, such as http://127.0.0.1:8081",
            "the root of the Bot API server to talk to",
        ),
    )
    database_url: Annotated[SecretStr, AfterValidator(values.database)] = Field(
        default_factory=lambda: SecretStr(default_database()),
        **_setting(
            "sqlite:///path/to/file.db or postgresql://user:password@host/name",
            "the database: `sqlite:///path/to/file.db` or `postgresql://user:password@host/name`",
            "an SQLite file in the user's data folder",
        ),
    )
    timezone: Annotated[str, AfterValidator(values.zone)] = Field(
        default="UTC",
        **_setting(
            "an IANA time zone, such as Asia/Baghdad",
            "the time zone (IANA) of readers who have not chosen one",
        ),
    )
    owners: Annotated[frozenset[int], BeforeValidator(values.ids)] = Field(
        default=frozenset(),
        **_setting(
            "Telegram user ids separated by commas, such as 123456789,987654321",
            "who makes editors, edits the places and is told what becomes of sources and messages: "
            "Telegram user ids, separated by commas",
            "nobody",
        ),
    )
    hold_chats: int | None = Field(
        default=None,
        ge=0,
        le=10**9,
        **_setting(
            "a number of chats, 0 or more",
            "what one editor reports to more chats than this waits for a second editor",
            "no report waits",
        ),
    )
    hold_minutes: float = Field(
        default=10.0,
        gt=0,
        le=1440,
        allow_inf_nan=False,
        **_setting(
            "a number of minutes above 0, at most 1440",
            "how long such a report waits, in minutes; then it is recorded unless it was stopped",
        ),
    )
    check_seconds: float = Field(
        default=5.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        **_setting(
            "a number of seconds above 0, at most 3600",
            "seconds between two looks for changes; a new report is looked at without waiting",
        ),
    )
    fresh_hours: float = Field(
        default=6.0,
        gt=0,
        le=720,
        allow_inf_nan=False,
        **_setting(
            "a number of hours above 0, at most 720",
            "hours that an alert may wait to be sent; after that its chat is told what holds, "
            "in one message for all its places",
        ),
    )
    messages_per_second: int = Field(
        default=PER_SECOND,
        ge=1,
        le=PER_SECOND,
        **_setting(
            f"a whole number from 1 to {PER_SECOND}",
            "the most messages a second, to all chats together; less where another program sends "
            "with the same token",
        ),
    )
    paid_per_second: int = Field(
        default=0,
        ge=0,
        le=MOST_PER_SECOND,
        **_setting(
            f"a whole number from 0 to {MOST_PER_SECOND}",
            "alerts a second as paid broadcasts, at most 1000; those above 30 a second cost "
            "Telegram Stars, and @BotFather must have switched them on; 0: none are paid for",
        ),
    )
    policy: Path | None = Field(
        default=None,
        **_setting(
            "the path of a policy file",
            "a file with other numbers to decide by; `whoholds policy` prints those in force",
            "the numbers that come with it",
        ),
    )
    web: Annotated[values.Address | None, BeforeValidator(values.address)] = Field(
        default=None,
        **_setting(
            "host:port, such as 127.0.0.1:9464",
            "where to serve `/healthz`, `/readyz` and `/metrics`, such as `127.0.0.1:9464`",
            "nowhere",
        ),
    )
    feeds: Path | None = Field(
        default=None,
        **_setting(
            "the path of a feeds file",
            "a file that says which feeds to read; `whoholds feeds example` prints one",
            "no feeds",
        ),
    )
    cap_folder: Path | None = Field(
        default=None,
        **_setting(
            "the path of a folder",
            "a folder to write alerts to as CAP 1.2 and Atom, for a web server to show",
            "none",
        ),
    )
    late_hours: float = Field(
        default=48.0,
        gt=0,
        le=87600,
        allow_inf_nan=False,
        **_setting(
            "a number of hours above 0",
            "hours after which what a feed says is no news any more: it is told only where it "
            "changes what holds now",
        ),
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(values.upper)
    ] = Field(
        default="INFO",
        **_setting("one of DEBUG, INFO, WARNING, ERROR", "the least serious lines to log"),
    )
    log_format: Literal["console", "json"] = Field(
        default="console",
        **_setting("one of console, json", "how to log: `console` for people, `json` for machines"),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic passes all five by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What it is given only: `load_settings` reads the environment and names what is wrong."""
        return (init_settings,)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of readers who have not chosen one."""
        return ZoneInfo(self.timezone)

    @property
    def hold(self) -> Hold | None:
        """Which reports wait for a second editor, and how long; None where none does."""
        if self.hold_chats is None:
            return None
        return Hold(self.hold_chats, timedelta(minutes=self.hold_minutes))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the token, and the passwords of the database."""
        url = sa.make_url(self.database_url.get_secret_value())
        token = self.telegram_token.get_secret_value() if self.telegram_token else None
        return tuple(str(s) for s in (token, url.password, *query_passwords(url)) if s)


@dataclass(frozen=True)
class SettingRow:
    """One line of the table of settings: what documentation shows."""

    name: str
    default: str
    meaning: str
    secret: bool


def settings_table() -> list[SettingRow]:
    """Every setting with its name in the environment, in the order of the class."""
    return [
        SettingRow(_variable(name), _default(field), field.description or "", _is_secret(field))
        for name, field in Settings.model_fields.items()
    ]


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """The settings in `env` (default: the environment of the process).

    A variable that is empty counts as not set. Raises SettingsError with every problem found.
    """
    env = os.environ if env is None else env
    given = {n: v.strip() for n, v in env.items() if n.startswith(PREFIX) and v.strip()}
    problems = [_misspelt(name) for name in given if not _is_known(name)]
    found: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        try:
            value = _read(_variable(name), field, given)
        except SettingsError as error:
            problems += error.problems
        else:
            if value is not None:
                found[name] = value
    try:
        settings = Settings.model_validate(found)
    except ValidationError as error:
        wrong = dict.fromkeys(str(e["loc"][0]) for e in error.errors(include_input=False))
        raise SettingsError((*problems, *(_malformed(n, given) for n in wrong))) from None
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _read(variable: str, field: FieldInfo, given: Mapping[str, str]) -> str | None:
    file = given.get(variable + FILE_SUFFIX)
    if file is None or not _is_secret(field):
        return given.get(variable)
    if variable in given:
        raise SettingsError((f"{variable} and {variable}{FILE_SUFFIX} are both set: keep one",))
    try:
        with Path(file).open(encoding="utf-8") as opened:
            text = opened.read(LONGEST_SECRET + 1).strip()
    except (OSError, ValueError) as error:  # ValueError: not UTF-8; a null byte in the path
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(
            (f"{variable}{FILE_SUFFIX} names the file {_shown(file)}, which cannot be read: {why}",)
        ) from None
    if not text or len(text) > LONGEST_SECRET:
        size = "empty" if not text else "too long to be a secret"
        raise SettingsError(
            (f"{variable}{FILE_SUFFIX} names the file {_shown(file)}, which is {size}",)
        )
    return text


def _malformed(name: str, given: Mapping[str, str]) -> str:
    field = Settings.model_fields[name]
    variable = _variable(name)
    expected = _words(field)["expected"]
    if not _is_secret(field) and not _holds_secret(given[variable]):
        return f"{variable} is {given[variable][:100]!r}: expected {expected}"
    where = variable if variable in given else f"the file that {variable}{FILE_SUFFIX} names"
    return f"{where} is malformed (its value is not shown): expected {expected}"


def _shown(file: str) -> str:
    return "(its name is not shown: it holds a secret)" if _holds_secret(file) else file


def _holds_secret(value: str) -> bool:
    """Whether a value that is no secret has one in it; asked of the whole, before it is cut."""
    return bool(TOKEN_SHAPE.search(value) or LOGIN.search(value))


def _misspelt(name: str) -> str:
    known = sorted(known.removeprefix(PREFIX) for known in _known())
    near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
    if near:
        return f"{name} is no setting; did you mean {PREFIX}{near[0]}?"
    return f"{name} is no setting; there are {', '.join(sorted(_known()))}"


def _is_known(name: str) -> bool:
    return name.startswith(TEST_PREFIX) or name in _known()


def _known() -> set[str]:
    fields = Settings.model_fields.items()
    files = {_variable(name) + FILE_SUFFIX for name, field in fields if _is_secret(field)}
    return {_variable(name) for name, _ in fields} | files


def _variable(field_name: str) -> str:
    return PREFIX + field_name.upper()


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def _words(field: FieldInfo) -> dict[str, str]:
    extra = field.json_schema_extra
    return {k: str(v) for k, v in extra.items()} if isinstance(extra, dict) else {}


def _default(field: FieldInfo) -> str:
    return _words(field)["default"] or str(field.default)
