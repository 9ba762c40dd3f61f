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
    same_sentence: int = 0  # how many were named before this sentence
    of_speaker: tuple[PlaceSaid, ...] = ()  # of this sentence

    def begin(self) -> None:
        """A new sentence begins."""
        self.of_speaker = ()
        self.same_sentence = len(self.named)

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
            meant = self.topics[-1] if self.topics else tuple([*self.aside, *self.named][-1:])
            return [self._again(written, span, meant)] if meant else []
        fitting = self._fitting(mention, both=low in self.tools.lexicon.of("both"))
        if low in self.tools.lexicon.of("both") and fitting:
            return [replace(p, written=written, span=span, stands_for=_name(p)) for p in fitting]
        if fitting:
            return [self._again(written, span, fitting)]
        return [self._composed(sentence, mention, PlaceSaid(written, span))]

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
            w in again or w in determiners for w in words
        )

    def _again(self, written: str, span: Span, meant: Sequence[PlaceSaid]) -> PlaceSaid:
        first = meant[0]
        again = PlaceSaid(written, span, stands_for=_name(first))
        if len({p.place.id if p.place else p.written for p in meant}) == 1:
            return replace(again, place=first.place, candidates=first.candidates, gap=first.gap)
        several = tuple(p.place for p in meant if p.place)
        return replace(again, candidates=several, gap=Gap.SEVERAL_PLACES, stands_for="")

    def _fitting(self, mention: Mention, *, both: bool) -> tuple[PlaceSaid, ...]:
        """The places of a kind that were spoken of last: in this sentence, else in a claim."""
        named = self._of_kind(self.named, mention.kind)
        if both:
            told = [p for topic in self.topics for p in self._of_kind(topic, mention.kind)]
            distinct = {_name(p): p for p in (*named, *told)}
            return tuple(distinct.values())[-_BOTH_ARE:]
        here = self._of_kind(self.named[self.same_sentence :], mention.kind)
        topics = (self._of_kind(topic, mention.kind) for topic in reversed(self.topics))
        ways = (
            here[-1:],
            self._of_kind(self.of_speaker, mention.kind),
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
        side = speaker.side if speaker else None
        if mention.what is What.IT:
            we = words[0].low in self.tools.lexicon.of("we")
            quoted = sentence.words[mention.first].quoted
            meant = side if we or (side and not quoted) else self.party
            if words[0].low == "them":
                meant = self.other
            return _standing_for(written, span, meant)
        countries = place.place.countries if place and place.place else ()
        if words[0].low in self.tools.lexicon.of("owners"):
            own = self.tools.parties.name(words[1:], span, written, countries)
            unclear = own.party is None or words[1].low in self.tools.lexicon.of("vague")
            return _standing_for(written, span, side or self.party) if unclear else own
        found = self.tools.parties.name(words, span, written, countries)
        if found.party is None and self._says_again([w.low for w in words]):
            some = (p for p in (self.party, self.other) if p and p.party)
            meant = next((p for p in some if p.party and not p.party.government_of), None)
            if meant is not None:
                return _standing_for(written, span, meant)
        same = self.party is not None and self.party.party == found.party
        self.party, self.other = found, self.other if same else self.party
        return found


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
