"""The one table of commands."""

from __future__ import annotations

import re

import pytest

from handlers.register import COMMANDS, CONFIDENTIAL, Who, menu
from handlers.zones import find_zone, near_zones
from storage.model.roles import Role


def test_each_role_has_the_commands_it_may_use_in_its_menu() -> None:
    everyone = {c.name for c in COMMANDS if c.who in (Who.EVERYONE, Who.ADMINS)}
    editors = {c.name for c in COMMANDS if c.who is Who.EDITORS}
    owners = {c.name for c in COMMANDS if c.who is Who.OWNERS}
    assert {c.command for c in menu()} == everyone
    assert {c.command for c in menu(Role.EDITOR)} == everyone | editors
    assert [(c.command, c.description) for c in menu(Role.OWNER)] == [
        (c.name, c.description) for c in COMMANDS
    ]
    assert owners == {"place", "wishes", "outbox", "invite", "audit", "feeds", "rejects"}
    reporting = {"report", "article", "retract", "correct", "cancel"}
    assert editors == {*reporting, "roles", "leads", "lead"}


def test_what_is_not_for_a_group_to_read_is_only_of_owners_and_editors() -> None:
    assert {c.name for c in COMMANDS if c.who in (Who.EDITORS, Who.OWNERS)} >= CONFIDENTIAL


def test_telegram_takes_every_command() -> None:
    for command in COMMANDS:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command.name)
        assert 1 <= len(command.description) <= 256
        assert command.example.split()[0] == f"/{command.name}"
    assert len({c.name for c in COMMANDS}) == len(COMMANDS)


def test_what_changes_a_chat_is_for_admins_in_groups() -> None:
    assert {c.name for c in COMMANDS if c.who is Who.ADMINS} == {
        "subscribe",
        "unsubscribe",
        "timezone",
        "forget",
    }


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("baghdad", "Asia/Baghdad"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("", None),
        ("Atlantis", None),
        ("../../etc/passwd", None),
        ("x" * 5000, None),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(typed: str, zone: str | None) -> None:
    assert find_zone(typed) == zone


def test_near_zones_are_offered() -> None:
    assert near_zones("Asia/Bagdad")[0] == "Asia/Baghdad"
    assert near_zones("12345") == []
    assert near_zones("x" * 5000) == []
