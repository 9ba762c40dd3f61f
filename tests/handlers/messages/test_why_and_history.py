"""Why the answer is what it is, and how it came to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.messages.history import AreaHistory, History, area_history, history
from handlers.messages.reasons import reason_words, weight_words
from handlers.messages.why import Why, area_why, why
from handlers.messages.words import Telling
from storage.model.alerts import Member
from storage.model.changes import HistoryEntry, Kind
from storage.model.record import Tally
from storage.model.words import Reason
from tests.builders import kept, report
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BEFORE,
    BORDER,
    CLAIMED,
    DENIES,
    FELL,
    FIGHTING,
    HOLDS,
    LEFT,
    NOW,
    PARTIES,
    READER,
    RETRACTS,
    SOURCES,
    TOOK,
    entry,
    found,
    lines,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.reports import Report

FIGHT = report("drivers", FIGHTING, id="fight")
GONE = report("agency", LEFT, "iraq", occurred="2014-06-22", said="2014-06-22")
UNDECIDED = [
    *(report("drivers", FIGHTING, said=f"2014-06-{day}") for day in ("01", "10", "19")),
    report("rumour", HOLDS, "militants", said="2014-06-22"),
]
DOWN = kept(found(BEFORE, FELL))


def reasons(*reports: Report, at: datetime = NOW) -> list[str]:
    [message] = why(Why(AL_WALEED, found(*reports, at=at), at, subscribed=False), PARTIES, READER)
    return lines(message.text)


def test_why_tells_each_report_with_its_weight_the_rule_and_what_would_change_it() -> None:
    denied = report(
        "crossing-officials",
        DENIES,
        "militants",
        refers_to="claimed",
        quote="They  are\nstill here",
        url="https://example.org/a",
    )
    assert reasons(BEFORE, FELL, CLAIMED, denied) == [
        "Why “disputed, militants ahead”? Al Waleed crossing",
        "Weights are measured by the heaviest report.",
        "⚫ Two officials at the crossing: militants still hold it · “They are still here” · "
        "reported Mon 23 Jun · at the scene · against their own side's interest, so more · "
        "reliability not known · weighs most",
        "⚫ A colonel of the border guards: militants took it on Sun 22 Jun · reported Mon 23 Jun "
        "· not at the scene · against their own side's interest, so more · fairly reliable · same "
        "side as another voice, so less than two · weighs about half as much",
        "🔵 The prime minister's security spokesman (state television): the government of Iraq "
        "retook it on Mon 23 Jun · reported Mon 23 Jun · a party to the fight · not at the scene · "
        "in their own side's favour, so less · reliability not known · weighs little",
        "None of them has made such claims before that have turned out since: weights follow how "
        "reliable they are, where they are and whose side they are on.",
        "On record, but without weight:",
        "▫️ Background reporting: the government of Iraq holds it · reported Sun 8 Jun · of a time "
        "before the last change",
        "Rule: two sides are named, both recently, and the weaker case is not negligible, so: "
        "disputed.",
        "What would change this: a withdrawal of what the prime minister's security spokesman "
        "(state television) said, or anyone independent who confirms it.",
        "Without any new report it is weighed again: Wed 25 Jun 03:00 (Baghdad time).",
    ]


def test_a_report_links_to_where_it_can_be_read() -> None:
    linked = replace(FELL, url="https://example.org/a?b=1&c=2")
    [message] = why(Why(AL_WALEED, found(linked), NOW, subscribed=False), PARTIES, READER)
    assert '<a href="https://example.org/a?b=1&amp;c=2">reported Mon 23 Jun</a>' in message.text


def test_words_that_only_repeat_the_claim_are_not_told_twice() -> None:
    text = reasons(replace(FELL, quote="Militants took it on Sun 22 Jun"))
    assert "“" not in text[1]


@pytest.mark.parametrize(
    ("reports", "rule", "change"),
    [
        ([], "no report counts, so there is no answer.", "any fresh report by a good source."),
        (
            [report("blog", HOLDS, "militants")],
            "what is said weighs too little to name a holder, so it is not known.",
            "any fresh report by a good source.",
        ),
        (
            [BEFORE, GONE],
            "the holder is reported to have left and nobody is named instead, so it is not known.",
            "word of who holds the place now.",
        ),
        (
            [FELL],
            "one good source says so and nobody of weight denies it, so: likely.",
            "an independent source that agrees (surer) or that says otherwise (disputed).",
        ),
        (
            [report("agency", HOLDS, "iraq"), report("monitor", HOLDS, "iraq")],
            "independent good sources agree, so: confirmed.",
            "a good source that says otherwise.",
        ),
        (
            [FELL, FIGHT],
            "fighting is reported, and not denied, so: contested.",
            "word that the fighting is over, or of who holds the place now.",
        ),
        (
            UNDECIDED,
            "somebody names a holder, others tell only of fighting, and that is not enough to "
            "tell, so it is not known.",
            "one more good source that says who holds the place now.",
        ),
        (
            [FELL, report("nobody", DENIES, refers_to="fell")],
            "it is denied, and the denial is not negligible, so: disputed.",
            "a withdrawal of what somebody said, or anyone independent who confirms it.",
        ),
    ],
)
def test_why_tells_the_rule_that_decided(reports: list[Report], rule: str, change: str) -> None:
    text = reasons(*reports)
    assert f"Rule: {rule}" in text
    assert f"What would change this: {change}" in text


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        ([FELL, report("colonel", RETRACTS, refers_to="fell")], "withdrawn"),
        (
            [FELL, report("colonel", RETRACTS, refers_to="fell")],
            "an earlier report is withdrawn · reported Mon 23 Jun · takes an earlier report back",
        ),
        (
            [FELL, report("nobody", DENIES, refers_to="never-recorded")],
            "denies a report that is not on record or was withdrawn",
        ),
        (
            [report("agency", HOLDS, "iraq", said="2014-06-20"), report("agency", HOLDS, "iraq")],
            "replaced by the same source's later word",
        ),
    ],
)
def test_why_tells_what_does_not_count_and_why_not(reports: list[Report], reason: str) -> None:
    silent = reasons(*reports)
    assert any(line.startswith("▫️ ") and line.endswith(reason) for line in silent)


def with_record(*reports: Report, source: str, record: Tally) -> list[str]:
    """The reasons where this is how earlier claims of a source like this one turned out."""
    plain = found(*reports)
    evidence = tuple(
        replace(e, record=record) if e.source.id == source else e for e in plain.evidence
    )
    view = Why(AL_WALEED, replace(plain, evidence=evidence), NOW, subscribed=False)
    [message] = why(view, PARTIES, READER)
    return lines(message.text)


@pytest.mark.parametrize(
    ("source", "record", "words"),
    [
        ("spokesman", Tally(cases=12, right=9), "of 12 earlier claims like this one 9 came true"),
        ("spokesman", Tally(cases=1, right=0), "of 1 earlier claim like this one 0 came true"),
        (
            "colonel",
            Tally(cases=12, right=3),
            "of 12 earlier times it stood by a holder like this, the holder stayed in 9",
        ),
        (
            "drivers",
            Tally(cases=4, right=3),
            "of 4 earlier times it told of fighting like this, the holder stayed in 1",
        ),
    ],
)
def test_why_tells_how_earlier_claims_like_it_turned_out(
    source: str, record: Tally, words: str
) -> None:
    text = with_record(BEFORE, FELL, CLAIMED, FIGHT, source=source, record=record)
    [line] = [line for line in text if words in line]
    assert f" · {words} · weighs " in line
    assert not any(line.startswith("None of them has made such claims") for line in text)


def test_why_tells_that_an_operator_fixed_a_grade_whatever_the_record() -> None:
    pinned = replace(SOURCES["spokesman"], pinned=True)
    plain = found(BEFORE, FELL, CLAIMED)
    evidence = tuple(
        replace(e, source=pinned, record=Tally(cases=9)) if e.source.id == "spokesman" else e
        for e in plain.evidence
    )
    view = Why(AL_WALEED, replace(plain, evidence=evidence), NOW, subscribed=False)
    [message] = why(view, PARTIES, READER)
    assert "grade fixed by the operator, whatever its record · weighs" in message.text
    assert "earlier claims" not in message.text


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (2.0, "weighs most"),
        (1.6, "weighs nearly as much"),
        (1.0, "weighs about half as much"),
        (0.4, "weighs little"),
        (0.1, "weighs next to nothing"),
    ],
)
def test_a_weight_is_told_by_the_heaviest(weight: float, words: str) -> None:
    plain = found(BEFORE, FELL, CLAIMED)
    heaviest, other = plain.counting
    evidence = (replace(heaviest, weight=2.0), replace(other, weight=weight))
    told = weight_words(
        Telling(READER, PARTIES, NOW), evidence[1], replace(plain, evidence=evidence)
    )
    assert told == words


def test_of_a_single_report_that_counts_that_is_said() -> None:
    assert reasons(FELL)[1].endswith(" · the only one that counts")


def test_a_denial_of_the_holder_has_no_partys_symbol_and_fighting_its_own() -> None:
    text = reasons(FELL, report("nobody", DENIES, refers_to="fell"), FIGHT)
    assert any(line.startswith("▫️ Somebody: militants do not hold it") for line in text)
    assert any(line.startswith("⚔️ Drivers on the road: there is fighting") for line in text)


def test_of_very_many_reports_the_heaviest_and_the_newest_are_told() -> None:
    counting = [
        report("agency", HOLDS, "iraq", said=f"2014-06-{day:02}", id=f"day-{day}")
        for day in range(1, 15)
    ]
    text = reasons(*counting)
    assert text[2:3] == ["On record, but without weight:"]
    assert text[-4] == "… and 3 more reports"


def test_of_an_area_one_of_its_places_is_to_be_chosen() -> None:
    [message] = area_why(BORDER, (Member(AL_WALEED, DOWN),), NOW, PARTIES, READER)
    assert lines(message.text) == [
        "Iraq–Syria border: what is said rests on its places",
        "⚫ Al Waleed – militants (likely, since Sun 22 Jun)",
        "Choose one to see who says so.",
    ]
    assert message.buttons[0][0].data == "why:al-waleed"


# ---------------------------------------------------------------------------------------- history


def past(*entries: HistoryEntry, of: tuple[Report, ...] = (BEFORE, FELL)) -> list[str]:
    view = History(AL_WALEED, entries, found(*of), NOW, subscribed=False)
    [message] = history(view, PARTIES, READER)
    return lines(message.text)


def test_a_history_is_told_newest_first_with_who_brought_each_change() -> None:
    first = entry(Kind.FIRST, found(BEFORE), BEFORE)
    fell = entry(Kind.HOLDER, found(BEFORE, FELL), FELL, version=2)
    claimed = entry(Kind.DISPUTED, found(BEFORE, FELL, CLAIMED), CLAIMED, version=3)
    assert past(claimed, fell, first, of=(BEFORE, FELL, CLAIMED)) == [
        "Al Waleed crossing – history (newest first)",
        "🟠 Mon 23 Jun – disputed, militants ahead: the prime minister's security spokesman (state "
        "television) says the government of Iraq retook it on Mon 23 Jun",
        "⚫ Sun 22 Jun – militants (likely): a colonel of the border guards says militants took it "
        "on Sun 22 Jun",
        "🔵 Sun 8 Jun, first known – the government of Iraq (likely): background reporting says "
        "the government of Iraq holds it",
        "3 reports, 2 changes, 0 reports withdrawn",
    ]


def test_changes_that_were_told_in_a_notice_are_marked() -> None:
    fell = entry(Kind.HOLDER, found(BEFORE, FELL), FELL)
    before = replace(entry(Kind.FIRST, found(BEFORE), BEFORE), changed_at=NOW - timedelta(days=1))
    noticed = frozenset({("al-waleed", NOW), ("rawa", before.changed_at)})
    view = History(
        AL_WALEED, (fell, before), found(BEFORE, FELL), NOW, subscribed=False, noticed=noticed
    )
    [message] = history(view, PARTIES, READER)
    assert [line.endswith(" (in a notice)") for line in lines(message.text)[1:3]] == [True, False]
    area = AreaHistory(BORDER, ((AL_WALEED, fell),), NOW, subscribed=False, noticed=noticed)
    [message] = area_history(area, PARTIES, READER)
    assert lines(message.text)[1] == ("⚫ Sun 22 Jun – militants (likely), Al Waleed (in a notice)")


def test_what_lapsed_is_dated_by_when_that_was_found() -> None:
    stale = found(FELL, at=NOW + timedelta(days=70))
    assert past(entry(Kind.LAPSED, stale))[1] == (
        "⚪ Mon 23 Jun 17:00 (Baghdad time) – not known who holds it, militants held it last: no "
        "new report, only time passed"
    )


def test_withdrawn_reports_are_counted() -> None:
    back = report("colonel", RETRACTS, refers_to="fell")
    assert past(of=(FELL, back))[1:] == [
        "Nothing is on record yet.",
        "2 reports, 0 changes, 1 report withdrawn",
    ]


def test_an_area_has_one_history_of_all_its_places() -> None:
    fell = entry(Kind.HOLDER, found(BEFORE, FELL), FELL)
    view = AreaHistory(BORDER, ((AL_WALEED, fell),), NOW, subscribed=False)
    [message] = area_history(view, PARTIES, READER)
    assert lines(message.text) == [
        "Iraq–Syria border – history of its places (newest first)",
        "⚫ Sun 22 Jun – militants (likely), Al Waleed",
    ]
    [empty] = area_history(AreaHistory(BORDER, (), NOW, subscribed=False), PARTIES, READER)
    assert lines(empty.text)[1] == "Nothing is on record yet."


def test_a_very_long_history_comes_in_several_messages() -> None:
    rows = tuple(entry(Kind.HOLDER, found(BEFORE, FELL), FELL) for _ in range(50))
    pages = history(History(AL_WALEED, rows, found(FELL), NOW, subscribed=False), PARTIES, READER)
    assert len(pages) == 2
    assert [bool(page.buttons) for page in pages] == [False, True]


def test_a_report_that_took_a_place_for_the_first_time_did_not_retake_it() -> None:
    first = report("agency", TOOK, "iraq", occurred="2014-06-23")
    text = reasons(report("agency", HOLDS, "militants", said="2014-06-01"), first)
    assert any("the government of Iraq took it" in line for line in text)


def test_every_reason_why_a_report_weighs_what_it_does_has_its_words() -> None:
    told = {
        *(Reason[f"GRADE_{grade}"] for grade in "ABDE"),
        Reason.AT_SCENE,
    }
    words = reason_words(Telling(READER, PARTIES, NOW))
    assert set(Reason) - told == set(words)


def test_what_rested_on_a_withdrawn_report_is_marked_and_dated_by_its_withdrawal() -> None:
    back = report("spokesman", RETRACTS, refers_to="claimed")
    claimed = entry(Kind.DISPUTED, found(BEFORE, FELL, CLAIMED), CLAIMED, version=3)
    settled = entry(Kind.SETTLED, found(BEFORE, FELL, CLAIMED, back), back, version=4)
    text = past(settled, claimed, of=(BEFORE, FELL, CLAIMED, back))
    assert text[1].startswith("⚫ Mon 23 Jun 17:00 (Baghdad time) – ")
    assert text[2].startswith("🟠 Mon 23 Jun – disputed, militants ahead: ")
    assert text[2].endswith("(withdrawn since)")
    view = History(AL_WALEED, (claimed,), found(FELL, CLAIMED, back), NOW, subscribed=False)
    [message] = history(view, PARTIES, READER)
    assert message.text.split("\n")[1].startswith("<s>🟠 ")
