"""`status`, as somebody calls it: places, areas, times and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.cli.conftest import Command, objects
from tests.builders import STORY

if TYPE_CHECKING:
    from pathlib import Path


def test_status_tells_holder_standing_sureness_times_and_sources(story: Command) -> None:
    ran = story("status", "al walid", "--as-of", "2014-06-23")
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == "Al Waleed (crossing; Iraq–Syria border, Anbar)"
    assert "holder       militants, ahead of government of Iraq" in lines
    assert "standing     disputed: sources disagree on who holds it" in lines
    assert "held since   2014-06-22" in lines
    assert "last report  2014-06-23" in lines
    assert "as of        2014-06-23 23:59 UTC" in lines
    assert any(line.startswith("confidence   9") and line.endswith("%") for line in lines)
    says, otherwise = lines.index("who says so"), lines.index("who says otherwise")
    assert "two officials at the crossing" in lines[says + 1]
    assert (
        "spokesman (by way of state television): taken by government of Iraq"
        in (lines[otherwise + 1])
    )
    assert lines[-1] == "1 more report does not count (--json tells which and why)"
    assert "\x1b" not in ran.out


def test_a_place_that_nobody_is_known_to_hold_is_held_since_no_time(story: Command) -> None:
    ran = story("status", "al walid", "--as-of", "2015-06-23")
    assert "holder       not known (last known: militants)" in ran.out
    assert "held since" not in ran.out


def test_status_in_json_is_one_object_a_place(story: Command) -> None:
    (found,) = objects(story("status", "al-waleed", "--as-of", "2014-06-23", "--json"))
    assert list(found) == [
        "place",
        "name",
        "holder",
        "standing",
        "confidence",
        "since",
        "rival",
        "last_holder",
        "as_of",
        "known_at",
        "rule",
        "rule_in_words",
        "what_would_change",
        "recheck_at",
        "silent",
        "reports",
    ]
    assert (found["place"], found["name"]) == ("al-waleed", "Al Waleed")
    assert (found["holder"], found["standing"]) == ("militants", "disputed")
    assert 0.5 < found["confidence"] < 1
    assert found["since"] == "2014-06-22T00:00:00Z"
    assert (found["as_of"], found["known_at"]) == ("2014-06-23T23:59:59Z", None)
    assert (found["rival"], found["last_holder"]) == ("iraq", "militants")
    assert found["rule"] == "two-sides"
    assert found["rule_in_words"].endswith("is not negligible, so: disputed.")
    assert found["what_would_change"].startswith("a withdrawal of what the prime minister's")
    assert found["recheck_at"] == "2014-06-25T00:00:00Z"
    said = {r["id"]: r for r in found["reports"]}
    assert said["jun14-10-al-waleed"] == {
        "id": "jun14-10-al-waleed",
        "claim": "took",
        "party": "iraq",
        "source": "spokesman",
        "for": "iraq",
        "weight": said["jun14-10-al-waleed"]["weight"],
        "reasons": [
            "a party to the fight",
            "not at the scene",
            "in their own side's favour, so less",
            "reliability not known",
        ],
        "record": None,
        "pinned": False,
    }
    assert said["jun14-01-al-waleed"]["reasons"] == ["of a time before the last change"]
    assert said["jun14-11-al-waleed"]["for"] == "militants"
    assert said["jun14-01-al-waleed"]["weight"] == 0


def test_an_area_is_told_place_by_place(story: Command) -> None:
    ran = story("status", "iraq-syria", "--as-of", "2014-06-23")
    assert ran.out.startswith("Iraq–Syria border (area, 3 places)\n")
    assert [line for line in ran.out.splitlines() if line.endswith(")") and line[0] != " "][1:] == [
        "Al Waleed (crossing; Iraq–Syria border, Anbar)",
        "Al-Qaim (crossing; Iraq–Syria border, Anbar, Euphrates road)",
        "Rabia (crossing; Iraq–Syria border, Nineveh)",
    ]
    found = objects(story("status", "Iraq–Syria border", "--as-of", "2014-06-23", "--json"))
    assert {f["place"]: f["holder"] for f in found} == {
        "al-waleed": "militants",
        "al-qaim": "militants",
        "rabia": "kurdish",
    }


@pytest.mark.parametrize(
    ("as_of", "holder"),
    [
        ("2014-06-07", None),
        ("2014-06-21", "iraq"),
        ("2014-06-21T23:59:59", "iraq"),
        ("2014-06-22", "militants"),
        ("2014-06-22T03:00:00+03:00", "militants"),
        ("2014-06-23", "militants"),
        ("2015-06-23", None),
    ],
)
def test_as_of_tells_what_is_known_now_about_then(
    as_of: str, holder: str | None, story: Command
) -> None:
    (found,) = objects(story("status", "al waleed", "--as-of", as_of, "--json"))
    assert found["holder"] == holder


def test_known_at_tells_what_was_on_record_then_whatever_it_is_about(story: Command) -> None:
    (before,) = objects(story("status", "al waleed", "--known-at", "2014-06-01", "--json"))
    assert (before["rule"], before["reports"]) == ("no-reports", [])
    assert before["as_of"] == before["known_at"] == "2014-06-01T23:59:59Z"
    # What is imported as past was known from when it was said.
    (then,) = objects(story("status", "al waleed", "--known-at", "2014-06-10", "--json"))
    assert (then["holder"], len(then["reports"])) == ("iraq", 1)
    ran = story("status", "al waleed", "--as-of", "2014-06-23", "--known-at", "now")
    assert "as of        2014-06-23 23:59 UTC, by what was known at 20" in ran.out
    assert "holder       militants, ahead of government of Iraq" in ran.out


def test_fighting_where_a_holder_is_still_named_is_told(story: Command, tmp_path: Path) -> None:
    said = [
        f"{source}-{day},trebil,holds,iraq,{source},,,2014-06-{day},,,"
        for source in ("agency", "background")
        for day in ("01", "08", "15", "23")
    ]
    fight = "fight,trebil,fighting,,tal-afar-witnesses,,,2014-06-23,,,"
    header = "id,place,claim,party,source,via,occurred_at,reported_at,url,quote,refers_to"
    (tmp_path / "reports.csv").write_text("\n".join([header, *said, fight]), encoding="utf-8")
    assert story("import", tmp_path / "reports.csv").code == 0
    out = story("status", "trebil", "--as-of", "2014-06-23").out
    assert "  standing     confirmed: independent sources agree; fighting is reported\n" in out


def test_what_was_known_cannot_be_about_a_later_time(story: Command) -> None:
    ran = story("status", "rawa", "--as-of", "2014-06-23", "--known-at", "2014-06-22")
    assert ran.code == 2
    assert ran.err == "whoholds: --known-at: is before the time of --as-of\n"


def test_status_tells_the_rule_and_what_would_change_it(story: Command) -> None:
    out = story("status", "al walid", "--as-of", "23 June 2014").out
    assert "  rule         two sides are named, both recently, and the weaker case is not" in out
    assert (
        "  changed by   a withdrawal of what the prime minister's security spokesman (state" in out
    )
    assert "  look again   2014-06-25 00:00 UTC, even without any new report" in out


def test_without_as_of_evidence_has_aged_up_to_today(story: Command) -> None:
    (found,) = objects(story("status", "al waleed", "--json"))
    assert (found["holder"], found["standing"], found["confidence"]) == (None, "unknown", 0)
    assert "last known: militants" in story("status", "al waleed").out


def test_a_place_without_reports_says_so(whoholds: Command) -> None:
    whoholds("import", STORY / "places.csv")
    assert "no report on record" in whoholds("status", "Trebil").out
    (found,) = objects(whoholds("status", "Trebil", "--json"))
    assert (found["holder"], found["since"], found["reports"]) == (None, None, [])


@pytest.mark.parametrize(
    "as_of", ["last week", "2014-13-01", "", "2999-01-01", "5/6/2014", "x" * 99]
)
def test_a_time_that_is_none_exits_with_2(as_of: str, story: Command) -> None:
    ran = story("status", "rawa", "--as-of", as_of)
    assert ran.code == 2
    assert ran.err.startswith("whoholds: --as-of: ")


def test_an_unknown_name_exits_with_2_and_what_is_similar(story: Command) -> None:
    ran = story("status", "rafah", "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("whoholds: no place is called 'rafah'; similar names:\n  rawa ")
    assert "Rawa (town, IQ)\n" in ran.err
    assert story("status", "zzzzzz").err == "whoholds: no place is called 'zzzzzz'\n"


@pytest.mark.parametrize("name", ["", "\u202e", "x" * 5000, "<b>rawa</b>\x1b[31m", "\udcff"])
def test_a_hostile_name_exits_with_2(name: str, story: Command) -> None:
    ran = story("status", name)
    assert ran.code == 2
    assert len(ran.err) < 500
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err


def test_an_ambiguous_name_exits_with_2_and_the_candidates(story: Command, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(
        "id,name,kind,countries\nrabia-town,Rabia,town,SY\n", encoding="utf-8"
    )
    story("import", tmp_path / "places.csv")
    ran = story("status", "RABIA!")
    assert ran.code == 2
    assert ran.err == (
        "whoholds: 'RABIA!' could be any of these; ask with the id:\n"
        "  rabia       Rabia (crossing, IQ, SY)\n"
        "  rabia-town  Rabia (town, SY)\n"
    )
    (found,) = objects(story("status", "rabia", "--json"))
    assert found["place"] == "rabia"
    (found,) = objects(story("status", "rabia-town", "--json"))
    assert found["place"] == "rabia-town"


def test_a_question_before_any_import_says_what_to_do(whoholds: Command) -> None:
    whoholds("migrate")
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert "no place is on record yet: `whoholds import PATH` brings some" in ran.err
