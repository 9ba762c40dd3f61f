"""What is kept of a chat's questions, and that it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from storage import memory, subscribers
from storage.model.places import Place
from storage.places import upsert_places
from tests.builders import load, story

if TYPE_CHECKING:
    import sqlalchemy as sa

    from storage.engine import Database

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
ANN, BOB, GROUP, SUPERGROUP = 11, 12, -22, -1_000_000_000_033


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, story())
    return db


def choose(conn: sa.Connection, chat: int, spelling: str, place: str, minutes: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    question = memory.keep_question(conn, chat, spelling.title(), spelling, "status", at)
    memory.choose(conn, chat, question, place, at)


def test_ten_places_are_kept_of_those_asked_about_the_latest_first(filled: Database) -> None:
    with filled.begin() as conn:
        upsert_places(conn, [Place(f"p{n:02}", f"P{n}", "town") for n in range(12)])
        for n in range(12):
            memory.remember(conn, ANN, f"p{n:02}", NOW + timedelta(minutes=n))
        memory.remember(conn, ANN, "p05", NOW + timedelta(hours=1))
        memory.remember(conn, BOB, "rawa", NOW)
        kept = memory.recent_of(conn, ANN)
    assert kept == ["p05", *(f"p{n:02}" for n in (11, 10, 9, 8, 7, 6, 4, 3, 2))]


def test_a_question_is_found_by_the_chat_that_was_asked_and_no_other(filled: Database) -> None:
    with filled.begin() as conn:
        one = memory.keep_question(conn, ANN, "Walid", "walid", "why", NOW)
        again = memory.keep_question(conn, ANN, "WALID", "walid", "why", NOW)
        other = memory.keep_question(conn, ANN, "Walid", "walid", "sub", NOW)
        assert again.id == one.id != other.id
        found = memory.find_question(conn, ANN, one.id)
        assert found is not None
        assert (found.query, found.does) == ("WALID", "why")
        assert memory.find_question(conn, BOB, one.id) is None


def test_the_oldest_of_too_many_questions_goes_and_its_number_is_not_used_again(
    filled: Database,
) -> None:
    with filled.begin() as conn:
        ids = [
            memory.keep_question(
                conn, ANN, "x", f"name {n}", "status", NOW + timedelta(seconds=n)
            ).id
            for n in range(memory.MOST_QUESTIONS + 1)
        ]
        assert memory.find_question(conn, ANN, ids[0]) is None
        assert memory.find_question(conn, ANN, ids[1]) is not None
        memory.forget(conn, ANN)
        new = memory.keep_question(conn, ANN, "x", "name", "status", NOW)
    assert new.id > ids[-1]


def test_a_choice_is_of_one_chat_and_can_be_forgotten(filled: Database) -> None:
    with filled.begin() as conn:
        choose(conn, ANN, "walid", "al-waleed")
        choose(conn, ANN, "walid", "rawa")
        assert memory.chosen_by(conn, ANN) == {"walid": "rawa"}
        assert memory.queries_chosen(conn, ANN) == {"walid": ("Walid", "rawa")}
        assert memory.chosen_by(conn, BOB) == {}
        memory.forget_choices(conn, ANN, ["walid"])
        assert memory.chosen_by(conn, ANN) == {}


def test_wishes_are_counted_by_chats_whatever_the_spelling(filled: Database) -> None:
    with filled.begin() as conn:
        memory.wish(conn, ANN, "Atlantis", "atlantis", NOW)
        memory.wish(conn, ANN, "ATLANTIS!", "atlantis", NOW + timedelta(hours=1))
        memory.wish(conn, BOB, "atlantis", "atlantis", NOW)
        memory.wish(conn, BOB, "Thule", "thule", NOW + timedelta(hours=2))
        found = [(w.query, w.chats) for w in memory.all_wishes(conn)]
        assert found == [("ATLANTIS!", 2), ("Thule", 1)]
        assert memory.fulfil(conn, ["atlantis", "nowhere"]) == 2
        assert [w.query for w in memory.all_wishes(conn)] == ["Thule"]


def test_a_chat_misses_no_more_places_than_are_kept_of_one_chat(filled: Database) -> None:
    with filled.begin() as conn:
        for n in range(memory.MOST_WISHES):
            assert memory.wish(conn, ANN, "x", f"name {n}", NOW)
        assert not memory.wish(conn, ANN, "x", "one more", NOW)
        assert memory.wish(conn, ANN, "x again", "name 0", NOW)


def test_forgetting_a_chat_forgets_its_questions_too(filled: Database) -> None:
    with filled.begin() as conn:
        for chat in (ANN, BOB):
            choose(conn, chat, "walid", "al-waleed")
            memory.remember(conn, chat, "rawa", NOW)
            memory.wish(conn, chat, "Thule", "thule", NOW)
        assert subscribers.forget(conn, ANN)
        assert not subscribers.forget(conn, ANN)
        assert memory.recent_of(conn, ANN) == []
        assert memory.chosen_by(conn, ANN) == {}
        assert [w.chats for w in memory.all_wishes(conn)] == [1]
        assert memory.recent_of(conn, BOB) == ["rawa"]


def test_a_group_that_becomes_a_supergroup_keeps_what_it_chose(filled: Database) -> None:
    with filled.begin() as conn:
        choose(conn, GROUP, "walid", "al-waleed")
        choose(conn, GROUP, "tanf", "al-waleed")
        choose(conn, SUPERGROUP, "walid", "rawa")
        memory.remember(conn, GROUP, "rawa", NOW)
        subscribers.migrate_chat(conn, GROUP, SUPERGROUP)
        assert memory.chosen_by(conn, SUPERGROUP) == {"walid": "rawa", "tanf": "al-waleed"}
        assert memory.recent_of(conn, SUPERGROUP) == ["rawa"]
        assert memory.chosen_by(conn, GROUP) == {}
