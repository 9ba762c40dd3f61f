"""What a bot that runs for long does about garbage."""

from __future__ import annotations

import gc

from bot import garbage


def test_what_is_there_when_the_bot_is_set_up_is_not_looked_through_again() -> None:
    before, often = gc.get_freeze_count(), gc.get_threshold()
    try:
        garbage.disturb_less()
        assert gc.get_freeze_count() > before + 1_000
        assert len(gc.get_objects(generation=2)) < 1_000
        assert gc.get_threshold()[0] > often[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*often)


def test_while_very_much_comes_and_goes_it_is_looked_through_more_rarely() -> None:
    often = gc.get_threshold()
    with garbage.in_bulk():
        assert gc.get_threshold()[0] > often[0]
    assert gc.get_threshold() == often
