"""The bot's figures, as Prometheus reads them from the bot that runs."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse

from bot.app import Running
from bot.app import running as bot_running
from bot.clock import utc_now
from bot.delivery.figures import Figures, Scope
from bot.delivery.lanes import Lane
from bot.delivery.outcome import Step
from bot.glance import Glance, Glancer
from bot.health import Parts
from bot.metrics import Metrics
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.schedule import Checks
from storage import events, notices, outbox
from storage.model.progress import Progress
from storage.outbox import State
from tests.bot.delivery.conftest import WORLD, feed, subscribe
from tests.bot.delivery.test_notices import SUSPICION
from tests.bot.test_web import TOKEN, settings_for
from tests.builders import clock_of, load, step_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from storage.engine import Database

DEPLOY = Path(__file__).parents[2] / "deploy"
# What the library tells of the process itself.
OF_THE_PROCESS = "process_"
UNITS = ("seconds", "bytes")
Key = tuple[str, frozenset[tuple[str, str]]]


def values(families: Iterable[Metric]) -> dict[Key, float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: dict[Key, float], name: str, **labels: str) -> float:
    return found[f"whoholds_{name}", frozenset(labels.items())]


async def scrape(bot: Running, accept: str = "text/plain") -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{bot.watched_at}/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    return answer.raise_for_status().text


async def test_what_the_bot_did_is_told_and_names_no_chat(db: Database, database_url: str) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1)
    subscribe(db, ann, ben)
    telegram.faults.refuse(403, "Forbidden: bot was blocked by the user", chat=ben.id, times=9)
    async with running(bot_api(telegram)) as api:
        settings = settings_for(api, database_url, web="127.0.0.1:0")
        async with bot_running(settings, clock=lambda: clock_of(7)) as bot:
            await ann.chat.wait_for(lambda m: "Who controls" in m.text)
            feed(db, 7)
            bot.wake()
            await ann.chat.wait_for(lambda m: "MILITANTS" in m.text, timeout=20)
            async with asyncio.timeout(20):
                while (await bot.database.reading(outbox.counts)).pending:  # noqa: ASYNC110 - it is on record when the table says so
                    await asyncio.sleep(0.02)
            first = await scrape(bot)
            openmetrics = await scrape(bot, "application/openmetrics-text")
    found = values(parse(first))
    assert value(found, "database_up") == value(found, "database_current") == 1
    assert value(found, "telegram_reached") == 1
    assert value(found, "deliveries_sent_total") == 1
    assert value(found, "deliveries_left_total") == 1
    assert value(found, "delivery_failures_total", step="left") == 1
    assert value(found, "calls_total", lane="urgent") == 2
    assert value(found, "calls_total", lane="reply") >= 1
    assert value(found, "reply_wait_seconds_count") >= 1
    assert value(found, "rate_limit_messages_per_second") == 30
    assert value(found, "outbox_deliveries", state="sent") == 1
    assert value(found, "check_duration_seconds_count") >= 1
    assert value(found, "inbox_reports") == 0
    told = parse_openmetrics(openmetrics)  # type: ignore[no-untyped-call] # the library does not say
    assert values(told).keys() >= found.keys() - {
        key for key in found if key[0].startswith(OF_THE_PROCESS)
    }
    for text in (str(ann.id), str(ben.id), "Ann", "al-waleed", "Waleed"):
        assert text not in first


def everything() -> Metrics:
    """Metrics where every part of the bot is up, and each figure differs; nothing waits."""
    figures = Figures(sent=11, doubts=3, dead=2, left=4, put_back=5, slowed=1, quickened=6)
    figures.calls[Lane.REPLY], figures.failed[Step.DEAD] = 7, 2
    figures.too_many[Scope.CHAT], figures.waiting[Lane.SILENT] = 8, 9
    figures.rate, figures.paid_rate, figures.in_flight = 22.5, 1000.0, 10
    checks = Checks(failed=1, reports=12, changes=13, alerts=14)
    for seconds in (0.004, 0.2, 700.0):
        checks.took.add(seconds)
    metrics = Metrics(Parts(5.0, figures=figures, checks=checks))
    nothing = Progress(0, 0, None, 0, 0, 0, 0, 0, 0, ())
    metrics.glance = Glance(utc_now(), True, nothing, 0, dict.fromkeys(State, 0))
    return metrics


def test_every_figure_has_a_metric_of_its_own() -> None:
    found = values(list(everything().collect()))
    for name, labels, expected in (
        ("deliveries_sent_total", {}, 11),
        ("deliveries_in_doubt_total", {}, 3),
        ("deliveries_dead_total", {}, 2),
        ("deliveries_left_total", {}, 4),
        ("deliveries_put_back_total", {}, 5),
        ("rate_lowered_total", {}, 1),
        ("rate_raised_total", {}, 6),
        ("calls_total", {"lane": "reply"}, 7),
        ("delivery_failures_total", {"step": "dead"}, 2),
        ("too_many_requests_total", {"scope": "chat"}, 8),
        ("too_many_requests_total", {"scope": "token"}, 0),
        ("calls_waiting", {"lane": "silent"}, 9),
        ("rate_limit_messages_per_second", {}, 22.5),
        ("paid_rate_limit_messages_per_second", {}, 1000),
        ("calls_in_flight", {}, 10),
        ("check_failures_total", {}, 1),
        ("reports_taken_in_total", {}, 12),
        ("changes_total", {}, 13),
        ("alerts_total", {}, 14),
        ("check_duration_seconds_count", {}, 3),
        ("check_duration_seconds_bucket", {"le": "0.01"}, 1),
        ("check_duration_seconds_bucket", {"le": "0.3"}, 2),
        ("check_duration_seconds_bucket", {"le": "60.0"}, 2),
        ("check_duration_seconds_bucket", {"le": "+Inf"}, 3),
    ):
        assert value(found, name, **labels) == expected, name
    assert value(found, "check_duration_seconds_sum") == pytest.approx(700.204)


async def test_what_waits_is_told_by_lane_and_by_age(db: Database) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1)
    subscribe(db, telegram.person("Ann"), telegram.person("Ben"))
    feed(db, 7)
    made = clock_of(7)
    with db.begin() as conn:
        reports = [r for r in WORLD.reports if step_of(r) == 8]
        events.append(conn, reports, now=clock_of(8), alert=True)
        notices.tell_of_suspicion(conn, SUSPICION, [42, 43], made)
    parts = Parts(5.0, Glancer(db, lambda: made.replace(minute=1)))
    metrics = Metrics(parts)
    await metrics.refresh()
    await parts.close()
    found = values(list(metrics.collect()))
    assert value(found, "outbox_deliveries", state="pending") == 2
    assert value(found, "outbox_pending_deliveries", lane="urgent") == 2
    assert value(found, "outbox_pending_deliveries", lane="silent") == 0
    assert value(found, "outbox_due_deliveries") == 2
    assert value(found, "outbox_oldest_due_age_seconds") == 60
    assert value(found, "broadcasts_under_way") == 1
    assert value(found, "inbox_reports") == len(reports) == 1
    assert value(found, "notices", state="pending") == 2
    assert value(found, "notices", state="dead") == 0


def names_told() -> set[str]:
    """Every metric there can be, as it is named in a query."""
    return {sample.name for family in everything().collect() for sample in family.samples}


def test_names_follow_prometheus() -> None:
    families = list(everything().collect())
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    for family in families:
        assert re.fullmatch(r"whoholds_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        # A time is in seconds, and a counter is told as a total.
        assert not re.search(r"_(ms|minutes|hours|mb)$", family.name)
        if family.type == "counter":
            assert all(s.name.endswith("_total") for s in family.samples)


@pytest.mark.parametrize("file", ["prometheus-alerts.yaml", "grafana.json"])
def test_what_is_deployed_with_it_asks_for_metrics_that_exist(file: str) -> None:
    text = (DEPLOY / file).read_text(encoding="utf-8")
    if file.endswith(".json"):
        assert json.loads(text)["panels"]
    asked = set(re.findall(r"\bwhoholds_[a-z_]+", text))
    assert len(asked) > 5
    assert asked <= names_told()
