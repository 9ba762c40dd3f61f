"""/outbox: what the bot's owners see of what is on its way, and how they try again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import dead_letters, outbox
from storage.outbox import State
from tests.builders import step_of
from tests.handlers.conftest import Talk, bot_running, services_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from storage.leasing import Delivery
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Talk]:
    """A conversation of the bot's owner with it."""
    async with bot_running(telegram, services_for(record, ann)):
        yield Talk(ann)


def lease(record: Record) -> list[Delivery]:
    with record.database.begin() as conn:
        return outbox.lease(conn, now=record.clock.now(), limit=9, lease_for=timedelta(minutes=1))


async def one_dies(owner: Talk, record: Record) -> int:
    """Somebody is told, and Telegram refuses it; returns the id of the dead letter."""
    record.up_to(1)
    await owner.says("/subscribe al waleed")
    record.told(*(r for r in record.world.reports if step_of(r) == 7))
    (delivery,) = lease(record)
    with record.database.begin() as conn:
        outbox.end(conn, delivery, State.DEAD, "BadRequest: chat not found", record.clock.now())
    return delivery.id


async def test_an_empty_outbox_says_so(owner: Talk) -> None:
    assert (await owner.says("/outbox")).startswith("📤 Outbox\nNothing waits.")


async def test_owners_see_dead_letters_and_try_one_again(owner: Talk, record: Record) -> None:
    number = await one_dies(owner, record)
    said = await owner.says("/outbox")
    assert f"{number} – Al Waleed, a new holder" in said
    assert "BadRequest: chat not found" in said
    again = await owner.says(f"/outbox retry {number}")
    assert again.startswith("1 dead letter is tried again.")
    (delivery,) = lease(record)
    assert delivery.id == number


async def test_all_are_tried_again_after_a_question(
    owner: Talk, record: Record, ann: Person
) -> None:
    await one_dies(owner, record)
    await owner.says("/outbox")
    question = await owner.presses("Try all again (1)")
    assert question.startswith("Try 1 dead letter again?")
    assert (await owner.presses("No")).startswith("They stay as they are.")
    assert lease(record) == []
    await owner.says("/outbox")
    await owner.presses("Try all again (1)")
    assert (await owner.presses("Yes, try again")).startswith("1 dead letter is tried again.")
    assert len(lease(record)) == 1


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/outbox retry 4711", "There is no delivery with the id “4711”."),
        ("/outbox retry x", "There is no delivery with the id “x”."),
        ("/outbox retry all", "There are no dead letters."),
        ("/outbox retry", "/outbox shows what is on its way"),
        ("/outbox whatever", "/outbox shows what is on its way"),
    ],
)
async def test_what_cannot_be_tried_again_is_answered_with_why(
    owner: Talk, typed: str, answer: str
) -> None:
    assert (await owner.says(typed)).startswith(answer)


async def test_what_is_not_dead_is_left_alone(owner: Talk, record: Record) -> None:
    number = await one_dies(owner, record)
    with record.database.begin() as conn:
        dead_letters.retry_all(conn, record.clock.now())
    said = await owner.says(f"/outbox retry {number}")
    assert said.startswith(f"The delivery {number} is not dead")


async def test_nobody_else_is_shown_the_outbox(owner: Talk, telegram: Telegram) -> None:
    stranger = Talk(telegram.person("Stranger"))
    assert "Outbox" not in await stranger.says("/outbox")
