"""What a bot that runs for long does about garbage."""

from __future__ import annotations

import gc

from bot import garbage


def test_what_is_there_when_the_bot_is_set_up_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    try:
        garbage.spare_what_is_there()
        assert gc.get_freeze_count() > before + 1_000
        assert len(gc.get_objects(generation=2)) < 1_000
    finally:
        gc.unfreeze()
