"""Delivery beside others, against the same local server: run by hand, on a machine that is idle.

    deploy/run test tests/benchmarks/test_delivery.py            # all of it, some ten minutes
    deploy/run test tests/benchmarks/test_delivery.py -k halt    # one of them, one or two

`-k` takes broadcast, reply, halt, paid, memory and alertmanager. Ours is the whole bot as it is
run for real, with its database; the others do nothing but send. Everything is measured where it
arrives: at a server that is a process of its own and answers after 30 to 110 ms.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import alertmanager
from tests.benchmarks.side_by_side import (
    Bot,
    Seen,
    Server,
    our_bot,
    percentile,
    rival,
    server,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(1800)

CHATS = 3000
SHORTER = 600  # of the others, and where the middle is what matters
QUESTIONS = 100
# In a second, where they arrive: of 30 that leave in one, some are slower on the way.
MOST_SEEN = 31
RIVALS = {"limiter": "PTB AIORateLimiter", "gather": "asyncio.gather"}


@pytest.fixture(scope="module")
def api() -> Iterator[Server]:
    with server() as one:
        yield one


def ours(api: Server, bot: Bot, chats: int, seconds: float) -> Seen:
    """Let our bot send until every chat has its message, or so many seconds have passed."""
    bot.hear_the_news()
    api.until(lambda: api.taken() >= chats, seconds)
    return api.seen()


def theirs(api: Server, kind: str, messages: int, seconds: float) -> tuple[Seen, int]:
    """Let another way send, until it ends; also how many messages it has given up."""
    with rival(kind, api.url, messages) as process:
        out, _ = process.communicate(timeout=seconds)
    return api.seen(), int(out)


def test_a_broadcast_of_three_thousand(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = []
    with our_bot(api.url, tmp_path, CHATS) as bot:
        api.begin()
        seen = ours(api, bot, CHATS, 200)
    rows.append(_broadcast_row("Who Holds", seen, CHATS))
    for kind, name in RIVALS.items():
        api.begin()
        other, _ = theirs(api, kind, SHORTER, 120)
        rows.append(_broadcast_row(name, other, SHORTER))
    with capsys.disabled():
        print(
            table(
                "A broadcast where 30 a second are allowed",
                ("", "messages", "a second", "most in any second", "lost"),
                rows,
            )
        )
    assert seen.lost(CHATS) == 0
    assert seen.most_in_a_second() <= MOST_SEEN
    assert seen.rate() >= 29.7


def _broadcast_row(name: str, seen: Seen, chats: int) -> tuple[str, ...]:
    most = seen.most_in_a_second()
    return name, f"{chats:,}", f"{seen.rate():.2f}", f"{most}", f"{seen.lost(chats)}"


def test_a_reply_during_a_broadcast(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chats = 2 * SHORTER
    with our_bot(api.url, tmp_path, chats) as bot:
        api.begin()
        bot.hear_the_news()
        _ask_in_the_middle(api)
        api.until(lambda: len(api.seen().reply_seconds()) == QUESTIONS, 30)
        our = api.seen()
    api.begin()
    with rival("limiter", api.url, chats) as process:
        _ask_in_the_middle(api)
        process.communicate(timeout=200)
    other = api.seen()
    rows = [
        (
            name,
            f"{len(s)} of {QUESTIONS}",
            f"{percentile(s, 50):.3f} s",
            f"{percentile(s, 99):.3f} s",
        )
        for name, s in (
            ("Who Holds", our.reply_seconds()),
            (RIVALS["limiter"], other.reply_seconds()),
        )
    ]
    with capsys.disabled():
        print(
            table(
                f"A reply during a broadcast of {chats:,}: from question to answer",
                ("", "answered", "p50", "p99"),
                rows,
            )
        )
    assert len(our.reply_seconds()) == QUESTIONS
    assert percentile(our.reply_seconds(), 99) < percentile(other.reply_seconds(), 50)


def _ask_in_the_middle(api: Server) -> None:
    """Questions a quarter of a second apart, from when the broadcast is under way."""
    assert api.until(lambda: api.taken() >= 60, 30)
    for number in range(QUESTIONS):
        api.ask(number)
        time.sleep(0.25)


def test_a_halt_in_the_middle_of_a_broadcast(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    halt = {"halt_at": SHORTER // 2, "halt_seconds": 5.0}
    rows = []
    with our_bot(api.url, tmp_path, SHORTER) as bot:
        api.begin(**halt)
        seen = ours(api, bot, SHORTER, 120)
    rows.append(_halt_row("Who Holds", seen))
    for kind, name in RIVALS.items():
        api.begin(**halt)
        other, _ = theirs(api, kind, SHORTER, 120)
        rows.append(_halt_row(name, other))
    with capsys.disabled():
        print(
            table(
                f"A 429 with retry_after 5 in the middle of {SHORTER} messages",
                ("", "lost", "sent during the halt", "most in any second after"),
                rows,
            )
        )
    assert seen.lost(SHORTER) == 0
    assert seen.most_in_a_second(seen.halt(5.0)[1]) <= MOST_SEEN


def _halt_row(name: str, seen: Seen) -> tuple[str, ...]:
    during, end = seen.halt(5.0)
    return name, f"{seen.lost(SHORTER)}", f"{during}", f"{seen.most_in_a_second(end)}"


def test_paid_broadcasts_of_a_thousand_a_second(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chats = 10_000
    rows = []
    with our_bot(api.url, tmp_path, chats, paid_per_second=1000) as bot:
        api.begin()
        bot.hear_the_news()
        assert api.until(lambda: api.taken() >= chats // 10, 60)
        began, used, taken = time.monotonic(), bot.processor_seconds(), api.taken()
        api.until(lambda: api.taken() >= chats * 9 // 10, 120)
        seconds, share = time.monotonic() - began, bot.processor_seconds() - used
        middle = (api.taken() - taken) / seconds
        api.until(lambda: api.taken() >= chats, 60)
        seen = api.seen()
    rows.append(
        (
            "Who Holds",
            f"{seen.rate():.0f}",
            f"{middle:.0f}",
            f"{seen.most_in_a_second()}",
            f"{100 * share / seconds:.0f} %",
        )
    )
    with capsys.disabled():
        print(
            table(
                f"{chats:,} paid messages where 1,000 a second are allowed",
                ("", "a second", "in the middle", "most in any second", "of a processor"),
                rows,
            )
        )
    assert seen.lost(chats) == 0
    assert seen.most_in_a_second() <= 1100


def test_memory_with_a_hundred_thousand_deliveries_waiting(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chats, watched = 100_000, 600
    with our_bot(api.url, tmp_path, chats) as bot:
        api.begin()
        before = bot.megabytes()
        bot.hear_the_news()
        most, end = before, time.monotonic() + 120
        while (api.taken() < watched or bot.addressed() < chats) and time.monotonic() < end:
            most = max(most, bot.megabytes())
            time.sleep(0.2)
        waiting = bot.addressed() - api.taken()
    with capsys.disabled():
        print(
            table(
                f"Memory while {waiting:,} deliveries wait and {watched} are sent",
                ("", "before", "at most", "more"),
                [("Who Holds", f"{before:.0f} MB", f"{most:.0f} MB", f"{most - before:.0f} MB")],
            )
        )
    assert waiting > chats * 0.9
    assert most - before < 100


@pytest.mark.parametrize("limited", [False, True], ids=["unlimited", "limited"])
def test_alertmanager_and_ours_send_to_the_same_five_hundred(
    api: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], limited: bool
) -> None:
    """With 5 % random errors and one halt; `limited`: the server takes 30 a second, as Telegram."""
    chats = 500
    plan = {"seed": 7, "error_rate": 0.05, "halt_at": 250, "halt_seconds": 5.0}
    plan["per_second"] = 30 if limited else 0
    name = alertmanager.version()
    with alertmanager.running(api.url, chats, tmp_path) as own:
        api.begin(**plan)
        alertmanager.raise_alert(own)
        api.until(lambda: api.taken() >= chats, 330)
        other = api.seen()
    with our_bot(api.url, tmp_path, chats) as bot:
        api.begin(**plan)
        our = ours(api, bot, chats, 120)
    rows = [_peer_row("Who Holds", our, chats), _peer_row(name, other, chats)]
    with capsys.disabled():
        print(
            table(
                f"{chats} chats, 5 % errors, one 429"
                + (", and 30 a second at most" if limited else ", no other limit"),
                ("", "lost", "twice", "until the last", "median", "calls", "most in any second"),
                rows,
            )
        )
    assert our.lost(chats) == 0
    assert our.most_in_a_second() <= MOST_SEEN


def _peer_row(name: str, seen: Seen, chats: int) -> tuple[str, ...]:
    first = seen.rows[0][0]
    waits = [at - first for at in seen.taken]
    return (
        name,
        f"{seen.lost(chats)}",
        f"{seen.doubled()}",
        f"{max(waits):.1f} s",
        f"{statistics.median(waits):.1f} s",
        f"{len(seen.rows)}",
        f"{seen.most_in_a_second()}",
    )
