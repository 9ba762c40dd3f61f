"""How quickly claims are drafted from 50,000 characters, of news and of what is meant to be slow;
run by hand, on a machine that is idle.

deploy/run test tests/benchmarks
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.storage.model.drafting.scoring import read, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

LENGTH = 50_000
SECONDS = 2.0  # of a processor
REPEATED = [
    *(
        " ",
        "\n",
        "a\n\n",
        ".",
        "(",
        '" ',
        "Rawa",
        "Rawa, ",
        "the ",
        "on ",
        "late on the ",
        "since ",
    ),
    *("said that ", "a colonel said ", "according to ", "the claim that ", "militants who "),
    *("and militants took Rawa ", "and the army fled ", ", seizing it", "having taken Rawa, "),
    *("A colonel denied the claim. An officer denied it. ", "three days after ", "Rawa's ", "s' "),
    *('"Rawa fell," ', "BAGHDAD ", "in the hands of ", "the town of ", "neither nor ", "a-"),
]


def _hostile() -> Iterator[tuple[str, str]]:
    for part in REPEATED:
        yield repr(part), part * (LENGTH // len(part))
    listed = "Rawa" + ", Ana" * 60 + " fell" + " and were captured" * 55 + ". "
    yield "lists", listed * (LENGTH // len(listed))


def test_50000_characters_take_less_than_2_s(capsys: pytest.CaptureFixture[str]) -> None:
    news = "\n\n".join(text["text"] for text in texts("wire"))[:LENGTH]
    seconds = {name: _seconds(text) for name, text in [("news", news), *_hostile()]}
    slowest = max(seconds, key=lambda name: seconds[name])
    with capsys.disabled():
        print(f"\n{LENGTH:,} characters of news: {seconds['news']:.2f} s; ", end="")
        print(f"the slowest of {len(seconds)}, {slowest}: {seconds[slowest]:.2f} s")
    assert seconds[slowest] < SECONDS


def _seconds(text: str) -> float:
    begun = time.thread_time()
    read(text)
    return time.thread_time() - begun
