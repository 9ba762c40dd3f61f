"""How well drafts fit what people read in a text: precision and recall of what is claimed, of who
says so, and of when.

    deploy/run test tests/storage/model/drafting/test_scores.py -s
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.finding import find_place
from storage.lexicons import english
from storage.model.drafting import drafts
from storage.model.drafting.text import QUOTES
from storage.model.names import Index
from storage.model.parties import Party
from storage.model.places import Place

if TYPE_CHECKING:
    from storage.model.drafting import Draft

MONDAY = date(2014, 6, 23)
TEXTS = Path(__file__).parent / "texts"
_SMALL_WORDS = frozenset({"the", "a", "an", "of", "in", "at", "'s"})


@dataclass(frozen=True)
class Expected:
    """A claim as a person read it; "-" stands for what is not said."""

    place: str
    claim: str
    party: str
    kind: str
    speaker: str
    happened: str


@dataclass(frozen=True)
class Score:
    """How many were drafted, how many there are, and how many of both are the same."""

    right: int
    drafted: int
    expected: int

    @property
    def precision(self) -> float:
        return self.right / self.drafted if self.drafted else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.2f} ({self.right} of {self.drafted}), "
            f"recall {self.recall:.2f} ({self.right} of {self.expected})"
        )


@dataclass
class Marks:
    """The scores of a set of texts, and what was not right in each."""

    claims: Score
    speakers: Score
    times: Score
    wrong: dict[str, list[str]] = field(default_factory=dict)


def texts(name: str) -> list[dict[str, Any]]:
    """The texts of a file."""
    found: list[dict[str, Any]] = tomllib.loads(
        (TEXTS / f"{name}.toml").read_text(encoding="utf-8")
    )["text"]
    return found


@cache
def world(name: str) -> tuple[Index, dict[str, Party]]:
    """What is on record in a text's world."""
    given = tomllib.loads((TEXTS / "worlds.toml").read_text(encoding="utf-8"))[name]
    places = [
        Place(i, called, kind, tuple(countries.split()), aliases=tuple(aliases))
        for i, called, kind, countries, *aliases in given["places"]
    ]
    parties = {
        i: Party(i, called, tuple(countries), rank=rank)
        for rank, (i, called, *countries) in enumerate(given["parties"])
    }
    return Index.build(places), parties


def drafted(text: dict[str, Any]) -> list[Draft]:
    """The drafts of a text in its world."""
    index, parties = world(text["world"])
    return drafts(
        text["text"], text["dateline"], lambda name: find_place(name, index), parties, english()
    )


def expected(text: dict[str, Any]) -> list[Expected]:
    """The claims that a person read in a text."""
    return [_read(line) for line in text["claims"]]


def _read(line: str) -> Expected:
    place, claim, party, who, happened = line.split(" | ")
    kind, _, speaker = who.rpartition(": ")
    return Expected(place, claim, party, kind, speaker, happened)


def mark(name: str) -> Marks:
    """The scores of a file of texts."""
    right, right_speakers, right_times = 0, 0, 0
    count_drafted, count_expected = 0, 0
    wrong: dict[str, list[str]] = {}
    for text in texts(name):
        made, want = drafted(text), expected(text)
        count_drafted += len(made)
        count_expected += len(want)
        left = list(want)
        notes: list[str] = []
        for draft in made:
            same = [w for w in left if claimed(draft) == (w.place, w.claim, w.party)]
            if not same:
                notes.append(f"too much: {claimed(draft)} by {said_by(draft)}, {happened(draft)}")
                continue
            best = max(same, key=lambda w: (same_speaker(draft, w), happened(draft) == w.happened))
            left.remove(best)
            right += 1
            if same_speaker(draft, best):
                right_speakers += 1
            else:
                notes.append(f"speaker: {said_by(draft)} of {best}")
            if happened(draft) == best.happened:
                right_times += 1
            else:
                notes.append(f"time: {happened(draft)} of {best}")
        notes += [f"missing: {w}" for w in left]
        if notes:
            wrong[text["name"]] = notes
    return Marks(
        Score(right, count_drafted, count_expected),
        Score(right_speakers, count_drafted, count_expected),
        Score(right_times, count_drafted, count_expected),
        wrong,
    )


def claimed(draft: Draft) -> tuple[str, str, str]:
    """Place, claim and party of a draft as they stand in the files."""
    place = draft.place.place.id if draft.place.place else f"?{draft.place.written}"
    party = draft.denied.party if draft.denied else draft.party
    if party is None:
        named = "-"
    else:
        named = party.party.id if party.party else f"?{party.stands_for or party.written}"
    return place, draft.claim.value, named


def said_by(draft: Draft) -> str:
    """Kind and words of a draft's speaker."""
    return f"{draft.speaker.kind}: {draft.speaker.written}" if draft.speaker else "-"


def same_speaker(draft: Draft, want: Expected) -> bool:
    """Whether the speaker is the one, in at least half of the words, and the kind is right."""
    if draft.speaker is None or want.speaker == "-":
        return draft.speaker is None and want.speaker == "-"
    if want.kind and draft.speaker.kind != want.kind:
        return False
    given, wanted = _words(draft.speaker.written), _words(want.speaker)
    both = sum((given & wanted).values())
    return 2 * both >= sum((given | wanted).values())


def _words(text: str) -> Counter[str]:
    return Counter(w for w in re.findall(r"[\w'.-]+", text.casefold()) if w not in _SMALL_WORDS)


def happened(draft: Draft) -> str:
    """When it happened, as it stands in the files."""
    said = draft.happened
    if said is None:
        return "-"
    match said.precision.value:
        case "day":
            return said.first.isoformat()
        case "month":
            return said.first.isoformat()[:7]
        case "year":
            return said.first.isoformat()[:4]
        case _:
            return f"{said.first}/{said.last}"


def read(text: str, place: str = "iraq", dateline: date | None = MONDAY) -> list[Draft]:
    """The drafts of a text in a world, by default of Monday, 23 June 2014."""
    return drafted({"text": text, "world": place, "dateline": dateline})


def unquoted(text: str) -> list[str]:
    """The words without quotation marks, which drafts leave out around a few quoted words."""
    return text.translate(dict.fromkeys(map(ord, QUOTES), None)).split()


def in_short(draft: Draft) -> str:
    """A draft as a line: place, claim, party; and who says so and when, where that is told."""
    said = draft.speaker.written if draft.speaker else "-"
    return f"{' '.join(claimed(draft))} | {said} | {happened(draft)}"
