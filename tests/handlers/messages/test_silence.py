"""What /status and /why say of sources that have gone silent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers.messages.status import PlaceStatus, place_status
from handlers.messages.why import Why, why
from storage.model.silence import Silence
from tests.builders import report
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BORDER,
    HOLDS,
    NOW,
    PARTIES,
    READER,
    found,
    lines,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.reports import Report

DAY = timedelta(days=1)
SAID = {s: report(s, HOLDS, "iraq", said="2014-06-15") for s in ("agency", "monitor", "drivers")}


def quiet(**days: int) -> dict[str, Silence]:
    """Sources that were heard of last so many days ago."""
    return {s: Silence(s, NOW - ago * DAY, DAY, NOW) for s, ago in days.items()}


def status(silent: dict[str, Silence], *reports: Report, at: datetime = NOW) -> list[str]:
    view = PlaceStatus(
        AL_WALEED, (BORDER,), found(*reports, at=at), (), at, subscribed=False, silent=silent
    )
    return lines(place_status(view, PARTIES, READER).text)


def of_silence(text: list[str]) -> list[str]:
    return [line for line in text if "ilent" in line]


def test_an_answer_that_rests_on_a_silent_source_says_so() -> None:
    assert of_silence(status(quiet(agency=8), SAID["agency"], SAID["monitor"])) == [
        "Silent since Sun 15 Jun: reports of a news agency no longer come in. That is not calm on "
        "the ground."
    ]


def test_several_silent_sources_are_counted_in_one_line() -> None:
    silent = quiet(agency=8, monitor=9)
    assert of_silence(status(silent, *SAID.values())) == [
        "Silent: 2 of the 3 sources behind this, a monitor since Sat 14 Jun. Their reports no "
        "longer come in. That is not calm on the ground."
    ]


def test_a_silent_source_that_the_answer_does_not_rest_on_is_not_spoken_of() -> None:
    assert of_silence(status(quiet(drivers=8), SAID["agency"])) == []
    assert of_silence(status({}, SAID["agency"])) == []


def test_a_place_that_is_not_known_any_more_for_that_reason_says_so() -> None:
    later = NOW + 90 * DAY
    text = status(quiet(agency=8), SAID["agency"], at=later)
    assert text[0] == "⚪ Al Waleed crossing: NOT KNOWN who holds it now"
    assert of_silence(text) == [
        "Silent since Sun 15 Jun: reports of a news agency no longer come in. That is not calm on "
        "the ground."
    ]


def test_why_says_it_at_the_reports_of_the_silent_source() -> None:
    old = report("drivers", HOLDS, "iraq", said="2014-01-01")
    view = Why(
        AL_WALEED,
        found(*(SAID[s] for s in ("agency", "monitor")), old),
        NOW,
        subscribed=False,
        silent=quiet(agency=8, drivers=170),
    )
    [message] = why(view, PARTIES, READER)
    said = {line.split(":")[0]: line for line in lines(message.text)}
    assert "· silent since Sun 15 Jun ·" in said["🔵 A news agency"]
    assert "silent" not in said["🔵 A monitor"]
    assert said["▫️ Drivers on the road"].endswith("too long ago to count · silent since Sat 4 Jan")
