"""Editors who hurry, mistype, come twice or at once: nothing is guessed, lost or done twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.connecting import UPDATES_AT_ONCE
from bot.sandbox import origins
from handlers import report_steps
from handlers.asked import Asked
from storage import audit, holds, report_drafts, roles
from storage.model.audit import Act
from storage.model.holds import Hold
from storage.model.reports import Claim
from storage.model.roles import Actor
from storage.model.times import Moment, Precision
from tests.handlers.conftest import Talk, bot_running, made_editor, plain, services_for
from tests.handlers.test_reporting import LINE, by_editors, two_subscribers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
SAID = datetime(2014, 6, 22, 21, 30, tzinfo=UTC)  # 00:30 on the 23rd in Baghdad
CHANNEL = origins.of_channel("Border news", SAID, 77, username="bordernews")
PHOTO = b"\x89PNG"
REPORT = "/report al waleed: militants took it, says a colonel"
IN_GROUP = f"{REPORT}, today".replace("/report", "/report@WhoHoldsBot")


@pytest.fixture
async def owner(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Talk]:
    """A conversation of the bot's owner with it; it takes updates at once as it does when run."""
    services = services_for(record, ann)
    async with bot_running(telegram, services, at_once=UPDATES_AT_ONCE):
        yield Talk(ann)


async def again(talk: Talk, telegram: Telegram, message: Message) -> str:
    """What the bot answers when Telegram delivers a message once more."""
    last = talk.person.chat.last
    telegram.deliver("message", message)
    return plain(await talk.person.chat.wait_for(lambda _: True, after=last))


def says(words: str, message: Message) -> bool:
    return words in plain(message)


# ------------------------------------------------------------------------------- what is mistyped


@pytest.mark.parametrize(
    "link",
    ["ftp://x.example/1", "javascript:alert(1)", "www.example.org/1", "http://", "tg://resolve"],
)
async def test_a_link_that_is_none_of_the_web_is_refused_and_taken_for_nothing_else(
    owner: Talk, record: Record, link: str
) -> None:
    sent = owner.person.says(f"{REPORT}, today, {link}")
    shown = await owner.person.chat.wait_for(lambda m: "Not recorded yet" in m.text, after=sent)
    assert "a colonel of the border guards" in plain(shown)
    [told, _] = [m for m in owner.person.chat.from_bot if m.id > sent.id]
    assert plain(told) == f"“{link}” is no http or https address."
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.source, report.url) == ("colonel", "")


async def test_a_party_that_is_not_known_is_named_before_it_is_asked_for(owner: Talk) -> None:
    sent = owner.person.says("/report al waleed: the zorgons took it, says a colonel, today")
    asked = await owner.person.chat.wait_for(lambda m: "Which party" in m.text, after=sent)
    [told, _] = [m for m in owner.person.chat.from_bot if m.id > sent.id]
    assert plain(told) == "“the zorgons” is no party that I know."
    assert "militants" in str(asked.labels)
    sent = owner.person.says("/report rawa")
    await owner.person.chat.wait_for(partial(says, "What is claimed about Rawa"), after=sent)
    said = await owner.says("nobody holds it")
    assert said.startswith(
        "“nobody” is no party that I know.\nWhich party does the claim speak of?"
    )


@pytest.mark.parametrize("when", ["tomorrow", "today 23:00", "24 June 2015"])
async def test_a_time_to_come_is_refused_and_taken_for_nothing_else(owner: Talk, when: str) -> None:
    sent = owner.person.says(f"{REPORT}, {when}")
    asked = await owner.person.chat.wait_for(lambda m: "When did it" in m.text, after=sent)
    [told, _] = [m for m in owner.person.chat.from_bot if m.id > sent.id]
    assert f"“{when}” is still to come" in plain(told)
    assert plain(asked).startswith("When did it happen?")


@pytest.mark.parametrize(
    ("zone", "at", "yesterday"),
    [
        ("Asia/Baghdad", datetime(2014, 6, 22, 21, 30, tzinfo=UTC), 22),  # 00:30 on the 23rd
        ("Asia/Baghdad", datetime(2014, 6, 23, 20, 59, tzinfo=UTC), 22),  # 23:59 on the 23rd
        ("America/New_York", datetime(2014, 6, 24, 3, 30, tzinfo=UTC), 22),  # 23:30 on the 23rd
        ("Pacific/Kiritimati", datetime(2014, 6, 22, 10, 30, tzinfo=UTC), 22),  # the 23rd, 00:30
    ],
)
@pytest.mark.parametrize("how", ["typed", "pressed"])
async def test_yesterday_is_that_of_the_editor(
    owner: Talk, record: Record, zone: str, at: datetime, yesterday: int, how: str
) -> None:
    record.clock.at = at
    await owner.says(f"/timezone {zone}")
    if how == "typed":
        shown = await owner.says(f"{REPORT}, yesterday")
    else:
        await owner.says(REPORT)
        shown = await owner.presses("Yesterday")
    assert f"militants took it on Sun {yesterday} Jun" in shown
    await owner.presses("Record")
    [report] = by_editors(record)
    day = datetime(2014, 6, yesterday, tzinfo=UTC)
    assert report.occurred == Moment(day, Precision.DAY)


