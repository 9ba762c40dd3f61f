"""An editor gives the bot a news text, and goes through the claims drafted from it one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox import origins
from storage import articles, roles, subscribers
from storage.model.articles import Given
from storage.model.holds import Hold
from storage.model.reports import Claim
from storage.model.roles import Actor
from storage.model.times import Moment, Precision
from tests.handlers.conftest import Talk, bot_running, plain, services_for
from tests.handlers.test_reporting import by_editors, two_subscribers

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
SAID = datetime(2014, 6, 22, 21, 30, tzinfo=UTC)  # 00:30 on the 23rd in Baghdad
CHANNEL = origins.of_channel("Border <news>", SAID, 77, username="bordernews")
TOOK = "Militants seized the Al Waleed crossing on Sunday, a colonel of the border guards said."
HOLD = "Kurdish forces hold Rabia."
TEXT = f"{TOOK} {HOLD}"
LIST = "I read 2 claims in this text. Nothing is recorded by itself."


async def until(talk: Talk, words: str, after: Message) -> str:
    """The message with these words that comes after another one."""
    return plain(await talk.person.chat.wait_for(lambda m: words in plain(m), after=after))


async def forwards(talk: Talk, text: str) -> Message:
    sent = talk.person.forwards(text, CHANNEL)
    return await talk.person.chat.wait_for(lambda _: True, after=sent)


async def test_the_claims_of_a_text_are_listed_with_what_is_missing(
    owner: Talk, record: Record
) -> None:
    shown = await owner.asks(f"/article {TEXT}")
    assert plain(shown).split("\n") == [
        LIST,
        "Days are counted from Mon 23 Jun, when it was sent, unless the text has its own date.",
        f"1. “{TOOK}”",
        "Al Waleed crossing: militants took it",
        "Says who: a colonel of the border guards",
        "Happened: Sun 22 Jun",
        "Said: Mon 23 Jun",
        f"2. “{HOLD}”",
        "Rabia crossing: Kurdish forces hold it",
        "Said: Mon 23 Jun",
        "Missing: who says so; when it happened",
        "Only English is read, some claims are missed and some misread. A number begins a report "
        "with that claim, to be looked through.",
    ]
    assert [[b.label for b in row] for row in shown.buttons] == [["1", "2"]]
    assert by_editors(record) == []


async def test_each_claim_becomes_a_report_and_only_what_is_missing_is_asked(
    owner: Talk, record: Record
) -> None:
    listed = await owner.asks(f"/article {TEXT}")
    shown = await owner.presses("1", on=listed)
    assert shown.split("\n")[:5] == [
        f"Claim 1: “{TOOK}”",
        "Not recorded yet",
        "Al Waleed crossing: militants took it on Sun 22 Jun",
        "Says who: a colonel of the border guards",
        "Said: Mon 23 Jun 17:00 (Baghdad time)",
    ]
    assert (await owner.presses("Record")).startswith("✅ On record: Al Waleed crossing")
    assert (await owner.presses("2", on=listed)).endswith("Choose, or type a name.")
    assert (await owner.presses("Cancel")).startswith("Nothing was recorded")
    await owner.presses("2", on=listed)
    assert (await owner.says("a news agency")).startswith("When did it happen?")
    await owner.presses("Today")
    await owner.presses("Record")
    first, second = by_editors(record)
    assert (first.place, first.claim, first.party) == ("al-waleed", Claim.TOOK, "militants")
    assert (first.source, first.quote) == ("colonel", TOOK)
    assert first.occurred == Moment(datetime(2014, 6, 22, tzinfo=UTC), Precision.DAY)
    assert (second.place, second.source, second.quote) == ("rabia", "agency", HOLD)


async def test_a_claim_on_record_is_not_recorded_twice_unless_it_was_taken_back(
    owner: Talk,
) -> None:
    listed = await owner.asks(f"/article {TEXT}")
    await owner.presses("1", on=listed)
    await owner.presses("Record")
    again = await owner.presses("1", on=listed)
    assert again == "Claim 1 is on record already. Nothing was recorded twice."
    await owner.says("/retract editor-1")
    await owner.presses("Record")
    assert "Not recorded yet" in await owner.presses("1", on=listed)


async def test_pressing_a_number_again_goes_on_where_the_report_is(owner: Talk) -> None:
    listed = await owner.asks(f"/article {TEXT}")
    await owner.presses("2", on=listed)
    await owner.says("a news agency")
    assert (await owner.presses("2", on=listed)).startswith("When did it happen?")
    put_away = await owner.presses("1", on=listed)
    assert put_away.startswith("The report that you were writing here is put away.")


async def test_a_forwarded_text_brings_its_publisher_link_and_time(
    owner: Talk, record: Record
) -> None:
    assert (await owner.says("/article")).startswith("Which text shall I read?")
    listed = await forwards(owner, TEXT)
    assert plain(listed).split("\n")[:2] == [
        LIST,
        "Days are counted from Mon 23 Jun 00:30 (Baghdad time), when it was said, unless the text "
        "has its own date.",
    ]
    await owner.presses("1", on=listed)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.via, report.url) == ("Border <news>", "https://t.me/bordernews/77")
    assert report.reported == Moment(SAID)


async def test_a_dateline_in_the_text_wins(owner: Talk, record: Record) -> None:
    listed = await owner.asks(f"/article BAGHDAD, June 17, 2014 (AP) - {TOOK}")
    assert "Happened: Sun 15 Jun\nSaid: Tue 17 Jun" in plain(listed)
    await owner.presses("1", on=listed)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert report.reported == Moment(datetime(2014, 6, 17, tzinfo=UTC), Precision.DAY)
    assert report.via == "AP"


async def test_a_text_dated_in_the_future_counts_as_said_now(owner: Talk) -> None:
    listed = await owner.asks(f"/article BAGHDAD, June 30, 2014 (AP) - {TOOK}")
    shown = await owner.presses("1", on=listed)
    assert "The text has a date that is still to come: it counts as said now." in shown
    assert "That is after it was said.\nWhen did it happen?" in shown


async def test_the_command_as_a_reply_reads_the_message_replied_to(owner: Talk) -> None:
    sent = owner.person.says(TEXT)
    first = await owner.person.chat.wait_for(lambda _: True, after=sent)
    owner.person.says("/article", reply_to=sent)
    assert (await until(owner, "I read", first)).startswith(LIST)
    forwarded = owner.person.forwards("", CHANNEL, photo=b"x")
    first = await owner.person.chat.wait_for(lambda _: True, after=forwarded)
    owner.person.says("/article", reply_to=forwarded)
    assert "no text in that" in await until(owner, "to read", first)


async def test_after_the_command_alone_the_next_message_is_the_text(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    services = services_for(record, ann)
    async with bot_running(telegram, services):
        await Talk(ann).says("/report rawa: fighting")
        asked = await Talk(ann).says("/article")
        assert asked.startswith("The report that you were writing here is put away.")
    async with bot_running(telegram, services):
        listed = await Talk(ann).asks(TEXT)
        assert plain(listed).startswith(LIST)
    async with bot_running(telegram, services):
        assert "Not recorded yet" in await Talk(ann).presses("1", on=listed)
        await Talk(ann).presses("Cancel")
        assert (await Talk(ann).says("rabia")).startswith("⚪ Rabia crossing")


async def test_waiting_for_a_text_can_be_put_away(owner: Talk) -> None:
    await owner.says("/article")
    assert (await owner.says("/cancel")).startswith("Nothing was recorded")
    assert (await owner.says("rabia")).startswith("⚪ Rabia crossing")


async def test_a_long_forward_begins_a_report_and_offers_to_draft_its_claims(
    owner: Talk, record: Record
) -> None:
    short = await forwards(owner, TEXT)
    assert [b.label for row in short.buttons for b in row] == ["Cancel"]
    asked = await forwards(owner, f"{TEXT} {'That was all. ' * 20}")
    assert "Which place is it about?" in plain(asked)
    listed = await owner.asks_after("Draft the claims", on=asked)
    assert plain(listed).startswith(LIST)
    # The report that the forward began has made room.
    assert (await owner.says("/cancel")) == "You are writing nothing here."
    assert (await owner.presses("Draft the claims", on=asked)).startswith(LIST)
    await owner.presses("1", on=listed)
    await owner.presses("Record")
    assert by_editors(record)[0].url == "https://t.me/bordernews/77"


async def test_what_was_answered_for_a_forward_stays_when_its_claims_are_drafted(
    owner: Talk,
) -> None:
    asked = await forwards(owner, f"{TEXT} {'That was all. ' * 20}")
    await owner.says("rawa")
    assert (await owner.presses("Draft the claims", on=asked)).startswith(LIST)
    assert (await owner.says("fighting")).startswith("Who says so?")


async def test_an_unclear_place_is_asked_back_and_the_rest_goes_on(
    owner: Talk, record: Record
) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    listed = await owner.asks("/article Militants took Walid, a colonel of the border guards said.")
    assert "Missing: the place, as several may be “Walid”; when it happened" in plain(listed)
    note = await owner.asks_after("1", on=listed)
    assert plain(note).startswith("Claim 1: “Militants took Walid")
    asked = await until(owner, "I found 2 places", note)
    assert asked.startswith("Which “Walid”?")
    assert (await owner.presses("2")).startswith("When did it happen?")
    assert "Al Waleed crossing: militants took it" in await owner.presses("Not said")


async def test_a_place_an_area_and_a_party_that_nobody_knows_are_asked(owner: Talk) -> None:
    listed = await owner.asks(
        "/article Rebels captured Xyzzyville, officials said. "
        "Militants captured Anbar, AP reported."
    )
    assert "Missing: the place, as none that I know is “Xyzzyville”; the party" in plain(listed)
    assert "Missing: the place, as “Anbar” is an area; when it happened" in plain(listed)
    note = await owner.asks_after("1", on=listed)
    assert "I know no place called “Xyzzyville”" in await until(owner, "I know no", note)
    assert (await owner.says("rawa")).startswith("Which party does the claim speak of?")
    assert (await owner.presses("militants")).startswith("Which source is “officials”?")
    note = await owner.asks_after("2", on=listed)
    assert (await until(owner, "an area", note)).startswith("Anbar is an area: please name one")
    assert (await owner.says("ana")).startswith("Which source is “AP”?")


async def test_a_denial_is_of_the_claim_before_it_once_that_is_on_record(
    owner: Talk, record: Record
) -> None:
    denial = "The prime minister's security spokesman denied that militants had seized Al Waleed."
    listed = await owner.asks(f"/article {TOOK} {denial}")
    assert "Al Waleed crossing: denied that militants took it" in plain(listed)
    assert (await owner.presses("2", on=listed)).endswith("Which report is denied?")
    await owner.presses("1", on=listed)
    await owner.presses("Record")
    assert (await owner.presses("2", on=listed)).startswith("Claim 2:")
    await owner.presses("Not said")
    await owner.presses("Record")
    first, second = by_editors(record)
    assert (second.claim, second.refers_to, second.source) == (Claim.DENIES, first.id, "spokesman")


async def test_what_a_text_takes_back_is_chosen_among_the_reports_there(
    owner: Talk, record: Record
) -> None:
    record.up_to(9)
    listed = await owner.asks(
        "/article An official withdrew his statement that militants took Al Waleed."
    )
    assert "Al Waleed crossing: taken back that militants took it" in plain(listed)
    asked = await owner.asks_after("1", on=listed)
    assert "Which report is taken back?" in plain(asked)
    labels = [b.label for row in asked.buttons for b in row]
    assert "a captain of the border guards: militants took it on Sun 22…" in labels
    assert "Taken back: Al Waleed crossing" in await owner.presses(labels[0])


async def test_a_text_without_a_claim_says_so(owner: Talk) -> None:
    said = await owner.says("/article The weather was fine.")
    assert said.split("\n") == [
        "I found no claim in this text.",
        "Only English is read. What you read in it yourself, /report puts on record.",
    ]
    assert (await owner.says("/article ???")).startswith("There is no text in that to read.")


async def test_a_text_in_another_language_is_not_read_and_says_so(owner: Talk) -> None:
    spanish = "Los militantes tomaron Rawa el domingo, dijeron dos oficiales de la guardia."
    said = await owner.says(f"/article {TEXT}\n\n{spanish} https://example.org/los-militantes")
    assert said.split("\n") == [
        "This text is not all in English, so I read no claim in it.",
        f"“{spanish}”",
        "Give me its English part by itself, or put on record with /report what it says.",
    ]


async def test_a_text_as_long_as_a_message_can_be_may_go_on(owner: Talk) -> None:
    said = await owner.says("/article " + (TEXT + " ") * 35)
    assert "⚠️ The text is as long as a message can be." in said


async def test_what_was_drafted_goes_after_a_day_and_with_forget(
    owner: Talk, record: Record
) -> None:
    gone = "I do not keep that text for you any more.\n/article reads one anew."
    listed = await owner.asks(f"/article {TEXT}")
    offered = await forwards(owner, f"{TEXT} {'That was all. ' * 20}")
    record.clock.at += timedelta(hours=24)
    assert await owner.presses("1", on=listed) == gone
    assert await owner.presses("Draft the claims", on=offered) == gone
    listed = await owner.asks(f"/article {TEXT}")
    await owner.says("/forget")
    await owner.presses("Delete everything")
    assert await owner.presses("1", on=listed) == gone
    with record.database.begin() as conn:
        assert not articles.forget(conn, owner.person.id)


async def test_in_a_group_only_who_gave_a_text_goes_through_it(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    bob = telegram.person("Bob")
    group = telegram.group("Desk", admins=[ann], members=[bob])
    services = services_for(record, ann, bob)
    async with bot_running(telegram, services):
        asked = ann.says(f"/article@WhoHoldsBot {TEXT}", in_=group)
        listed = await group.wait_for(lambda m: "I read" in m.text, after=asked)
        bob.presses("1", on=listed)
        refused = await group.wait_for(lambda _: True, after=listed)
        assert plain(refused).startswith("I do not keep that text for you")
        ann.presses("1", on=listed)
        shown = await group.wait_for(lambda _: True, after=refused)
        assert "Not recorded yet" in plain(shown)


async def test_a_claim_that_waits_for_a_second_editor_says_so(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    record.up_to(9)
    two_subscribers(record)
    editors = frozenset({ann.id, telegram.person("Bob").id})
    services = replace(services_for(record), owners=editors, hold=Hold(1, timedelta(minutes=10)))
    async with bot_running(telegram, services):
        talk = Talk(ann)
        listed = await talk.asks(
            "/article The government of Iraq took the Al Waleed crossing on Monday, "
            "the prime minister's security spokesman said."
        )
        await talk.presses("1", on=listed)
        await talk.presses("Record")
        waits = await talk.presses("1", on=listed)
    assert waits.startswith("That report waits until")
    assert by_editors(record) == []


async def test_of_a_sentence_without_an_end_the_beginning_is_the_quote(owner: Talk) -> None:
    listed = await owner.asks("/article Militants took Rawa on Sunday " + "x" * 4040 + ".")
    shown = await owner.presses("1", on=listed)
    assert "Only the first 4000 characters are kept as its quote." in shown


async def test_a_button_with_odd_data_is_an_old_one(owner: Talk, telegram: Telegram) -> None:
    listed = await owner.asks(f"/article {TEXT}")
    for data in ("text:x:1", "text:1:draw", "text:1"):
        telegram.press(owner.person.user, listed, data)
        last = owner.person.chat.last
        said = await owner.person.chat.wait_for(lambda _: True, after=last)
        assert plain(said).startswith("That button does nothing any more.")
    telegram.press(owner.person.user, listed, "text:1:9")
    said = await owner.person.chat.wait_for(lambda m: "do not keep" in m.text)
    assert plain(said).startswith("I do not keep that text")


async def test_a_text_follows_its_group_and_goes_with_the_role(record: Record) -> None:
    now = record.clock.at
    given = Given("a text", now, now.date())
    somebody, owner_ = Actor(8, "Bob"), Actor(7, "Ann")
    with record.database.begin() as conn:
        kept = articles.add(conn, -5, somebody.id, given, None, now)
        subscribers.migrate_chat(conn, -5, -6)
        assert articles.find(conn, kept.id, -6, somebody.id, now) == replace(kept, chat_id=-6)
        roles.invite(conn, "secret", owner_, now)
        roles.accept(conn, "secret", somebody, [owner_.id], now)
        roles.dismiss(conn, somebody.id, owner_, now)
        assert articles.find(conn, kept.id, -6, somebody.id, now) is None


async def test_nothing_of_it_is_for_subscribers(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    async with bot_running(telegram, services_for(record, ann)):
        listed = await Talk(ann).asks(f"/article {TEXT}")
    async with bot_running(telegram, services_for(record)):
        talk = Talk(ann)
        assert (await talk.says(f"/article {TEXT}")) == await talk.says("/nonsense")
        refused = await talk.presses("1", on=listed)
        assert refused == "Only editors can do that."
