"""A broadcast loses nothing, whatever fails: the bot is killed at random moments, and Telegram
refuses, halts, hangs and cuts connections.

On PostgreSQL the alerts go out as paid broadcasts, through the other HTTP client that those have.

In the normal run it is short. In full, for some minutes on either database:

    export WHOHOLDS_TEST_DELIVERIES=10000 WHOHOLDS_TEST_KILLS=50
    deploy/run test tests/e2e/test_faults.py -s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.limits import Limits
from storage import subscribers
from tests.bot.delivery.conftest import WORLD, WRITTEN, feed
from tests.bot.delivery.test_late import let_deadlines_pass
from tests.builders import load
from tests.e2e.bad_day import GONE, REFUSED, Size, live_through, told
from tests.e2e.stage import staged

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

SIZE = Size.asked_for()
# A second: more than Telegram takes, so that it does not take all day.
RATE = 60 if SIZE.deliveries <= 1000 else 200


@pytest.mark.slow
@pytest.mark.timeout(120 if SIZE.deliveries <= 1000 else 1800)
async def test_a_broadcast_through_kills_and_failures_reaches_every_chat(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    paid = not db.is_sqlite
    async with staged(
        db,
        database_url,
        tmp_path,
        limits=Limits(per_second=RATE),
        patience=1.0,
        paid=paid,
        **{"paid_per_second" if paid else "messages_per_second": RATE},
    ) as stage:
        day = await live_through(stage, SIZE)
    print(told(day, SIZE, db))  # noqa: T201 - what the run came to
    assert len(day.fates) == SIZE.deliveries
    for fate in day.fates:
        chat_id = fate.person.chat.id
        if chat_id in day.gone:
            assert (fate.state, fate.messages, fate.active) == ("closed", 0, False)
            assert GONE in fate.reason
        elif chat_id in day.refused:
            assert (fate.state, fate.messages, fate.active) == ("dead", 0, True)
            assert REFUSED.removeprefix("Bad Request: ") in fate.reason.lower()
        else:
            assert (fate.state, fate.active) == ("sent", True)
            # Nothing is lost, and whatever came twice was counted as in doubt: by the bot that got
            # no answer, or by the one that took over the lease of a bot that was killed.
            assert 1 <= fate.messages <= 1 + fate.doubts
            assert fate.message_id in {m.id for m in fate.person.chat.from_bot}
    # In all there are no more doubles than messages in flight at the kills, and without an answer.
    assert day.doubles <= day.explained
    # All that was to go wrong did, or the run has shown nothing.
    assert {"refuse 403", "refuse 400", "refuse 429", "refuse 502", "cut 0", "hang 0"} <= set(
        day.faults
    )


async def test_what_a_bot_told_of_several_places_when_it_was_killed_is_corrected_all_the_same(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path, patience=30.0) as stage:
        with db.begin() as conn:
            load(conn, WORLD)
        feed(db, 1)
        ann = stage.telegram.person("Ann")
        ann.chat.started = True  # without a question that the bot would answer first
        with db.begin() as conn:
            one = subscribers.ensure(conn, ann.chat.id, is_group=False, now=WRITTEN)
            for place in ("rawa", "al-waleed"):
                subscribers.subscribe(conn, one.id, place, WRITTEN)
        feed(db, 4, 7, 10)
        let_deadlines_pass(db)
        stage.telegram.faults.hang(processed=True, method="sendMessage")
        await stage.start_bot()
        # All of it went out in one message; then the bot dies, before it could write that down.
        await stage.telegram.faults.until_hung(timeout=60)
        await stage.kill_bot()
        feed(db, 15)  # what was said of Al Waleed in step 10 is taken back
        await stage.start_bot()
        await stage.settled()
    assert "2 places changed" in ann.chat.from_bot[0].text
    corrections = [m for m in ann.chat.from_bot if m.text.startswith("↩️ CORRECTION")]
    assert ["Al Waleed" in m.text for m in corrections] == [True]
