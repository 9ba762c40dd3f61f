"""A message forwarded to the bot is the beginning of an editor's report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.sandbox import origins
from bot.sandbox.model import User
from storage import tables
from storage.model.reports import Claim
from storage.model.times import Moment
from tests.handlers.conftest import Talk, plain
from tests.handlers.test_reporting import by_editors

if TYPE_CHECKING:
    from bot.sandbox.origins import Origin
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
SAID = datetime(2014, 6, 22, 21, 30, tzinfo=UTC)  # 00:30 on the 23rd in Baghdad
CHANNEL = origins.of_channel("Border <news>", SAID, 77, username="bordernews", signature="Ali")
TEXT = "Militants are at the gate\nof Al Waleed"


async def answer_to(talk: Talk, text: str, origin: Origin, *, photo: bytes = b"") -> str:
    sent = talk.person.forwards(text, origin, photo=photo)
    return plain(await talk.person.chat.wait_for(lambda _: True, after=sent))


async def finished(talk: Talk, when: str = "The day it was said") -> str:
    """The rest of the conversation, up to the preview."""
    await talk.says("al waleed")
    await talk.says("militants hold it")
    await talk.says("an official in Tal Afar")
    return await talk.presses(when)


async def test_channel_date_link_and_text_are_kept(owner: Talk, record: Record) -> None:
    said = await answer_to(owner, TEXT, CHANNEL)
    assert said.split("\n")[:2] == [
        "A report of what Border <news> (Ali) said on Mon 23 Jun 00:30 (Baghdad time).",
        "Which place is it about?",
    ]
    shown = await finished(owner)
    assert "militants held it on Mon 23 Jun 00:30 (Baghdad time)" in shown
    assert "Says who: an official in Tal Afar (Border <news> (Ali))" in shown
    assert "Said: Mon 23 Jun 00:30" in shown
    assert "Quote: “Militants are at the gate of Al Waleed”" in shown
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.via, report.url) == ("Border <news> (Ali)", "https://t.me/bordernews/77")
    # In UTC that was still the 22nd.
    assert (report.reported, report.occurred) == (Moment(SAID), Moment(SAID))
    assert (report.claim, report.quote) == (Claim.HOLDS, "Militants are at the gate of Al Waleed")


@pytest.mark.parametrize(
    ("origin", "publisher"),
    [
        (origins.of_channel("A closed one", SAID, 5), "A closed one"),
        (origins.of_user(User(99, "Omar", "omar"), SAID), "Omar"),
        (origins.of_hidden_user("Somebody", SAID), "Somebody"),
        (origins.of_chat("The guards", SAID, signature="Captain"), "The guards (Captain)"),
        (origins.of_chat("The guards", SAID), "The guards"),
    ],
)
async def test_every_origin_is_named_and_only_public_posts_have_a_link(
    owner: Talk, record: Record, origin: Origin, publisher: str
) -> None:
    await answer_to(owner, TEXT, origin)
    asked = await finished(owner)
    if "Is the name of" in asked:
        await owner.presses(f"With the name: {publisher}")
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.via, report.url) == (publisher, "")


@pytest.mark.parametrize(
    "origin",
    [origins.of_user(User(99, "Omar", "omar"), SAID), origins.of_hidden_user("Omar", SAID)],
)
async def test_the_name_of_a_private_person_is_kept_only_where_the_editor_says_so(
    owner: Talk, record: Record, origin: Origin
) -> None:
    begun = await answer_to(owner, TEXT, origin)
    assert "That is a private person: you are asked at the end" in begun
    assert (await finished(owner)).startswith("Is the name of Omar kept?\nThen everybody who asks")
    shown = await owner.presses("Without a name")
    assert "Omar" not in shown
    await owner.presses("Record")
    assert by_editors(record)[0].via == ""
    with record.database.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(tables.report_drafts)) == 0


async def test_of_a_private_person_another_word_may_be_typed(owner: Talk, record: Record) -> None:
    await answer_to(owner, TEXT, origins.of_hidden_user("Omar", SAID))
    await finished(owner)
    assert "(a message to us)" in await owner.says("a message to us")


async def test_claims_in_the_message_of_a_private_person_are_without_the_name(
    owner: Talk, record: Record
) -> None:
    text = "Militants seized Al Waleed on Sunday, an official in Tal Afar said. " * 4
    await answer_to(owner, text, origins.of_hidden_user("Omar", SAID))
    await owner.presses("Draft the claims")
    await owner.presses("1")
    await owner.presses("Record")
    assert by_editors(record)[0].via == ""


async def test_a_photo_brings_its_caption_and_may_have_none(owner: Talk, record: Record) -> None:
    await answer_to(owner, "", CHANNEL, photo=b"x")
    assert "Quote" not in await finished(owner, "Not said")
    again = await answer_to(owner, "look", CHANNEL, photo=b"x")
    assert again.startswith("The report that you were writing here is put away.")
    assert "Quote: “look”" in await finished(owner, "Not said")


async def test_of_a_long_text_the_beginning_is_the_quote_and_that_is_said(
    owner: Talk, record: Record
) -> None:
    said = await answer_to(owner, "x" * 4096, CHANNEL)
    assert "Only the first 4000 characters are kept as its quote." in said


async def test_what_was_said_before_it_happened_is_refused(owner: Talk, record: Record) -> None:
    await answer_to(owner, TEXT, origins.of_hidden_user("A", SAID - timedelta(days=9)))
    refused = await finished(owner, "Today")
    assert refused.startswith("That is after it was said.\nWhen did it happen?")


async def test_a_message_from_a_fast_clock_was_said_now(owner: Talk, record: Record) -> None:
    ahead = record.clock.at + timedelta(minutes=2)
    await answer_to(owner, TEXT, origins.of_hidden_user("A", ahead))
    await finished(owner, "Not said")
    await owner.presses("Without a name")
    await owner.presses("Record")
    assert by_editors(record)[0].reported == Moment(record.clock.at)


async def test_from_subscribers_a_forward_is_a_question_as_ever(talk: Talk, record: Record) -> None:
    assert (await answer_to(talk, "rabia", CHANNEL)).startswith("⚪ Rabia crossing: NO REPORT")
    assert (await answer_to(talk, "x", CHANNEL, photo=b"x")).startswith("I can only read text")


async def test_a_forwarded_command_stays_a_command(owner: Talk) -> None:
    assert (await answer_to(owner, "/roles", CHANNEL)).startswith("There are no editors yet.")
