"""The names of all places, ready to be looked up exactly and by how they sound."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from storage.model.names.begins import Begins
from storage.model.names.distance import distances
from storage.model.names.folding import take_apart
from storage.model.names.grams import Grams
from storage.model.names.sounds import is_arabic, sound
from storage.model.names.words import ARTICLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from storage.model.names.folding import Name
    from storage.model.places import Place

# Kinds of places.
AIRPORT: Final = "airport"
CROSSING: Final = "crossing"
LONGEST_SOUND: Final = 80  # no name comes near; longer ones are found exactly only
# How many names of a segment are compared by sound, and how many of those are worth more.
_COMPARED: Final = 192
_KEPT: Final = 48
# Between the two sides of a crossing.
_BETWEEN: Final = re.compile(r"[-–—/()]")
# ICAO, IATA or UN/LOCODE: with one letter changed, another place.
_CODE: Final = re.compile(r"[A-Z]{2} ?[A-Z0-9]{1,3}|[A-Z][A-Z0-9]{3}")


class Similar(NamedTuple):
    """A place with a name (as one folded word) and how far its sound is from a reading of what
    was asked, by its number.
    """

    place: Place
    key: str
    reading: int
    distance: float


@dataclass(frozen=True)
class _Keys:
    """Which places (by number) have a key; the keys themselves would take much memory."""

    hashes: NDArray[np.int64]  # in order
    owners: NDArray[np.int32]

    @classmethod
    def build(cls, hashes: array[int], owners: array[int]) -> _Keys:
        """`hashes` are of the type code q, `owners` of the type code i."""
        order = np.argsort(hashes, kind="stable")
        return cls(np.asarray(hashes)[order], np.asarray(owners)[order])

    def __getitem__(self, key: str) -> Sequence[int]:
        """The numbers, in order; a place that only has the hash of the key may be among them."""
        wanted = hash(key)
        begin, end = np.searchsorted(self.hashes, [wanted, wanted + 1])
        found: list[int] = self.owners[begin:end].tolist()
        return found


@dataclass(frozen=True)
class _Segment:
    """Some places with their names; never changed but for which of them are still `alive`."""

    places: Sequence[Place]
    position: Mapping[str, int]  # of each place, by id
    alive: NDArray[np.bool_]
    airports: NDArray[np.bool_]  # which places are called or known as airports
    exact: _Keys
    also: _Keys
    # Of each spelling: its place, its key, whether it is in Arabic script and whether its key
    # leaves out words that call it an airport; and its sound.
    owner: NDArray[np.int32]
    keys: Sequence[str]
    arabic: NDArray[np.bool_]
    shortened: NDArray[np.bool_]
    grams: Grams
    begins: Begins
    begun: NDArray[np.int32]  # the place of each key in `begins`
    inside: Mapping[str, NDArray[np.int32]]  # the places of each country

    @classmethod
    def build(cls, places: Sequence[Place]) -> _Segment:
        exact, also = (array("q"), array("i")), (array("q"), array("i"))
        owner = array("i")
        keys: list[str] = []
        sounds: list[str] = []
        shortened = array("b")
        # Names that are compared without some of their words, but may be typed from the beginning.
        more_owner = array("i")
        more_keys: list[str] = []
        inside: dict[str, array[int]] = defaultdict(partial(array, "i"))
        for number, place in enumerate(places):
            spelt: dict[str, tuple[Sequence[str], bool]] = {}
            whole: set[str] = set()
            for country in place.countries:
                inside[country].append(number)
            for key, more, spellings in _names(place):
                exact[0].append(hash(key))
                exact[1].append(number)
                also[0].extend(map(hash, more))
                also[1].extend(number for _ in more)
                spelt.update(spellings)
                if spellings:
                    whole.add(key)
            longer = sorted(whole - spelt.keys())
            more_keys.extend(longer)
            more_owner.extend(number for _ in longer)
            for key, (words, short) in spelt.items():
                heard = sound(words)
                if 0 < len(heard) <= LONGEST_SOUND:
                    owner.append(number)
                    keys.append(key)
                    sounds.append(heard)
                    shortened.append(short)
        return cls(
            places,
            {p.id: number for number, p in enumerate(places)},
            np.ones(len(places), np.bool_),
            np.array([p.kind == AIRPORT for p in places], np.bool_),
            _Keys.build(*exact),
            _Keys.build(*also),
            np.asarray(owner),
            keys,
            np.array(list(map(is_arabic, keys)), np.bool_),
            np.asarray(shortened) != 0,
            Grams.build(sounds),
            Begins.build([*keys, *more_keys]),
            np.asarray(owner + more_owner),
            {country: np.asarray(numbers) for country, numbers in inside.items()},
        )

    def named(self, key: str, *, also: bool) -> Iterator[Place]:
        for number in (self.also if also else self.exact)[key]:
            place = self.places[number]
            if self.alive[number] and _has(place, key, also=also):
                yield place

    def sounding(
        self, readings: Sequence[str], *, arabic: bool, airport: bool
    ) -> Iterator[Similar]:
        some = self.grams.nearest(readings, _COMPARED)
        owner = self.owner[some]
        # The airport of a town is another place than the town.
        fits = (self.shortened[some] | self.airports[owner]) if airport else ~self.shortened[some]
        some = some[fits & self.alive[owner]]
        if not len(some):
            return
        sounds, lengths = self.grams.sounds(some)
        for number, wanted in enumerate(readings):
            far = distances(wanted, arabic, sounds, lengths, self.arabic[some])
            for i in np.argsort(far, kind="stable")[:_KEPT].tolist():
                place = self.places[self.owner[some[i]]]
                yield Similar(place, self.keys[some[i]], number, float(far[i]))

    def starting(self, key: str) -> Iterator[tuple[int, str, Place]]:
        for number in self.begins.with_start(key):
            owner = self.begun[number]
            if self.alive[owner]:
                other = self.begins.keys[number]
                yield len(other), other, self.places[owner]

    def within(self, countries: Collection[str]) -> _Segment:
        alive = np.zeros_like(self.alive)
        for numbers in (self.inside[c] for c in countries if c in self.inside):
            alive[numbers] = self.alive[numbers]
        return replace(self, alive=alive)

    def living(self) -> list[Place]:
        return [p for p, alive in zip(self.places, self.alive, strict=True) if alive]

    def without(self, ids: Collection[str]) -> _Segment:
        gone = [self.position[i] for i in ids if i in self.position]
        if not gone:
            return self
        alive = self.alive.copy()
        alive[gone] = False
        return replace(self, alive=alive)


@dataclass(frozen=True)
class Index:
    """The places by their names; made by `build`, and anew from the old one by `with_places`."""

    segments: tuple[_Segment, ...]  # each place is alive in one of them only

    def __len__(self) -> int:
        """How many places there are."""
        return sum(int(s.alive.sum()) for s in self.segments)

    @classmethod
    def build(cls, places: Iterable[Place]) -> Index:
        """An index of the ids, names and aliases of places and areas."""
        return cls((_Segment.build(list(places)),))

    def with_places(self, changed: Iterable[Place], removed: Collection[str] = ()) -> Index:
        """The index with places added or put in place of those with the same id, and without
        those with the ids `removed`; ids that are not in it are ignored.

        Takes milliseconds for a few places: they make a small segment of their own, and segments
        are put together only when they have become of like size.
        """
        new = list({p.id: p for p in changed}.values())
        gone = {*removed, *(p.id for p in new)}
        segments = [s.without(gone) for s in self.segments]
        if new:
            segments.append(_Segment.build(new))
        while len(segments) > 1 and 2 * len(segments[-1].places) > len(segments[-2].places):
            last = segments.pop()
            segments[-1] = _Segment.build([*segments[-1].living(), *last.living()])
        return Index(tuple(segments))

    def has(self, text: str) -> bool:
        """Whether a place is called so, but for case, marks, articles and the like."""
        return bool(self.named(take_apart(text).key))

    def named(self, *keys: str, also: bool = False) -> tuple[Place, ...]:
        """The places with a name of which one of these is the key, those called so first, then by
        name and id; with `also`, of which it is another key (see `_other_keys`).
        """
        found = {p.id: p for s in self.segments for key in keys for p in s.named(key, also=also)}
        return tuple(
            sorted(found.values(), key=lambda p: (take_apart(p.name).key not in keys, p.name, p.id))
        )

    def places(self) -> Iterator[Place]:
        """All places, in any order."""
        return chain.from_iterable(s.living() for s in self.segments)

    def within(self, countries: Collection[str]) -> Index:
        """The index of those places that lie in one of these countries (ISO 3166), for asking."""
        return Index(tuple(s.within(countries) for s in self.segments))

    def starting(self, key: str) -> Iterator[Place]:
        """The places with a name that begins with this key, shorter names first; then by name."""
        by_key = itemgetter(0, 1)
        found = merge(*(s.starting(key) for s in self.segments), key=by_key)
        seen: set[str] = set()
        for _, same in groupby(found, by_key):
            new = {p.id: p for *_, p in same if p.id not in seen}
            seen.update(new)
            yield from sorted(new.values(), key=lambda p: (p.name, p.id))

    def sounding(self, readings: Sequence[str], *, arabic: bool, airport: bool) -> list[Similar]:
        """The names that sound most like one of the readings of a name; of each reading some dozens
        of each segment, in any order.

        `arabic` tells whether it was in Arabic script, `airport` whether it named an airport.
        """
        return [
            s
            for segment in self.segments
            for s in segment.sounding(readings, arabic=arabic, airport=airport)
        ]


def is_airport(place: Place) -> bool:
    """Whether a place is an airport or an air base, by its kind or by its name."""
    return place.kind == AIRPORT or take_apart(place.name).airport


def airport_key(name: Name) -> str:
    """The key of an airport by what it is called without such words as "international"."""
    return f"{AIRPORT} {''.join(name.core)}"


def crossing_key(name: Name) -> str:
    """The key of a crossing that is called after both its sides, by one of them."""
    return f"{CROSSING} {name.key}"


def _names(
    place: Place,
) -> Iterator[tuple[str, Collection[str], Mapping[str, tuple[Sequence[str], bool]]]]:
    """Of each name of a place: its key, its other keys, and what it is compared by."""
    yield take_apart(place.id).key, (), {}
    for text in (place.name, *place.aliases):
        name = take_apart(text)
        if name.words:
            yield name.key, _other_keys(name, place, text), _spellings(name, text)


def _other_keys(name: Name, place: Place, text: str) -> Collection[str]:
    """What a name is also looked up by, where nothing has it for its key."""
    keys = {"".join(name.words)}  # "alwaleed"
    if name.airport or place.kind == AIRPORT:
        keys.add(airport_key(name))
    if not name.airport:
        keys.add("".join(name.core))
    if place.kind == CROSSING:
        keys.update(f"{CROSSING} {side}" for side in _sides(text))
    return keys - {name.key}


def _sides(text: str) -> list[str]:
    """The keys of both towns in "Town – Other Town crossing"; none where it names only one."""
    own = [take_apart(side) for side in _BETWEEN.split(text)]
    sides = [s.key for s in own if s.words and not ARTICLES.issuperset(s.words)]
    return sides if len(sides) > 1 else []


def _spellings(name: Name, text: str) -> Mapping[str, tuple[Sequence[str], bool]]:
    """The keys by which a name is compared, with their words, and whether they are shortened."""
    if _CODE.fullmatch(text):
        return {}
    if name.airport:  # and whole, since "airprot" is no word that is left out
        return {name.key: (name.own, False), "".join(name.core): (name.core, True)}
    return {"".join(name.core): (name.core, False)}


def _has(place: Place, key: str, *, also: bool) -> bool:
    return any(key in more if also else key == exact for exact, more, _ in _names(place))
