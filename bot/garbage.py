"""Python's search for garbage, kept short and rare in a process that runs for long."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# So many more objects made than let go, before the newest are looked through; some megabytes. By
# default it is 700, and a message alone makes some hundreds.
NEW = 20_000
# So many in a command that makes and lets go very many, few of them in circles: some hundred
# megabytes at the most.
MANY = 300_000


def disturb_less() -> None:
    """Leave everything that there is now out of the search for garbage, for as long as we run, and
    search what comes and goes more rarely.

    Call it once everything is set up. Now and then Python looks through all objects that are left
    (its third generation), and everything waits for that: with the 100,000 of an idle bot for 50 to
    75 ms, be it an answer or, in the middle of a transaction, whoever else wants to write.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, *gc.get_threshold()[1:])


@contextmanager
def in_bulk() -> Iterator[None]:
    """Search more rarely while very many objects come and go: to look through them again and again
    takes a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(MANY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
