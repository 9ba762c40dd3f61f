"""What the benchmarks of delivery stand on: the server, the bot beside others, and figures."""

from __future__ import annotations

import bisect
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import sqlalchemy as sa

from bot.clock import utc_now
from bot.watch import check
from storage import events, migrate, outbox
from storage.engine import open_database, sqlite_url
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.tables import subscribers, subscriptions
from tests.benchmarks.rivals import FIRST_CHAT, TOKEN
from tests.builders import load, report, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from storage.engine import Database

ROOT = Path(__file__).parents[2]
ASKING = 9_000_001  # the first chat of those who ask


@dataclass(frozen=True)
class Seen:
    """What arrived at the server: when (seconds), for which chat, answered with which status; and
    who asked something when.
    """

    rows: list[tuple[float, int, int]]
    asked: list[tuple[float, int]]

    @property
    def alerts(self) -> list[tuple[float, int, int]]:
        """Of them what is no reply."""
        return [row for row in self.rows if row[1] < ASKING]

    @property
    def taken(self) -> list[float]:
        """When the alerts came that were taken."""
        return [at for at, _, status in self.alerts if status == 200]

    def rate(self) -> float:
        """Alerts a second, from the first taken to the last."""
        taken = self.taken
        return (len(taken) - 1) / (taken[-1] - taken[0])

    def most_in_a_second(self, since: float = 0.0) -> int:
        """Most that arrived in any second, wherever it begins, whatever the answer."""
        times = sorted(at for at, _, _ in self.rows if at >= since)
        return max((bisect.bisect_left(times, at + 1) - i for i, at in enumerate(times)), default=0)

    def lost(self, chats: int) -> int:
        """How many chats got nothing."""
        return chats - len({chat for _, chat, status in self.alerts if status == 200})

    def doubled(self) -> int:
        """How many messages went to a chat that had got its own."""
        got = Counter(chat for _, chat, status in self.alerts if status == 200)
        return sum(number - 1 for number in got.values())

    def halt(self, seconds: float) -> tuple[int, float]:
        """How many calls came while "too many requests" was in force, and when it ended."""
        began = next((at for at, _, status in self.rows if status == 429), None)
        if began is None:
            raise AssertionError("nobody was halted")
        return sum(began < at < began + seconds for at, _, _ in self.rows), began + seconds

    def reply_seconds(self) -> list[float]:
        """How long each question waited for its answer to arrive at the server."""
        first: dict[int, float] = {}
        for at, chat, _ in self.rows:
            first.setdefault(chat, at)
        return [first[chat] - at for at, chat in self.asked if chat in first]


class Server:
    """The server in its own process: see `bot_api`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=60)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _control(self, name: str, given: Any = None) -> Any:
        return self._client.post(f"/control/{name}", json=given or {}).json()

    def begin(self, **plan: Any) -> None:
        """Forget what was seen, and follow a plan (see `bot_api.Plan`)."""
        self._control("begin", plan)

    def ask(self, number: int, text: str = "/help") -> None:
        """Have somebody ask who has not asked before."""
        self._control("say", {"chat": ASKING + number, "text": text})

    def taken(self) -> int:
        """How many messages were taken so far, replies included."""
        return int(self._control("state")["taken"])

    def seen(self) -> Seen:
        """Everything since `begin`."""
        found = self._control("seen")
        return Seen([tuple(r) for r in found["seen"]], [tuple(a) for a in found["asked"]])

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until it is so; False if it is not after so many seconds."""
        end = time.monotonic() + seconds
        while not (so := condition()) and time.monotonic() < end:
            time.sleep(0.2)
        return so


@contextmanager
def server() -> Iterator[Server]:
    """A server, killed in the end."""
    script = Path(__file__).with_name("bot_api.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout
            one = Server(f"http://127.0.0.1:{int(process.stdout.readline())}")
            yield one
            one.close()
        finally:
            process.kill()


@contextmanager
def our_bot(url: str, folder: Path, chats: int, **settings: Any) -> Iterator[Bot]:
    """The real bot, `whoholds run` on an SQLite file, with so many subscribers and no news yet."""
    file = folder / f"whoholds-{chats}-{time.monotonic_ns()}.db"
    database = open_database(sqlite_url(file))
    _fill(database, chats)
    env = {n: v for n, v in os.environ.items() if not n.startswith("WHOHOLDS_")}
    given = {f"WHOHOLDS_{name.upper()}": str(value) for name, value in settings.items()}
    log = folder / f"{file.stem}.log"
    with (
        log.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={
                **env,
                "WHOHOLDS_TELEGRAM_TOKEN": TOKEN,
                "WHOHOLDS_TELEGRAM_API_URL": url,
                "WHOHOLDS_DATABASE_URL": sqlite_url(file),
                "WHOHOLDS_CHECK_SECONDS": "0.2",
                **given,
            },
            stderr=stderr,
        ) as process,
    ):
        try:
            while "the bot runs" not in log.read_text(encoding="utf-8"):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                time.sleep(0.1)
            yield Bot(process, database)
        finally:
            process.kill()
            database.close()


def _fill(database: Database, chats: int) -> None:
    """Al Waleed in the government's hands since yesterday, and so many subscribers."""
    migrate.upgrade(database)
    yesterday = utc_now() - timedelta(days=1)
    with database.begin() as conn:
        load(conn, story())
        _say(conn, "background", Claim.HOLDS, "iraq", yesterday)
        check(conn, now=yesterday, policy=DEFAULT_POLICY)
    with database.begin() as conn:
        # Many of them, so not one by one.
        for first in range(0, chats, 10_000):
            numbers = range(first, min(chats, first + 10_000))
            rows = [
                {"id": 1 + n, "chat_id": FIRST_CHAT + n, "is_group": False, "active": True}
                for n in numbers
            ]
            conn.execute(sa.insert(subscribers), [{**r, "joined_at": yesterday} for r in rows])
            conn.execute(
                sa.insert(subscriptions),
                [
                    {"subscriber_id": r["id"], "place_id": "al-waleed", "since": yesterday}
                    for r in rows
                ],
            )


def _say(conn: sa.Connection, source: str, claim: Claim, party: str, at: datetime) -> None:
    events.append(conn, [report(source, claim, party, said=at.isoformat())], now=at, alert=True)


@dataclass(frozen=True)
class Bot:
    """Our bot, and what can be read of it from outside."""

    process: subprocess.Popen[bytes]
    database: Database

    def hear_the_news(self) -> None:
        """Record what every subscriber is to be told."""
        now = utc_now()
        with self.database.begin() as conn:
            _say(conn, "agency", Claim.TOOK, "militants", now)
            _say(conn, "captain", Claim.TOOK, "militants", now)

    def addressed(self) -> int:
        """How many deliveries there are by now."""
        with self.database.connect() as conn:
            found = outbox.progress(conn, utc_now())
        return found.pending + found.sent + found.dead + found.closed

    def processor_seconds(self) -> float:
        """The processor time it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """The memory it holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def rival(kind: str, url: str, messages: int) -> Iterator[subprocess.Popen[str]]:
    """Somebody else's way, at work: see `rivals`. Its output is how many messages failed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.rivals", kind, url, str(messages)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def percentile(values: list[float], percent: int) -> float:
    """The value that so many of a hundred do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(heading: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Rows under columns, as text."""
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in (columns, *rows)
    ]
    return "\n".join(["", heading, *(f"  {line.rstrip()}" for line in lines)])
