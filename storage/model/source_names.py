"""Which source a person means: by its id, its name, the beginning of a word in it, or a spelling
with a clear lead. Everything else is asked about.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from storage.model.sources import Source

LONGEST_QUERY = 1000  # characters as typed; no name comes near
LONGEST_KEY = 200  # characters as compared; names are not longer
MOST_NEAR = 5
# A spelling is taken for a name where it is this like it (of 100), and by so much more than any
# other; in eight letters one may be another.
ACCEPT_LENGTH = 5
ACCEPT_SCORE = 87.0
ACCEPT_MARGIN = 6.0
NEAR_SCORE = 72.0
NEAR_LENGTH = 3

_ARTICLES = ("a ", "an ", "the ")


@dataclass(frozen=True)
class OneSource:
    """The one source that is meant."""

    source: Source


@dataclass(frozen=True)
class SeveralSources:
    """Several sources may be meant: at least two, by name."""

    candidates: tuple[Source, ...]


@dataclass(frozen=True)
class NoSource:
    """No source is surely meant; `near` are up to five with a similar name, nearest first."""

    near: tuple[Source, ...] = ()


Meant: TypeAlias = OneSource | SeveralSources | NoSource


def find_source(query: str, sources: Collection[Source]) -> Meant:
    """The source that a person means by `query`; any text at all is answered, none raises."""
    if len(query) > LONGEST_QUERY:
        return NoSource()
    key = _key(query)
    if not 0 < len(key) <= LONGEST_KEY:
        return NoSource()
    keys = {s.id: _key(s.name) for s in sources}
    for same in (
        [s for s in sources if s.id == query.strip()],
        [s for s in sources if key in (keys[s.id], s.id.casefold())],
        [s for s in sources if f" {key}" in f" {keys[s.id]}"],
    ):
        if len(same) == 1:
            return OneSource(same[0])
        if same:
            return SeveralSources(tuple(sorted(same, key=lambda s: (s.name, s.id))))
    return _similar(key, {s.id: s for s in sources}, keys)


def is_name(text: str, source: Source) -> bool:
    """Whether a text is the whole name of a source, but for case, marks and a leading article."""
    return _key(text) == _key(source.name)


def _similar(key: str, by_id: Mapping[str, Source], keys: Mapping[str, str]) -> Meant:
    alike = process.extract(key, keys, scorer=fuzz.ratio, limit=2)
    if alike and len(key) >= ACCEPT_LENGTH:
        _, score, best = alike[0]
        runner_up = alike[1][1] if len(alike) > 1 else 0.0
        if score >= ACCEPT_SCORE and score - runner_up >= ACCEPT_MARGIN:
            return OneSource(by_id[best])
    if len(key) < NEAR_LENGTH:
        return NoSource()
    near = process.extract(key, keys, scorer=fuzz.WRatio, score_cutoff=NEAR_SCORE, limit=MOST_NEAR)
    return NoSource(tuple(by_id[source_id] for _, _, source_id in near))


def _key(text: str) -> str:
    """A name as it is compared: without case, marks, punctuation and a leading article."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    words = " ".join("".join(c if c.isalnum() else " " for c in kept).split())
    article = next((a for a in _ARTICLES if words.startswith(a)), "")
    return words.removeprefix(article)
