"""What delivery counts."""

from __future__ import annotations

import pytest

from bot.delivery.figures import BOUNDS, Figures, Seconds
from bot.delivery.lanes import Lane
from bot.delivery.outcome import Step


def test_times_are_counted_by_how_long_they_took() -> None:
    seconds = Seconds()
    for took in (0.0, 0.01, 0.02, 0.3, 0.31, 1000.0):
        seconds.add(took)
    assert dict(zip(BOUNDS, seconds.within, strict=True)) == {
        0.01: 2, 0.05: 1, 0.1: 0, 0.3: 1, 1.0: 1, 3.0: 0, 10.0: 0, 60.0: 0,
    }  # fmt: skip
    assert seconds.count == 6
    assert seconds.sum == pytest.approx(1000.64)


def test_every_lane_and_every_step_is_there_from_the_start() -> None:
    figures = Figures()
    assert figures.calls == figures.waiting == dict.fromkeys(Lane, 0)
    assert figures.failed == dict.fromkeys(Step, 0)
