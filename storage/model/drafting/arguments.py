"""A sentence with what it mentions, and which places a verb is about that stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from storage.model.drafting.lexicon import Tense
from storage.model.drafting.mention import Mention, What
from storage.model.drafting.text import QUOTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.event import Event
    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Sentence

_FARTHEST: Final = 9  # words between a verb and the place it is about
DASHES: Final = frozenset({"-", "–", "—"})
STOPS: Final = frozenset({"", ",", ".", ";", ":"}) | QUOTES


@dataclass(frozen=True)
class Scene:
    """A sentence with what is mentioned in it."""

    sentence: Sentence
    mentions: Sequence[Mention]
    whens: Sequence[When]
    lexicon: Lexicon
    nations: frozenset[str]

    @cached_property
    def places(self) -> tuple[Mention, ...]:
        """The mentions that may be of a place."""
        return tuple(
            m
            for m in self.mentions
            if m.what in (What.PLACE, What.AGAIN)
            or (m.what is What.NAME and m.kind and not m.owned)
            or (m.what is What.IT and self.sentence.low(m.first) in self.lexicon.of("things"))
        )

    def starting(self, at: int) -> Mention | None:
        """The mention that begins at a number."""
        return next((m for m in self.mentions if m.first == at), None)

    def ends(self, at: int) -> bool:
        """Whether nothing follows that could be what a verb is about."""
        while self.sentence.low(at) in self.lexicon.of("adverbs") - self.lexicon.of("endings"):
            at += 1
        low = self.sentence.low(at)
        time = any(w.first == at for w in self.whens)
        return time or low in STOPS or low in self.lexicon.of("endings")

    def is_control(self, at: int) -> bool:
        """Whether a word is "control" or another for it."""
        return self.sentence.low(at) in self.lexicon.of("control")

    def goes_along(self, first: int) -> bool:
        """Whether the verb that begins at a number goes along with the one before: ", seizing it",
        ", only to lose it".
        """
        low = self.sentence.low(first)
        outcome = low == "only" and self.sentence.low(first + 1) == "to"
        gerund = low in self.lexicon.verbs and low.endswith("ing")
        return self.sentence.low(first - 1) == "," and (outcome or gerund)

    def dated(self, at: int) -> bool:
        """Whether a time stands behind a number."""
        return any(w.first > at for w in self.whens)

    def is_part_of_party(self, at: int) -> bool:
        """Whether a word is one of those that name a party."""
        own = self.sentence.low(at) in self.lexicon.of("determiners")
        return own or any(m.first <= at < m.last for m in self.mentions if m.what is What.PARTY)

    def denied_noun(self, at: int) -> bool:
        """Whether "denied" stands before a verb: "denied losing", "denied having been driven"."""
        while self.sentence.low(at - 1) in self.lexicon.of("auxiliaries"):
            at -= 1
        verb = self.lexicon.reporting.get(self.sentence.low(at - 1))
        return verb is not None and verb.meaning == "deny"

    def told_noun(self, at: int) -> bool:
        """Whether somebody announces, admits or denies what a noun tells of."""
        verbs = (
            self.lexicon.reporting.get(self.sentence.low(n)) for n in range(max(at - 4, 0), at)
        )
        return any(verb and verb.base not in self.lexicon.of("clausal") for verb in verbs)

    def party_within(self, first: int, last: int) -> Mention | None:
        """The party that is named between two words."""
        for at in range(first, last):
            low = self.sentence.low(at)
            if low in self.lexicon.of("own"):
                return Mention(What.IT, at, at + 1)
            for m in self.mentions:
                if m.first == at and m.what in (What.PARTY, What.NAME):
                    return m
        return None

    def topic_before(self, at: int, before: Sequence[Event]) -> tuple[Mention, ...]:
        """The places that are spoken of where a verb names none: "after the army fled"."""
        if before:
            return before[-1].places
        return tuple(m for m in self.mentions if m.what is What.PLACE and m.last <= at)[-1:] or (
            (Mention(What.IT, at - 1, at),) if self.sentence.low(at - 1) == "its" else ()
        )


def places_behind(
    scene: Scene, at: int, *, control: bool = False, loose: bool = False
) -> tuple[Mention, ...]:
    """The places that a verb is about; with `control` only behind "control of".

    Where it is `loose`, a part of a place will do.
    """
    found = _place_from(scene, at, control=control, loose=loose)
    if found is None:
        return ()
    places = [_first_of_list(scene, found) or found]
    while True:
        begin = places[-1].last
        at = begin
        while scene.sentence.low(at) in {",", "and", "or", "nor"}:
            at += 1
        told_more = at == begin + 1 and scene.sentence.low(begin) == ","
        if at == begin or (told_more and scene.sentence.low(at) in scene.lexicon.of("determiners")):
            return tuple(places)  # "Sinja, the capital of the state"
        if scene.sentence.low(at) == "that":
            return tuple(places)
        at = next((w.last for w in scene.whens if w.first == at), at)
        at += at > begin and scene.sentence.low(at) == ","
        following = _place_from(scene, at, control=False, loose=False, listed=True)
        if following is None or following.what is What.IT or _is_subject(scene, following):
            return tuple(places)
        places.append(following)


def _first_of_list(scene: Scene, found: Mention) -> Mention | None:
    """The first of the places that follow "three towns": "three towns on Monday: Rawa and Anah"."""
    plural = scene.sentence.low(found.last - 1).endswith("s")
    if found.what is not What.AGAIN or not plural:
        return None
    marks = {",", ":"}
    for at in range(found.last, found.last + _FARTHEST):
        low = scene.sentence.low(at)
        if low in marks | DASHES:
            named = (m for m in scene.places if m.first == at + 1 and m.what is What.PLACE)
            return next(named, None)
        marks = {":"}  # a comma only ends what it stands behind
        if low in scene.lexicon.verbs or low in ("", ".", ";"):
            break
    return None


def _is_subject(scene: Scene, mention: Mention) -> bool:
    """Whether a verb of its own follows: "took Rawa, and Anah fell"."""
    low = scene.sentence.low(mention.last)
    verb = scene.lexicon.verbs.get(low)
    past = verb is not None and not verb.tenses.isdisjoint({Tense.PAST, Tense.THIRD, Tense.BASE})
    return past or low in scene.lexicon.of("auxiliaries") or low in ("which", "who")


def _place_from(
    scene: Scene, at: int, *, control: bool, loose: bool, listed: bool = False
) -> Mention | None:
    lexicon = scene.lexicon
    controlled = not control
    for n in range(at, at + _FARTHEST):
        low = scene.sentence.low(n)
        mention = next((m for m in scene.places if m.first == n), None)
        if mention is not None and controlled:
            return mention if loose or not mention.owned else None
        if listed and (low in lexicon.verbs or low in lexicon.reporting):
            return None  # "hold Rawa, attacked Ana"
        if low in lexicon.of("control"):
            controlled = controlled or scene.sentence.low(n + 1) in ("of", "over")
        if low in ("of", "over"):
            if not loose and scene.sentence.low(n - 1) not in lexicon.of("wholes"):
                return None
        elif low in {"'s", '"', "“"} or low in lexicon.of("determiners"):
            continue
        elif not _may_stand_between(scene, n, loose=loose):
            return None
    return None


def _may_stand_between(scene: Scene, at: int, *, loose: bool) -> bool:
    lexicon = scene.lexicon
    low = scene.sentence.low(at)
    barred = (
        lexicon.of("prepositions"),
        lexicon.of("conjunctions"),
        lexicon.of("auxiliaries"),
        lexicon.of("modals"),
        lexicon.of("pronouns"),
    )
    if not low[:1].isalpha() or any(low in some for some in barred):
        return False
    mention = scene.starting(at)
    if mention is not None and mention.what is What.PARTY:
        return loose or (
            mention.last - mention.first == 1
            and not mention.owned
            and (scene.sentence.low(at + 1) in lexicon.kinds)
        )
    return True
