"""Which party is meant by the words for one: by its name, its initials, its country or its kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from storage.model.drafting.draft import Gap, PartySaid, Span
from storage.model.parties import side_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Word
    from storage.model.parties import Parties, Party

_SHORTEST_INITIALS: Final = 2
_SHORTEST_STEM: Final = 4


@dataclass(frozen=True)
class PartyNames:
    """The parties by the words that they are called by."""

    parties: Parties
    lexicon: Lexicon
    names: Mapping[str, tuple[str, ...]]  # the words of each name by id, without endings
    initials: Mapping[str, str]  # ids by initials
    nations: Mapping[str, str]  # words for countries, and their codes
    _told: dict[str, str | None] = field(default_factory=dict)  # of the words asked about so far

    @classmethod
    def build(cls, parties: Parties, lexicon: Lexicon) -> PartyNames:
        """From the parties on record."""
        names = {
            p.id: tuple(_plain(w) for w in p.name.casefold().split()) for p in parties.values()
        }
        initials = {_initials(p.name): p.id for p in parties.values()}
        nations = dict(lexicon.nations)
        for party in parties.values():
            for word in party.name.casefold().split():
                if party.government_of and word not in lexicon.known:
                    nations[word] = party.government_of[0]
        return cls(parties, lexicon, names, initials, nations)

    def ends_name(self, words: Sequence[Word], at: int) -> int:
        """How many words up to the one at a number are the name or the initials of a party."""
        if words[at].text.isupper() and words[at].low in self.initials:
            return 1
        longest = 0
        for name in self.names.values():
            first = at + 1 - len(name)
            if first >= 0 and tuple(_plain(w.low) for w in words[first : at + 1]) == name:
                longest = max(longest, len(name))
        return longest

    def nation(self, word: str) -> str | None:
        """The country that a word speaks of, as "Iraqi" does."""
        if word not in self._told:
            stems = (w for w in self.nations if len(w) > _SHORTEST_STEM and word.startswith(w))
            stem = word if word in self.nations else next(stems, None)
            self._told[word] = self.nations[stem] if stem else None
        return self._told[word]

    def name(
        self, words: Sequence[Word], span: Span, written: str, countries: Collection[str]
    ) -> PartySaid:
        """The party that words speak of, at a place in these countries."""
        own = [w for w in words if w.low not in self.lexicon.of("determiners")]
        match self._meant(own, countries):
            case []:
                return PartySaid(written, span, gap=Gap.NO_SUCH_PARTY)
            case [party]:
                return PartySaid(written, span, party)
            case found:
                return PartySaid(written, span, candidates=tuple(found), gap=Gap.SEVERAL_PARTIES)

    def _meant(self, words: Sequence[Word], countries: Collection[str]) -> list[Party]:
        """The parties that words may speak of; those on both sides of an "and", or none of them."""
        at = next((n for n, w in enumerate(words) if w.low == "and"), None)
        if not at or any("and" in name for name in self.names.values()):
            return self._named(words) or self._governing(words, countries)
        one, other = self._meant(words[:at], countries), self._meant(words[at + 1 :], countries)
        return list({p.id: p for p in (*one, *other)}.values()) if one and other else []

    def side(self, words: Sequence[Word], countries: Collection[str]) -> Party | None:
        """The one party that a speaker belongs to, by the words for the speaker, who speaks of
        places in these countries.
        """
        lows = [w.low for w in words]
        if "and" in lows and len(self._meant(words, countries)) > 1:
            return None
        found = self._named(words)
        codes = {code for w in words if w.capital and (code := self.nation(w.low))}
        ours = self.lexicon.of("government_with") | self.lexicon.of("government")
        governing = [p for p in self.parties.values() if p.government_of]
        if not found and codes:
            found = [p for p in governing if not codes.isdisjoint(p.government_of)]
        elif not found and any(w.low in ours - {"state"} for w in words):
            found = [
                p
                for p in governing
                if not countries or not {*countries}.isdisjoint(p.government_of)
            ]
        return found[0] if len(found) == 1 else None

    def _named(self, words: Sequence[Word]) -> list[Party]:
        """The parties of which the words hold the name, or what tells it from other names."""
        given = [_plain(w.low) for w in words if w.low != "'s"]
        for word in words:
            if word.text.isupper() and word.low in self.initials:
                return [self.parties[self.initials[word.low]]]
        scores = {
            i: self._likeness(given, name, strange=self._has_more(words, name))
            for i, name in self.names.items()
        }
        best = max(scores.values(), default=0)
        return [self.parties[i] for i, score in scores.items() if score == best] if best else []

    def _has_more(self, words: Sequence[Word], name: Sequence[str]) -> bool:
        """Whether words for a group are written as a part of another name."""
        heads = self.lexicon.of("heads")
        return any(w.capital and w.low in heads and _plain(w.low) not in name for w in words[1:])

    def _likeness(self, given: Sequence[str], name: Sequence[str], *, strange: bool) -> int:
        """How much of a name the words hold: all of it, what is its own, or a word for the same."""
        if any(tuple(given[n : n + len(name)]) == tuple(name) for n in range(len(given))):
            return 4 * len(name) - 2 * (len(name) == 1)
        own = [w for w in name if not self._generic(w)]
        if strange and any(w in own for w in given):
            return 0  # "Islamic Front" is not the Islamic State
        same = [_plain(w) for alike in self.lexicon.alike for w in alike if _meets(alike, given)]
        if own and all(w in given for w in own):
            return 3 * len(own)
        if own and all(w in given or w in same for w in own):
            return 2
        if len(name) == 1 and name[0] in same:
            return 1
        vague = {_plain(w) for w in self.lexicon.of("vague")}
        telling = {w for w in given if w not in vague}
        return 1 if telling < set(name) and not all(self.nation(w) for w in telling) else 0

    def _governing(self, words: Sequence[Word], countries: Collection[str]) -> list[Party]:
        """The governments that words such as "Iraqi troops" or "the army" may speak of."""
        lows = [w.low for w in words]
        codes = {code for w in lows if (code := self.nation(w))}
        governing = [p for p in self.parties.values() if p.government_of]
        strange = [
            w
            for w in words
            if w.capital
            and w is not words[0]
            and w.low not in self.lexicon.known | {"'s"}
            and not self.nation(w.low)
        ]
        titled = not self.lexicon.of("titles").isdisjoint(lows)  # then names are no strange words
        if (strange and not titled) or not (self._government(lows) or (codes and self._bare(lows))):
            return []
        if codes:
            return [p for p in governing if not codes.isdisjoint(p.government_of)]
        there = [
            p for p in governing if not countries or not {*countries}.isdisjoint(p.government_of)
        ]
        sides = {side_of(p.id, self.parties) for p in there}
        return [p for p in there if p.id in sides]

    def _government(self, words: Sequence[str]) -> bool:
        telling = [w for w in words if w in self.lexicon.of("heads")]
        ours = self.lexicon.of("government") | self.lexicon.of("government_with")
        if "'s" in words and not self.lexicon.of("titles").isdisjoint(words):
            return all(w in self.lexicon.of("vague") for w in telling)  # "President Karim's forces"
        if not telling or not all(w in ours for w in telling):
            return False
        first = words[0]
        return first in ours or bool(self.nation(first)) or first in self.lexicon.known

    def _bare(self, words: Sequence[str]) -> bool:
        """Whether the words speak of a country and nothing that could be somebody else there."""
        return not any(w in self.lexicon.of("heads") for w in words)

    def _generic(self, word: str) -> bool:
        heads = self.lexicon.of("heads")
        linking = word in self.lexicon.of("linking")
        return word in heads or word + "s" in heads or linking or bool(self.nation(word))


def _plain(word: str) -> str:
    """A word without the ending of its plural."""
    return word[:-1] if len(word) > _SHORTEST_STEM and word.endswith("s") else word


def _meets(alike: Iterable[str], given: Sequence[str]) -> bool:
    return any(_plain(w) in given for w in alike)


def _initials(name: str) -> str:
    letters = "".join(w[0] for w in name.split() if w[0].isupper())
    return letters.casefold() if len(letters) > _SHORTEST_INITIALS else ""
