"""From a news text to drafts of the claims in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from storage.model.drafting.arguments import Scene
from storage.model.drafting.composing import (
    Told,
    compose,
    denials_of_all,
    with_holders_instead,
)
from storage.model.drafting.dates import Calendar, date_of
from storage.model.drafting.events import events_in
from storage.model.drafting.frame import Manner, frame_of
from storage.model.drafting.frames import frames_in
from storage.model.drafting.language import foreign_part
from storage.model.drafting.memory import Memory
from storage.model.drafting.mention import Mention, Tools, What
from storage.model.drafting.mentions import mentions_in
from storage.model.drafting.naming import PartyNames
from storage.model.drafting.speakers import read_speaker
from storage.model.drafting.text import read_text
from storage.model.drafting.timing import happened_when
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from storage.model.drafting.dates import When
    from storage.model.drafting.draft import Draft, PartySaid, PlaceSaid, Speaker
    from storage.model.drafting.event import Event
    from storage.model.drafting.frame import Frame
    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Dateline, Sentence
    from storage.model.names import Resolution
    from storage.model.parties import Parties

LONGEST_TEXT: Final = 100_000  # characters; a news text is far shorter
LONGEST_MEMORY: Final = 8  # sentences; what is denied later than that is named again


def drafts(
    text: str,
    dateline: date | None,
    find_places: Callable[[str], Resolution],
    parties: Parties,
    lexicon: Lexicon,
) -> list[Draft]:
    """The claims in a news text, in its order, each for a person to confirm.

    `dateline` is the day of the text in its own zone; days such as "on Sunday" are counted from
    it, or from the day that the text itself begins with. `find_places` tells which place a name
    means. Nothing is guessed: what the text does not tell is None, with its gap. A text that is
    not all in English has none: see `foreign_part`.
    """
    if foreign_part(text, lexicon) is not None:
        return []
    sentences, head = read_text(text, lexicon)
    today = date_of(head, text, dateline, lexicon)
    tools = Tools(lexicon, PartyNames.build(parties, lexicon), cache(find_places))
    drafter = _Drafter(text, tools, Memory(tools), today, head)
    calendar = Calendar(text, today, lexicon)
    for sentence in sentences:
        drafter.read(sentence, calendar.times_in(sentence))
    return drafter.found


@dataclass
class _Drafter:
    text: str
    tools: Tools
    memory: Memory
    today: date | None
    head: Dateline | None
    found: list[Draft] = field(default_factory=list)
    speaker: Speaker | None = None  # who spoke last
    # How many drafts there were before each of the last sentences: "the claim" is in one of them.
    so_far: deque[int] = field(default_factory=lambda: deque(maxlen=LONGEST_MEMORY))

    def read(self, sentence: Sentence, whens: Sequence[When]) -> None:
        """Add the drafts of a sentence."""
        mentions = mentions_in(sentence, self.tools)
        frames = frames_in(sentence, whens, self.tools.lexicon)
        nations = frozenset(self.tools.parties.nations)
        scene = Scene(sentence, mentions, whens, self.tools.lexicon, nations)
        events = [e for e in events_in(scene) if not any(f.inside(e.at) for f in frames)]
        told = Told(
            self.text, sentence, frames, self._speakers(scene, frames), self.today, self.head
        )
        so_far = len(self.found)
        self.so_far.append(so_far)
        self._notice_speakers(scene, frames)
        waiting = [m for m in mentions if not any(f.inside(m.first) for f in frames)]
        for event in events:
            waiting = self._notice(sentence, waiting, event)
            self._draft(scene, event, events, told)
        self._notice(sentence, waiting, None)
        self._notice_sides(frames, told)
        self.found += denials_of_all(scene, events, told, self.found, self.so_far[0])
        self.found[so_far:] = with_holders_instead(self.found[so_far:])

    def _speakers(self, scene: Scene, frames: Sequence[Frame]) -> dict[int, Speaker | None]:
        """The speaker of each frame, by the number of its verb."""
        found: dict[int, Speaker | None] = {}
        for frame in frames:
            if frame.speaker is not None:
                self.speaker = read_speaker(
                    scene.sentence,
                    frame.speaker,
                    scene.mentions,
                    self.tools,
                    self.speaker,
                    self.memory.countries(scene.mentions),
                )
                words = [scene.sentence.low(n) for n in range(*frame.speaker)]
                if self.speaker.side is None and (again := self.memory.party_again(words)):
                    self.speaker = replace(self.speaker, side=again)
            nobody = frame.speaker is None and frame.manner is Manner.DENIES and not frame.goes_on
            found[frame.verb] = None if nobody else self.speaker
        return found

    def _notice_speakers(self, scene: Scene, frames: Sequence[Frame]) -> None:
        """Places that only tell where speakers are."""
        self.memory.begin()
        for mention in scene.mentions:
            if mention.what is What.PLACE and any(f.inside(mention.first) for f in frames):
                places = self.memory.places(scene.sentence, mention)
                self.memory.aside.extend(places)
                said = next(f for f in frames if f.inside(mention.first))
                names_more = said.inside(mention.last) and scene.sentence.low(mention.last) != ","
                at = scene.sentence.low(mention.first - 1) in self.tools.lexicon.of("at_scene")
                if scene.sentence.low(mention.first - 1) == "of" or (names_more and not at):
                    # the mayor of that town, an airport employee
                    self.memory.of_speaker = tuple(places)

    def _notice_sides(self, frames: Sequence[Frame], told: Told) -> None:
        """The sides of speakers, for "it" and "its" in what follows."""
        self.memory.opener = None
        for frame in frames:
            speaker = told.speakers[frame.verb]
            if speaker is not None and speaker.side is not None:
                self.memory.spoke = speaker.side
                if frame.speaker is not None and frame.speaker.first == 0:
                    self.memory.opener = speaker.side

    def _notice(
        self, sentence: Sentence, waiting: list[Mention], event: Event | None
    ) -> list[Mention]:
        """Keep in mind what is spoken of up to an event, or to the end; returns what is left.

        Of parties only the first: "they" is seldom whom something was done to.
        """
        parties = (m for m in waiting if m.what is What.PARTY and not m.owned)
        first = next(parties, None)
        if first is not None and (event is None or first.first < event.first):
            self.memory.notice_party(sentence, first)
            waiting = [m for m in waiting if m.what is not What.PARTY]
        near = [m for m in waiting if event is None or m.first < event.last]
        for mention in near:
            if mention.what is What.PLACE:
                self.memory.named.extend(self.memory.places(sentence, mention))
        return [m for m in waiting if m not in near or m.what is What.PARTY]

    def _draft(self, scene: Scene, event: Event, events: Sequence[Event], told: Told) -> None:
        """Add the drafts of an event: one for each of its places."""
        frame = frame_of(told.frames, event.at)
        if frame is not None and frame.manner is Manner.SILENT:
            return
        frame = None if event.relative else frame
        speaker = told.speakers[frame.verb] if frame else self._carried(scene.sentence, event)
        lexicon = self.tools.lexicon
        when = happened_when(scene.sentence, event, events, told.frames, scene.whens, lexicon)
        named = [p for m in event.places for p in self.memory.places(scene.sentence, m)]
        # What is named twice in a list is claimed once.
        places = list({p.place.id if p.place else p.written: p for p in reversed(named)}.values())
        places.reverse()
        for place in places:
            party = self._party(scene, event, frame, place, speaker)
            self.found.append(compose(told, event, frame, place, party, speaker, when, self.found))
        if places and not event.relative:
            self.memory.topics.append(tuple(places))

    def _carried(self, sentence: Sentence, event: Event) -> Speaker | None:
        """Who spoke before, where all of the sentence is a quotation."""
        quoted = all(w.quoted for w in sentence.words if w.is_word)
        return self.speaker if quoted and not event.relative else None

    def _party(
        self,
        scene: Scene,
        event: Event,
        frame: Frame | None,
        place: PlaceSaid,
        speaker: Speaker | None,
    ) -> PartySaid | None:
        if event.party is not None:
            said = self.memory.party_of(scene.sentence, event.party, place, speaker)
            return self._not_who_left(said, event, place) or said
        denied = frame is not None and frame.manner is Manner.DENIES
        return speaker.side if denied and speaker and scene.denied_noun(event.at) else None

    def _not_who_left(self, said: PartySaid, event: Event, place: PlaceSaid) -> PartySaid | None:
        """The other party, where "they took it" would be who has just left it."""
        other = self.memory.other
        they = event.party is not None and event.party.what is What.IT
        last = next((d for d in reversed(self.found) if d.place.place == place.place), None)
        if not they or other is None or last is None or last.claim is not Claim.LEFT:
            return None
        took = event.claim in (Claim.TOOK, Claim.HOLDS) and said.party is not None
        same = last.party is not None and last.party.party == said.party
        return replace(said, party=other.party, gap=other.gap) if took and same else None
