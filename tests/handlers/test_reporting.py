"""Editors bring reports in: in one line, or step by step, always with a preview."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot import watch
from storage import audit, events, subscribers
from storage.model.audit import Act
from storage.model.parties import Party
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.sources import Grade, Position
from storage.model.times import Moment, Precision
from storage.sources import all_sources, upsert_parties
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from storage.model.reports import Report
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio
DAY = Moment(datetime(2014, 6, 23, tzinfo=UTC), Precision.DAY)
LINE = (
    "/report al waleed: the government took it, says the prime minister's security spokesman "
    "via state television, today, https://example.org/1"
)


def by_editors(record: Record) -> list[Report]:
    """The reports that editors put on record."""
    with record.database.connect() as conn:
        return [r for r in events.in_order(conn) if r.id.startswith("editor-")]


def two_subscribers(record: Record) -> None:
    with record.database.begin() as conn:
        for chat, place in ((501, "al-waleed"), (502, "iraq-syria-border")):
            somebody = subscribers.ensure(conn, chat, is_group=False, now=record.clock.at)
            subscribers.subscribe(conn, somebody.id, place, record.clock.at)


async def test_one_line_is_all_it_takes(owner: Talk, record: Record) -> None:
    record.up_to(9)
    two_subscribers(record)
    shown = await owner.says(LINE)
    assert shown.split("\n") == [
        "Not recorded yet",
        "Al Waleed crossing: the government of Iraq took it on Mon 23 Jun",
        "Says who: the prime minister's security spokesman (state television)",
        "Said: Mon 23 Jun 17:16 (Baghdad time)",
        "Link",
        "Al Waleed crossing now: ⚫ militants (likely, since Sun 22 Jun)",
        "With it: 🟠 disputed, militants ahead",
        "2 chats would be alerted.",
    ]
    assert by_editors(record) == []
    said = await owner.presses("Record")
    assert said.split("\n")[0] == "✅ On record: Al Waleed crossing"
    assert said.split("\n")[-1] == "2 chats are being told."
    [report] = by_editors(record)
    assert (report.place, report.claim, report.party) == ("al-waleed", Claim.TOOK, "iraq")
    assert (report.source, report.via) == ("spokesman", "state television")
    assert (report.occurred, report.url) == (DAY, "https://example.org/1")
    assert report.reported == Moment(record.clock.at)


async def test_step_by_step_everything_is_asked_with_buttons(owner: Talk, record: Record) -> None:
    record.up_to(9)
    asked = await owner.says("/report")
    assert asked.startswith("In one line: /report al waleed: militants hold it")
    assert "Which place is it about?" in asked
    assert (await owner.says("al waleed")).startswith("What is claimed about Al Waleed crossing?")
    assert (await owner.presses("A party took it")).startswith("Which party")
    assert (await owner.presses("government of Iraq")).startswith("Who says so?")
    assert (await owner.presses("a captain of the border guards")).startswith("When did it happen?")
    assert (await owner.presses("Yesterday")).startswith("How is it known?")
    assert (await owner.says("state television")).startswith("Is there a link to it?")
    shown = await owner.presses("There is none")
    assert "Al Waleed crossing: the government of Iraq took it on Sun 22 Jun" in shown
    assert "a captain of the border guards (state television)" in shown
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.source, report.party, report.url) == ("captain", "iraq", "")
    with record.database.connect() as conn:
        [done] = audit.some(conn, 0, 5)
    assert (done.act, done.actor.name) == (Act.RECORDED, "Ann")
    assert done.about == {
        "report": report.id,
        "place": "Al Waleed",
        "claim": "took",
        "party": "government of Iraq",
        "source": "a captain of the border guards",
    }


async def test_what_is_recorded_the_check_takes_up(owner: Talk, record: Record) -> None:
    record.up_to(9)
    two_subscribers(record)
    await owner.says(LINE)
    await owner.presses("Record")
    with record.database.begin() as conn:
        done = watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
    assert (done.alerts, done.deliveries) == (1, 2)
    assert (await owner.says("al waleed")).startswith("🟠 Al Waleed crossing: DISPUTED")


async def test_pressing_record_twice_records_once(owner: Talk, record: Record) -> None:
    record.up_to(9)
    shown = await owner.asks(LINE)
    await owner.presses("Record", on=shown)
    again = await owner.presses("Record", on=shown)
    assert again == "That report is on record already. Nothing was recorded twice."
    assert len(by_editors(record)) == 1


async def test_where_the_world_changed_meanwhile_the_new_effect_is_shown_first(
    owner: Talk, record: Record
) -> None:
    record.up_to(9)
    shown = await owner.asks(LINE)
    assert "No chat would be alerted." in plain(shown)
    two_subscribers(record)
    anew = await owner.presses("Record", on=shown)
    assert anew.startswith("⚠️ Things have changed meanwhile. This is what would follow now:")
    assert "2 chats would be alerted." in anew
    assert by_editors(record) == []
    assert (await owner.presses("Record")).startswith("✅ On record")


async def test_a_preview_writes_nothing_and_tells_nobody(owner: Talk, record: Record) -> None:
    record.up_to(9)
    two_subscribers(record)
    before = len(record.alerts())
    await owner.says(LINE)
    assert len(record.alerts()) == before
    with record.database.begin() as conn:
        assert events.waiting(conn, 10).places == ()
        assert watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY).changes == ()
    assert (await owner.says("/cancel")).startswith("Nothing was recorded")


async def test_a_report_that_changes_nothing_says_so(owner: Talk, record: Record) -> None:
    record.up_to(9)
    await owner.says("/report rabia: the kurdish forces hold it, says a news agency, 21 June")
    shown = plain(owner.person.chat.last)
    assert "With it: no change" in shown
    assert "No chat would be alerted." in shown


async def test_a_place_that_nothing_is_known_of_can_be_reported_on(
    owner: Talk, record: Record
) -> None:
    shown = await owner.says("/report rabia: kurdish forces hold it, says a news agency, today")
    assert "Rabia crossing now: ⚪ no report on record" in shown
    assert "With it: 🟡 Kurdish forces (likely)" in shown


async def test_an_ambiguous_place_is_asked_back_as_everywhere(owner: Talk, record: Record) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    asked = await owner.says("/report walid: fighting, says a news agency, today")
    assert asked.startswith("Which “walid”? I found 2 places and will not guess.")
    shown = await owner.presses("2")
    assert "Al Waleed crossing: there is fighting" in shown


async def test_a_place_nobody_knows_can_be_typed_again(owner: Talk, record: Record) -> None:
    asked = await owner.says("/report xyzzyq: fighting, says a news agency, today")
    assert asked.startswith("I know no place called “xyzzyq”.")
    assert "Rawa: there is fighting" in await owner.says("rawa")


async def test_a_report_is_about_one_place_and_not_an_area(owner: Talk) -> None:
    asked = await owner.says("/report anbar: fighting, says a news agency, today")
    assert asked.startswith("Anbar is an area: please name one place in it.")
    assert "Rawa: there is fighting" in await owner.says("rawa")


async def test_a_new_source_is_put_on_record_with_the_report(owner: Talk, record: Record) -> None:
    asked = await owner.says("/report rawa: militants hold it, says drivers on the road, today")
    assert asked.startswith("Which source is “drivers on the road”?")
    assert (await owner.presses("New source: drivers on the road")).startswith("What is")
    assert (await owner.presses("witness")).startswith("Which party does “drivers on the road”")
    assert (await owner.presses("No party")).startswith("Is “drivers on the road” where it speaks")
    assert (await owner.presses("At the scene")).startswith("How reliable is “drivers on the road”")
    shown = await owner.presses("Fairly (C)")
    assert "Says who: drivers on the road, a new source" in shown
    with record.database.connect() as conn:
        assert "drivers-on-the-road" not in all_sources(conn)
    await owner.presses("Record")
    with record.database.connect() as conn:
        added = all_sources(conn)["drivers-on-the-road"]
        acts = [e.act for e in audit.in_order(conn)]
    assert (added.name, added.kind, added.party) == ("drivers on the road", "witness", None)
    assert (added.reliability, added.position) == (Grade.C, Position.SCENE)
    assert acts == [Act.SOURCE_ADDED, Act.RECORDED]
    assert by_editors(record)[0].source == "drivers-on-the-road"


async def test_a_source_that_could_be_several_is_asked_about(owner: Talk, record: Record) -> None:
    asked = await owner.asks("/report rawa: fighting, says border guards, today")
    assert plain(asked).startswith("Which source is “border guards”?")
    shown = await owner.presses("a colonel of the border guards")
    assert "Says who: a colonel of the border guards" in shown


async def test_what_a_new_source_is_can_be_typed(owner: Talk, record: Record) -> None:
    await owner.says("/report rawa: fighting, says Nobody Known, today")
    await owner.presses("New source: Nobody Known")
    await owner.says("Shepherd")
    assert (await owner.says("atlantis")).startswith("“atlantis” is no party that I know.")
    await owner.says("militants")
    assert (await owner.says("maybe")).startswith("Please use one of the buttons.")
    await owner.presses("Not known")
    await owner.presses("Not known (F)")
    await owner.presses("Record")
    with record.database.connect() as conn:
        added = all_sources(conn)["nobody-known"]
    assert (added.kind, added.party, added.reliability) == ("shepherd", "militants", Grade.F)


async def test_two_sources_of_one_slug_get_ids_of_their_own(owner: Talk, record: Record) -> None:
    for name in ("河の人", "山の人"):
        await owner.says(f"/report rawa: fighting, says {name}, today")
        with record.database.connect() as conn:
            known = name in {s.name for s in all_sources(conn).values()}
        assert not known
        await owner.presses(f"New source: {name}")
        for label in ("officer", "No party", "Not known", "Not known (F)", "Record"):
            await owner.presses(label)
    with record.database.connect() as conn:
        assert {"source", "source-2"} <= set(all_sources(conn))


async def test_a_denial_names_the_report_it_denies(owner: Talk, record: Record) -> None:
    record.up_to(10)
    await owner.says("/report")
    await owner.says("al waleed")
    asked = await owner.asks_after("A report is denied")
    assert plain(asked).startswith("Which report is denied?")
    label = asked.labels[0][0]
    assert label.startswith("the prime minister's security spokesman (state television)")
    assert (await owner.presses(label)).startswith("Which party does the claim speak of?")
    await owner.presses("militants")
    await owner.says("two officials at the crossing")
    await owner.presses("Not said")
    await owner.presses("They told us")
    shown = await owner.presses("There is none")
    assert "Al Waleed crossing: militants still hold it" in shown
    assert "Happened: not said" in shown
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.claim, report.refers_to) == (Claim.DENIES, "jun14-10-al-waleed")
    assert (report.party, report.occurred) == ("militants", None)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("rawa: sunshine, says a colonel, today", "I cannot read “sunshine” as a claim."),
        ("rawa: fighting, says a colonel, 5/6", "“5/6” could be 5 June 2014 or 6 May 2014"),
        ("rawa: fighting, says a colonel, 30 June 2014", "“30 June 2014” is still to come"),
        ("rawa: fighting, says a colonel, says b, today", "This was one too many"),
        ("rawa: fighting, says a colonel, today http://[x http://y.z", "one too many"),
        ("rawa: fighting, says a colonel, today http://[x", "is no http or https address."),
        (f"rawa: fighting, says {'x' * 300}, today", "That has 300 characters; at most 200 fit."),
    ],
)
async def test_what_cannot_be_used_of_a_line_is_told_and_asked(
    owner: Talk, line: str, answer: str
) -> None:
    assert answer in await owner.says(f"/report {line}")


async def test_a_bad_answer_is_told_and_asked_again(owner: Talk, record: Record) -> None:
    await owner.says("/report rawa: militants took it")
    assert (await owner.says("???")).startswith("There is nothing in that to read.\nWho says so?")
    assert (await owner.says("a colonel")).startswith("When did it happen?")
    assert (await owner.says("tomorrow")).startswith("“tomorrow” is still to come")
    shown = await owner.says("22 June 18:00")
    assert "militants took it on Sun 22 Jun 18:00" in shown


async def test_today_counts_at_once_where_the_day_has_not_begun_in_utc(
    owner: Talk, record: Record
) -> None:
    record.up_to(9)
    record.clock.at = datetime(2014, 6, 23, 22, 30, tzinfo=UTC)  # 01:30 on the 24th in Baghdad
    shown = await owner.says(LINE)
    assert "the government of Iraq took it on Tue 24 Jun 01:30" in shown
    assert "With it: 🟠 disputed, militants ahead" in shown
    await owner.presses("Record")
    assert by_editors(record)[0].occurred == Moment(record.clock.at)


async def test_of_many_parties_some_are_offered_and_any_can_be_typed(
    owner: Talk, record: Record
) -> None:
    with record.database.begin() as conn:
        upsert_parties(conn, [Party(f"p{n}", f"Brigade number {n}") for n in range(120)])
    await owner.says("/report")
    await owner.says("rawa")
    asked = await owner.asks_after("A party took it")
    assert len(asked.labels) == 13
    assert (await owner.says("brigade number 119")).startswith("Who says so?")
