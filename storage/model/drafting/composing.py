"""A draft made of its parts, with the reason for each part that is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.model.drafting.draft import (
    Attribution,
    Denied,
    Draft,
    Gap,
    Precisely,
    TimeSaid,
)
from storage.model.drafting.frame import Manner
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from storage.model.drafting.arguments import Scene
    from storage.model.drafting.dates import When
    from storage.model.drafting.draft import PartySaid, PlaceSaid, Span, Speaker
    from storage.model.drafting.event import Event
    from storage.model.drafting.frame import Frame
    from storage.model.drafting.text import Dateline, Sentence

_NEAR = 4  # words from "denied" to "the claim"


@dataclass(frozen=True)
class Told:
    """A sentence of a text with who speaks in it, by the number of the verb of each frame."""

    text: str
    sentence: Sentence
    frames: Sequence[Frame]
    speakers: Mapping[int, Speaker | None]
    today: date | None
    head: Dateline | None

    @property
    def quote(self) -> str:
        """The sentence as it stands in the text."""
        begin, end = self.sentence.span
        return self.text[begin:end]

    def publisher(self, frame: Frame | None) -> tuple[str | None, Span | None]:
        """Who relays it: named beside the speaker, or before the text; and where."""
        if frame is not None and frame.publisher is not None:
            words = frame.publisher
            return self.sentence.written(*words), self.sentence.between(*words)
        return (self.head.publisher, self.head.span) if self.head else (None, None)

    def said(self, when: When | None) -> tuple[TimeSaid | None, Gap | None]:
        """When it was said: as told, else on the day of the text."""
        if when is not None and when.said is not None:
            return when.said, None
        if self.today is None:
            return None, Gap.NO_DATELINE
        day = self.today
        return TimeSaid(day, day, Precisely.DAY, "", None, from_dateline=True), None


def compose(
    told: Told,
    event: Event,
    frame: Frame | None,
    place: PlaceSaid,
    party: PartySaid | None,
    speaker: Speaker | None,
    when: When | None,
    before: Sequence[Draft],
) -> Draft:
    """The draft of an event at one place; `before` are the drafts that the text made so far."""
    claim, denied = _claim(event, frame, place, party, speaker, before)
    saying = frame.said if frame else None
    if event.noun:  # "confirmed the loss of the town on Saturday"
        saying, when = saying or when, None
    publisher, publisher_span = told.publisher(frame)
    said, said_gap = told.said(saying)
    holder = None if denied else party
    return Draft(
        place=place,
        claim=claim,
        verb=told.sentence.between(event.at, event.at + 1),
        quote=told.quote,
        span=told.sentence.span,
        party=holder,
        party_gap=holder.gap if holder else Gap.NO_PARTY,
        speaker=speaker,
        speaker_gap=None if speaker else Gap.NO_SPEAKER,
        publisher=publisher,
        publisher_span=publisher_span,
        publisher_gap=None if publisher else Gap.NO_PUBLISHER,
        happened=when.said if when else None,
        happened_gap=when.gap if when else Gap.NO_TIME,
        said=said,
        said_gap=said_gap,
        attribution=_attribution(frame, event, speaker),
        background=event.relative,
        denied=denied,
    )


def _claim(
    event: Event,
    frame: Frame | None,
    place: PlaceSaid,
    party: PartySaid | None,
    speaker: Speaker | None,
    before: Sequence[Draft],
) -> tuple[Claim, Denied | None]:
    """What is claimed; of a denial and a retraction, what they are about."""
    taken_back = frame is not None and frame.manner is Manner.TAKES_BACK
    denies = frame is not None and frame.manner is Manner.DENIES
    if not taken_back and denies == event.negated:
        return event.claim, None
    claimed = (
        number
        for number in range(len(before) - 1, -1, -1)
        if _same_place(before[number].place, place)
        and before[number].claim is event.claim
        and before[number].speaker != speaker
    )
    denied = Denied(event.claim, party, next(claimed, None))
    return (Claim.RETRACTS if taken_back else Claim.DENIES), denied


def with_holders_instead(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts of a sentence, its denials with the party that holds the place instead, where
    the same breath names it.
    """
    found = list(drafts)
    for number, draft in enumerate(drafts):
        holds = (
            d
            for d in drafts
            if d.claim is Claim.HOLDS
            and _same_place(d.place, draft.place)
            and d.speaker == draft.speaker
        )
        if draft.claim is Claim.DENIES and (other := next(holds, None)):
            found[number] = replace(draft, party=other.party, party_gap=other.party_gap)
    return found


