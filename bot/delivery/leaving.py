"""When a call leaves for Telegram: what paces calls asks here, what makes requests tells here.

Between its turn and the moment when its request is written a call may have to wait for a
connection, or for the process: some milliseconds as a rule, seconds where connecting is slow. Only
the latter moment counts for Telegram's windows.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_heard: ContextVar[Callable[[], None] | None] = ContextVar("heard", default=None)


@contextmanager
def hearing(heard: Callable[[], None]) -> Iterator[None]:
    """Have `heard` called when a request leaves that is made within the block, by this task."""
    token = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(token)


def leaves() -> None:
    """Say that the request of the call under way leaves now."""
    if heard := _heard.get():
        heard()
