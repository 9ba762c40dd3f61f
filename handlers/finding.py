"""Which place is meant: the one seam between what people type and the resolver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from handlers.asked import Asked, reader_in
from handlers.messages.buttons import SUBSCRIBE
from handlers.when import split
from storage import memory, subscribers
from storage.finding import find_place
from storage.model.names import Context, Found, fold, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.engine import Connection
    from storage.model.names import Resolution
    from storage.model.places import Place

LONGEST_SPELLING = 200  # characters; of what is longer, the beginning is remembered
MOST_BEGUN = 1000  # nobody turns more pages of what begins like that


@dataclass(frozen=True)
class Meant:
    """What was found, and whether only what is known of the chat told it from other places."""

    found: Resolution
    by_context: bool = False


def time_apart(conn: Connection, asked: Asked, query: str) -> Asked:
    """The question with the time that follows the name in `query`; raises BadTime."""
    _, when = split(query, reader_in(conn, asked).zone, asked.now)
    return replace(asked, when=when)


def find(conn: Connection, asked: Asked, does: str, query: str) -> Meant:
    """The place that a chat means by what it typed, to do `does` with it."""
    [found] = find_anew(conn, asked, [query])
    if isinstance(found, Found):
        return Meant(found)
    index = asked.services.place_index.current(conn)
    told = find_place(query, index, _context(conn, asked, does, query))
    return Meant(told, by_context=isinstance(told, Found))


def find_anew(conn: Connection, asked: Asked, queries: Iterable[str]) -> list[Resolution]:
    """The places that these names mean by themselves, whatever is known of the chat."""
    index = asked.services.place_index.current(conn)
    return [find_place(query, index, Context(language=asked.language)) for query in queries]


def starting_with(conn: Connection, asked: Asked, typed: str) -> list[Place]:
    """The places of which a name begins with what was typed so far, shorter names first."""
    start = take_apart(typed).key
    if not start:
        return []
    return list(islice(asked.services.place_index.current(conn).starting(start), MOST_BEGUN))


def spelling_of(query: str) -> str:
    """A name as choices and wishes are remembered by."""
    return fold(query)[:LONGEST_SPELLING]


def _context(conn: Connection, asked: Asked, does: str, query: str) -> Context:
    subscribed = frozenset(p.id for p in subscribers.subscriptions_of(conn, asked.chat_id))
    recent = memory.recent_of(conn, asked.chat_id)
    if does == SUBSCRIBE:
        # Who subscribes again more likely means the other place of that name.
        recent = [i for i in recent if i not in subscribed]
        subscribed = frozenset()
    chosen = memory.chosen_by(conn, asked.chat_id).get(spelling_of(query))
    return Context(
        subscribed,
        tuple(recent),
        {fold(query): chosen} if chosen else {},
        asked.language,
    )
