"""Each kind of alert about a place, and who is said to say what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.messages.alerts import compose
from storage.model.alerts import Addition, AlertKind, Often
from storage.model.changes import Status
from storage.model.control import Rule, Standing
from storage.model.times import parse_moment
from tests.builders import report
from tests.handlers.messages.scenes import (
    BEFORE,
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
    TOOK,
    alert,
    amended,
    found,
    lines,
    told,
)

CAPTAIN = report("captain", TOOK, "militants", occurred="2014-06-22", id="captain")
STILL = report("crossing-officials", DENIES, "militants", refers_to="claimed")


def line(text: list[str], label: str) -> str:
    """The line of an alert that begins with a label."""
    [found_line] = [one for one in text if one.startswith(label)]
    return found_line


# ------------------------------------------------------------------------------------ first lines


def test_when_the_holder_leaves_nobody_is_named_in_its_place() -> None:
    text = told(alert(BEFORE, new=report("agency", LEFT, "iraq", occurred="2014-06-23")))
    assert text == [
        "⚪ Al Waleed crossing: the GOVERNMENT OF IRAQ reported to have LEFT",
        "Iraq–Syria border, Anbar",
        "What changed: a news agency says the government of Iraq left on Mon 23 Jun.",
        "How sure: not known: nobody says who holds it now.",
        "Happened and reported Mon 23 Jun",
        "Before: 🔵 the government of Iraq (likely, since Sun 8 Jun).",
    ]


def test_a_side_that_alone_says_it_moved_in_is_told_as_claiming() -> None:
    long_ago = report("agency", HOLDS, "iraq", said="2014-02-01")
    text = told(alert(long_ago, new=report("militants-tv", HOLDS, "militants")))
    assert text[0] == "⚫ Al Waleed crossing: now claimed by MILITANTS"
    assert line(text, "Who says so") == "Who says so: the militants say they hold it."
    assert line(text, "How sure").startswith(
        "How sure: thin – one report alone, its own side's word."
    )
    assert line(text, "Before") == (
        "Before: ⚪ not known who holds it, the government of Iraq held it last."
    )


def test_fighting_makes_a_place_contested() -> None:
    text = told(alert(FELL, new=report("drivers", FIGHTING)))
    assert text[:3] == [
        "⚔️ Al Waleed crossing: now CONTESTED, fighting reported",
        "Iraq–Syria border, Anbar · militants ahead",
        "What changed: drivers on the road say there is fighting.",
    ]
    assert line(text, "How sure") == (
        "How sure: not very. Where there is fighting, the holder may change any hour."
    )


def test_fighting_where_the_holder_has_left_names_nobody() -> None:
    left = report("agency", LEFT, "iraq", occurred="2014-06-22", said="2014-06-22")
    text = told(alert(BEFORE, left, new=report("drivers", FIGHTING)))
    assert text[:2] == [
        "⚔️ Al Waleed crossing: now CONTESTED, fighting reported",
        "Iraq–Syria border, Anbar",
    ]


def test_when_another_gets_ahead_in_a_dispute_that_is_told() -> None:
    base = alert(BEFORE, FELL, new=CLAIMED)
    turned = replace(
        base,
        before=Status("al-waleed", 3, "iraq", Standing.DISPUTED),
    )
    assert told(turned)[0] == "🟠 Al Waleed crossing: still DISPUTED, now MILITANTS ahead"


def test_when_another_gets_ahead_in_a_fight_that_is_told() -> None:
    base = alert(FELL, new=report("drivers", FIGHTING))
    turned = replace(base, before=Status("al-waleed", 3, "iraq", Standing.CONTESTED))
    assert told(turned)[0] == "⚔️ Al Waleed crossing: still CONTESTED, now MILITANTS ahead"


def test_the_end_of_a_dispute_is_told() -> None:
    over = report("spokesman", RETRACTS, refers_to="claimed")
    text = told(alert(BEFORE, FELL, CLAIMED, new=over))
    assert text[0] == "⚫ Al Waleed crossing: no longer disputed, MILITANTS reported to hold it"
    assert text[-1] == "Before: 🟠 disputed, militants ahead."


def test_the_end_of_a_fight_is_told() -> None:
    fight = report("drivers", FIGHTING, id="fight")
    text = told(alert(FELL, fight, new=report("drivers", RETRACTS, refers_to="fight")))
    assert (
        text[0] == "⚫ Al Waleed crossing: no more fighting reported, MILITANTS reported to hold it"
    )
    assert line(text, "Before") == "Before: ⚔️ contested, militants ahead."


# ------------------------------------------------------------------------------- what changed


def test_what_time_alone_changed_is_told_as_such() -> None:
    base = alert(BEFORE, FELL, new=CLAIMED)
    assert line(told(replace(base, new=())), "What changed") == (
        "What changed: no new report; some of the older ones no longer count."
    )
    assert not any(one.startswith("Reported") for one in told(replace(base, new=())))


def test_a_place_in_no_area_has_no_empty_line() -> None:
    base = alert(BEFORE, new=report("agency", LEFT, "iraq"))
    assert "" not in told(replace(base, areas=()))
    assert told(replace(base, areas=()))[1].startswith("What changed")


def test_what_speaks_against_a_new_holder_is_told_though_it_weighs_little() -> None:
    others = (
        report("monitor", TOOK, "militants", occurred="2014-06-22"),
        report("agency", TOOK, "militants", occurred="2014-06-22"),
        CAPTAIN,
    )
    text = told(alert(BEFORE, new=(*others, report("blog", HOLDS, "iraq"))))
    assert line(text, "Against it") == "Against it: a blog says the government of Iraq holds it."
    assert line(text, "How sure").endswith("What speaks against it weighs little.")


def test_times_are_told_as_precisely_as_they_are_known() -> None:
    text = told(
        alert(
            BEFORE,
            new=report(
                "agency", TOOK, "militants", occurred="2014-06-23T03:00Z", said="2014-06-23T09:30Z"
            ),
        )
    )
    assert line(text, "Who says so").endswith("took it on Mon 23 Jun 06:00 (Baghdad time).")
    assert text[-1] == "Happened Mon 23 Jun 06:00 · reported Mon 23 Jun 12:30"


def test_without_a_time_of_the_event_only_the_report_is_dated() -> None:
    assert told(alert(BEFORE, new=report("agency", TOOK, "militants")))[-1] == "Reported Mon 23 Jun"


def test_the_button_counts_the_reports_that_count_now() -> None:
    base = alert(BEFORE, new=FELL)
    assert compose(base, PARTIES, READER).buttons[0][0].label == "Who says so (1)"
    both = compose(amended(base, CAPTAIN), PARTIES, READER)
    assert both.buttons[0][0].label == "Who says so (2)"


# ------------------------------------------------------------------------------------- additions


def test_an_addition_that_makes_the_other_side_likelier_says_so() -> None:
    base = alert(BEFORE, FELL, new=CLAIMED)
    more = amended(base, report("government", TOOK, "iraq", occurred="2014-06-23"))
    assert told(more)[-1] == (
        "Added Mon 23 Jun 17:00 (Baghdad time): the government of Iraq says it retook it on Mon "
        "23 Jun. That makes militants less likely."
    )


def test_an_addition_that_changes_next_to_nothing_only_says_what_came() -> None:
    base = alert(BEFORE, FELL, new=CLAIMED)
    again = replace(CLAIMED, id="again", via="")
    assert told(amended(base, again))[-1] == (
        "Added Mon 23 Jun 17:00 (Baghdad time): the prime minister's security spokesman says the "
        "government of Iraq retook it on Mon 23 Jun."
    )


def test_an_addition_of_nothing_to_tell_is_left_out() -> None:
    base = alert(BEFORE, new=FELL)
    assert told(amended(base)) == told(base)


def test_what_time_alone_does_to_an_alert_is_added_too() -> None:
    base = alert(BEFORE, new=FELL)
    surer = replace(base.after, standing=Standing.CONFIRMED)
    once_more = amended(base)
    [addition] = once_more.additions
    text = told(replace(once_more, additions=(replace(addition, after=surer),)))
    assert text[-1].startswith("Added Mon 23 Jun 17:00 (Baghdad time): Now: likely, but on one")


def test_when_nothing_is_left_of_what_an_alert_rests_on_that_is_added() -> None:
    base = alert(BEFORE, new=FELL)
    addition = Addition(NOW, found(), ())
    assert told(replace(base, additions=(addition,)))[-1] == (
        "Added Mon 23 Jun 17:00 (Baghdad time): Now: not known: no report counts."
    )


def test_of_many_additions_the_latest_three_are_told() -> None:
    base = alert(BEFORE, new=FELL)
    for hour in range(5):
        base = amended(
            base,
            report("drivers", HOLDS, "militants", said=f"2014-06-23T0{hour}:00Z"),
            at=NOW + timedelta(hours=hour),
        )
    text = told(base)
    assert text[-4] == "2 earlier additions"
    assert [one[:22] for one in text[-3:]] == [
        "Added Mon 23 Jun 19:00",
        "Added Mon 23 Jun 20:00",
        "Added Mon 23 Jun 21:00",
    ]


# ---------------------------------------------------------------------------------- who says what


def test_many_who_say_the_same_are_counted_and_so_is_what_else_is_said() -> None:
    names = ("agency", "monitor", "drivers", "nobody", "rumour")
    same = [report(name, TOOK, "militants", occurred="2014-06-22") for name in names]
    other = (
        report("tal-afar-official", HOLDS, "militants"),
        report("tal-afar-witnesses", HOLDS, "militants", occurred="2014-06-22"),
    )
    said = line(told(alert(BEFORE, new=(*same, *other))), "Who says so")
    assert said.endswith("; 1 more report.")
    assert "drivers on the road, a news agency and 3 others" not in said
    assert "and 2 others say militants took it on Sun 22 Jun" in said


@pytest.mark.parametrize(
    ("target", "denial", "expected"),
    [
        (FELL, {}, "militants do not hold it"),
        (CLAIMED, {}, "the government of Iraq does not hold it"),
        (report("drivers", FIGHTING, id="fight"), {}, "there is no fighting"),
        (
            report("agency", LEFT, "iraq", id="left"),
            {},
            "it is not so that the government of Iraq left",
        ),
        (CLAIMED, {"party": "kurdish"}, "Kurdish forces still hold it"),
        (CLAIMED, {"party": "iraq"}, "the government of Iraq still holds it"),
        (STILL, {}, "an earlier report is wrong"),
        (None, {}, "an earlier report is wrong"),
    ],
)
def test_a_denial_is_told_by_what_it_denies(
    target: object, denial: dict[str, str], expected: str
) -> None:
    base = alert(BEFORE, new=FELL)
    known = [] if target in (None, FELL) else [target]
    refers_to = getattr(target, "id", "never-recorded")
    no = report("monitor", DENIES, refers_to=refers_to, **denial)
    text = told(amended(amended(base, *known), no))  # type: ignore[arg-type] # reports all
    assert f"a monitor says {expected}." in text[-1]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (report("drivers", HOLDS, "militants"), "drivers on the road say militants hold it."),
        (
            report("drivers", HOLDS, "militants", occurred="2014-06-22"),
            "drivers on the road say militants held it on Sun 22 Jun.",
        ),
        (report("agency", TOOK, "militants"), "a news agency says militants took it."),
        (
            report("militants-tv", FIGHTING, "militants"),
            "the militants say they are still fighting there.",
        ),
        (
            report("drivers", RETRACTS, refers_to="fell"),
            "drivers on the road say an earlier report is withdrawn.",
        ),
    ],
)
def test_a_claim_is_told_in_its_own_words(said: object, expected: str) -> None:
    text = told(amended(alert(BEFORE, new=FELL), said))  # type: ignore[arg-type] # a report
    assert expected in text[-1]


def test_an_alert_that_comes_silently_is_sent_silently() -> None:
    assert compose(replace(alert(BEFORE, new=FELL), silent=True), PARTIES, READER).silent


def test_an_alert_of_another_year_names_the_year() -> None:
    late = replace(
        alert(BEFORE, new=FELL), made_at=NOW + timedelta(days=300), kind=AlertKind.HOLDER
    )
    assert lines(compose(late, PARTIES, READER).text)[-1] == (
        "Happened Sun 22 Jun 2014 · reported Mon 23 Jun 2014"
    )


def test_since_is_what_happened_even_if_a_later_report_is_new() -> None:
    base = alert(BEFORE, new=FELL)
    assert base.after.since == parse_moment("2014-06-22")
    assert found(BEFORE, FELL).since == base.after.since


def test_when_the_holder_leaves_amid_the_fighting_the_first_line_says_so() -> None:
    fighting = alert(BEFORE, new=report("agency", FIGHTING))
    left = alert(BEFORE, report("agency", FIGHTING), new=report("government", LEFT, "iraq"))
    assert told(fighting)[0] == "⚔️ Al Waleed crossing: now CONTESTED, fighting reported"
    assert left.after.holder is None
    assert told(left)[0] == (
        "⚔️ Al Waleed crossing: the GOVERNMENT OF IRAQ reported to have LEFT, fighting goes on"
    )


# A place that changes hands often


def test_a_notice_tells_how_often_a_place_changes_hands_and_what_holds_now() -> None:
    base = alert(BEFORE, new=FELL)
    often = replace(base, kind=AlertKind.OFTEN, often=Often(4, 7, 3))
    assert told(often) == [
        "⚫ Al Waleed crossing: changes hands often, now militants (likely)",
        "Iraq–Syria border, Anbar",
        "4 changes in 7 days.",
        "The latest: a colonel of the border guards says militants took it on Sun 22 Jun.",
        told(base)[3],
        "Until it has been calm for 3 days, I send one notice a day at most. History shows every "
        "change.",
    ]


def test_a_notice_without_a_holder_or_a_new_report_tells_what_is_known() -> None:
    base = alert(BEFORE, new=FELL)
    nothing = replace(base.after, holder=None, standing=Standing.UNKNOWN, rule=Rule.STALE)
    often = replace(base, kind=AlertKind.OFTEN, after=nothing, new=(), often=Often(1, 7, 1))
    assert told(often)[0] == (
        "⚪ Al Waleed crossing: changes hands often, now not known who holds it, "
        "militants held it last"
    )
    assert told(often)[2:] == [
        "1 change in 7 days.",
        "Until it has been calm for 1 day, I send one notice a day at most. History shows every "
        "change.",
    ]


def test_more_evidence_is_added_to_a_notice() -> None:
    base = alert(BEFORE, new=FELL)
    often = replace(base, kind=AlertKind.OFTEN, often=Often(4, 7, 3))
    more = report("captain", HOLDS, "militants", said="2014-06-23")
    assert told(amended(often, more))[-1].startswith("Added ")
