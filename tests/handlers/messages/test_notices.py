"""What owners read about their sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.messages.notices import notice
from storage.model.notices import Notice, NoticeKind
from storage.model.outages import Ending, Suspicion
from storage.model.silence import Silence
from storage.model.sources import Source
from tests.handlers.messages.scenes import PARTIES, READER, lines

SINCE = datetime(2014, 6, 23, 9, 0, tzinfo=UTC)
SUSPICION = Suspicion("map", "iraq", SINCE, SINCE + timedelta(days=7), 312, 558)
SOURCE = Source("map", "a <map> of the war", "analyst")


def told(kind: NoticeKind, suspicion: Suspicion) -> list[str]:
    return lines(notice(Notice(kind, SOURCE, SINCE, suspicion), PARTIES, READER).text)


def test_owners_read_what_a_source_moves_and_what_becomes_of_it() -> None:
    assert told(NoticeKind.SUSPECTED, SUSPICION) == [
        "⚠️ a <map> of the war: an outage is suspected",
        "It had 558 places held by the government of Iraq, and now says otherwise of 312, all at "
        "once. Hardly anybody else does.",
        "What it says of them since Mon 23 Jun 12:00 (Baghdad time) is held aside, and nobody is "
        "alerted because of it, until others say so too, until it says again what it said before, "
        "or until Mon 30 Jun 12:00.",
        "Nothing is lost: /why of such a place shows what is held aside.",
    ]


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.RETURNED, "It says again what it said before."),
        (Ending.CONFIRMED, "Others say so too. What was held aside counts now."),
        (Ending.LAPSED, "Nobody else has said so, but it stands by it."),
    ],
)
def test_owners_read_how_a_suspicion_ended(ending: Ending, words: str) -> None:
    found = told(NoticeKind.CLEARED, replace(SUSPICION, ended_at=SINCE, ending=ending))
    assert found[0] == "a <map> of the war: no outage is suspected any more"
    assert found[1].startswith(words)
    assert len(found) == 2


SILENCE = Silence("map", SINCE, timedelta(days=2), SINCE + timedelta(days=6))


def test_owners_read_that_a_source_is_silent_and_that_this_is_not_calm() -> None:
    message = notice(Notice(NoticeKind.SILENT, SOURCE, SINCE, SILENCE), PARTIES, READER)
    assert lines(message.text) == [
        "⚠️ a <map> of the war: SILENT",
        "Nothing has come in from it since Mon 23 Jun 12:00 (Baghdad time). As a rule (median) "
        "something does every 2 days.",
        "That is not calm on the ground: please see whether its feed still works. /status of a "
        "place that rests on it says that it is silent.",
    ]
    assert not message.silent


def test_owners_read_that_a_source_is_back() -> None:
    ended = replace(SILENCE, ended_at=SINCE + timedelta(days=9))
    message = notice(Notice(NoticeKind.BACK, SOURCE, SINCE, ended), PARTIES, READER)
    assert lines(message.text) == [
        "a <map> of the war: its reports come in again",
        "It had been silent since Mon 23 Jun 12:00 (Baghdad time).",
    ]
    assert message.silent


def test_only_what_asks_for_a_look_makes_a_sound() -> None:
    ended = replace(SUSPICION, ended_at=SINCE, ending=Ending.RETURNED)
    assert notice(Notice(NoticeKind.CLEARED, SOURCE, SINCE, ended), PARTIES, READER).silent
    begun = Notice(NoticeKind.SUSPECTED, SOURCE, SINCE, SUSPICION)
    assert not notice(begun, PARTIES, READER).silent
