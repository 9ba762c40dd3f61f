"""The bot's figures as Prometheus metrics.

Counters are what this process has done since it began; gauges say what is so now, those of the
database for every process that uses it. No label names a chat, a place or a person.
https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from bot.delivery.figures import BOUNDS
from bot.delivery.lanes import Lane
from bot.glance import Trouble
from bot.health import glance_of
from storage.outbox import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from prometheus_client.metrics_core import Metric

    from bot.delivery.figures import Figures, Seconds
    from bot.glance import Glance
    from bot.health import Parts
    from bot.schedule import Checks
    from storage.model.progress import Progress

Kind = TypeVar("Kind", bound=Enum)


class Metrics(Collector):
    """Tells what is known of a bot's parts, and of the database by the latest `glance`: see
    `refresh`. It is None while the database cannot be used.
    """

    def __init__(self, parts: Parts) -> None:
        self.registry = CollectorRegistry()
        self._parts = parts
        self.glance: Glance | None = None
        self.registry.register(self)
        # Memory, processor time and open files; where there is no /proc it tells nothing.
        ProcessCollector(registry=self.registry)

    async def refresh(self) -> None:
        """Look at the database, unless that was done a moment ago."""
        try:
            self.glance = await glance_of(self._parts)
        except Trouble:
            self.glance = None

    def collect(self) -> Iterator[Metric]:
        """Every metric there is a value for; called by the library for every scrape."""
        up = self.glance is not None
        yield _gauge("database_up", "Whether the database answers (1 or 0).", up)
        yield _gauge("telegram_reached", "Whether Telegram took the token.", self._parts.greeted)
        if self.glance is not None:
            yield from _kept(self.glance)
        if self._parts.checks is not None:
            yield from _checks(self._parts.checks)
        if self._parts.figures is not None:
            yield from _delivery(self._parts.figures)


def _kept(glance: Glance) -> Iterator[Metric]:
    yield _gauge("database_current", "Whether its tables are this version's.", glance.current)
    yield from _outbox(glance.progress, glance.at)
    yield _gauge("inbox_reports", "Reports that wait for a check.", glance.inbox)
    yield _gauges("notices", "Notices to owners and editors, by state.", "state", glance.notices)


def _outbox(progress: Progress, now: datetime) -> Iterator[Metric]:
    ends = {
        State.PENDING: progress.pending,
        State.SENT: progress.sent,
        State.DEAD: progress.dead,
        State.CLOSED: progress.closed,
    }
    waits = {Lane.URGENT: progress.urgent, Lane.SILENT: progress.silent}
    oldest = progress.oldest_due_at
    age = (now - oldest).total_seconds() if oldest else 0.0
    under_way = sum(b.pending > 0 or b.still_to_address > 0 for b in progress.broadcasts)
    yield _gauges("outbox_deliveries", "Deliveries by state, ended ones of late.", "state", ends)
    yield _gauges("outbox_pending_deliveries", "Those not ended yet, by lane.", "lane", waits)
    yield _gauge("outbox_due_deliveries", "Those that may go out now.", progress.due)
    yield _gauge("outbox_oldest_due_age_seconds", "How long the oldest of them has been due.", age)
    yield _gauge("outbox_doubts", "Recent ones that may have come twice.", progress.doubts)
    yield _gauge("broadcasts_under_way", "Alerts that are not sent to everybody yet.", under_way)


def _checks(checks: Checks) -> Iterator[Metric]:
    yield _histogram("check_duration_seconds", "How long checks took that ended.", checks.took)
    yield _counter("check_failures", "Checks that failed.", checks.failed)
    yield _counter("reports_taken_in", "Reports that a check took in.", checks.reports)
    yield _counter("changes", "Changes of control found.", checks.changes)
    yield _counter("alerts", "Alerts made.", checks.alerts)


def _delivery(figures: Figures) -> Iterator[Metric]:
    yield _counters("calls", "Calls to Telegram, by lane.", "lane", figures.calls)
    yield _counters(
        "delivery_failures", "Tries that failed, by what they meant.", "step", figures.failed
    )
    yield _counters(
        "too_many_requests", 'Answers "429", by whom they hold.', "scope", figures.too_many
    )
    yield _counter("rate_lowered", "Times the rate was lowered after a 429.", figures.slowed)
    yield _counter("rate_raised", "Times the rate was raised again.", figures.quickened)
    yield _counter("deliveries_put_back", "Deliveries put back untried.", figures.put_back)
    yield _counter("deliveries_sent", "Deliveries that arrived.", figures.sent)
    yield _counter(
        "deliveries_in_doubt", "Tries without an answer: possible doubles.", figures.doubts
    )
    yield _counter("deliveries_dead", "Deliveries that Telegram will never take.", figures.dead)
    yield _counter("deliveries_left", "Deliveries whose chat has gone.", figures.left)
    yield _histogram(
        "reply_wait_seconds", "How long replies waited for their turn.", figures.reply_waits
    )
    yield _gauge("rate_limit_messages_per_second", "The rate in force.", figures.rate)
    yield _gauge(
        "paid_rate_limit_messages_per_second", "The same of paid broadcasts.", figures.paid_rate
    )
    yield _gauges("calls_waiting", "Calls that wait for their turn.", "lane", figures.waiting)
    yield _gauge("calls_in_flight", "Calls that Telegram has not answered yet.", figures.in_flight)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"whoholds_{name}", words, value)


def _gauges(name: str, words: str, label: str, values: Mapping[Kind, int]) -> Metric:
    family = GaugeMetricFamily(f"whoholds_{name}", words, labels=[label])
    for each, value in values.items():
        family.add_metric([each.name.lower()], value)
    return family


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"whoholds_{name}", words, value)


def _counters(name: str, words: str, label: str, values: Mapping[Kind, int]) -> Metric:
    family = CounterMetricFamily(f"whoholds_{name}", words, labels=[label])
    for each, value in values.items():
        family.add_metric([each.name.lower()], value)
    return family


def _histogram(name: str, words: str, seconds: Seconds) -> Metric:
    within = accumulate(seconds.within)
    buckets = [(str(bound), float(number)) for bound, number in zip(BOUNDS, within, strict=True)]
    return HistogramMetricFamily(
        f"whoholds_{name}", words, [*buckets, ("+Inf", float(seconds.count))], seconds.sum
    )
