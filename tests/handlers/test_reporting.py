"""Editors bring reports in: in one line, or step by step, always with a preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import watch
from storage import audit, events, report_drafts, subscribers
from storage.model.audit import Act
from storage.model.parties import Party
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.sources import Grade, Position
from storage.model.times import Moment, Precision
from storage.sources import all_sources, upsert_parties
from tests.handlers.conftest import Talk, bot_running, plain, services_for

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from storage.model.reports import Report
    from tests.handlers.conftest import Record

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


async def test_any_part_can_be_changed_before_it_is_recorded(owner: Talk, record: Record) -> None:
    record.up_to(9)
    await owner.says(LINE)
    for part, answer, expected in (
        ("The place", "rabia", "Rabia crossing: the government of Iraq took it"),
        ("What is claimed", "fighting", "Rabia crossing: there is fighting"),
        ("Who says so", "a captain", "Says who: a captain of the border guards (state"),
        ("When it happened", "yesterday", "Happened: Sun 22 Jun"),
        ("How it is known", "Radio <b>", "a captain of the border guards (Radio <b>)"),
        ("The link", "https://example.org/2", "Link"),
        ("The quote", "they are at it", "Quote: “they are at it”"),
    ):
        await owner.presses("Change…")
        await owner.presses(part)
        assert expected in await owner.says(answer)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.place, report.claim, report.via) == ("rabia", Claim.FIGHTING, "Radio <b>")
    assert (report.url, report.quote) == ("https://example.org/2", "they are at it")


async def test_what_was_given_can_be_taken_out_again(owner: Talk, record: Record) -> None:
    await owner.says(LINE)
    for part, none in (
        ("How it is known", "They told us"),
        ("The link", "There is none"),
        ("The quote", "There is none"),
        ("When it happened", "Not said"),
    ):
        await owner.presses("Change…")
        await owner.presses(part)
        await owner.presses(none)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.via, report.url, report.quote, report.occurred) == ("", "", "", None)


async def test_another_place_makes_a_denial_ask_anew(owner: Talk, record: Record) -> None:
    record.up_to(10)
    await owner.says("/report")
    await owner.says("al waleed")
    asked = await owner.asks_after("A report is denied")
    await owner.presses(asked.labels[0][0])
    await owner.presses("No party")
    await owner.says("two officials at the crossing")
    for label in ("Today", "They told us", "There is none", "Change…", "The place"):
        await owner.presses(label)
    assert (await owner.says("rabia")).startswith("Which report is denied?")


async def test_cancel_puts_the_report_away(owner: Talk, record: Record) -> None:
    shown = await owner.asks(LINE)
    assert await owner.presses("Cancel") == "Nothing was recorded, and the report is put away."
    gone = await owner.presses("Record", on=shown)
    assert gone.startswith("That report is not being written any more.")
    assert await owner.says("/cancel") == "You are writing nothing here."
    assert by_editors(record) == []


async def test_a_second_report_puts_the_first_away_and_says_so(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    said = await owner.says("/report ana: fighting")
    assert said == "The report that you were writing here is put away."


async def test_a_button_under_an_earlier_step_changes_nothing(owner: Talk, record: Record) -> None:
    await owner.says("/report")
    asked = await owner.asks("rawa")
    await owner.presses("Fighting", on=asked)
    again = await owner.presses("A party left", on=asked)
    assert again.startswith("That button was under an earlier step. This is where we are:")
    assert "Which party does the claim speak of?" in again


async def test_what_nobody_goes_on_with_is_put_away(owner: Talk, record: Record) -> None:
    asked = await owner.asks("/report rawa: fighting")
    record.clock.at += timedelta(hours=24)
    assert (await owner.says("rabia")).startswith("⚪ Rabia crossing: NO REPORT")
    said = await owner.presses("Cancel", on=asked)
    assert said.startswith("That report is not being written any more.")


async def test_a_restart_loses_nothing(telegram: Telegram, record: Record, ann: Person) -> None:
    services = replace(services_for(record), owners=frozenset({ann.id}))
    talk = Talk(ann)
    async with bot_running(telegram, services):
        assert (await talk.says("/report rawa: fighting")).startswith("Who says so?")
    async with bot_running(telegram, replace(services_for(record), owners=frozenset({ann.id}))):
        assert (await talk.says("a colonel")).startswith("When did it happen?")
        shown = await talk.presses("Today")
    assert "Says who: a colonel of the border guards" in shown


async def test_two_editors_and_two_chats_do_not_meet(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    bob = telegram.person("Bob")
    group = telegram.group("Desk", admins=[ann], members=[bob])
    services = replace(services_for(record), owners=frozenset({ann.id, bob.id}))
    async with bot_running(telegram, services):
        await Talk(ann).says("/report rawa: fighting")
        await Talk(bob).says("/report ana: militants took it")
        asked = ann.says("/report@WhoHoldsBot rabia: fighting", in_=group)
        question = await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
        bob.presses("Cancel", on=question)
        refused = await group.wait_for(lambda _: True, after=question)
        assert plain(refused).startswith("That report is not being written any more.")
        reply = ann.says("a colonel", in_=group, reply_to=question)
        await group.wait_for(lambda m: "When did it" in m.text, after=reply)
        assert (await Talk(ann).says("a captain")).startswith("When did it happen?")
        assert "Rawa: there is fighting" in await Talk(ann).presses("Today")
        await Talk(bob).says("an official in Tal Afar")
        assert "Ana: militants took it" in await Talk(bob).presses("Today")
        last = group.last
        ann.presses("Today", in_=group)
        shown = await group.wait_for(lambda m: "Not recorded" in m.text, after=last)
        assert "Rabia crossing: there is fighting" in plain(shown)
    with record.database.connect() as conn:
        drafts = [
            report_drafts.find(conn, chat, person.id, record.clock.at)
            for chat, person in ((ann.id, ann), (bob.id, bob), (group.id, ann))
        ]
    assert [d.place for d in drafts if d] == ["rawa", "ana", "rabia"]


async def test_who_lost_the_role_while_writing_records_nothing(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    services = replace(services_for(record), owners=frozenset({ann.id}))
    async with bot_running(telegram, services):
        shown = await Talk(ann).asks(LINE)
        await Talk(ann).says("/report rawa: fighting")
    async with bot_running(telegram, services_for(record)):
        refused = await Talk(ann).presses("Record", on=shown)
        assert refused == "Only editors can do that."
        assert (await Talk(ann).says("rabia")).startswith("⚪ Rabia crossing")
    assert by_editors(record) == []


async def test_an_edited_answer_is_no_answer(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    first = owner.person.says("a colonel")
    last = await owner.person.chat.wait_for(lambda _: True, after=first)
    owner.person.edits(first, "a captain")
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said).startswith("An edited message is no answer here")


async def test_nothing_of_it_is_for_subscribers(talk: Talk, record: Record) -> None:
    for text in (LINE, "/report", "/cancel"):
        assert await talk.says(text) == "I do not know that command. /help shows what I can do."
    assert by_editors(record) == []


async def test_forgetting_a_chat_forgets_what_is_written_there(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    await owner.says("/forget")
    await owner.presses("Delete everything")
    assert await owner.says("/cancel") == "You are writing nothing here."


async def test_what_is_written_follows_a_group_to_its_new_id(
    telegram: Telegram, record: Record, owner: Talk
) -> None:
    group = telegram.group("Desk", admins=[owner.person])
    asked = owner.person.says("/report@WhoHoldsBot rabia: fighting", in_=group)
    await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
    new = owner.person.upgrades(group)
    after = owner.person.says("/cancel@WhoHoldsBot", in_=new)
    said = await new.wait_for(lambda _: True, after=after)
    assert plain(said).startswith("Nothing was recorded")


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


@pytest.mark.parametrize(
    "data", ["r:1:1:=nothing", "r:1:1:=kind", "r:x:1:0", "r:1:1:", "r:1", "r:1:1:explode"]
)
async def test_a_garbled_button_does_nothing(owner: Talk, telegram: Telegram, data: str) -> None:
    shown = await owner.asks(LINE)
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, data)
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said) == "That button does nothing any more. /help shows what I can do."


async def test_a_place_chosen_late_changes_nothing(owner: Talk, telegram: Telegram) -> None:
    shown = await owner.asks("/report rawa: fighting")
    telegram.press(owner.person.user, shown, "report:ana")
    said = await owner.person.chat.wait_for(lambda _: True, after=shown)
    assert plain(said).startswith("That button was under an earlier step.")
    assert "Who says so?" in plain(said)
    await owner.says("/cancel")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, "report:ana")
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said) == "You are writing no report here. /report begins one."


async def test_an_offer_that_is_not_there_changes_nothing(owner: Talk, telegram: Telegram) -> None:
    shown = await owner.asks("/report rawa: fighting")
    button = shown.button("Cancel")
    assert button is not None
    assert button.data is not None
    telegram.press(owner.person.user, shown, button.data.replace("cancel", "99"))
    said = await owner.person.chat.wait_for(lambda _: True, after=shown)
    assert plain(said).startswith("That button was under an earlier step.")


async def test_talk_in_a_group_that_is_not_for_the_bot_is_no_answer(
    owner: Talk, telegram: Telegram
) -> None:
    telegram.privacy = False
    group = telegram.group("Desk", admins=[owner.person])
    asked = owner.person.says("/report@WhoHoldsBot rabia: fighting", in_=group)
    await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
    owner.person.says("a colonel", in_=group)
    answer = owner.person.says("@WhoHoldsBot a captain", in_=group)
    said = await group.wait_for(lambda m: "When did it" in m.text, after=answer)
    assert said is group.last


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