def denials_of_all(
    scene: Scene, events: Sequence[Event], told: Told, drafts: Sequence[Draft], since: int
) -> list[Draft]:
    """Drafts for "denied the claim" and "said that was not true": of what was claimed last, by the
    drafts from the number `since` on. What is denied may be denied by several, and no denial is.
    """
    found: list[Draft] = []
    for frame in told.frames:
        at = _denial_at(scene, events, frame)
        if at is None:
            continue
        here, speaker = told.sentence.words[frame.verb].start, told.speakers[frame.verb]
        before = [
            (number, draft)
            for number, draft in enumerate(drafts[since:], since)
            if draft.verb.start < here
            and draft.speaker != speaker
            and draft.claim is not Claim.DENIES
        ]
        last = before[-1][1] if before else None
        for number, draft in before:
            if last and (draft.speaker, draft.span) == (last.speaker, last.span):
                found.append(_denial(told, frame, draft, number, at))
    return found


def _denial_at(scene: Scene, events: Sequence[Event], frame: Frame) -> int | None:
    """The number of the word that denies what was told before, without telling it again."""
    sentence, lexicon = scene.sentence, scene.lexicon
    if frame.manner is Manner.DENIES:
        if any(frame.covers(e.at) for e in events):
            return None
        for at in range(frame.verb + 1, frame.verb + _NEAR):
            low = sentence.low(at)
            named = low in lexicon.of("claims") and sentence.low(at + 1) not in lexicon.of("about")
            if named or (low in lexicon.of("all_of_it") and scene.ends(at + 1)):
                return frame.verb
        return None
    begin = frame.scope.first
    about = lexicon.of("claims") | lexicon.of("all_of_it")
    if about.isdisjoint({sentence.low(begin - 1), sentence.low(begin), sentence.low(begin + 1)}):
        return None
    for at in range(begin, begin + _NEAR):
        if any(sentence.has(at, phrase) for phrase in lexicon.phrases["untrue"]):
            return at
    return None


def _denial(told: Told, frame: Frame, draft: Draft, number: int, at: int) -> Draft:
    publisher, publisher_span = told.publisher(frame)
    said, said_gap = told.said(frame.said)
    speaker = told.speakers[frame.verb]
    return replace(
        draft,
        claim=Claim.DENIES,
        verb=told.sentence.between(at, at + 1),
        quote=told.quote,
        span=told.sentence.span,
        party=None,
        party_gap=Gap.NO_PARTY,
        speaker=speaker,
        speaker_gap=None if speaker else Gap.NO_SPEAKER,
        publisher=publisher,
        publisher_span=publisher_span,
        publisher_gap=None if publisher else Gap.NO_PUBLISHER,
        happened=None,
        happened_gap=Gap.NO_TIME,
        said=said,
        said_gap=said_gap,
        attribution=Attribution.SAID,
        background=False,
        denied=Denied(draft.claim, draft.party, number),
    )


def _same_place(one: PlaceSaid, other: PlaceSaid) -> bool:
    return one.place is not None and one.place == other.place


def _attribution(frame: Frame | None, event: Event, speaker: Speaker | None) -> Attribution:
    if speaker is None:
        return Attribution.MEDIA if event.hearsay else Attribution.OWN
    if frame is None:
        return Attribution.CARRIED
    return Attribution.MEDIA if speaker.kind == "media" else Attribution.SAID
