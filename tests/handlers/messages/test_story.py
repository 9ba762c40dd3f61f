"""The alerts of June 2014, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.messages.alerts import compose
from storage.model.alerts import AreaAlert, Correction, PlaceAlert
from tests.handlers.messages.scenes import PARTIES, READER, lines

if TYPE_CHECKING:
    from storage.model.alerts import Alert
    from tests.handlers.conftest import Record


def about(record: Record, place: str) -> list[Alert]:
    """The alerts about a place or area, as they are told at last."""
    return [a for a in record.alerts() if subject(a) == place]


def subject(alert: Alert) -> str:
    match alert:
        case PlaceAlert():
            return alert.place.id
        case AreaAlert():
            return alert.area.id
        case Correction():
            return f"correction of {subject(alert.wrong)}"


def read(alert: Alert) -> list[str]:
    return lines(compose(alert, PARTIES, READER).text)


def test_al_qaim_falls_on_the_word_of_an_agency(record: Record) -> None:
    record.up_to(3)
    [alert] = about(record, "al-qaim")
    assert read(alert) == [
        "⚫ Al-Qaim crossing: now reported held by MILITANTS",
        "Iraq–Syria border, Anbar · was 🔵 the government of Iraq",
        "Who says so: a news agency says militants took it on Sat 21 Jun.",
        "How sure: likely, but on one source alone. A news agency is usually reliable and not at "
        "the scene. Nobody denies it so far.",
        "Happened and reported Sat 21 Jun",
    ]


def test_when_the_government_admits_it_rawa_is_confirmed_in_the_same_alert(record: Record) -> None:
    record.up_to(6)
    alert = about(record, "rawa")[-1]
    assert read(alert)[0] == "⚫ Rawa: now reported held by MILITANTS"
    assert read(alert)[-1] == (
        "Added Mon 23 Jun 17:10 (Baghdad time): the government of Iraq says it left on Sun 22 Jun. "
        "Now: confirmed, independent sources agree. Nobody denies it so far."
    )


def test_al_waleed_falls_on_sunday_and_it_is_reported_on_monday(record: Record) -> None:
    record.up_to(8)
    alert = about(record, "al-waleed")[-1]
    assert read(alert) == [
        "⚫ Al Waleed crossing: now reported held by MILITANTS",
        "Iraq–Syria border, Anbar · was 🔵 the government of Iraq",
        "Who says so: a colonel of the border guards says militants took it on Sun 22 Jun.",
        "How sure: likely, but on one source alone. A colonel of the border guards is not at the "
        "scene and speaks against their own side's interest. Nobody denies it so far.",
        "Happened Sun 22 Jun · reported Mon 23 Jun",
        "Added Mon 23 Jun 17:13 (Baghdad time): a captain of the border guards says militants took "
        "it on Sun 22 Jun.",
    ]


def test_no_crossing_of_the_border_is_left_and_the_last_one_is_named(record: Record) -> None:
    record.up_to(7)
    [alert] = about(record, "iraq-syria-border")
    assert read(alert) == [
        "🚧 Iraq–Syria border: NO crossing is reported in government hands",
        "⚫ Al Waleed – militants (likely, since Sun 22 Jun)",
        "⚫ Al-Qaim – militants (likely, since Sat 21 Jun)",
        "🟡 Rabia – Kurdish forces (likely, since Sun 8 Jun)",
        "What changed: Al Waleed was the last one: a colonel of the border guards says militants "
        "took it on Sun 22 Jun.",
        "How sure: only as sure as its weakest part, Al-Qaim (likely).",
    ]


def test_the_governments_claim_makes_al_waleed_disputed_and_is_not_told_as_a_fact(
    record: Record,
) -> None:
    record.up_to(11)
    alert = about(record, "al-waleed")[-1]
    assert read(alert) == [
        "🟠 Al Waleed crossing: now DISPUTED",
        "Iraq–Syria border, Anbar · militants ahead",
        "What changed: the prime minister's security spokesman (state television) says the "
        "government of Iraq retook it on Mon 23 Jun.",
        "Against it: a colonel of the border guards and a captain of the border guards say "
        "militants took it on Sun 22 Jun.",
        "How sure: militants more likely. The prime minister's security spokesman is "
        "a party to the fight and not at the scene. A colonel of the border guards is not at the "
        "scene and speaks against their own side's interest.",
        "Reported Mon 23 Jun",
        "Before: ⚫ militants (likely, since Sun 22 Jun).",
        "Added Mon 23 Jun 17:17 (Baghdad time): two officials at the crossing say militants still "
        "hold it. That makes militants more likely.",
    ]


def test_at_tal_afar_the_government_says_it_is_still_fighting(record: Record) -> None:
    record.up_to(14)
    alert = about(record, "tal-afar")[-1]
    assert read(alert)[:4] == [
        "🟠 Tal Afar: now DISPUTED",
        "Nineveh · militants ahead",
        "What changed: the prime minister's security spokesman says the government of Iraq is "
        "still fighting there.",
        "Against it: an official in Tal Afar and witnesses in Tal Afar say militants took it on "
        "Mon 23 Jun.",
    ]


def test_a_withdrawn_claim_is_corrected_and_the_alert_it_brought_is_struck(record: Record) -> None:
    record.up_to(15)
    [correction] = about(record, "correction of al-waleed")
    assert read(correction) == [
        "↩️ CORRECTION: Al Waleed crossing – our alert of Mon 23 Jun 17:16 (Baghdad time) no longer "
        "stands",
        "We said: “Al Waleed crossing: now DISPUTED”.",
        "Why: the report behind it was withdrawn: the prime minister's security spokesman (state "
        "television) says the government of Iraq retook it on Mon 23 Jun.",
        "Now: ⚫ militants (likely, since Sun 22 Jun), as before that alert.",
        "This note goes to everyone who got that alert.",
    ]
    assert isinstance(correction, Correction)
    text = compose(correction.wrong, PARTIES, READER).text.split("\n")
    assert text[0] == "↩️ <b>Withdrawn, see below.</b>"
    assert text[1] == "<s><b>🟠 \u2068Al Waleed\u2069 crossing: now DISPUTED</b></s>"
    assert all(line.startswith("<s>") for line in text[1:])


@pytest.mark.parametrize(
    ("place", "labels"),
    [
        ("al-waleed", [["Who says so (2)", "History", "Map"], ["Unsubscribe"]]),
        ("iraq-syria-border", [["Who says so", "History"], ["Unsubscribe"]]),
    ],
)
def test_under_every_alert_are_its_sources_its_history_and_the_way_out(
    record: Record, place: str, labels: list[list[str]]
) -> None:
    record.up_to(8)
    buttons = compose(about(record, place)[-1], PARTIES, READER).buttons
    assert [[b.label for b in row] for row in buttons] == labels
    assert buttons[0][0].data == f"why:{place}"
    assert buttons[-1][0].data == f"unsub:{place}"


def test_the_map_button_opens_the_place_on_a_map(record: Record) -> None:
    record.up_to(7)
    buttons = compose(about(record, "al-waleed")[-1], PARTIES, READER).buttons
    assert buttons[0][2].url == (
        "https://www.openstreetmap.org/?mlat=33.42&mlon=38.93#map=11/33.42/38.93"
    )


def test_a_silent_alert_stays_silent(record: Record) -> None:
    record.up_to(7)
    alert = about(record, "al-waleed")[-1]
    assert isinstance(alert, PlaceAlert)
    assert not compose(alert, PARTIES, READER).silent
    assert compose(replace(alert, silent=True), PARTIES, READER).silent
