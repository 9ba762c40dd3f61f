"""What a text has spoken of so far, for "the town", "it" and "its troops"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from storage.model.drafting.draft import Gap, PartySaid, PlaceSaid
from storage.model.drafting.mention import Mention, What
from storage.model.names import Ambiguous, Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.draft import Span, Speaker
    from storage.model.drafting.mention import Tools
    from storage.model.drafting.text import Sentence

_BOTH_ARE: Final = 2


@dataclass
class Memory:
    """The places and parties of a text in the order in which they are spoken of."""

    tools: Tools
    named: list[PlaceSaid] = field(default_factory=list)
    aside: list[PlaceSaid] = field(default_factory=list)  # where speakers are or come from
    topics: list[tuple[PlaceSaid, ...]] = field(default_factory=list)  # what claims were about
    party: PartySaid | None = None
    other: PartySaid | None = None  # the one spoken of before that one
    opener: PartySaid | None = None  # who the sentence before began with, as its speaker
    spoke: PartySaid | None = None  # the side of who spoke last
    lone: tuple[PlaceSaid, ...] = ()  # the one place of a sentence before that claims nothing
    topics_before: int = 0  # how many there were before this sentence
    same_sentence: int = 0  # how many were named before this sentence
    of_speaker: tuple[PlaceSaid, ...] = ()  # of this sentence

    def begin(self) -> None:
        """A new sentence begins."""
        self.of_speaker = ()
        named = {_name(p): p for p in self.named[self.same_sentence :]}
        alone = len(named) == 1 and len(self.topics) == self.topics_before
        self.lone = tuple(named.values()) if alone else ()
        self.same_sentence, self.topics_before = len(self.named), len(self.topics)

    def places(self, sentence: Sentence, mention: Mention) -> list[PlaceSaid]:
        """The places that a mention means: several for "both towns", none for an idle "it"."""
        span = sentence.between(mention.first, mention.last)
        written = sentence.written(mention.first, mention.last)
        if mention.what in (What.PLACE, What.NAME):
            span = sentence.between(mention.name, mention.last)
            written = sentence.written(mention.name, mention.last)
            return [_as_found(PlaceSaid(written, span), mention)]
        low = sentence.low(mention.first)
        if mention.what is What.IT:
            told = self.topics[-1:] if len(self.topics) > self.topics_before else []
            meant = (told or [self.lone or self._last_told()])[0]
            return [self._again(written, span, meant)] if meant else []
        fitting = self._fitting(mention, span, both=low in self.tools.lexicon.of("both"))
        if low in self.tools.lexicon.of("both") and fitting:
            return [replace(p, written=written, span=span, stands_for=_name(p)) for p in fitting]
        if fitting:
            return [self._again(written, span, fitting)]
        return [self._composed(sentence, mention, PlaceSaid(written, span))]

    def countries(self, mentions: Sequence[Mention]) -> frozenset[str]:
        """The countries of the places that are spoken of in a sentence, or before it."""
        here = [m.found.place for m in mentions if isinstance(m.found, Found)]
        before = [p.place for topic in self.topics[-1:] for p in topic if p.place]
        return frozenset(c for p in here or before for c in p.countries)

    def party_again(self, words: Sequence[str]) -> PartySaid | None:
        """The party that words such as "the group" speak of again."""
        if len(words) < _BOTH_ARE or not self._says_again(words):
            return None
        some = (p for p in (self.party, self.other) if p and p.party)
        return next((p for p in some if p.party and not p.party.government_of), None)

    def notice_party(self, sentence: Sentence, mention: Mention) -> None:
        """A party is spoken of; "they" may be it."""
        before = self.party, self.other
        found = self.party_of(sentence, mention, None, None)
        if found.party is None:
            self.party, self.other = before

    def _says_again(self, words: Sequence[str]) -> bool:
        """Whether words such as "the group" only speak again of a party that was named."""
        again, determiners = self.tools.lexicon.of("again"), self.tools.lexicon.of("determiners")
        return words[0] in ("the", "this", "that") and all(
            w in again or w in determiners or w == "'s" for w in words
        )

    def _again(self, written: str, span: Span, meant: Sequence[PlaceSaid]) -> PlaceSaid:
        first = meant[0]
        again = PlaceSaid(written, span, stands_for=_name(first))
        if len({p.place.id if p.place else p.written for p in meant}) == 1:
            return replace(again, place=first.place, candidates=first.candidates, gap=first.gap)
        several = tuple(p.place for p in meant if p.place)
        return replace(again, candidates=several, gap=Gap.SEVERAL_PLACES, stands_for="")

    def _last_told(self) -> tuple[PlaceSaid, ...]:
        return self.topics[-1] if self.topics else tuple([*self.aside, *self.named][-1:])

    def _fitting(self, mention: Mention, span: Span, *, both: bool) -> tuple[PlaceSaid, ...]:
        """The places of a kind that were spoken of last: in this sentence, else in a claim."""
        named = self._of_kind(self.named, mention.kind)
        if both:
            told = [p for topic in self.topics for p in self._of_kind(topic, mention.kind)]
            distinct = {_name(p): p for p in (*named, *told)}
            return tuple(distinct.values())[-_BOTH_ARE:]
        before = [p for p in self.named[self.same_sentence :] if p.span.start < span.start]
        here = self._of_kind(before, mention.kind)
        topics = (self._of_kind(topic, mention.kind) for topic in reversed(self.topics))
        ways = (
            here[-1:],
            self._of_kind(self.of_speaker, mention.kind),
            self._of_kind(self.lone, mention.kind),
            *topics,
            named[-1:],
            self._of_kind(self.aside, mention.kind)[-1:],
        )
        return next((way for way in ways if way), ())

    def _of_kind(self, places: Sequence[PlaceSaid], kind: str) -> tuple[PlaceSaid, ...]:
        return tuple(p for p in places if self._is_kind(p, kind))

    def _is_kind(self, place: PlaceSaid, kind: str) -> bool:
        kinds = self.tools.lexicon.kinds
        places = [place.place] if place.place else place.candidates
        if not places:
            words = place.written.casefold().split()
            return any(kinds.get(w) == kind for w in words)
        return any(kinds.get(p.kind.casefold(), p.kind.casefold()) == kind for p in places)

    def _composed(self, sentence: Sentence, mention: Mention, said: PlaceSaid) -> PlaceSaid:
        """What is called after the place spoken of last: "its airport"."""
        noun = sentence.low(mention.last - 1)
        same = [w for w, kind in self.tools.lexicon.kinds.items() if kind == mention.kind]
        nouns = [noun, *(w for w in same if w != noun)] if mention.kind != "town" else [noun]
        before = [p for p in self.named if p.place] + [p for t in self.topics[-1:] for p in t]
        for place in reversed(before):
            for word in nouns if place.place else ():
                found = self.tools.find(f"{place.place.name if place.place else ''} {word}")
                if isinstance(found, Found) and found.place != place.place:
                    return replace(said, place=found.place, stands_for=found.place.name)
        return replace(said, gap=Gap.NO_SUCH_PLACE)

    def party_of(
        self,
        sentence: Sentence,
        mention: Mention,
        place: PlaceSaid | None,
        speaker: Speaker | None,
    ) -> PartySaid:
        """The party that a mention means."""
        span = sentence.between(mention.first, mention.last)
        written = sentence.written(mention.first, mention.last)
        words = [
            w for w in sentence.words[mention.first : mention.last] if w.is_word or w.low == "'s"
        ]
        side = speaker.side if speaker and not self._comes_behind(speaker, span) else None
        if mention.what is What.IT:
            we = words[0].low in self.tools.lexicon.of("we")
            side = speaker.side if we and speaker else side
            quoted = sentence.words[mention.first].quoted
            before = self.party or self.spoke
            if mention.first == 0 and words[0].low == "it":
                before = self.opener or before
            meant = side if we or (side and not quoted) else before
            if side is None and (own := self._of_speaker(speaker, words[0].low)):
                return _standing_for(written, span, own)
            if words[0].low == "them":
                meant = self.other
            return _standing_for(written, span, meant)
        countries = place.place.countries if place and place.place else ()
        if words[0].low in self.tools.lexicon.of("owners"):
            if words[0].low in self.tools.lexicon.of("we") and speaker:
                side = speaker.side
            meant = side or self._of_speaker(speaker, words[0].low) or self.party
            meant = meant or self.spoke
            own = self.tools.parties.name(words[1:], span, written, countries)
            unclear = own.party is None or words[1].low in self.tools.lexicon.of("vague")
            return _standing_for(written, span, meant) if unclear else own
        found = self.tools.parties.name(words, span, written, countries)
        if found.party is None and (meant := self.party_again([w.low for w in words])):
            return _standing_for(written, span, meant)
        same = self.party is not None and self.party.party == found.party
        self.party, self.other = found, self.other if same else self.party
        return found

    def _comes_behind(self, speaker: Speaker, span: Span) -> bool:
        """Whether somebody new speaks, and is named behind "its men": ", an officer said"."""
        first = speaker.written.split()[0].casefold()
        new = first in self.tools.lexicon.of("one") or first in self.tools.lexicon.numbers
        return new and speaker.span.start > span.start and self.party is not None

    def _of_speaker(self, speaker: Speaker | None, low: str) -> PartySaid | None:
        """The side of a speaker of whom only their own words tell that they have one: "my men"."""
        own = low in self.tools.lexicon.of("we") or low in ("his", "her")
        if not own or speaker is None or speaker.kind in self.tools.lexicon.of("no_side"):
            return None
        named = speaker.stands_for or speaker.written
        return PartySaid(named, speaker.span, gap=Gap.NO_SUCH_PARTY)


def _standing_for(written: str, span: Span, meant: PartySaid | None) -> PartySaid:
    if meant is None:
        return PartySaid(written, span, gap=Gap.NO_SUCH_PARTY)
    return replace(meant, written=written, span=span, stands_for=meant.stands_for or meant.written)


def _as_found(said: PlaceSaid, mention: Mention) -> PlaceSaid:
    match mention.found:
        case Found(place):
            return replace(said, place=place, gap=Gap.AN_AREA if place.is_area else None)
        case Ambiguous(candidates):
            return replace(said, candidates=candidates, gap=Gap.SEVERAL_PLACES)
        case _:
            return replace(said, gap=Gap.NO_SUCH_PLACE)


def _name(place: PlaceSaid) -> str:
    return place.place.name if place.place else place.stands_for or place.written
