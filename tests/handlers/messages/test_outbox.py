"""What owners read about the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.messages import outbox as texts
from handlers.messages.notices import notice
from handlers.messages.outbox import Outbox, outbox
from storage.model.alerts import AlertKind
from storage.model.progress import Broadcast, DeadLetter, DeadLetters, Progress
from tests.handlers.messages.scenes import NOW, PARTIES, READER, lines

MADE = NOW - timedelta(seconds=300)
RUNNING = Broadcast(
    7,
    AlertKind.DISPUTED,
    "al-waleed",
    "Al Waleed",
    MADE,
    addressed=9_000,
    still_to_address=1_000,
    sent=6_000,
    pending=2_990,
    dead=3,
    closed=7,
    last_sent_at=NOW - timedelta(seconds=100),
)
EMPTY = Progress(0, 0, None, 0, 0, 0, 0, 0, 0, ())
BUSY = Progress(2_990, 2_900, MADE, 2_900, 90, 12_000, 3, 7, 1, (RUNNING,))
LETTER = DeadLetter(17, AlertKind.HOLDER, "Rawa", MADE, 1, "BadRequest: <chat> not found")


def read(progress: Progress, *dead: DeadLetter) -> list[str]:
    return lines(outbox(Outbox(progress, dead, NOW), READER).text)


def test_an_empty_outbox_says_so() -> None:
    assert read(EMPTY) == [
        "📤 Outbox",
        "Nothing waits.",
        "On their way, and of the last day",
        "Sent: 0 · closed unsent: 0 · may have come twice: 0",
    ]
    assert outbox(Outbox(EMPTY, (), NOW), READER).buttons == ()


def test_it_tells_what_waits_how_fast_it_goes_and_when_it_is_done() -> None:
    assert read(BUSY) == [
        "📤 Outbox",
        "Waiting: 2,900 with a sound, 90 without.",
        "Due: 2900, the oldest since Mon 23 Jun 16:55 (Baghdad time).",
        "On their way, and of the last day",
        "Sent: 12,000 · closed unsent: 7 · may have come twice: 1",
        "Al Waleed, a dispute: 6,000 of 10,000 sent, 7 closed, 3 dead, 30.0 a second, "
        "done about Mon 23 Jun 17:02",
    ]


def test_what_only_waits_for_its_time_is_not_due() -> None:
    assert read(replace(BUSY, due=0, oldest_due_at=None, broadcasts=()))[1:3] == [
        "Waiting: 2,900 with a sound, 90 without.",
        "On their way, and of the last day",
    ]


def test_of_what_was_not_sent_yet_no_speed_is_told() -> None:
    begun = replace(RUNNING, sent=0, last_sent_at=None, dead=0, closed=0)
    assert read(replace(BUSY, broadcasts=(begun,)))[-1] == "Al Waleed, a dispute: 0 of 10,000 sent"


def test_what_never_ends_has_no_end() -> None:
    crawling = replace(RUNNING, sent=1, pending=10**15)
    assert crawling.expected_end(NOW) is None
    over = replace(RUNNING, pending=0, still_to_address=0)
    assert over.expected_end(NOW) is None


def test_of_many_the_rest_is_counted() -> None:
    many = replace(BUSY, broadcasts=(RUNNING,) * 10, dead=12)
    text = read(many, *[LETTER] * 12)
    assert "… and 2 more: whoholds outbox" in text
    assert "… and 4 more: whoholds outbox --dead" in text


def test_dead_letters_are_told_with_their_reason_and_how_to_try_them_again() -> None:
    assert read(BUSY, LETTER)[-4:] == [
        "Dead letters",
        "17 – Rawa, a new holder, of Mon 23 Jun 16:55: BadRequest: <chat> not found",
        "… and 2 more: whoholds outbox --dead",
        "/outbox retry 17 tries one again, /outbox retry all all of them: what is still news then "
        "is told.",
    ]
    message = outbox(Outbox(replace(BUSY, dead=1), [LETTER], NOW), READER)
    ((button,),) = message.buttons
    assert (button.label, button.data) == ("Try all again (1)", "outbox:ask")


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_kind_of_alert_has_a_word(kind: AlertKind) -> None:
    assert texts.kind_word(READER, kind)


def test_all_are_tried_again_only_after_asking() -> None:
    question = texts.ask_retry(3, READER)
    assert lines(question.text) == [
        "Try 3 dead letters again? What is still news is told, the rest is closed."
    ]
    assert [b.data for b in question.buttons[0]] == ["outbox:retry", "outbox:keep"]
    assert lines(texts.ask_retry(0, READER).text) == ["There are no dead letters."]
    assert lines(texts.left_dead(READER).text) == ["They stay as they are. /outbox shows them."]


def test_it_says_how_many_are_tried_again_or_why_none() -> None:
    assert lines(texts.retried(2, READER).text)[0] == "2 dead letters are tried again."
    assert lines(texts.retried(0, READER).text) == ["There are no dead letters."]
    assert lines(texts.not_dead("17", known=True, reader=READER).text)[0] == (
        "The delivery 17 is not dead: there is nothing to try again."
    )
    assert lines(texts.not_dead("x", known=False, reader=READER).text)[0] == (
        "There is no delivery with the id “x”."
    )
    assert "/outbox retry all" in lines(texts.how_to(READER).text)[1]


def test_owners_are_told_of_dead_letters_by_their_reason() -> None:
    letters = DeadLetters("BadRequest: chat not found", 41)
    assert lines(notice(letters, PARTIES, READER).text) == [
        "⚠️ 41 messages could not be delivered",
        "Telegram refuses: BadRequest: chat not found",
        "/outbox shows these dead letters and tries them again.",
    ]
