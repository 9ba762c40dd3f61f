"""Sources and their records: what each has claimed, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import MAX_DATA, Button, Message, one_message, outside
from handlers.messages.names import PER_ROW, QUERY_LIMIT
from handlers.messages.voices import SOURCE_LIMIT
from handlers.messages.words import (
    HOUR,
    KIND_LIMIT,
    Telling,
    party_name,
    show_instant,
    show_moment,
    span_words,
)
from storage.model.sources import Grade, Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from handlers.messages.message import Buttons, Reader
    from storage.model.parties import Parties
    from storage.model.silence import Silence
    from storage.model.source_record import PartyRecord, SourceRecord
    from storage.model.sources import Source

# What a button does: one source, or a page of all.
SOURCE, SOURCES = "source", "sources"
A_PAGE = 8
PARTIES = 4


@dataclass(frozen=True)
class SourcePage:
    """Some of the sources with their records, from `start` (0 is the first) of `total`."""

    records: tuple[SourceRecord, ...]
    start: int
    total: int


def source_page(
    record: SourceRecord,
    now: datetime,
    parties: Parties,
    reader: Reader,
    silence: Silence | None = None,
) -> Message:
    """One source: who it is, its grade, its claims and what became of them, its last word, and
    the silence that it is in.
    """
    telling = Telling(reader, parties, now)
    say = reader.say
    lines = [
        say("<b>{source}</b>", source=_title(record.source)),
        *_who(telling, record.source),
        say("<b>Grade:</b> {grade}.", grade=_grade(telling, record.source)),
    ]
    if record.claims:
        lines += [
            say(
                "<b>Claims against a settled holder:</b> {became}.", became=_became(reader, record)
            ),
            *_by_party(telling, record.by_party),
            *_lead(telling, record.median_lead),
            say(
                "A claim came true if the place next settled on the party that it named: if "
                "independent sources then said nothing else for long enough."
            ),
        ]
    else:
        lines.append(say("It has not claimed yet that a settled holder had lost a place."))
    lines.append(_last_word(telling, record))
    if silence is not None:
        lines.append(
            say(
                "<b>Silent since {when}:</b> its reports no longer come in. As a rule (median) "
                "something does every {span}. That is not calm on the ground.",
                when=show_instant(telling, silence.since),
                span=span_words(telling, silence.rhythm),
            )
        )
    return one_message(lines, ((Button(reader.label("All sources"), data=f"{SOURCES}:0"),),))


def source_list(page: SourcePage, reader: Reader) -> Message:
    """Sources, those with most claims first, a line and a button each."""
    say = reader.say
    if not page.total:
        return one_message([say("No source is on record yet.")])
    numbered = list(enumerate(page.records, start=page.start + 1))
    lines = [
        say(
            "<b>Sources {first} to {last} of {total}</b>, those with most claims first",
            first=page.start + 1,
            last=page.start + len(page.records),
            total=page.total,
        )
    ]
    for number, record in numbered:
        became = _became(reader, record) if record.claims else say("no claims yet")
        lines.append(
            say(
                "{number}. {source}: {became}",
                number=number,
                source=outside(record.source.name, SOURCE_LIMIT),
                became=became,
            )
        )
    around = [
        (page.start - A_PAGE, reader.label("Previous")),
        (page.start + A_PAGE, reader.label("Next")),
    ]
    pages = tuple(
        Button(label, data=f"{SOURCES}:{start}")
        for start, label in around
        if 0 <= start < page.total
    )
    rows = _choices([(str(number), record.source) for number, record in numbered], PER_ROW)
    return one_message(lines, (*rows, pages) if pages else rows)


def several_sources(query: str, candidates: Sequence[Source], reader: Reader) -> Message:
    """Which source is meant; a button each."""
    shown = list(candidates)[:A_PAGE]
    lines = [
        reader.say(
            "<b>Which “{query}”?</b> I know {n} sources like that.",
            query=outside(query, QUERY_LIMIT),
            n=len(candidates),
        ),
        *(
            reader.say("{number}. {source}", number=n, source=outside(s.name, SOURCE_LIMIT))
            for n, s in enumerate(shown, start=1)
        ),
    ]
    return one_message(lines, _choices([(str(n), s) for n, s in enumerate(shown, 1)], PER_ROW))


def no_source(query: str, near: Sequence[Source], reader: Reader) -> Message:
    """No source has this name; what is near is offered."""
    name = outside(query, QUERY_LIMIT)
    line = reader.say("I know no source called “{name}”.", name=name)
    if near:
        line = reader.say("I know no source called “{name}”. Did you mean:", name=name)
    labelled = [(reader.label("{source}", source=s.name) or "?", s) for s in near]
    everything = (Button(reader.label("All sources"), data=f"{SOURCES}:0"),)
    return one_message([line], (*_choices(labelled, 1), everything))


def source_gone(reader: Reader) -> Message:
    """A button names a source that is not on record any more."""
    return one_message([reader.say("I do not know that source (any more).")])


def _choices(labelled: Sequence[tuple[str, Source]], per_row: int) -> Buttons:
    """A button for each source whose id fits one; of the others the name has to be typed."""
    buttons = [
        Button(label, data=data)
        for label, source in labelled
        if len((data := f"{SOURCE}:{source.id}").encode()) <= MAX_DATA
    ]
    return tuple(tuple(buttons[i : i + per_row]) for i in range(0, len(buttons), per_row))


def _title(source: Source) -> Markup:
    return outside(source.name[:1].upper() + source.name[1:], SOURCE_LIMIT)


def _who(telling: Telling, source: Source) -> list[Markup]:
    """Its kind, its party, and where it is."""
    say = telling.reader.say
    parts = [outside(source.kind, KIND_LIMIT)] if source.kind else []
    if source.party is not None:
        parts.append(say("of {party}", party=party_name(telling.parties[source.party])))
    if source.at_scene:
        parts.append(say("at the scene"))
    elif source.position is Position.AWAY:
        parts.append(say("not at the scene"))
    return [Markup(" · ").join(parts)] if parts else []


def _grade(telling: Telling, source: Source) -> Markup:
    say = telling.reader.say
    grade = {
        Grade.A: say("completely reliable (A)"),
        Grade.B: say("usually reliable (B)"),
        Grade.C: say("fairly reliable (C)"),
        Grade.D: say("not usually reliable (D)"),
        Grade.E: say("unreliable (E)"),
        Grade.F: say("reliability not known (F)"),
    }[source.reliability]
    if not source.pinned:
        return grade
    return say("{grade}, fixed by the operator: its record does not move its weight", grade=grade)


def _became(reader: Reader, record: SourceRecord | PartyRecord) -> Markup:
    """How many claims there are, and what became of them."""
    return reader.count(
        "{n} claim: {right} came true, {wrong} did not, {open} still open",
        "{n} claims: {right} came true, {wrong} did not, {open} still open",
        record.claims,
        right=record.borne_out,
        wrong=record.refuted,
        open=record.open,
    )


def _by_party(telling: Telling, records: Sequence[PartyRecord]) -> list[Markup]:
    """What became of the claims for each party, where there are several."""
    if len(records) < 2:
        return []
    return [
        telling.reader.say(
            "For {party}: {became}.",
            party=party_name(telling.parties[record.party]),
            became=_became(telling.reader, record),
        )
        for record in records[:PARTIES]
    ]


def _lead(telling: Telling, lead: timedelta | None) -> list[Markup]:
    """How early it makes its claims, by half of them."""
    say = telling.reader.say
    if lead is None:
        return [say("No other source has made the same claims.")]
    length = abs(lead)
    if length < HOUR:
        return [say("As a rule (median) it said so together with the first other source.")]
    span = span_words(telling, length)
    if lead > timedelta():
        return [say("As a rule (median) it said so {span} before any other source.", span=span)]
    return [say("As a rule (median) it said so {span} after the first other source.", span=span)]


def _last_word(telling: Telling, record: SourceRecord) -> Markup:
    if record.last_said is None:
        return telling.reader.say("No report of it is on record.")
    return telling.reader.count(
        "<b>Last word:</b> {when}; {n} report on record.",
        "<b>Last word:</b> {when}; {n} reports on record.",
        record.reports,
        when=show_moment(telling, record.last_said),
    )
