"""What a kind of feed is: the keys of its block, and how what it has is pulled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from bot.feeds.blocks import Block
    from bot.feeds.fetching import Fetcher
    from storage.model.feeds import Batch, Cursor
    from storage.model.places import Place


@dataclass(frozen=True)
class Pull:
    """What a kind works with: where it goes on, what asks the servers, and the time now (UTC).

    `feed` is what its block is called. `places` are those on record, for kinds that `need_places`.
    """

    feed: str
    cursor: Cursor
    fetch: Fetcher
    now: datetime
    places: tuple[Place, ...] = ()


# Any: each kind is given blocks of its own class.
Puller: TypeAlias = Callable[[Any, Pull], AsyncIterator["Batch"]]


@dataclass(frozen=True)
class Kind:
    """A kind of feed. `pull` gives what is new batch by batch, each with the cursor behind it; it
    raises FeedTrouble, after which the feed goes on behind the last batch. What is `lasting` of a
    cursor stays where a block asks for other things than before; the rest begins anew.
    """

    name: str
    block: type[Block]
    pull: Puller
    needs_places: bool = False
    lasting: tuple[str, ...] = ()
