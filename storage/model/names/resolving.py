"""Which place a person means.

What only differs in case, marks, articles and the like is the same name: one place with it is
found, several are asked about, unless what the chat asked before tells which. What is only similar
is weighed: each place explains the spelling the better the nearer its name is, in sound and in
letters, and a place that is not in the list explains everything a little. One place is found where
it explains more than all others together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from math import exp, log
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rapidfuzz.distance import OSA

from storage.model.names.folding import digits_of, fold, take_apart, without_glued_article
from storage.model.names.index import CROSSING, LONGEST_SOUND, airport_key, crossing_key
from storage.model.names.sounds import as_read_elsewhere, as_read_in, is_arabic, romanised, sound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from storage.model.names.folding import Name
    from storage.model.names.index import Index
    from storage.model.places import Place

LONGEST_QUERY: Final = 1000  # characters as typed; no name comes near
MOST_NEAR: Final = 5

# Fitted to half of the spellings that were known of some thousand places, and to names of places
# elsewhere that resemble them; the other half gave the same rates.
_SOUND: Final = 0.6  # the share of the sound in the distance; the letters have the rest
_SHARPNESS: Final = 26.0  # e**26 between how well a distance of 0 and one of 1 explain a spelling
_UNKNOWN: Final = 0.001  # of what explains it is always something that is not known
_FARTHEST: Final = 0.23  # where no other place is near, it is all there is to go by
# How far a place must lead, as the logarithm of its odds against all other places together: the
# farther its name is, the more; for a place that is not in the list may be the nearer one.
_LEAD: Final = 0.7
_LEAD_AT_ONCE: Final = -1.2
_LEAD_BY_DISTANCE: Final = 20.0
_SHORTEST: Final = 3  # sounds; what is shorter is similar to everything
_SHORTEST_PART: Final = 4  # letters
_SHORTEST_START: Final = 3  # letters
_MOST_BEGUN: Final = 100  # a count of more helps nobody
# Of what is offered, so many similar ones come first, and then so many that begin like it.
_BEFORE_BEGUN: Final = 2
_SHOWN_BEGUN: Final = 2
_NEAR: Final = 0.45  # as far as what may be worth offering
# Read in another way than it stands there.
_OTHER_READING: Final = 0.03


@dataclass(frozen=True)
class Context:
    """What is known of the chat that asks, to tell places of one name apart.

    `subscribed` and `recent` (newest first) are ids of places, `chosen` the id that it chose for a
    folded spelling (see `fold`); `language` (ISO 639-1) is how it reads Latin letters.
    """

    subscribed: frozenset[str] = frozenset()
    recent: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    language: str = ""


NO_CONTEXT: Final = Context()


@dataclass(frozen=True)
class Found:
    """The one place that is meant."""

    place: Place


@dataclass(frozen=True)
class Ambiguous:
    """Several places have this name: all of them, at least two; those called so come first."""

    candidates: tuple[Place, ...]


@dataclass(frozen=True)
class NotFound:
    """No place is surely meant; `near` are up to five with a similar name, nearest first, of
    `similar` that are near enough to be worth offering.
    """

    near: tuple[Place, ...] = ()
    similar: int = 0


Resolution: TypeAlias = Found | Ambiguous | NotFound


class _Candidate(NamedTuple):
    """How far a place is from what was typed, by its nearest spelling."""

    distance: float
    key: str
    place: Place


class _Reading(NamedTuple):
    """What was typed, read in one way: its sound, its words as one, and what that reading costs."""

    sound: str
    key: str
    roman: str
    extra: float


def resolve(query: str, index: Index, context: Context = NO_CONTEXT) -> Resolution:
    """The place that a person means by `query`; any text at all is answered, none raises.

    The context decides only between places that the query fits equally well.
    """
    if len(query) > LONGEST_QUERY:
        return NotFound()
    name = take_apart(query)
    if not name.words:
        return NotFound()
    same = _named(name, index)
    if name.crossing:  # "Rabia crossing" does not ask about the town
        crossings = tuple(p for p in same if _is_crossing(p)) or index.named(
            crossing_key(name), also=True
        )
        if same and not crossings:
            return _resolve_similar(query, name, same, index, context)
        same = crossings
    if same:
        return _choose(same, query, context)
    return _resolve_similar(query, name, (), index, context)


def _named(name: Name, index: Index) -> tuple[Place, ...]:
    """The places with this very name; where there is none, with it taken less exactly."""
    glued = "".join(name.words)
    core = "".join(name.core)
    if found := index.named(name.key):
        return found
    if name.airport:
        return index.named(airport_key(name), also=True)
    return (
        index.named(name.key, glued, also=True)
        or index.named(glued, core)
        or index.named(core, also=True)
    )


def _choose(same: tuple[Place, ...], query: str, context: Context) -> Found | Ambiguous:
    if len(same) == 1:
        return Found(same[0])
    preferred = _preferred({p.id for p in same}, fold(query), context)
    return next((Found(p) for p in same if p.id == preferred), Ambiguous(same))


def _is_crossing(place: Place) -> bool:
    """By its kind; or an area, which may be called "Iraq–Syria border"."""
    return place.kind == CROSSING or any(
        take_apart(n).crossing for n in (place.name, *place.aliases)
    )


def _preferred(ids: set[str], folded: str, context: Context) -> str | None:
    """Which of several equals this chat means: what it chose before, else the one that it is
    subscribed to, else what it asked about last.
    """
    chosen = context.chosen.get(folded)
    if chosen in ids:
        return chosen
    subscribed = ids & context.subscribed
    if len(subscribed) == 1:
        return next(iter(subscribed))
    return next((i for i in context.recent if i in ids), None)


def _resolve_similar(
    query: str, name: Name, same: tuple[Place, ...], index: Index, context: Context
) -> Resolution:
    """The place with the most similar name; `same` have the name, but are no crossings."""
    candidates = _candidates(query, name, index, context.language)
    if same:
        candidates = [c for c in candidates if _is_crossing(c.place)]
    best = candidates[0] if candidates else None
    if best and _is_clear(best, candidates, name):
        # Places of one name are asked about together.
        meant = {c.place.id: c.place for c in candidates if c.key == best.key}
        return _choose(tuple(meant.values()), query, context)
    if len(same) > 1:
        return _choose(same, query, context)
    likely = [*same, *_akin(name, index), *(c.place for c in candidates if _is_near(c, name.key))]
    begun = list(_begun(name, index))
    likely = [*likely[:_BEFORE_BEGUN], *begun[:_SHOWN_BEGUN], *likely[_BEFORE_BEGUN:], *begun]
    near = {p.id: p for p in likely}
    # What this chat took for meant the last time, when it had to be asked.
    if chosen := near.get(context.chosen.get(fold(query), "")):
        return Found(chosen)
    return NotFound(tuple(near.values())[:MOST_NEAR], len(near))


def _begun(name: Name, index: Index) -> Iterator[Place]:
    """The places with a name of which this may be the beginning."""
    if name.crossing or name.airport or len(name.key) < _SHORTEST_START:
        return iter(())
    return islice(index.starting(name.key), _MOST_BEGUN)


def _akin(name: Name, index: Index) -> tuple[Place, ...]:
    """The town of an airport, the airport or the crossing of a town: another place, but near."""
    core = "".join(name.core)
    return (
        *(index.named(core) if name.airport else ()),
        *index.named(airport_key(name), crossing_key(name), also=True),
    )


def _is_near(candidate: _Candidate, key: str) -> bool:
    """Whether a name is worth offering: a similar one, or one that this is a part of."""
    return candidate.distance <= _NEAR or (len(key) >= _SHORTEST_PART and key in candidate.key)


def _is_clear(best: _Candidate, candidates: Sequence[_Candidate], name: Name) -> bool:
    """Whether a place, with those of the same name, is meant as surely as can be known."""
    if best.distance > _FARTHEST:
        return False
    if best.place.is_area and _is_crossing(best.place) and not name.crossing:
        return False  # who asks about Syria does not mean the Syrian border
    if len(sound(name.core)) < _SHORTEST or digits_of(best.key) != digits_of(name.key):
        return False
    meant, others = 0.0, 0.0
    for candidate in candidates:
        weight = exp(-_SHARPNESS * candidate.distance)
        if candidate.key == best.key:
            meant += weight
        else:
            others += weight
    lead = log(meant / (others + _UNKNOWN * meant))
    return lead >= max(_LEAD, _LEAD_AT_ONCE + _LEAD_BY_DISTANCE * best.distance)


def _candidates(query: str, name: Name, index: Index, language: str) -> list[_Candidate]:
    """The places with a similar name, nearest first."""
    readings = _readings(query, name, language)
    arabic = is_arabic(name.key)
    nearest: dict[str, _Candidate] = {}
    if not readings:
        return []
    for place, other, number, by_sound in index.sounding(
        [r.sound for r in readings], arabic=arabic, airport=name.airport
    ):
        read = readings[number]
        if other.isascii() == read.key.isascii() and is_arabic(other) == arabic:
            by_letters = OSA.normalized_distance(read.key, other)
        else:
            by_letters = OSA.normalized_distance(read.roman, romanised(other))
        distance = _SOUND * by_sound + (1 - _SOUND) * by_letters + read.extra
        before = nearest.get(place.id)
        if before is None or distance < before.distance:
            nearest[place.id] = _Candidate(distance, other, place)
    return sorted(nearest.values(), key=lambda c: (c.distance, c.place.name, c.place.id))


def _readings(query: str, name: Name, language: str) -> list[_Reading]:
    """The ways in which a query may be read; none where it does not sound like a name at all."""
    found: dict[str, _Reading] = {}
    for words, extra in _words_read(query, name, language):
        heard, key = sound(words), "".join(words)
        if 0 < len(heard) <= LONGEST_SOUND:
            found.setdefault(key, _Reading(heard, key, romanised(key), extra))
    return list(found.values())


def _words_read(query: str, name: Name, language: str) -> Iterator[tuple[list[str], float]]:
    """The words of a query, in every way in which they may be read, and what that costs."""
    yield name.core, 0.0
    if plain := without_glued_article(name.core):
        yield plain, _OTHER_READING
    if language:
        yield take_apart(as_read_in(language, query)).core, 0.0
    yield take_apart(as_read_elsewhere(query)).core, _OTHER_READING
    for end in (",", "("):
        if end in query and (shorter := take_apart(query.split(end)[0]).core):
            yield shorter, _OTHER_READING
