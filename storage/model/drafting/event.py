"""An event: what a sentence says of places and of a party, by the words that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.arguments import Scene
    from storage.model.drafting.mention import Mention
    from storage.model.drafting.verbs import Group
    from storage.model.reports import Claim


@dataclass(frozen=True)
class Event:
    """A claim as words make it: of places, by a party where one is named.

    `at` is the number of the word that makes it; `first` and `last` bound its words. `negated`
    where it is said not to be so.
    """

    at: int
    first: int
    last: int
    claim: Claim
    places: tuple[Mention, ...]
    party: Mention | None = None
    negated: bool = False
    hearsay: bool = False
    noun: bool = False  # "the loss of the town": a time behind it may be when it was said
    relative: bool = False  # told beside the news: ", which was seized last year,"


def event_of(
    scene: Scene,
    at: int,
    group: Group,
    claim: Claim,
    places: Sequence[Mention],
    party: Mention | None,
) -> Event:
    """The event that the verb at a number makes, with the words of its group."""
    last = max([at + 1, *(p.last for p in places)])
    previous = scene.sentence.low(group.first - 1)
    relative = previous in scene.lexicon.of("whose")
    return Event(
        at,
        min(group.first, at),
        last,
        claim,
        tuple(places),
        party,
        group.negated,
        group.hearsay,
        relative=relative,
    )