async def test_names_that_turn_the_writing_round_leave_the_rest_as_it_is(
    owner: Talk, record: Record
) -> None:
    name = "العقيد \u202eأبو\u2069 محمد"
    await owner.says(f"/report الوليد: militants took it, says {name}, today")
    await owner.presses("New source: العقيد أبو محمد")
    await owner.presses("officer")
    await owner.presses("No party")
    await owner.presses("Not known")
    shown = await owner.asks_after("Fairly (C)")
    assert "\u202e" not in shown.text
    assert "\u2068العقيد أبو محمد\u2069" in shown.text
    await owner.presses("Record")
    assert len(by_editors(record)) == 1


@pytest.mark.parametrize("part", ["place", "claim", "source"])
async def test_a_part_of_4000_characters_is_asked_again(
    owner: Talk, record: Record, part: str
) -> None:
    long = "ab " * 1300
    line = {
        "place": f"/report {long}: militants took it, says a colonel, today",
        "claim": f"/report al waleed: {long}, says a colonel, today",
        "source": f"/report al waleed: militants took it, says {long}, today",
    }[part]
    last = owner.person.says(line)
    words = {"place": "I know no place", "claim": "What is claimed", "source": "Who says so?"}
    await owner.person.chat.wait_for(lambda m: words[part] in m.text, after=last)
    assert by_editors(record) == []


# ------------------------------------------------------------------------------ what comes twice


async def test_an_answer_that_is_delivered_twice_answers_one_question(
    owner: Talk, telegram: Telegram
) -> None:
    await owner.says("/report")
    place = owner.person.says("al waleed")
    await owner.person.chat.wait_for(lambda m: "What is claimed" in m.text, after=place)
    assert (await again(owner, telegram, place)).startswith("What is claimed about Al Waleed")
    claim = owner.person.says("militants took it")
    await owner.person.chat.wait_for(lambda m: "Who says so?" in m.text, after=claim)
    assert (await again(owner, telegram, claim)).startswith("Who says so?")
    assert (await again(owner, telegram, place)).startswith("Who says so?")
    assert (await owner.says("militants took it")).startswith("Which source is")


@pytest.mark.parametrize(
    "command", ["/report", "/retract", "/correct", "/article", f"{REPORT}, today"]
)
async def test_a_command_that_is_delivered_twice_puts_nothing_away(
    owner: Talk, telegram: Telegram, record: Record, command: str
) -> None:
    record.up_to(9)
    await owner.says(LINE)
    await owner.presses("Record")
    sent = owner.person.says(command)
    first = plain(await owner.person.chat.wait_for(lambda _: True, after=sent))
    second = await again(owner, telegram, sent)
    assert "put away" not in second
    assert second.split("\n")[-1] == first.split("\n")[-1]


async def test_a_forward_that_is_delivered_twice_begins_one_report(
    owner: Talk, telegram: Telegram
) -> None:
    sent = owner.person.forwards("Militants are at the gate", CHANNEL)
    await owner.person.chat.wait_for(lambda m: "Which place" in m.text, after=sent)
    assert await again(owner, telegram, sent) == "Which place is it about?\nType its name."


