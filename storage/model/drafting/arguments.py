"""What belongs to a verb: who does it, and to which places."""

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
_LONGEST_ASIDE: Final = 14  # words between two commas
_STOPS: Final = frozenset({"", ",", ".", ";", ":"}) | QUOTES


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
        low = self.sentence.low(at)
        time = any(w.first == at for w in self.whens)
        return time or low in _STOPS or low in self.lexicon.of("endings")

    def is_part_of_party(self, at: int) -> bool:
        """Whether a word is one of those that name a party."""
        own = self.sentence.low(at) in self.lexicon.of("determiners")
        return own or any(m.first <= at < m.last for m in self.mentions if m.what is What.PARTY)

    def denied_noun(self, at: int) -> bool:
        """Whether "denied" stands before a verb: "denied losing", "denied having lost"."""
        at -= self.sentence.low(at - 1) == "having"
        verb = self.lexicon.reporting.get(self.sentence.low(at - 1))
        return verb is not None and verb.meaning == "deny"

    def told_noun(self, at: int) -> bool:
        """Whether somebody announces, admits or denies what a noun tells of."""
        return any(
            self.sentence.low(n) in self.lexicon.reporting for n in range(max(at - 4, 0), at)
        )

    def party_within(self, first: int, last: int) -> Mention | None:
        """The party that is named between two words."""
        for at in range(first, last):
            low = self.sentence.low(at)
            if low in ("our", "their", "his", "its", "my"):
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


def subject(scene: Scene, first: int, before: Sequence[Event]) -> Mention | None:
    """Who does it: what stands before the words of a verb, or of the verb that it is joined to."""
    at = _antecedent(scene, first)
    for mention in scene.mentions:
        if mention.last != at or (mention.owned and mention.what is not What.NAME):
            continue
        if scene.sentence.low(mention.first - 1) == "whose":
            at = mention.first - 1
            at -= scene.sentence.low(at - 1) == ","
            return next((m for m in scene.mentions if m.last == at), mention)
        if mention.what is What.PLACE:
            low = scene.sentence.low(at - 1)
            return mention if low in scene.nations and mention.last - mention.first == 1 else None
        begins = mention.last == 1  # a capital letter for where it stands: "Families left"
        if mention.what is What.AGAIN or (mention.what is What.NAME and begins):
            return None
        return mention
    if scene.sentence.low(at - 1) in scene.lexicon.of("joins"):
        if before:
            same = [e for e in before if e.at == before[-1].at]
            return same[0].party
        return next(
            (
                m
                for m in reversed(scene.mentions)
                if m.last < at and m.what is What.PARTY and not m.owned
            ),
            None,
        )
    return None


def _antecedent(scene: Scene, first: int) -> int:
    """Where the words for the subject end, past "which" and what stands between commas."""
    low = scene.sentence.low
    at = first
    if low(at - 1) in ("which", "who", "that") and low(at - 2) != "said":
        at -= 1
        return at - (low(at - 1) == ",")
    if low(at - 1) == ",":
        begin = next(
            (n for n in range(at - 2, max(at - 2 - _LONGEST_ASIDE, -1), -1) if low(n) == ","), None
        )
        return at if begin is None else begin
    return at


def places_before(scene: Scene, first: int, before: Sequence[Event]) -> tuple[Mention, ...]:
    """The places that something was done to: "Rawa and Anah were taken"."""
    at = first if _ends_list(scene, first - 1) else _antecedent(scene, first)
    if scene.sentence.low(at - 1) == "," and at == first:
        at -= 1
    found: list[Mention] = []
    while mention := next((m for m in scene.places if m.last == at), None):
        if mention.owned or (found and any(e.first <= mention.first < e.last for e in before)):
            break
        found.insert(0, mention)
        at = begin = mention.first - (scene.sentence.low(mention.first - 1) == "the")
        while scene.sentence.low(at - 1) in {",", "and", "both"}:
            at -= 1
        if at == begin:
            break
    if not found and scene.sentence.low(at - 1) in scene.lexicon.of("joins"):
        return before[-1].places if before else _spoken_of(scene, at)
    return tuple(found)


def _ends_list(scene: Scene, comma: int) -> bool:
    """Whether the last of several places ends before a comma: "Rawa, Anah and Baiji, are held"."""
    last = next((m for m in scene.places if m.last == comma), None)
    if last is None:
        return False
    first = last.first - (scene.sentence.low(last.first - 1) == "the")
    return scene.sentence.low(first - 1) in {"and", "or"}


def _spoken_of(scene: Scene, at: int) -> tuple[Mention, ...]:
    """The place that the part of a sentence before an "and" tells of: "the town was calm and"."""
    auxiliaries = scene.lexicon.of("auxiliaries") - {"'s"}
    told = (m for m in reversed(scene.places) if m.last < at and not m.owned)
    return tuple(m for m in told if scene.sentence.low(m.last) in auxiliaries)[:1]


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
        if at == begin:
            return tuple(places)
        following = _place_from(scene, at, control=False, loose=False)
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
        if low in marks:
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


def _place_from(scene: Scene, at: int, *, control: bool, loose: bool) -> Mention | None:
    lexicon = scene.lexicon
    controlled = not control
    for n in range(at, at + _FARTHEST):
        low = scene.sentence.low(n)
        mention = next((m for m in scene.places if m.first == n), None)
        if mention is not None and controlled:
            return mention if loose or not mention.owned else None
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


def party_behind(scene: Scene, at: int, word: str) -> Mention | None:
    """The party behind "by", "to" or "of" at a number."""
    while scene.sentence.low(at) in scene.lexicon.of("adverbs"):
        at += 1
    if scene.sentence.low(at) != word:
        return None
    for mention in scene.mentions:
        if mention.first in (at + 1, at + 2) and mention.what in (What.PARTY, What.NAME, What.IT):
            return mention
        if mention.first == at + 1 and mention.what is What.PLACE:
            return mention if scene.sentence.low(at + 1) in scene.nations else None
    return None
