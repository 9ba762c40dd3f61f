"""Which of the times in a sentence is when something happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.frame import frame_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.event import Event
    from storage.model.drafting.frame import Frame
    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Sentence

_STARTS: Final = frozenset({";", ",", "—", "–", ""})


def happened_when(
    sentence: Sentence,
    event: Event,
    events: Sequence[Event],
    frames: Sequence[Frame],
    whens: Sequence[When],
    lexicon: Lexicon,
) -> When | None:
    """The time of an event: the first one that stands behind it, or before it at the beginning.

    Times at which something was said, or that stand nearer to another event, are not taken.
    """
    said = [f.said for f in frames if f.said is not None]
    mine = [
        when
        for when in whens
        if when not in said
        and not any(f.inside(when.first) for f in frames)
        and event.at in _about(sentence, when, events, frames, lexicon)
    ]
    behind = [when for when in mine if when.first > event.at]
    return behind[0] if behind else (mine[-1] if mine else None)


def _about(
    sentence: Sentence,
    when: When,
    events: Sequence[Event],
    frames: Sequence[Frame],
    lexicon: Lexicon,
) -> set[int]:
    """The words that make the events that a time is about."""
    frame = frame_of(frames, when.first)
    same = [e for e in events if frame_of(frames, e.at) is frame]
    before = [e.at for e in same if e.at < when.first]
    after = [e.at for e in same if e.at > when.first]
    starts = sentence.low(when.first - 1) in _STARTS | lexicon.of("anew")
    found: set[int] = set()
    if before and not (starts and after and sentence.low(when.first - 1) != ","):
        found.add(max(before))
    elif after and (starts or any(e.first <= when.first < e.at for e in same)):
        found.add(min(after))
    if sentence.low(when.last - 1) == "after":
        # "three days after the army left"; not "a day after an officer said that the army left".
        told = [f.verb for f in frames if f.verb > when.first]
        return {e.at for e in events if e.at > when.first and not any(v < e.at for v in told)}
    joined = sentence.low(when.last) == "and" and any(e.first == when.last + 1 for e in same)
    if joined and not found:  # "entered the town on Monday and took"
        found.add(min(after))
    if after and sentence.low(when.last) == "," and sentence.low(when.last + 1) == "when":
        found.add(min(after))
    return found
