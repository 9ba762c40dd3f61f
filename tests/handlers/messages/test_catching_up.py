"""What a chat is told that could not be reached, or was not sent everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handlers.messages.alerts import compose
from handlers.messages.catching_up import catch_up
from handlers.messages.message import MAX_TEXT, plain, utf16_length
from storage.model.alerts import AlertKind, Missed
from storage.model.changes import Status
from storage.model.control import Rule, Standing
from storage.model.nets import Net
from storage.model.times import Moment
from tests.handlers.messages.scenes import (
    BEFORE,
    CLAIMED,
    FELL,
    NOW,
    PARTIES,
    PLACES,
    READER,
    alert,
    lines,
    told,
)

TOLD = datetime(2014, 6, 21, 6, 0, tzinfo=UTC)
SINCE = Moment(datetime(2014, 6, 20, 9, 0, tzinfo=UTC))


def status(place: str, holder: str, standing: Standing = Standing.LIKELY) -> Status:
    return Status(place, 1, holder, standing, 0.9, Rule.ONE_VOICE, SINCE, last_holder=holder)


def net(place: str, *, told_at: datetime | None = TOLD) -> Net:
    return Net(PLACES[place], status(place, "iraq"), told_at, status(place, "militants"))


def test_several_places_are_told_in_one_message_with_what_was_told_last() -> None:
    disputed = status("rawa", "militants", Standing.DISPUTED)
    rawa = Net(PLACES["rawa"], status("rawa", "iraq"), None, disputed)
    message, number = catch_up([net("al-waleed"), rawa], NOW, PARTIES, READER)
    assert number == 2
    assert lines(message.text) == [
        "🔄 2 places changed while I could not reach you",
        "⚫ Al Waleed – militants (likely, since Fri 20 Jun 12:00 (Baghdad time)); before: the "
        "government of Iraq (likely), as you were last told Sat 21 Jun 09:00",
        "🟠 Rawa – disputed, militants ahead; before: the government of Iraq (likely)",
        "/history shows every change, /why who says so.",
    ]
    assert [row[0].data for row in message.buttons] == ["status:al-waleed", "status:rawa"]
    assert not message.silent


def test_of_one_place_the_first_line_tells_what_holds() -> None:
    message, number = catch_up([net("al-waleed")], NOW, PARTIES, READER)
    assert number == 1
    assert lines(message.text) == [
        "⚫ Al Waleed crossing: militants (likely, since Fri 20 Jun 12:00 (Baghdad time))",
        "This changed while I could not reach you.",
        "Before: the government of Iraq (likely), as you were last told Sat 21 Jun 09:00.",
        "/history shows every change, /why who says so.",
    ]


def test_what_does_not_fit_one_message_is_left_for_the_next() -> None:
    many = [net(place) for place in ("rawa", "ana", "rabia") * 30]
    first, number = catch_up(many, NOW, PARTIES, READER)
    assert 10 < number < 90
    assert utf16_length(plain(first)) <= MAX_TEXT
    assert lines(first.text)[0] == f"🔄 {number} places changed while I could not reach you"
    assert len(lines(first.text)) == number + 2


def test_an_alert_says_what_the_chat_was_last_told_and_what_it_was_not_sent() -> None:
    disputed = alert(BEFORE, FELL, new=CLAIMED)
    seen = replace(disputed, missed=Missed(2, NOW - timedelta(days=2)))
    text = lines(compose(seen, PARTIES, READER).text)
    assert text[0] == "🟠 Al Waleed crossing: now DISPUTED"
    assert text[-2:] == [
        "Before: ⚫ militants (likely, since Sun 22 Jun), as you were last told "
        "Sat 21 Jun 17:00 (Baghdad time).",
        "Meanwhile: 2 changes not sent, see /history.",
    ]
    assert told(disputed)[-1] == "Before: ⚫ militants (likely, since Sun 22 Jun)."


def test_a_chat_that_was_never_told_reads_what_was_before_without_a_time() -> None:
    taken = alert(BEFORE, new=FELL)
    assert taken.kind is AlertKind.HOLDER
    text = lines(compose(replace(taken, missed=Missed(1, None)), PARTIES, READER).text)
    assert text[-2:] == [
        "Before: 🔵 the government of Iraq (likely, since Sun 8 Jun).",
        "Meanwhile: 1 change not sent, see /history.",
    ]
