"""The words for places, parties, times and standings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.messages.message import Reader
from handlers.messages.words import (
    Telling,
    brief_status,
    is_plural,
    party_symbol,
    place_label,
    place_text,
    show_day,
    show_instant,
    show_moment,
    status_line,
    status_words,
)
from storage.model.changes import Status
from storage.model.control import Rule, Standing
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.times import Moment, parse_moment
from tests.handlers.messages.scenes import AL_WALEED, NOW, PARTIES, PLACES, lines


def telling(zone: str = "Asia/Baghdad", now: datetime = NOW) -> Telling:
    return Telling(Reader(ZoneInfo(zone)), PARTIES, now)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Al Waleed", "crossing", "Al Waleed crossing"),
        ("Tal Afar airport", "airport", "Tal Afar airport"),
        ("Rawa", "town", "Rawa"),
        ("Anbar", "area", "Anbar"),
        ("\u202e", "dam", "? dam"),
    ],
)
def test_a_place_is_called_by_its_name_and_kind(name: str, kind: str, expected: str) -> None:
    place = Place("x", name, kind)
    assert place_text(place) == expected
    assert lines(place_label(place)) == [expected]


def test_only_the_name_is_isolated_not_the_word_for_its_kind() -> None:
    assert place_label(Place("x", "الوليد", "crossing")) == "\u2068الوليد\u2069 crossing"


OTHERS = {
    p.id: p
    for p in (
        Party("iraq", "government of Iraq", ("IQ",)),
        Party("syria", "government of Syria", ("SY",), rank=1),
        Party("france", "government of France", ("FR",), rank=2),
        *(Party(f"p{n}", f"party {n}", rank=n) for n in range(3, 9)),
        Party("brigade", "a brigade", part_of="p4", rank=9),
        Party("army", "the army", part_of="iraq", rank=10),
    )
}


@pytest.mark.parametrize(
    ("party", "symbol"),
    [
        ("iraq", "🔵"),
        ("syria", "🔵"),
        ("army", "🔵"),
        ("france", "🟤"),
        ("p3", "⚫"),
        ("p4", "🟡"),
        ("brigade", "🟡"),
        ("p5", "🟣"),
        ("p6", "🟤"),
        ("p8", "🟤"),
    ],
)
def test_a_party_has_the_same_symbol_everywhere_and_the_government_is_blue_at_home(
    party: str, symbol: str
) -> None:
    assert party_symbol(party, AL_WALEED, OTHERS) == symbol


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("militants", True),
        ("Kurdish forces", True),
        ("two officials at the crossing", True),
        ("witnesses in Tal Afar", True),
        ("the government of Iraq", False),
        ("a colonel of the border guards", False),
        ("the prime minister's security spokesman", False),
        ("Reuters", False),
        ("BBC News", False),
        ("the press", False),
        ("of", False),
        ("", False),
    ],
)
def test_a_name_takes_say_or_says_by_its_noun(name: str, plural: bool) -> None:
    assert is_plural(name) is plural


@pytest.mark.parametrize("zone", ["Asia/Baghdad", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_day_is_the_same_day_in_every_zone(zone: str) -> None:
    assert show_moment(telling(zone), parse_moment("2014-06-22")) == "Sun 22 Jun"


def test_a_year_is_told_where_it_is_not_this_one() -> None:
    assert show_day(telling(), date(2013, 12, 31)) == "Tue 31 Dec 2013"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Baghdad", "Mon 23 Jun 17:00 (Baghdad time)"),
        ("America/Argentina/Buenos_Aires", "Mon 23 Jun 11:00 (Buenos Aires time)"),
        ("UTC", "Mon 23 Jun 14:00 (UTC)"),
        ("Etc/GMT+3", "Mon 23 Jun 11:00 (GMT+3)"),
        ("Pacific/Kiritimati", "Tue 24 Jun 04:00 (Kiritimati time)"),
    ],
)
def test_a_time_of_day_is_the_readers_and_names_the_zone(zone: str, expected: str) -> None:
    assert show_instant(telling(zone), NOW) == expected


def test_the_zone_is_named_once_a_message() -> None:
    message = telling()
    first, second = (show_moment(message, Moment(NOW)) for _ in range(2))
    assert first == "Mon 23 Jun 17:00 (Baghdad time)"
    assert second == "Mon 23 Jun 17:00"


def test_new_year_comes_by_the_readers_clock() -> None:
    late = datetime(2013, 12, 31, 22, 0, tzinfo=UTC)
    assert show_day(telling("Asia/Baghdad", late), date(2014, 1, 1)) == "Wed 1 Jan"
    assert show_day(telling("UTC", late), date(2014, 1, 1)) == "Wed 1 Jan 2014"


SINCE = parse_moment("2014-06-22")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "⚪ no report on record"),
        (Status("x", 1), "⚪ not known who holds it"),
        (
            Status("x", 1, last_holder="iraq"),
            "⚪ not known who holds it, the government of Iraq held it last",
        ),
        (
            Status("x", 1, "militants", Standing.LIKELY, since=SINCE),
            "⚫ militants (likely, since Sun 22 Jun)",
        ),
        (Status("x", 1, "iraq", Standing.CONFIRMED), "🔵 the government of Iraq (confirmed)"),
        (
            Status("x", 1, "iraq", Standing.LIKELY, rule=Rule.OWN_WORD, since=SINCE),
            "🔵 claimed by the government of Iraq",
        ),
        (
            Status("x", 1, "militants", Standing.DISPUTED, since=SINCE),
            "🟠 disputed, militants ahead",
        ),
        (Status("x", 1, None, Standing.CONTESTED), "⚔️ contested"),
        (
            Status("x", 1, "kurdish", Standing.CONTESTED, since=SINCE),
            "⚔️ contested, Kurdish forces ahead",
        ),
    ],
)
def test_a_status_in_a_few_words(status: Status | None, expected: str) -> None:
    assert lines(status_line(telling(), PLACES["al-waleed"], status)) == [expected]


def test_the_briefest_words_leave_out_since_when() -> None:
    status = Status("x", 1, "militants", Standing.LIKELY, since=SINCE)
    assert lines(brief_status(telling(), status)) == ["militants (likely)"]
    assert lines(status_words(telling(), status)) == ["militants (likely, since Sun 22 Jun)"]
