"""The chart of a place: which stretches it has, and what its caption says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.messages.charts import MOST_NAMED, chart
from handlers.messages.history import History
from handlers.messages.looking_back import When
from handlers.messages.message import MAX_CAPTION, Message, outside
from handlers.messages.strip import Fill, Pattern, Stretch, Strip, Tick
from storage.model.changes import HistoryEntry, Kind
from storage.model.control import Assessment, Rule, Standing
from storage.model.parties import Party
from storage.model.times import Moment, Precision
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BEFORE,
    CLAIMED,
    FELL,
    NOW,
    PARTIES,
    READER,
    entry,
    found,
    lines,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = entry(Kind.FIRST, found(BEFORE), BEFORE)
TAKEN = entry(Kind.HOLDER, found(BEFORE, FELL), FELL, version=2)
DISPUTED = entry(Kind.DISPUTED, found(BEFORE, FELL, CLAIMED), CLAIMED, version=3)


def shown(
    *entries: HistoryEntry, now: datetime = NOW, parties: Mapping[str, Party] = PARTIES
) -> Message:
    """The chart of changes, newest first."""
    view = History(AL_WALEED, entries, found(BEFORE, FELL), now, subscribed=False)
    return chart(view, dict(parties), READER)


def strip(*entries: HistoryEntry, now: datetime = NOW) -> Strip:
    picture = shown(*entries, now=now).picture
    assert picture is not None
    return picture


def at(hour: int, standing: Standing, holder: str | None = None, *, day: int = 22) -> HistoryEntry:
    """A change found at an hour (UTC) in June 2014."""
    instant = datetime(2014, 6, day, hour, tzinfo=UTC)
    moment = Moment(instant)
    after = Assessment(holder, standing, 0.9, Rule.NO_REPORTS, since=moment, as_of=moment)
    return HistoryEntry(hour, Kind.HOLDER, instant, after, ())


def test_a_chart_has_a_stretch_for_each_holder_and_standing_and_ends_now() -> None:
    drawn = strip(DISPUTED, TAKEN, FIRST)
    assert [
        (s.begins.date, s.begins.time, s.number, s.fill, s.pattern) for s in drawn.stretches
    ] == [
        ("2014-06-08", "", 1, Fill.HELD, Pattern.PLAIN),
        ("2014-06-22", "", 2, Fill.HELD, Pattern.DOTS),
        ("2014-06-23", "", 2, Fill.DISPUTED, Pattern.DOTS),
    ]
    assert drawn.ends.date == "2014-06-23"


def test_a_later_finding_has_the_last_word_about_what_it_tells_of() -> None:
    late = at(6, Standing.LIKELY, "militants")
    wrong = at(9, Standing.LIKELY, "iraq")
    drawn = strip(late, wrong, at(3, Standing.LIKELY, "iraq"))
    assert [s.begins.time for s in drawn.stretches] == ["06:00", "09:00"]


def test_a_change_that_cannot_be_seen_begins_no_stretch() -> None:
    surer = at(9, Standing.CONFIRMED, "iraq")
    assert len(strip(surer, at(3, Standing.LIKELY, "iraq")).stretches) == 1


def test_a_chart_of_some_days_ends_at_the_last_full_hour_in_the_zone_of_the_reader() -> None:
    drawn = strip(at(3, Standing.LIKELY, "iraq"), now=NOW + timedelta(minutes=40))
    assert (drawn.ends.date, drawn.ends.time) == ("2014-06-23", "17:00")
    assert drawn == strip(at(3, Standing.LIKELY, "iraq"), now=NOW + timedelta(minutes=59))


def test_what_changed_after_the_last_full_hour_ends_the_chart() -> None:
    drawn = strip(at(14, Standing.LIKELY, "iraq", day=23), now=NOW + timedelta(minutes=1))
    assert drawn.stretches[0].begins == drawn.ends
    later = at(14, Standing.LIKELY, "iraq", day=23)
    earlier = at(3, Standing.LIKELY, "militants", day=1)
    assert strip(later, earlier, now=NOW).ends == Tick(NOW, "2014-06-23", "17:00")


def test_the_caption_tells_what_everything_on_the_chart_means() -> None:
    message = shown(
        at(9, Standing.UNKNOWN, day=23),
        at(8, Standing.CONTESTED, day=23),
        at(7, Standing.DISPUTED, "iraq", day=23),
        at(6, Standing.LIKELY, "militants", day=23),
    )
    assert lines(message.text) == [
        "Al Waleed crossing – who held it when",
        "Mon 23 Jun 09:00 (Baghdad time) to Mon 23 Jun 17:00",
        "1 ⚫ Militants: dots",
        "2 🔵 Government of Iraq: plain",
        "🟠 hatched: disputed",
        "⚔️ crossed: contested",
        "⚪ empty: not known",
        "A number says who holds it, or who is ahead.",
        "Short times are drawn wider than they were.",
    ]
    assert [button.label for button in message.buttons[0]] == ["Who says so", "History", "Map"]


def test_where_nobody_was_ever_known_no_number_is_explained() -> None:
    message = shown(at(9, Standing.UNKNOWN))
    assert lines(message.text)[2:] == ["⚪ empty: not known"]


def test_without_a_change_there_is_no_chart() -> None:
    message = shown()
    assert (message.text, message.picture) == ("Nothing is on record yet.", None)
    view = History(AL_WALEED, (), found(), NOW, subscribed=False, when=When(NOW))
    assert chart(view, PARTIES, READER).text == "By then this bot had found nothing."


def test_however_many_parties_there_were_the_caption_fits() -> None:
    many = {f"p{n}": Party(f"p{n}", f"{n} <&> {'x' * 80}", rank=n) for n in range(9)}
    message = chart(
        History(
            replace(AL_WALEED, name="&" * 90),
            tuple(at(20 - n, Standing.DISPUTED, f"p{n}") for n in range(9)),
            found(BEFORE),
            NOW,
            subscribed=False,
            when=When(NOW, NOW),
        ),
        PARTIES | many,
        READER,
    )
    assert f"{MOST_NAMED + 1} and above: other parties" in lines(message.text)
    assert message.picture is not None
    assert [s.number for s in message.picture.stretches] == list(range(1, 10))
    assert outside("8 <&> " + "x" * 80) in message.text


def test_a_caption_that_telegram_would_not_take_is_none_of_ours() -> None:
    drawn = strip(TAKEN)
    assert Message("x" * MAX_CAPTION, picture=drawn).picture == drawn
    with pytest.raises(ValueError, match="1 to 1024"):
        Message("x" * (MAX_CAPTION + 1), picture=drawn)


def test_a_strip_is_in_the_order_of_time() -> None:
    early, late = Tick(NOW, "2014-06-23"), Tick(NOW + timedelta(hours=1), "2014-06-23")
    held = Stretch(late, Fill.UNKNOWN)
    with pytest.raises(ValueError, match="order of time"):
        Strip((), late)
    with pytest.raises(ValueError, match="order of time"):
        Strip((held, Stretch(early, Fill.UNKNOWN)), late)
    with pytest.raises(ValueError, match="order of time"):
        Strip((held,), early)


def test_a_day_is_the_same_one_in_every_zone() -> None:
    assert Moment(datetime(2014, 6, 22, tzinfo=UTC), Precision.DAY) == TAKEN.after.since
    begins = strip(TAKEN).stretches[0].begins
    assert begins.at == datetime(2014, 6, 22, tzinfo=READER.zone)
