"""Which place a person means.

Names are compared folded: without case, marks, articles, word breaks and generic words such as
"crossing". One place with the folded name is found, several are asked about. What is close to a
name is accepted by itself only with a clear lead; everything else is not found, with what is near.
"""

# Letters of several scripts that look alike are what this module is about.
# ruff: noqa: RUF001

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from storage.model.places import Place

LONGEST_QUERY = 1000  # characters as typed; no name comes near
LONGEST_KEY = 200  # characters after folding; names are not longer
MOST_NEAR = 5

# Chosen on 1,725 spellings of 3,625 places and 80 strangers: 1.3 % of the spellings found a wrong
# place, 2.5 % of the strangers found one.
ACCEPT_SCORE = 87.0  # of 100: in eight letters one may be another
ACCEPT_MARGIN = 6.0  # over the next other place
ACCEPT_LENGTH = 6  # in five letters, one other letter is often another place
NEAR_SCORE = 72.0
NEAR_LENGTH = 3

# What is written for ayn, hamza or a soft sign, or not at all: no word ends there.
_APOSTROPHES = "'`´’‘‛ʹʼʻʽʾʿˈ′＇՚׳"
_LETTERS = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ٱ": "ا",  # alef wasla; the other forms of alef lose their hamza with the marks
        "ء": "",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",  # as typed on Persian and Kurdish keyboards
        "ک": "ك",
        "ە": "ه",
        "ہ": "ه",
    }
)
# Vanish without a word break: marks (Arabic vowels, accents), zero-width and bidirectional
# controls, modifier letters (tatweel).
_VANISHING = frozenset({"Mn", "Me", "Cf", "Lm"})

_ARTICLES = frozenset(
    [
        "al",
        "el",
        "il",
        "ul",
        "ar",
        "er",
        "as",
        "es",
        "ash",
        "esh",
        "at",
        "et",
        "ath",
        "ad",
        "ed",
        "adh",
        "edh",
        "an",
        "en",
        "az",
        "ez",
        "the",
        "ال",
    ]
)
_ARABIC_ARTICLE = "ال"
_GENERIC = frozenset(
    [
        "crossing",
        "crossings",
        "border",
        "borders",
        "معبر",
        "منفذ",
        "حدود",
        "حدودي",
        "حدوديه",
        "кпп",
        "пропуску",
        "пропуска",
    ]
)
# Generic beside one of those only: there are towns called Post and Point.
_GENERIC_BESIDE = frozenset(
    ["post", "posts", "point", "points", "gate", "checkpoint", "station", "пункт"]
)
_CROSSING = "crossing"


@dataclass(frozen=True)
class Found:
    """The one place that is meant."""

    place: Place


@dataclass(frozen=True)
class Ambiguous:
    """Several places have this name: at least two, those named so first, then by name and id."""

    candidates: tuple[Place, ...]


@dataclass(frozen=True)
class NotFound:
    """No place is surely meant; `near` are up to five with a similar name, nearest first."""

    near: tuple[Place, ...] = ()


Resolution: TypeAlias = Found | Ambiguous | NotFound


@dataclass(frozen=True)
class Index:
    """The places by their folded names; made by `build`.

    `exact` holds every folded name; `glued` the same with its article as part of the word
    ("alwaleed"), which counts only where `exact` has nothing.
    """

    exact: Mapping[str, tuple[Place, ...]]
    glued: Mapping[str, tuple[Place, ...]]
    keys: Sequence[str] = field(repr=False)

    @classmethod
    def build(cls, places: Iterable[Place]) -> Index:
        """An index of the ids, names and aliases of places and areas."""
        exact: dict[str, dict[str, Place]] = defaultdict(dict)
        glued: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in places:
            for name in _names(place):
                exact[_key(name)][place.id] = place
                glued["".join(_tokens(name))][place.id] = place
        for table in (exact, glued):
            table.pop("", None)
        return cls(
            exact={key: _ranked(key, found.values()) for key, found in exact.items()},
            glued={key: _ranked(key, found.values()) for key, found in glued.items()},
            keys=sorted({k for k in (*exact, *glued) if len(k) <= LONGEST_KEY}),
        )

    def named(self, key: str) -> tuple[Place, ...]:
        """The places with this folded name; none where there is none."""
        return self.exact.get(key) or self.glued.get(key) or ()


