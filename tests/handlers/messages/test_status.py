"""Who holds a place, or the places of an area, as it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.messages.status import AreaStatus, PlaceStatus, area_status, place_status
from storage.model.alerts import Member
from storage.model.changes import HistoryEntry, Kind, Status
from storage.model.control import Standing
from storage.model.places import Place
from storage.model.record import Tally
from tests.builders import kept, report
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BEFORE,
    BORDER,
    CLAIMED,
    FELL,
    FIGHTING,
    HOLDS,
    LEFT,
    NOW,
    PARTIES,
    PLACES,
    READER,
    RETRACTS,
    entry,
    found,
    lines,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.reports import Report

FIGHT = report("drivers", FIGHTING, id="fight")
GONE = report("agency", LEFT, "iraq", occurred="2014-06-22", said="2014-06-22")


def status(
    *reports: Report,
    history: tuple[HistoryEntry, ...] = (),
    at: datetime = NOW,
    areas: tuple[Place, ...] = (BORDER,),
) -> list[str]:
    view = PlaceStatus(AL_WALEED, areas, found(*reports, at=at), history, at, subscribed=False)
    return lines(place_status(view, PARTIES, READER).text)


def watched(*more: Report) -> list[str]:
    """The status where two sources have kept watch and name the government."""
    weekly = (
        report(source, HOLDS, "iraq", said=f"2014-06-{day:02}")
        for source in ("agency", "monitor")
        for day in (1, 8, 15, 23)
    )
    return status(*weekly, *more)


def test_fighting_at_a_place_whose_holder_is_still_named_is_told_with_who_reports_it() -> None:
    assert watched(FIGHT)[:5] == [
        "🔵 Al Waleed crossing: reported held by the GOVERNMENT OF IRAQ, fighting reported",
        "Iraq–Syria border · last report Mon 23 Jun",
        "Who says so: a monitor and a news agency say the government of Iraq holds it.",
        "⚔️ Fighting is reported: drivers on the road say there is fighting.",
        "How sure: confirmed, independent sources agree. Nobody denies it so far, but fighting is "
        "reported: it may change any hour.",
    ]


def test_fighting_is_told_apart_from_who_says_otherwise() -> None:
    claim = report("militants-tv", HOLDS, "militants", said="2014-06-20")
    assert watched(FIGHT, claim)[2:6] == [
        "🔵 Government of Iraq: a monitor and a news agency say the government of Iraq holds it",
        "⚫ Militants: the militants say they hold it",
        "⚔️ Fighting is reported: drivers on the road say there is fighting.",
        "How sure: confirmed, independent sources agree. What speaks against it weighs little.",
    ]


def test_how_sure_tells_how_earlier_claims_of_both_sides_turned_out() -> None:
    disputed = found(BEFORE, FELL, CLAIMED)
    evidence = tuple(replace(e, record=Tally(cases=12, right=9)) for e in disputed.evidence)
    with_record = replace(disputed, evidence=evidence)
    view = PlaceStatus(AL_WALEED, (BORDER,), with_record, (), NOW, subscribed=False)
    assert lines(place_status(view, PARTIES, READER).text)[4] == (
        "How sure: militants more likely. The prime minister's security spokesman is a party to "
        "the fight and not at the scene. Of 12 earlier claims like this one 9 came true. A colonel "
        "of the border guards is not at the scene and speaks against their own side's interest. "
        "Of 12 earlier times it stood by a holder like this, the holder stayed in 3."
    )


def test_where_a_holder_is_named_and_others_tell_of_fighting_it_is_not_known() -> None:
    fights = (report("drivers", FIGHTING, said=f"2014-06-{day}") for day in ("01", "10", "19"))
    assert status(*fights, report("rumour", HOLDS, "militants", said="2014-06-22")) == [
        "⚪ Al Waleed crossing: NOT KNOWN who holds it now",
        "Iraq–Syria border · last report Sun 22 Jun",
        "⚔️ Others: drivers on the road say there is fighting",
        "⚫ Militants: a rumour says militants hold it",
        "How sure: not known: somebody names a holder, others tell only of fighting, and that is "
        "not enough to tell.",
    ]


def test_a_place_that_nobody_has_reported_on_says_so() -> None:
    assert status() == [
        "⚪ Al Waleed crossing: NO REPORT on record",
        "Iraq–Syria border",
        "I know the place, but nobody I follow has said who holds it.",
    ]


def test_a_place_of_which_every_report_was_withdrawn_says_so() -> None:
    back = report("colonel", RETRACTS, refers_to="fell")
    assert status(FELL, back)[2] == "Every report of who holds it was withdrawn."


def test_a_place_with_nothing_fresh_tells_how_old_the_last_word_is() -> None:
    assert status(FELL, at=NOW + timedelta(days=70)) == [
        "⚪ Al Waleed crossing: NOT KNOWN who holds it now",
        "Iraq–Syria border · last report Mon 23 Jun",
        "The last word is 70 days old: by that, militants held it last.",
        "How sure: not known: there is no fresh report.",
    ]


def test_a_last_word_that_named_nobody_is_told_as_that() -> None:
    assert status(FIGHT, at=NOW + timedelta(days=70))[2] == (
        "The last word is 70 days old, and did not say who held it."
    )


def test_what_weighs_too_little_names_no_holder_but_is_told() -> None:
    assert status(report("blog", HOLDS, "militants"))[:4] == [
        "⚪ Al Waleed crossing: NOT KNOWN who holds it now",
        "Iraq–Syria border · last report Mon 23 Jun",
        "⚫ Militants: a blog says militants hold it",
        "How sure: not known: what is reported weighs too little to name a holder.",
    ]


def test_a_holder_that_left_is_named_and_nobody_else() -> None:
    text = status(BEFORE, GONE)
    assert text[0] == "⚪ Al Waleed crossing: the GOVERNMENT OF IRAQ reported to have LEFT"
    assert text[2] == "▫️ Others: a news agency says the government of Iraq left on Sun 22 Jun"


def test_a_contested_place_lists_those_who_tell_of_fighting() -> None:
    assert status(FELL, FIGHT)[:4] == [
        "⚔️ Al Waleed crossing: CONTESTED, fighting reported",
        "Iraq–Syria border · last report Mon 23 Jun · militants ahead",
        "⚫ Militants: a colonel of the border guards says militants took it on Sun 22 Jun",
        "⚔️ Others: drivers on the road say there is fighting",
    ]


def test_a_place_in_no_area_without_a_report_has_no_empty_line() -> None:
    assert len(status(areas=())) == 2


def test_a_dispute_names_both_sides_and_since_when() -> None:
    older = entry(Kind.HOLDER, found(BEFORE, FELL), FELL)
    present = entry(Kind.DISPUTED, found(BEFORE, FELL, CLAIMED), CLAIMED, version=2)
    text = status(BEFORE, FELL, CLAIMED, history=(present, older))
    assert text[0] == "🟠 Al Waleed crossing: DISPUTED"
    assert text[2].startswith("⚫ Militants: ")
    assert text[3].startswith("🔵 Government of Iraq: ")
    assert text[-1] == "Disputed since Mon 23 Jun. Before: ⚫ militants (likely, since Sun 22 Jun)."


def test_a_holder_tells_since_when_and_who_was_there_before() -> None:
    older = entry(Kind.FIRST, found(BEFORE), BEFORE)
    present = entry(Kind.HOLDER, found(BEFORE, FELL), FELL, version=2)
    assert status(BEFORE, FELL, history=(present, older))[-1] == (
        "Since Sun 22 Jun. Before: 🔵 the government of Iraq (likely, since Sun 8 Jun)."
    )


def test_since_when_is_told_as_a_bound_where_nobody_said_when_it_began() -> None:
    assert status(BEFORE)[-1] == "At least since Sun 8 Jun."


def test_what_a_side_says_of_itself_is_a_claim() -> None:
    text = status(report("militants-tv", HOLDS, "militants"))
    assert text[0] == "⚫ Al Waleed crossing: claimed by MILITANTS"


@pytest.mark.parametrize(
    ("reports", "how"),
    [
        (
            [report("agency", HOLDS, "iraq"), report("monitor", HOLDS, "iraq")],
            "confirmed, independent sources agree. Nobody denies it so far.",
        ),
        (
            [report("colonel", HOLDS, "militants"), report("captain", HOLDS, "militants")],
            "likely, on 2 sources of one side, which count as little more than one. Nobody denies "
            "it so far.",
        ),
        (
            [report("nobody", HOLDS, "militants"), report("tal-afar-official", HOLDS, "militants")],
            "likely, 2 sources agree, but are not known well enough to confirm it. Nobody denies "
            "it so far.",
        ),
        (
            [report("nobody", HOLDS, "militants")],
            "likely, but on one source alone. Of somebody little is known. Nobody denies it so "
            "far.",
        ),
        (
            [
                report("agency", HOLDS, "militants"),
                report("crossing-officials", HOLDS, "militants"),
                report("rumour", HOLDS, "iraq"),
            ],
            "militants much more likely. A rumour is seldom reliable. Two officials at the "
            "crossing are at the scene and speak against their own side's interest.",
        ),
        (
            [report("monitor", HOLDS, "militants"), report("blog", HOLDS, "iraq")],
            "militants much more likely. A blog is unreliable. A monitor is completely reliable.",
        ),
    ],
)
def test_how_sure_it_is_and_why(reports: list[Report], how: str) -> None:
    [line] = [one for one in status(*reports) if one.startswith("How sure: ")]
    assert line == f"How sure: {how}"


# ------------------------------------------------------------------------------------------- area


def area(*members: Member) -> list[str]:
    view = AreaStatus(BORDER, members, NOW, subscribed=True)
    return lines(area_status(view, PARTIES, READER).text)


DOWN = kept(found(BEFORE, FELL))
UP = kept(found(BEFORE))


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        ([DOWN, DOWN], "NO crossing is reported in government hands"),
        ([DOWN, UP], "1 of 2 is reported in government hands"),
        ([UP, UP], "2 of 2 are reported in government hands"),
        ([DOWN, None], "0 of 2 are reported in government hands"),
        ([None, Status("x", 0)], "NOT KNOWN who holds its places"),
    ],
)
def test_an_area_tells_how_many_of_its_places_the_government_holds(
    statuses: list[Status | None], headline: str
) -> None:
    places = (AL_WALEED, PLACES["al-qaim"])
    members = (Member(p, s) for p, s in zip(places, statuses, strict=True))
    assert area(*members)[0] == f"🚧 Iraq–Syria border: {headline}"


def test_an_area_is_only_as_sure_as_its_weakest_place() -> None:
    contested = replace(DOWN, standing=Standing.CONTESTED)
    text = area(Member(AL_WALEED, UP), Member(PLACES["rabia"], contested))
    assert text[-1] == "How sure: only as sure as its weakest part, Rabia (contested)."


def test_under_an_area_is_a_button_for_each_place_that_is_told_and_one_for_all() -> None:
    many = tuple(Member(Place(f"p{n}", f"P{n}", "bridge"), None) for n in range(12))
    message = area_status(AreaStatus(BORDER, many, NOW, subscribed=True), PARTIES, READER)
    assert [row[0].data for row in message.buttons[:-3]] == [f"status:p{n}" for n in range(10)]
    assert [(b.label, b.data) for b in message.buttons[-3]] == [
        ("All 12 places", "in:iraq-syria-border")
    ]
    assert [b.label for row in message.buttons[-2:] for b in row] == [
        "Who says so",
        "History",
        "Unsubscribe",
    ]


def test_what_rested_on_a_report_that_was_withdrawn_is_no_before() -> None:
    back = report("spokesman", RETRACTS, refers_to="claimed")
    history = (
        entry(Kind.SETTLED, found(BEFORE, FELL, CLAIMED, back), back, version=4),
        entry(Kind.DISPUTED, found(BEFORE, FELL, CLAIMED), CLAIMED, version=3),
        entry(Kind.HOLDER, found(BEFORE, FELL), FELL, version=2),
        entry(Kind.FIRST, found(BEFORE), BEFORE),
    )
    assert status(BEFORE, FELL, CLAIMED, back, history=history)[-1] == (
        "Since Sun 22 Jun. Before: 🔵 the government of Iraq (likely, since Sun 8 Jun)."
    )
