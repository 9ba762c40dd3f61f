"""Python's search for garbage, kept short in a process that runs for long."""

from __future__ import annotations

import gc


def spare_what_is_there() -> None:
    """Leave everything that there is now out of the search for garbage, for as long as we run.

    Call it once everything is set up. Now and then Python looks through all objects that are left
    (its third generation), and everything waits for that: with the 100,000 of an idle bot for 50 to
    75 ms, be it an answer or, in the middle of a transaction, whoever else wants to write.
    """
    gc.collect()
    gc.freeze()
