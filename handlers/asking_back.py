"""Asking back which place is meant, and remembering the answer.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, reader_in
from handlers.finding import LONGEST_SPELLING, find_anew, spelling_of
from handlers.messages import names
from handlers.messages.looking_back import NOW, When, apart, code_of
from handlers.messages.message import clean
from handlers.messages.words import place_text
from storage import memory, places, subscribers
from storage.finding import offered
from storage.model.errors import UnknownPlace
from storage.model.geo import Near, direction_of, distance_km, nearest
from storage.model.names import Ambiguous, Found, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.places import Place
    from storage.model.wishes import Question

# A place that is farther away than this says little about where another one lies.
USEFUL_KM = 1000


def ask_back(
    conn: Connection, asked: Asked, does: str, query: str, found: Ambiguous | NotFound
) -> Messages:
    """Which place is meant by `query`, to do `does` with it; the question is kept."""
    return (_question(conn, asked, keep_question(conn, asked, does, query), found, 0),)


def keep_question(conn: Connection, asked: Asked, does: str, query: str) -> Question:
    """Keep a name that is not one place's by itself, and what is to be done with the place; the
    time that it is about follows that.
    """
    kept = clean(query)[:LONGEST_SPELLING]  # PostgreSQL takes no null characters
    spelling = spelling_of(query)
    does = f"{does}{code_of(asked.when)}"
    return memory.keep_question(conn, asked.chat_id, kept, spelling, does, asked.now)


def what_to_do(question: Question) -> tuple[str, When]:
    """What is to be done with the place in question, and about which time."""
    return apart(question.does) or (question.does, NOW)


def turn_page(conn: Connection, asked: Asked, question_id: int, page: int) -> Message:
    """Another page of the places that may be meant."""
    question = memory.find_question(conn, asked.chat_id, question_id)
    reader = reader_in(conn, asked)
    if question is None:
        return names.question_gone(reader)
    [found] = find_anew(conn, asked, [question.query])
    if isinstance(found, Found):
        found = Ambiguous((found.place,))  # the others have gone since
    return _question(conn, asked, question, found, page)


def choose(conn: Connection, asked: Asked, question_id: int, place_id: str) -> Question | None:
    """Remember which place the chat means by the name in question; None where it is not kept."""
    question = memory.find_question(conn, asked.chat_id, question_id)
    if question is None:
        return None
    try:
        place = places.get_place(conn, place_id)
    except UnknownPlace:
        return question
    memory.choose(conn, asked.chat_id, question, place.id, asked.now)
    return question


def none_meant(conn: Connection, asked: Asked, question_id: int) -> Messages:
    """None of the offered places is meant: what tells for one of them is forgotten."""
    question = memory.find_question(conn, asked.chat_id, question_id)
    if question is not None:
        memory.forget_choices(conn, asked.chat_id, [question.spelling])
        [found] = find_anew(conn, asked, [question.query])
        # Else one of them, asked about lately, would be taken for meant the next time.
        memory.forget_recent(conn, asked.chat_id, [p.id for p in offered(found)])
    return (names.none_meant(reader_in(conn, asked), question.id if question else None),)


def another_meant(conn: Connection, asked: Asked, question_id: int) -> Messages:
    """By the name in question the chat means another place than it was taken for: which is it?"""
    question = memory.find_question(conn, asked.chat_id, question_id)
    if question is None:
        return (names.question_gone(reader_in(conn, asked)),)
    memory.forget_choices(conn, asked.chat_id, [question.spelling])
    [found] = find_anew(conn, asked, [question.query])
    if isinstance(found, Found):
        does, when = what_to_do(question)
        return (names.only_one(found.place, reader_in(conn, asked), does, when),)
    return (_question(conn, asked, question, found, 0),)


def forget_rivals(conn: Connection, asked: Asked, place: Place) -> None:
    """A place was asked for by its id: names that could mean it mean no other one any more."""
    chosen = memory.queries_chosen(conn, asked.chat_id)
    others = {s: query for s, (query, place_id) in chosen.items() if place_id != place.id}
    if not others:
        return
    found = zip(others, find_anew(conn, asked, others.values()), strict=True)
    rivals = [s for s, f in found if place.id in {p.id for p in offered(f)}]
    memory.forget_choices(conn, asked.chat_id, rivals)


def wish(conn: Connection, asked: Asked, question_id: int) -> Messages:
    """Tell the editors that the place in question is missed."""
    reader = reader_in(conn, asked)
    question = memory.find_question(conn, asked.chat_id, question_id)
    if question is None:
        return (names.question_gone(reader),)
    if memory.wish(conn, asked.chat_id, question.query, question.spelling, asked.now):
        return (names.wished(question.query, reader),)
    return (names.too_many_wishes(memory.MOST_WISHES, reader),)


def _question(
    conn: Connection, asked: Asked, question: Question, found: Ambiguous | NotFound, page: int
) -> Message:
    reader = reader_in(conn, asked)
    if isinstance(found, NotFound):
        return names.not_found(question.query, found.near, found.similar, reader, question.id)
    candidates = _told_apart(conn, asked, found.candidates)
    return names.ambiguous(question.query, candidates, reader, question.id, page)


def _told_apart(conn: Connection, asked: Asked, found: Sequence[Place]) -> list[names.Candidate]:
    """The places with what tells them apart: where they lie to those that the chat knows best.

    Where it is subscribed to none, those that would read the same are told apart by how they lie
    to the first of them.
    """
    areas = places.areas_of(conn, [p.id for p in found])
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    first: dict[object, Place] = {}
    candidates = []
    for place in found:
        reads = (place_text(place), place.kind, place.countries, *(a.id for a in areas[place.id]))
        twin = first.setdefault(reads, place)
        way = _from_nearest(place, mine) or _from(place, twin)
        candidates.append(names.Candidate(place, tuple(areas[place.id]), way))
    return candidates


def _from_nearest(place: Place, mine: Sequence[Place]) -> Near | None:
    if place.position is None or place.is_area:
        return None
    others = [p for p in mine if p.id != place.id]
    near = nearest(place.position, others, 1)
    if not near or near[0].km > USEFUL_KM:
        return None
    return _from(place, near[0].place)


def _from(place: Place, origin: Place) -> Near | None:
    """How a place lies to another one, which the result names."""
    if place.id == origin.id or place.position is None or origin.position is None:
        return None
    km = distance_km(origin.position, place.position)
    return Near(origin, km, direction_of(origin.position, place.position))