def resolve(query: str, index: Index) -> Resolution:
    """The place that a person means by `query`; any text at all is answered, none raises."""
    if len(query) > LONGEST_QUERY:
        return NotFound()
    key = _key(query)
    if not key or len(key) > LONGEST_KEY:
        return NotFound()
    if same := index.named(key):
        return _choose(same, asked_for_crossing=not _GENERIC.isdisjoint(_tokens(query)))
    return _resolve_similar(key, index)


def fold(text: str) -> str:
    """The words of a name as they are compared, with single spaces between; idempotent.

    Articles and generic words go only where something else is left; so "border crossing" stays.
    """
    tokens = list(_tokens(text))
    words = [t for t in tokens if t not in _ARTICLES] or tokens[-1:]
    if _GENERIC.isdisjoint(words):
        return " ".join(words)
    own = [t for t in words if t not in _GENERIC and t not in _GENERIC_BESIDE]
    return " ".join(own or words)


def _names(place: Place) -> tuple[str, ...]:
    return (place.name, place.id, *place.aliases)


def _key(text: str) -> str:
    # "Tal Afar", "Tal-Afar" and "Talafar" are one name.
    return fold(text).replace(" ", "")


def _tokens(text: str) -> Iterator[str]:
    """The folded words, articles and generic words included."""
    for char in _APOSTROPHES:
        text = text.replace(char, "")
    plain = _without_marks(_without_marks(text).casefold()).translate(_LETTERS)
    spaced = "".join(c if c.isalnum() else " " for c in plain)
    for token in spaced.split():
        # Until none is left: folding a folded name must not change it.
        while token.startswith(_ARABIC_ARTICLE) and len(token) > len(_ARABIC_ARTICLE) + 1:
            token = token.removeprefix(_ARABIC_ARTICLE)
        yield token


def _without_marks(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(c, c))
        for c in unicodedata.normalize("NFKD", text)
        if unicodedata.category(c) not in _VANISHING
    )


def _ranked(key: str, places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda p: (_key(p.name) != key, p.name, p.id)))


def _choose(same: tuple[Place, ...], *, asked_for_crossing: bool) -> Found | Ambiguous:
    if asked_for_crossing and len(same) > 1:
        # "Rabia crossing" does not ask about the town; "Iraq–Syria border" may about the area.
        same = tuple(p for p in same if p.kind == _CROSSING or _is_called_generic(p)) or same
    return Found(same[0]) if len(same) == 1 else Ambiguous(same)


def _is_called_generic(place: Place) -> bool:
    return any(not _GENERIC.isdisjoint(_tokens(n)) for n in _names(place))


def _resolve_similar(key: str, index: Index) -> Found | NotFound:
    scores = _similar(key, index, accept=True)
    best = sorted(scores.values(), key=lambda s: (-s[0], s[1].name, s[1].id))
    if best and len(key) >= ACCEPT_LENGTH:
        score, place = best[0]
        runner_up = best[1][0] if len(best) > 1 else 0.0
        if score >= ACCEPT_SCORE and score - runner_up >= ACCEPT_MARGIN:
            return Found(place)
    if len(key) < NEAR_LENGTH:
        return NotFound()
    for place_id, (score, place) in _similar(key, index, accept=False).items():
        scores[place_id] = (max(score, scores.get(place_id, (0.0, place))[0]), place)
    near = sorted(scores.values(), key=lambda s: (-s[0], s[1].name, s[1].id))
    return NotFound(tuple(place for _, place in near[:MOST_NEAR]))


def _similar(key: str, index: Index, *, accept: bool) -> dict[str, tuple[float, Place]]:
    """The best score of each place with a similar name, by place id.

    With `accept` whole names are compared, and only those with the same digits; else a part of a
    name may be similar too.
    """
    matches = process.extract(
        key,
        index.keys,
        scorer=fuzz.ratio if accept else fuzz.WRatio,
        score_cutoff=ACCEPT_SCORE - ACCEPT_MARGIN if accept else NEAR_SCORE,
        limit=None if accept else 4 * MOST_NEAR,
    )
    best: dict[str, tuple[float, Place]] = {}
    for match, score, _ in matches:
        if accept and _digits(match) != _digits(key):
            continue
        for place in index.named(match):
            if score > best.get(place.id, (0.0, place))[0]:
                best[place.id] = (score, place)
    return best


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())
