"""Another grade of a source that an editor has asked for, and has not been given yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.audit import Act
    from storage.model.roles import Actor
    from storage.model.sources import Grade

# What nobody has done for so long is not done any more.
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Regrading:
    """What is asked: to grade, pin or unpin (`act`) a source, by whom, and in which chat.

    `given` is the grade, None where it stays. `before` is how the source was when it was asked, as
    `state` has it, and `counts` are those of the effect that was shown then. It is good `until`
    (UTC); `waits` tells that a second editor has to do it.
    """

    id: int
    chat_id: int
    who: Actor
    source: str
    act: Act
    given: Grade | None
    before: str
    counts: tuple[int, int, int]
    until: datetime
    waits: bool = False


@dataclass(frozen=True)
class RegradingEnded:
    """What became of another grade that waited for a second editor: a source (its name) has it
    now, `by` whom (a name), or nobody did it in time (empty).

    `lapsed` is the name of who asked for it where it is over since they are no editor any more.
    They are told in other words (`to_asker`) than everybody else.
    """

    source: str
    by: str = ""
    lapsed: str = ""
    to_asker: bool = True