async def test_the_same_press_delivered_twice_records_once(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    shown = await owner.asks(f"{REPORT}, today")
    last = owner.person.chat.last
    record_it = next(b.data for row in shown.buttons for b in row if b.label == "Record")
    for _ in range(2):
        telegram.press(owner.person.user, shown, str(record_it))
    done = [
        await owner.person.chat.wait_for(partial(says, words), after=last)
        for words in ("✅ On record", "Nothing was recorded twice")
    ]
    assert len(done) == 2
    assert len(by_editors(record)) == 1


async def test_a_conversation_goes_on_through_a_death_of_the_bot_at_each_step(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    services = services_for(record, ann)
    talk = Talk(ann)
    steps = (
        ("/report", "Which place is it about?"),
        ("al waleed", "What is claimed about"),
        ("militants took it", "Who says so?"),
        ("a colonel", "When did it happen?"),
        ("today", "How is it known?"),
        ("state television", "Is there a link to it?"),
        ("https://example.org/1", "Not recorded yet"),
    )
    for text, answer in steps:
        async with bot_running(telegram, services, at_once=UPDATES_AT_ONCE):
            sent = ann.says(text)
            await ann.chat.wait_for(partial(says, answer), after=sent)
        # It died before it told Telegram that it had this one: the next bot is given it again.
        async with bot_running(telegram, services, at_once=UPDATES_AT_ONCE):
            assert answer in await again(talk, telegram, sent)
    async with bot_running(telegram, services, at_once=UPDATES_AT_ONCE):
        assert (await talk.presses("Record")).startswith("✅ On record: Al Waleed crossing")
    [report] = by_editors(record)
    assert (report.source, report.via) == ("colonel", "state television")
    assert (report.claim, report.url) == (Claim.TOOK, "https://example.org/1")


# ------------------------------------------------------------------------------ what comes at once


async def test_two_editors_who_decide_at_once_decide_once(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    record.up_to(9)
    two_subscribers(record)
    hold = Hold(1, timedelta(minutes=10))
    services = replace(services_for(record, ann), hold=hold)
    bob = made_editor(record, telegram.person("Bob"), ann)
    cleo = made_editor(record, telegram.person("Cleo"), ann)
    async with bot_running(telegram, services, at_once=UPDATES_AT_ONCE):
        for talk in (Talk(ann), cleo):
            await talk.says("/start")
        await bob.says(LINE)
        await bob.presses("Record")
        asked = {p: p.chat.last for p in (ann, cleo.person)}
        telegram.press(ann.user, asked[ann], "hold:go:1")
        telegram.press(cleo.person.user, asked[cleo.person], "hold:stop:1")
        said = [
            plain(await p.chat.wait_for(lambda _: True, after=last)) for p, last in asked.items()
        ]
    gone = [s for s in said if s.startswith("That report waits no more")]
    assert len(gone) == 1
    with record.database.connect() as conn:
        acts = [e.act for e in audit.in_order(conn)]
    went = "Ann let it go" in said[0]
    assert len(by_editors(record)) == went
    assert (Act.LET_GO in acts, Act.STOPPED in acts) == (went, not went)
    with record.database.connect() as conn:
        assert holds.find(conn, 1) is None


async def test_what_is_taken_back_while_it_is_corrected_is_not_corrected_as_well(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    record.up_to(9)
    await owner.says(LINE)
    await owner.presses("Record")
    bob = made_editor(record, telegram.person("Bob"), owner.person)
    await bob.says("/correct editor-1")
    await bob.presses("When it happened")
    await bob.presses("Yesterday")
    await owner.says("/retract editor-1")
    await owner.presses("Record")
    said = await bob.presses("Record")
    assert said == "The report “editor-1” is taken back already."
    assert [r.claim for r in by_editors(record)] == [Claim.TOOK, Claim.RETRACTS]


async def link_from(owner: Talk) -> str:
    [link] = re.findall(r"https://t\.me/\S+", await owner.says("/invite"))
    return str(link)


async def test_of_two_people_who_follow_a_link_at_once_one_is_an_editor(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    link = await link_from(owner)
    people = [telegram.person("Bob"), telegram.person("Cleo")]
    sent = [(person, person.follows(link)) for person in people]
    said = [plain(await p.chat.wait_for(lambda _: True, after=m)) for p, m in sent]
    refused, welcomed = sorted(said)
    assert refused.startswith("That invitation is not good")
    assert welcomed.startswith("✅ You are an editor now.")
    with record.database.connect() as conn:
        assert len(roles.all_editors(conn)) == 1


async def test_who_presses_start_twice_is_told_of_the_role_twice(
    owner: Talk, telegram: Telegram
) -> None:
    link, bob = await link_from(owner), telegram.person("Bob")
    first = bob.follows(link)
    bob.follows(link)
    await bob.chat.wait_for(lambda m: "You are an editor now" in m.text, after=first)
    await bob.chat.wait_for(lambda m: "You are an editor already" in m.text, after=first)
    assert "not good" not in str([plain(m) for m in bob.chat.from_bot])


def test_who_is_an_editor_uses_up_no_other_invitation(record: Record) -> None:
    boss, bob = Actor(1, "Ann"), Actor(2, "Bob")
    with record.database.begin() as conn:
        for secret in ("one", "two"):
            roles.invite(conn, secret, boss, record.clock.at)
        assert roles.accept(conn, "one", bob, [1], record.clock.at) is not None
        assert roles.accept(conn, "two", bob, [1], record.clock.at) is None
        assert roles.accept(conn, "two", Actor(3, "Cleo"), [1], record.clock.at) is not None


def test_a_role_that_is_taken_while_a_press_waits_its_turn_records_nothing(record: Record) -> None:
    services, now = services_for(record), record.clock.at
    asked = Asked(2, is_group=False, services=services, now=now, user_id=2)
    with record.database.begin() as conn:
        draft = report_drafts.begin(conn, 2, 2, now)
        draft = replace(
            draft, place="al-waleed", claim=Claim.TOOK, party="militants", source="colonel"
        )
        report_steps.show(conn, asked, draft)
        done = report_steps.pressed(conn, asked, Actor(2, "Bob"), draft.id, 1, "record")
    assert not done.recorded
    assert plain_text(done) == "Only editors can do that."
    assert by_editors(record) == []


def plain_text(done: report_steps.Done) -> str:
    return " ".join(done.messages[0].text.split())


# ----------------------------------------------------------------------------- albums and groups


@pytest.mark.parametrize(
    "captions",
    [
        ("Militants are at the gate", "", "", "and inside"),
        ("", "Militants are at the gate", "", "and inside"),
    ],
)
async def test_an_album_begins_one_report_with_its_captions(
    owner: Talk, telegram: Telegram, record: Record, captions: tuple[str, ...]
) -> None:
    for caption in captions:
        owner.person.forwards(caption, CHANNEL, photo=PHOTO, album="7")

    def all_quoted() -> bool:
        with record.database.connect() as conn:
            draft = report_drafts.find(conn, owner.person.id, owner.person.id, record.clock.at)
        return draft is not None and all(c in draft.quote for c in captions)

    await telegram.signal.until(all_quoted, 10)
    sent = owner.person.says("al waleed")  # answers to the photos may still come in between
    await owner.person.chat.wait_for(partial(says, "What is claimed about"), after=sent)
    await owner.says("militants took it")
    await owner.says("a colonel")
    shown = await owner.presses("Not said")
    said = str([plain(m) for m in owner.person.chat.from_bot])
    assert "put away" not in said
    assert said.count("A report of what Border news said") == 1
    assert "at the gate" in shown
    assert "and inside" in shown
    await owner.presses("Record")
    assert len(by_editors(record)) == 1


async def test_another_album_begins_another_report(owner: Talk) -> None:
    first = owner.person.forwards("At the gate", CHANNEL, photo=PHOTO, album="7")
    owner.person.forwards("At the gate", CHANNEL, photo=PHOTO, album="8")
    await owner.person.chat.wait_for(lambda m: "put away" in m.text, after=first)


async def test_a_post_that_is_edited_after_it_was_forwarded_changes_no_report(
    owner: Talk, telegram: Telegram
) -> None:
    sent = owner.person.forwards("Militants are at the gate", CHANNEL)
    await owner.person.chat.wait_for(lambda m: "Which place" in m.text, after=sent)
    last = owner.person.chat.last
    telegram.updates.add(
        "edited_message", sent.as_json() | {"text": "Nothing happened", "edit_date": 1_403_532_000}
    )
    told = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert "edit" in plain(told)
    await owner.says("al waleed")
    await owner.says("militants took it")
    await owner.says("a colonel")
    assert "Militants are at the gate" in await owner.presses("Not said")


async def test_an_admin_who_hides_behind_the_group_is_no_editor(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    group = telegram.group("Desk", admins=[owner.person])
    last = owner.person.says("/start@WhoHoldsBot", in_=group)
    await group.wait_for(lambda _: True, after=last)
    last = owner.person.says(IN_GROUP, in_=group)
    await group.wait_for(lambda m: "Not recorded yet" in m.text, after=last)
    hidden = last.as_json() | {
        "message_id": last.id + 50,
        "sender_chat": group.as_json(),
        "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
    }
    before = group.last
    telegram.updates.add("message", hidden)
    told = await group.wait_for(lambda _: True, after=before)
    assert plain(told).startswith("I do not know that command.")
    assert by_editors(record) == []


async def test_the_report_of_one_editor_in_a_group_is_not_recorded_by_another(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    bob = made_editor(record, telegram.person("Bob"), owner.person)
    group = telegram.group("Desk", admins=[owner.person], members=[bob.person])
    sent = owner.person.says(IN_GROUP, in_=group)
    shown = await group.wait_for(lambda m: "Not recorded yet" in m.text, after=sent)
    last = group.last
    bob.person.presses("Record", on=shown)
    told = await group.wait_for(lambda _: True, after=last)
    assert by_editors(record) == []
    assert plain(told).startswith("That report is not being written any more.")
