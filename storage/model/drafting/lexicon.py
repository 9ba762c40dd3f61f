"""The words that drafting goes by, as files give them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from storage.model.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VOWELS: Final = frozenset("aeiou")
_HISSING: Final = ("s", "x", "z", "ch", "sh")
_DOUBLED: Final = 3  # letters of a verb such as "win": winning


class Tense(StrEnum):
    """A form of a verb."""

    BASE = "base"
    THIRD = "third"
    PAST = "past"
    PARTICIPLE = "participle"
    GERUND = "gerund"


class Verb(NamedTuple):
    """What a form of a verb means and may be."""

    meaning: str
    base: str
    tenses: frozenset[Tense]


@dataclass(frozen=True)
class Lexicon:
    """Words by what they do in a sentence, all in small letters; phrases are tuples of words."""

    words: Mapping[str, frozenset[str]]
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    articles: tuple[str, ...]  # what names may begin with in small letters: "al-"
    numbers: tuple[str, ...]  # from one
    verbs: Mapping[str, Verb]  # of control, by form
    reporting: Mapping[str, Verb]
    nouns: Mapping[str, str]  # their meaning
    kinds: Mapping[str, str]  # words for places, and the first word of their kind
    speakers: Mapping[tuple[str, ...], str]  # words for speakers, and their kind
    alike: tuple[frozenset[str], ...]  # words for the same party
    nations: Mapping[str, str]  # words for countries, and their ISO 3166 codes
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    known: frozenset[str]  # every word that is in the lexicon

    @classmethod
    def build(cls, english: Mapping[str, Any], nations: Mapping[str, str]) -> Lexicon:
        """From the parsed files; raises BadInput naming what is missing."""
        try:
            return _build(english, nations)
        except KeyError as error:
            raise BadInput(f"the lexicon lacks {error.args[0]!r}") from None

    def of(self, kind: str) -> frozenset[str]:
        """The words of a kind."""
        return self.words[kind]


# Where lists of words stand in the file: the table, and the lists in it.
_LISTS: Final = {
    "common": (
        *("abbreviations", "determiners", "owners", "auxiliaries", "being", "negations"),
        *("adverbs", "modals", "real_infinitives", "unreal", "questions", "control", "wholes"),
        *("hands", "parts", "prepositions", "conjunctions", "pronouns", "only_english"),
    ),
    "grammar": (
        *("joins", "endings", "breaks", "relative", "away", "weak", "direct", "hearsay"),
        *("things", "both", "we", "nobody", "starts", "tells_more", "formerly"),
        *("quite", "deserted", "here", "needs_from", "total", "by", "once_more"),
        *("listed", "in_part", "unsure", "reportedly", "unknowing", "spans", "whose", "own"),
        *("single", "rest", "vicinity", "anew", "all_of_it", "about"),
    ),
    "parties": ("heads", "government", "vague", "only_with", "government_with", "again", "titles"),
    "names": ("joining", "linking", "areas", "called", "located"),
    "speakers": (
        *("leading", "bodies", "publishers", "not_publishers", "at_scene", "heard", "titled"),
        *("one", "they", "groups", "part_ends", "no_side"),
    ),
    "reporting": ("claims", "statements", "clausal", "claiming"),
    "times": ("day_parts",),
}
_PHRASES: Final = {
    "parties": ("openers", "in_order"),
    "reporting": ("according", "untrue", "manner"),
}
_SPEAKERS: Final = (
    *("spokesman", "officer", "official", "witness", "resident", "media", "monitor", "fighter"),
)
_REPORTING: Final = ("say", "deny", "retract", "quote", "call")


def _build(english: Mapping[str, Any], nations: Mapping[str, str]) -> Lexicon:
    words = {k: frozenset(english[t][k].split()) for t, kinds in _LISTS.items() for k in kinds}
    phrases = {k: _phrases(english[t][k]) for t, kinds in _PHRASES.items() for k in kinds}
    verbs = dict(_forms(english["verbs"]))
    reporting = dict(_forms({k: english["reporting"][k] for k in _REPORTING}))
    nouns = {w: meaning for meaning, text in english["nouns"].items() for w in text.split()}
    kinds = {w: kind for kind, text in english["kinds"].items() for w in text.split()}
    speakers = {
        tuple(w.split("_")): kind for kind in _SPEAKERS for w in english["speakers"][kind].split()
    }
    countries = {w.casefold(): code for code, text in nations.items() for w in text.split()}
    months = _months(english["times"]["months"].split())
    weekdays = _numbered(english["times"]["weekdays"].split(), 0)
    known = frozenset().union(
        *words.values(),
        *(w for some in phrases.values() for w in some),
        *(verbs, reporting, nouns, kinds, countries, months, weekdays),
        *speakers,
    )
    return Lexicon(
        words=words,
        phrases=phrases,
        articles=tuple(english["names"]["articles"].split()),
        numbers=tuple(english["times"]["numbers"].split()),
        verbs=verbs,
        reporting=reporting,
        nouns=nouns,
        kinds=kinds,
        speakers=speakers,
        alike=tuple(frozenset(some.split()) for some in english["parties"]["alike"]),
        nations=countries,
        months=months,
        weekdays=weekdays,
        known=known,
    )


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of a list, longest first."""
    some = (tuple(phrase.casefold().split()) for phrase in text.split("|"))
    return tuple(sorted(some, key=len, reverse=True))


def _numbered(names: Iterable[str], first: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, first)}


def _months(names: list[str]) -> dict[str, int]:
    whole = _numbered(names, 1)
    short = {name[:3]: number for name, number in whole.items()}
    return short | {"sept": whole["september"]} | whole


def _forms(lists: Mapping[str, str]) -> Iterator[tuple[str, Verb]]:
    """The forms of verbs: regular ones are made, others are written base/past/participle."""
    for meaning, text in lists.items():
        for entry in text.split():
            base, *irregular = entry.split("/")
            past, participle, *gerund = irregular or [_past(base), _past(base)]
            of_form = (
                (base, Tense.BASE),
                (_third(base), Tense.THIRD),
                (past, Tense.PAST),
                (participle, Tense.PARTICIPLE),
                (gerund[0] if gerund else _gerund(base), Tense.GERUND),
            )
            for form in {form for form, _ in of_form}:
                tenses = frozenset(tense for other, tense in of_form if other == form)
                yield form, Verb(meaning, base, tenses)


def _third(base: str) -> str:
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(_HISSING) else "s")


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return base + "ed"


def _gerund(base: str) -> str:
    if base.endswith("e") and not base.endswith("ee"):
        return base[:-1] + "ing"
    short = len(base) <= _DOUBLED and base[-2] in _VOWELS and base[-1] not in "wxy"
    return base + (base[-1] if short else "") + "ing"
