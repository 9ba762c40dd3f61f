"""Flapping: a place that changes hands often is told of in one notice a day, not in alerts.

Whoever is woken up by the same place day after day stops listening. So when a place has changed
several times within days, a notice says so; until it has been calm for some days, further changes
are folded into at most one notice a day, which tells what holds then. All are on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model.policy import Policy


class Telling(StrEnum):
    """How a change is told."""

    ALONE = "alone"  # in an alert of its own
    NOTICE = "notice"  # in a notice that the place changes hands often
    LATER = "later"  # in the next such notice


@dataclass(frozen=True)
class Told:
    """A change of a place that was told, or such a notice, at a time (UTC)."""

    at: datetime
    is_notice: bool = False


def how_to_tell(earlier: Sequence[Told], at: datetime, policy: Policy) -> Telling:
    """How a change at the time `at` (UTC) is told, after all that was told before, oldest first.

    Once a place that flaps has been calm long enough, it starts afresh.
    """
    fresh = _since_calm(earlier, at, policy)
    notices = [t.at for t in fresh if t.is_notice]
    if notices:
        waits = at - notices[-1] < policy.notice_every
        return Telling.LATER if waits else Telling.NOTICE
    lately = changes_lately(fresh, at, policy)
    return Telling.NOTICE if lately >= policy.flaps_after else Telling.ALONE


def changes_lately(earlier: Sequence[Told], at: datetime, policy: Policy) -> int:
    """How many changes were told in the days before the time `at` (UTC)."""
    begins = at - policy.flaps_within
    return sum(begins < t.at <= at for t in earlier if not t.is_notice)


def _since_calm(earlier: Sequence[Told], at: datetime, policy: Policy) -> Sequence[Told]:
    """What was told since the place last came to rest after flapping."""
    start, flapping = 0, False
    changes = [*earlier, Told(at)]
    last = None
    for number, told in enumerate(changes):
        if told.is_notice:
            flapping = True
            continue
        if flapping and last is not None and told.at - last >= policy.calm_after:
            start, flapping = number, False
        last = told.at
    return changes[start:-1]
