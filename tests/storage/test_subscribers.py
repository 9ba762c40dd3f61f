"""Chats and what they want to hear about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import subscribers
from storage.tables import deliveries, subscriptions
from storage.tables import subscribers as table
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.engine import Database

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
ANN, GROUP, SUPERGROUP = 11, -22, -1_000_000_000_033


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, story())
    return db


def join(conn: sa.Connection, chat_id: int, *places: str) -> int:
    subscriber = subscribers.ensure(conn, chat_id, is_group=chat_id < 0, now=NOW)
    for place in places:
        subscribers.subscribe(conn, subscriber.id, place, NOW)
    return subscriber.id


def names(conn: sa.Connection, chat_id: int) -> list[str]:
    return [p.id for p in subscribers.subscriptions_of(conn, chat_id)]


def test_subscribing_twice_is_one_subscription(filled: Database) -> None:
    with filled.begin() as conn:
        ann = join(conn, ANN)
        assert subscribers.subscribe(conn, ann, "rawa", NOW)
        assert not subscribers.subscribe(conn, ann, "rawa", NOW)
        assert names(conn, ANN) == ["rawa"]
        assert subscribers.is_subscribed(conn, ANN, "rawa")


def test_unsubscribing_ends_one(filled: Database) -> None:
    with filled.begin() as conn:
        ann = join(conn, ANN, "rawa", "ana", "anbar")
        assert subscribers.unsubscribe(conn, ann, "rawa")
        assert not subscribers.unsubscribe(conn, ann, "rawa")
        assert names(conn, ANN) == ["ana", "anbar"]


def test_a_chat_that_left_keeps_its_settings_for_its_return(filled: Database) -> None:
    with filled.begin() as conn:
        ann = join(conn, ANN, "rawa")
        subscribers.set_zone(conn, ann, "Asia/Baghdad")
        subscribers.deactivate(conn, ANN)
        left = subscribers.find(conn, ANN)
        back = subscribers.ensure(conn, ANN, is_group=False, now=NOW)
    assert left is not None
    assert not left.active
    assert (back.active, back.zone, back.id) == (True, "Asia/Baghdad", ann)


def test_forgetting_a_chat_leaves_no_row_of_it(filled: Database) -> None:
    with filled.begin() as conn:
        join(conn, ANN, "rawa")
        assert subscribers.forget(conn, ANN)
        assert not subscribers.forget(conn, ANN)
        assert subscribers.find(conn, ANN) is None
        for rows in (table, subscriptions, deliveries):
            assert conn.scalar(sa.select(sa.func.count()).select_from(rows)) == 0


def test_a_group_that_becomes_a_supergroup_keeps_its_subscriptions(filled: Database) -> None:
    with filled.begin() as conn:
        join(conn, GROUP, "rawa")
        subscribers.migrate_chat(conn, GROUP, SUPERGROUP)
        assert names(conn, SUPERGROUP) == ["rawa"]
        assert subscribers.find(conn, GROUP) is None


def test_a_supergroup_that_spoke_first_gets_what_the_group_had(filled: Database) -> None:
    with filled.begin() as conn:
        join(conn, GROUP, "rawa", "ana")
        join(conn, SUPERGROUP, "ana", "anbar")
        subscribers.migrate_chat(conn, GROUP, SUPERGROUP)
        assert names(conn, SUPERGROUP) == ["ana", "anbar", "rawa"]
        assert subscribers.find(conn, GROUP) is None


def test_the_migration_of_an_unknown_chat_is_nothing(filled: Database) -> None:
    with filled.begin() as conn:
        subscribers.migrate_chat(conn, GROUP, SUPERGROUP)
        assert subscribers.find(conn, SUPERGROUP) is None
