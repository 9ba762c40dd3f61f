"""What the program is told by WHOHOLDS_* variables, and what it says when that is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import SettingsError, default_database, load_settings, settings_table
from storage.model.errors import WhoHoldsError
from storage.model.holds import Hold

TOKEN = "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012"


def problem(**env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"WHOHOLDS_{name}": value for name, value in env.items()})
    return str(caught.value)


def test_without_any_variable_everything_has_a_default() -> None:
    settings = load_settings({})
    assert settings.telegram_token is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.database_url.get_secret_value() == default_database()
    assert (settings.timezone, settings.zone.key) == ("UTC", "UTC")
    assert settings.owners == frozenset()
    assert settings.check_seconds == 5
    assert (settings.messages_per_second, settings.paid_per_second) == (30, 0)
    assert settings.policy is None
    assert settings.web is None
    assert (settings.log_level, settings.log_format) == ("INFO", "console")


def test_the_default_database_is_a_file_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_database() == f"sqlite:///{tmp_path}/whoholds/whoholds.db"


def test_every_variable_is_read() -> None:
    settings = load_settings(
        {
            "WHOHOLDS_TELEGRAM_TOKEN": f" {TOKEN}\n",
            "WHOHOLDS_TELEGRAM_API_URL": "http://127.0.0.1:8081/",
            "WHOHOLDS_DATABASE_URL": "postgresql://user:word@host/name",
            "WHOHOLDS_TIMEZONE": "Asia/Baghdad",
            "WHOHOLDS_OWNERS": "7000001, 42,",
            "WHOHOLDS_CHECK_SECONDS": "0.5",
            "WHOHOLDS_MESSAGES_PER_SECOND": "20",
            "WHOHOLDS_PAID_PER_SECOND": "1000",
            "WHOHOLDS_POLICY": "/etc/policy.toml",
            "WHOHOLDS_WEB": "127.0.0.1:9464",
            "WHOHOLDS_LOG_LEVEL": "debug",
            "WHOHOLDS_LOG_FORMAT": "json",
            "HOME": "/root",
        }
    )
    assert settings.telegram_token == SecretStr(TOKEN)
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.zone.key == "Asia/Baghdad"
    assert settings.owners == {7000001, 42}
    assert settings.check_seconds == 0.5
    assert (settings.messages_per_second, settings.paid_per_second) == (20, 1000)
    assert settings.policy == Path("/etc/policy.toml")
    assert settings.web == ("127.0.0.1", 9464)
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.secrets == (TOKEN, "word")


def test_owners_are_numbers_separated_by_commas() -> None:
    assert load_settings({}).owners == frozenset()
    assert load_settings({"WHOHOLDS_OWNERS": "12, 34,"}).owners == {12, 34}


@pytest.mark.parametrize("value", ["ann", "0", "12;34", "99999999999999999999"])
def test_an_owner_that_is_no_user_id_is_refused(value: str) -> None:
    assert "WHOHOLDS_OWNERS is" in problem(OWNERS=value)


def test_an_address_to_serve_at_may_be_a_name_or_ipv6() -> None:
    assert load_settings({"WHOHOLDS_WEB": "localhost:0"}).web == ("localhost", 0)
    assert load_settings({"WHOHOLDS_WEB": "[::1]:80"}).web == ("::1", 80)


@pytest.mark.parametrize(
    "value", [":80", "127.0.0.1", "9464", "a:b", "http://a:1", "a:99999", "a:1/metrics", "::1:9"]
)
def test_an_address_to_serve_at_that_is_none_is_refused(value: str) -> None:
    assert problem(WEB=value) == (
        f"WHOHOLDS_WEB is {value!r}: expected host:port, such as 127.0.0.1:9464"
    )


def test_the_environment_of_the_process_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOHOLDS_TIMEZONE", "Europe/Kyiv")
    assert load_settings().timezone == "Europe/Kyiv"
    assert load_settings({}).timezone == "UTC"


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = load_settings({"WHOHOLDS_TELEGRAM_TOKEN": "", "WHOHOLDS_TIMEZONE": "  "})
    assert settings.telegram_token is None
    assert settings.timezone == "UTC"


@pytest.mark.parametrize("name", ["TELEGRAM_TOKEN", "DATABASE_URL"])
def test_a_secret_can_come_from_a_file(name: str, tmp_path: Path) -> None:
    value = {"TELEGRAM_TOKEN": TOKEN, "DATABASE_URL": "sqlite:////srv/w.db"}[name]
    file = tmp_path / "secret"
    file.write_text(value + "\n", encoding="utf-8")
    settings = load_settings({f"WHOHOLDS_{name}_FILE": str(file), f"WHOHOLDS_{name}": ""})
    assert getattr(settings, name.lower()) == SecretStr(value)


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    said = problem(TELEGRAM_TOKEN=TOKEN, TELEGRAM_TOKEN_FILE=str(tmp_path / "token"))
    assert said == "WHOHOLDS_TELEGRAM_TOKEN and WHOHOLDS_TELEGRAM_TOKEN_FILE are both set: keep one"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "token"
    assert problem(TELEGRAM_TOKEN_FILE=str(missing)) == (
        f"WHOHOLDS_TELEGRAM_TOKEN_FILE names the file {missing}, which cannot be read: "
        "No such file or directory"
    )
    assert "Is a directory" in problem(DATABASE_URL_FILE=str(tmp_path))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "it is no text" in problem(TELEGRAM_TOKEN_FILE=str(tmp_path / "binary"))


@pytest.mark.parametrize(("content", "why"), [(" \n", "empty"), ("x" * 20_000, "too long")])
def test_a_secret_file_that_holds_no_secret_is_named(
    content: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    said = problem(TELEGRAM_TOKEN_FILE=str(file))
    assert why in said
    assert str(file) in said


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OWNERS", "ann", "Telegram user ids separated by commas"),
        ("OWNERS", "7000001 42", "Telegram user ids separated by commas"),
        ("OWNERS", "-100", "Telegram user ids separated by commas"),
        ("OWNERS", "0", "Telegram user ids separated by commas"),
        ("OWNERS", "٤٢", "Telegram user ids separated by commas"),
        ("OWNERS", "9" * 30, "Telegram user ids separated by commas"),
        ("TELEGRAM_API_URL", "api.telegram.org", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "ftp://host", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "https://host/bot", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "https://host?x=1", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "http://host:port", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "http://host:99999", "the root of a Bot API server"),
        ("TELEGRAM_API_URL", "http://[::1", "the root of a Bot API server"),
        ("TIMEZONE", "Baghdad", "an IANA time zone"),
        ("TIMEZONE", "Europe", "an IANA time zone"),
        ("TIMEZONE", "../etc/passwd", "an IANA time zone"),
        ("CHECK_SECONDS", "soon", "a number of seconds above 0"),
        ("CHECK_SECONDS", "0", "a number of seconds above 0"),
        ("CHECK_SECONDS", "nan", "a number of seconds above 0"),
        ("CHECK_SECONDS", "inf", "a number of seconds above 0"),
        ("CHECK_SECONDS", "1e9", "a number of seconds above 0"),
        ("MESSAGES_PER_SECOND", "0", "a whole number from 1 to 30"),
        ("MESSAGES_PER_SECOND", "31", "a whole number from 1 to 30"),
        ("MESSAGES_PER_SECOND", "2.5", "a whole number from 1 to 30"),
        ("PAID_PER_SECOND", "-1", "a whole number from 0 to 1000"),
        ("PAID_PER_SECOND", "1001", "a whole number from 0 to 1000"),
        ("PAID_PER_SECOND", "many", "a whole number from 0 to 1000"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "one of console, json"),
    ],
)
def test_a_malformed_setting_is_named_with_what_is_expected(
    name: str, value: str, expected: str
) -> None:
    said = problem(**{name: value})
    assert said.startswith(f"WHOHOLDS_{name} is {value!r}: expected {expected}")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TELEGRAM_TOKEN", "hunter2", "a token from @BotFather"),
        ("TELEGRAM_TOKEN", "123456:hunter2", "a token from @BotFather"),
        ("TELEGRAM_TOKEN", "bot" + TOKEN + "hunter2", "a token from @BotFather"),
        ("DATABASE_URL", "hunter2", "sqlite:///path/to/file.db or postgresql://"),
        ("DATABASE_URL", "mysql://user:hunter2@host/name", "sqlite:///path/to/file.db or"),
    ],
)
def test_a_malformed_secret_is_named_but_never_shown(name: str, value: str, expected: str) -> None:
    said = problem(**{name: value})
    assert said.startswith(
        f"WHOHOLDS_{name} is malformed (its value is not shown): expected {expected}"
    )
    assert "hunter2" not in said


def test_a_malformed_secret_in_a_file_names_the_variable_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hunter2", encoding="utf-8")
    said = problem(TELEGRAM_TOKEN_FILE=str(file))
    assert said.startswith("the file that WHOHOLDS_TELEGRAM_TOKEN_FILE names is malformed")
    assert "hunter2" not in said


def test_a_misspelt_setting_is_named_with_the_nearest() -> None:
    assert problem(TELEGRAM_TOKN=TOKEN) == (
        "WHOHOLDS_TELEGRAM_TOKN is no setting; did you mean WHOHOLDS_TELEGRAM_TOKEN?"
    )
    assert "there are WHOHOLDS_CAP_FOLDER, WHOHOLDS_CHECK_SECONDS" in problem(XYZZY="1")


def test_only_secrets_have_a_file_variant() -> None:
    assert "WHOHOLDS_TIMEZONE_FILE is no setting" in problem(TIMEZONE_FILE="/etc/timezone")


def test_variables_of_the_tests_are_left_alone() -> None:
    assert load_settings({"WHOHOLDS_TEST_CHROMIUM": "chromium"}) == load_settings({})


def test_all_problems_are_told_at_once() -> None:
    said = problem(TIMEZONE="Mars", LOG_LEVL="INFO", TELEGRAM_TOKEN_FILE="/nowhere")
    for name in ("WHOHOLDS_TIMEZONE is", "WHOHOLDS_LOG_LEVL is", "WHOHOLDS_TELEGRAM_TOKEN_FILE"):
        assert name in said


def test_settings_show_no_secret_and_cannot_be_changed() -> None:
    settings = load_settings(
        {"WHOHOLDS_TELEGRAM_TOKEN": TOKEN, "WHOHOLDS_DATABASE_URL": "postgresql://u:word@h/n"}
    )
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "word" not in f"{settings!r} {settings}"
    with pytest.raises(ValidationError):
        settings.__setattr__("timezone", "Asia/Baghdad")


def test_a_problem_with_the_settings_is_one_of_our_errors() -> None:
    assert issubclass(SettingsError, WhoHoldsError)


def test_the_table_of_settings_has_a_meaning_and_a_default_for_each() -> None:
    table = {row.name: row for row in settings_table()}
    assert list(table)[:3] == [
        "WHOHOLDS_TELEGRAM_TOKEN",
        "WHOHOLDS_TELEGRAM_API_URL",
        "WHOHOLDS_DATABASE_URL",
    ]
    assert all(row.meaning and row.default for row in table.values())
    assert [name for name, row in table.items() if row.secret] == [
        "WHOHOLDS_TELEGRAM_TOKEN",
        "WHOHOLDS_DATABASE_URL",
    ]
    assert table["WHOHOLDS_CHECK_SECONDS"].default == "5.0"
    assert table["WHOHOLDS_DATABASE_URL"].default == "an SQLite file in the user's data folder"


@pytest.mark.parametrize(
    "value",
    [
        f"https://api.telegram.org/bot{TOKEN}",
        f"https://api.telegram.org/bot{TOKEN.replace(':', '%3A')}",
        f"https://{'a-long-name.' * 6}example.org/bot{TOKEN}",  # the token where a text is cut
        "https://someone:AAE0abcdefgh@host",
    ],
)
def test_a_secret_in_a_setting_that_is_none_is_never_shown_not_even_in_part(value: str) -> None:
    said = problem(TELEGRAM_API_URL=value)
    assert said.startswith(
        "WHOHOLDS_TELEGRAM_API_URL is malformed (its value is not shown): expected the root of"
    )
    assert "AAE0" not in said


def test_a_token_in_place_of_a_files_name_is_not_shown() -> None:
    said = problem(TELEGRAM_TOKEN_FILE=TOKEN)
    assert said.startswith("WHOHOLDS_TELEGRAM_TOKEN_FILE names the file (its name is not shown")
    assert "AAE0" not in said


def test_a_password_in_the_query_of_the_databases_address_is_a_secret_too() -> None:
    url = "postgresql://u:one@h/n?password=two&sslpassword=three&sslmode=require"
    settings = load_settings({"WHOHOLDS_DATABASE_URL": url})
    assert settings.secrets == ("one", "two", "three")


def test_reports_wait_only_where_a_number_of_chats_is_set() -> None:
    assert load_settings({"WHOHOLDS_HOLD_MINUTES": "5"}).hold is None
    hold = load_settings({"WHOHOLDS_HOLD_CHATS": "0"}).hold
    assert hold == Hold(0, timedelta(minutes=10))
    given = {"WHOHOLDS_HOLD_CHATS": "100", "WHOHOLDS_HOLD_MINUTES": "2.5"}
    assert load_settings(given).hold == Hold(100, timedelta(minutes=2.5))
    with pytest.raises(SettingsError, match="WHOHOLDS_HOLD_CHATS is '-1': expected a number of"):
        load_settings({"WHOHOLDS_HOLD_CHATS": "-1"})
