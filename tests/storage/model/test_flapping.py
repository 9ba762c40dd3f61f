"""When the changes of a place come in notices instead of alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.model.flapping import Telling, Told, changes_lately, how_to_tell
from storage.model.policy import DEFAULT_POLICY

BEGIN = datetime(2022, 5, 1, 12, tzinfo=UTC)
ALONE, NOTICE, LATER = Telling.ALONE, Telling.NOTICE, Telling.LATER


def tell(*days: float) -> list[Telling]:
    """How changes at these days are told, one after the other."""
    earlier: list[Told] = []
    found = []
    for day in days:
        at = BEGIN + timedelta(days=day)
        found.append(how_to_tell(earlier, at, DEFAULT_POLICY))
        earlier.append(Told(at))
        if found[-1] is NOTICE:
            earlier.append(Told(at, is_notice=True))
    return found


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((0, 1, 2), [ALONE, ALONE, ALONE]),
        ((0, 1, 2, 3), [ALONE, ALONE, ALONE, NOTICE]),
        ((0, 0.1, 0.2, 0.3), [ALONE, ALONE, ALONE, NOTICE]),
        ((0, 1, 2, 7), [ALONE, ALONE, ALONE, ALONE]),  # the first was a week ago
        ((0, 3.4, 6.8, 6.9), [ALONE, ALONE, ALONE, NOTICE]),
    ],
)
def test_the_fourth_change_within_a_week_comes_as_a_notice(
    days: tuple[float, ...], told: list[Telling]
) -> None:
    assert tell(*days) == told


def test_then_there_is_one_notice_a_day() -> None:
    assert tell(0, 1, 2, 3, 3.2, 3.9, 4.0, 4.5, 5.1, 7.9)[3:] == [
        NOTICE,
        LATER,
        LATER,
        NOTICE,
        LATER,
        NOTICE,
        NOTICE,
    ]


def test_after_three_calm_days_a_change_is_told_by_itself_again() -> None:
    assert tell(0, 1, 2, 3, 3.2, 6.2)[5] is ALONE
    assert tell(0, 1, 2, 3, 3.2, 6.1)[5] is NOTICE
    # What was before the calm is not counted again.
    assert tell(0, 1, 2, 3, 3.2, 6.2, 6.3, 6.4, 6.5)[5:] == [ALONE, ALONE, ALONE, NOTICE]


def test_changes_are_counted_within_a_week_and_notices_are_none() -> None:
    told = [Told(BEGIN), Told(BEGIN + timedelta(days=1)), Told(BEGIN, is_notice=True)]
    assert changes_lately(told, BEGIN + timedelta(days=6), DEFAULT_POLICY) == 2
    assert changes_lately(told, BEGIN + timedelta(days=7), DEFAULT_POLICY) == 1
