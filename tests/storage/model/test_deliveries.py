"""What is news to a chat that was told something before, and when an area alert still holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.model.alerts import AlertKind, AreaAlert, Member, PlaceAlert, still_holds
from storage.model.changes import Status, as_status
from storage.model.control import Assessment, Rule, Standing
from storage.model.deliveries import is_news, same_answer, seen_as
from storage.model.parties import Party
from storage.model.places import Place

AT = datetime(2014, 6, 23, tzinfo=UTC)
PARTIES = {
    "iraq": Party("iraq", "government of Iraq", ("IQ",)),
    "militants": Party("militants", "militants"),
}
LIKELY, CONFIRMED, DISPUTED = Standing.LIKELY, Standing.CONFIRMED, Standing.DISPUTED
UNKNOWN = Standing.UNKNOWN


def held(
    holder: str | None,
    standing: Standing = LIKELY,
    rule: Rule = Rule.ONE_VOICE,
    last: str | None = None,
) -> Status:
    return Status("p", 1, holder, standing, 0.9, rule, last_holder=last or holder)


LAPSED = held(None, UNKNOWN, Rule.STALE, "militants")
GONE = held(None, UNKNOWN, Rule.LEFT, "militants")
NOTHING = Status("p", 0)


@pytest.mark.parametrize(
    ("told", "now", "news"),
    [
        pytest.param(held("iraq"), held("militants"), True, id="another holder"),
        pytest.param(held("iraq"), held("iraq", DISPUTED), True, id="a dispute"),
        pytest.param(held("iraq"), held("iraq", CONFIRMED), False, id="surer of the same"),
        pytest.param(held("militants"), LAPSED, False, id="nothing fresh any more"),
        pytest.param(held("iraq"), LAPSED, True, id="lapsed, but meanwhile another held it"),
        pytest.param(LAPSED, held("militants"), False, id="the same is known again"),
        pytest.param(LAPSED, held("iraq"), True, id="known again, and it is another"),
        pytest.param(LAPSED, held("militants", DISPUTED), True, id="known again as disputed"),
        pytest.param(held("militants"), GONE, True, id="the holder left"),
        pytest.param(LAPSED, GONE, True, id="it was not known, and now the holder left"),
        pytest.param(GONE, GONE, False, id="that the holder left was told"),
        pytest.param(GONE, held("militants"), True, id="who left is back"),
        pytest.param(NOTHING, held("iraq"), True, id="nothing was known"),
    ],
)
def test_news_is_what_the_chat_does_not_know_yet(told: Status, now: Status, *, news: bool) -> None:
    assert is_news(told, now) is news


def test_the_same_answer_may_be_more_or_less_sure() -> None:
    assert same_answer(held("iraq"), held("iraq", CONFIRMED))
    assert not same_answer(held("iraq"), held("militants"))
    assert not same_answer(held("iraq"), held("iraq", DISPUTED))


def test_an_alert_is_of_the_kind_that_it_is_to_who_reads_it() -> None:
    disputed = Assessment("militants", DISPUTED, 0.6, Rule.TWO_SIDES)
    assert seen_as(held("militants"), disputed) is AlertKind.DISPUTED
    assert seen_as(held("iraq", DISPUTED), replace(disputed, standing=LIKELY)) is AlertKind.HOLDER
    assert seen_as(NOTHING, disputed) is None
    same = Assessment("iraq", LIKELY, 0.9, Rule.ONE_VOICE)
    assert seen_as(held("iraq"), same) is None
    assert as_status("p", same).holder == "iraq"


QAIM, RABIA = (Place(p, p, "crossing", ("IQ",)) for p in ("qaim", "rabia"))
AREA = Place("border", "Border", "area")
FOUND = Assessment("militants", LIKELY, 0.9, Rule.ONE_VOICE)


def members(qaim: str | None, rabia: str | None) -> tuple[Member, ...]:
    return tuple(
        Member(place, held(holder) if holder else None)
        for place, holder in ((QAIM, qaim), (RABIA, rabia))
    )


@pytest.mark.parametrize(
    ("kind", "now", "holds"),
    [
        (AlertKind.AREA_FIRST, members("militants", "iraq"), True),
        (AlertKind.AREA_FIRST, members("iraq", "militants"), False),
        (AlertKind.AREA_FIRST, members(None, "iraq"), False),
        (AlertKind.AREA_LAST, members("militants", "militants"), True),
        (AlertKind.AREA_LAST, members("militants", "iraq"), False),
        (AlertKind.AREA_LAST, members("militants", None), False),
        (AlertKind.AREA_REGAINED, members("iraq", "militants"), True),
        (AlertKind.AREA_REGAINED, members("militants", "iraq"), False),
    ],
)
def test_an_alert_about_an_area_holds_while_its_first_line_does(
    kind: AlertKind, now: tuple[Member, ...], *, holds: bool
) -> None:
    cause = PlaceAlert(1, AlertKind.HOLDER, AT, QAIM, (AREA,), held("iraq"), FOUND, ())
    alert = AreaAlert(2, kind, AT, AREA, (), (cause,))
    assert still_holds(alert, now, PARTIES) is holds
