"""What a report would change and whom it would tell, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import Button, Message, link, one_message, outside
from handlers.messages.reporting import CHANGE, RECORD, button_data, cancel_button
from handlers.messages.sureness import credibility_words
from handlers.messages.voices import claim_words, source_name
from handlers.messages.words import (
    Telling,
    brief_status,
    party_name,
    place_label,
    show_moment,
    status_line,
    status_symbol,
)
from storage.model.changes import Kind
from storage.model.control import Evidence
from storage.model.reports import Claim
from storage.model.sources import Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handlers.messages.message import Reader
    from storage.model.changes import Status
    from storage.model.effects import Effect, PlaceEffect
    from storage.model.places import Place
    from storage.model.report_drafts import ReportDraft
    from storage.model.reports import Report
    from storage.model.sources import Source

QUOTE_LIMIT = 300


@dataclass(frozen=True)
class Preview:
    """A report as it would be recorded, and what would follow.

    `sources` and `places` hold whatever the report and the effect name, `target` the report that is
    taken back or corrected; `new` where the source is to be put on record with it.
    """

    draft: ReportDraft
    report: Report
    sources: Mapping[str, Source]
    places: Mapping[str, Place]
    effect: Effect
    target: Evidence | None = None
    new: bool = False


def preview(
    view: Preview, known: Sequence[Evidence], telling: Telling, note: Markup | None = None
) -> Message:
    """What would be recorded, what it would change, and how many chats would hear of it."""
    reader = telling.reader
    lines = [
        *([note] if note else []),
        reader.say("<b>Not recorded yet</b>"),
        *report_lines(view, known, telling),
        *effect_lines(view.effect, view.places, telling),
    ]
    draft = view.draft
    record = Button(reader.label("Record"), data=button_data(draft, RECORD))
    change = Button(reader.label("Change…"), data=button_data(draft, CHANGE))
    first = (record,) if view.report.claim is Claim.RETRACTS else (record, change)
    return one_message(lines, (first, (cancel_button(draft, reader),)))


def report_lines(view: Preview, known: Sequence[Evidence], telling: Telling) -> list[Markup]:
    """What would be recorded: the report, and what it takes back."""
    target = _target_lines(view, known, telling)
    if view.report.claim is Claim.RETRACTS:
        return target
    return [*target, *own_lines(view, known, telling)]


def _target_lines(view: Preview, known: Sequence[Evidence], telling: Telling) -> list[Markup]:
    """The report that is taken back, and whether another one takes its place."""
    if view.target is None:
        return []
    say = telling.reader.say
    values = {
        "place": place_label(view.places[view.target.report.place]),
        "what": claim_words(telling, view.target, known),
        "who": source_name(view.target),
    }
    if view.report.claim is Claim.RETRACTS:
        return [say("<b>Taken back:</b> {place}: {what}, said by {who}", **values)]
    return [
        say("<b>Taken back:</b> {place}: {what}, said by {who}", **values),
        say("<b>In its place:</b>"),
    ]


def own_lines(view: Preview, known: Sequence[Evidence], telling: Telling) -> list[Markup]:
    """What a report says, part by part."""
    say = telling.reader.say
    report = view.report
    source = view.sources[report.source]
    item = Evidence(report, source, None, None, fighting=False, weight=0.0, reasons=())
    who = say("{source}, a new source", source=source_name(item)) if view.new else source_name(item)
    lines = [
        say(
            "<b>{place}:</b> {what}",
            place=place_label(view.places[report.place]),
            what=claim_words(telling, item, known),
        ),
        say("<b>Says who:</b> {who}", who=who),
        *(_new_source(source, telling) if view.new else ()),
        say("<b>Said:</b> {when}", when=show_moment(telling, report.reported)),
    ]
    if report.occurred is None:
        lines.append(say("<b>Happened:</b> not said"))
    elif report.claim in (Claim.FIGHTING, Claim.DENIES):  # other claims say when
        when = show_moment(telling, report.occurred)
        lines.append(say("<b>Happened:</b> {when}", when=when))
    if report.quote:
        lines.append(say("<b>Quote:</b> “{quote}”", quote=outside(report.quote, QUOTE_LIMIT)))
    if report.credibility is not None:
        judged = credibility_words(report.credibility, telling.reader)
        lines.append(
            say("<b>The claim itself:</b> judged {grade}; it moves no weight", grade=judged)
        )
    if report.url:
        lines.append(link(report.url, say("Link")))
    return lines


def _new_source(source: Source, telling: Telling) -> list[Markup]:
    """What would be put on record of a new source."""
    say = telling.reader.say
    position = {
        Position.SCENE: [say("at the scene")],
        Position.AWAY: [say("not at the scene")],
        Position.UNKNOWN: [],
    }[source.position]
    party = telling.parties.get(source.party or "")
    traits = [
        outside(source.kind),
        party_name(party) if party else say("no party"),
        *position,
        say("grade {grade}", grade=source.reliability.value),
    ]
    return [say("<b>New source:</b> {traits}", traits=Markup(", ").join(traits))]


def effect_lines(effect: Effect, places: Mapping[str, Place], telling: Telling) -> list[Markup]:
    """What something would change, place by place, and how many chats would hear of it."""
    count = telling.reader.count
    lines = [line for p in effect.places for line in _place_lines(p, places, telling)]
    if not effect.alerted:
        lines.append(telling.reader.say("<b>No chat would be alerted.</b>"))
    else:
        lines.append(
            count(
                "<b>{n} chat would be alerted.</b>",
                "<b>{n} chats would be alerted.</b>",
                effect.alerted,
            )
        )
    if effect.corrected:
        lines.append(
            count(
                "<b>{n} chat would get a correction.</b>",
                "<b>{n} chats would get a correction.</b>",
                effect.corrected,
            )
        )
    if effect.amended:
        lines.append(
            count(
                "In {n} chat the last alert would be added to, without a sound.",
                "In {n} chats the last alert would be added to, without a sound.",
                effect.amended,
            )
        )
    return lines


def _place_lines(found: PlaceEffect, places: Mapping[str, Place], telling: Telling) -> list[Markup]:
    say = telling.reader.say
    place = places[found.before.place]
    now = say(
        "<b>{place} now:</b> {status}",
        place=place_label(place),
        status=status_line(telling, place, _known(found.before)),
    )
    same = (found.before.holder, found.before.standing) == (
        found.after.holder,
        found.after.standing,
    )
    if same and found.kind is None:
        return [now, say("<b>With it:</b> no change")]
    if same and found.kind is Kind.EVIDENCE:
        return [now, say("<b>With it:</b> the same, on more or other evidence")]
    return [now, say("<b>With it:</b> {status}", status=_after(found.after, place, telling))]


def _known(status: Status) -> Status | None:
    return status if status.version else None


def _after(status: Status, place: Place, telling: Telling) -> Markup:
    symbol = status_symbol(telling, place, status)
    return Markup("{} {}").format(symbol, brief_status(telling, status))


def recorded(
    report: Report, effect: Effect, place: Place, reader: Reader, *, corrects: bool
) -> Message:
    """A report is on record, and the chats are being told; `corrects` if in place of another."""
    say, count = reader.say, reader.count
    name = place_label(place)
    if report.claim is Claim.RETRACTS:
        done = say("✅ Taken back: {place}", place=name)
    elif corrects:
        done = say("✅ Corrected: {place}", place=name)
    else:
        done = say("✅ On record: {place}", place=name)
    lines = [
        done,
        say("Its id: <code>{id}</code>", id=report.id),
        say("/retract takes a report back, /correct puts another in its place."),
    ]
    if told := effect.alerted + effect.corrected:
        lines.append(count("{n} chat is being told.", "{n} chats are being told.", told))
    return one_message(lines)
