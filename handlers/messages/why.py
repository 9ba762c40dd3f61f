"""Why the answer is what it is: each report with its weight, the rule, what would change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.area_alerts import member_lines, most_urgent
from handlers.messages.buttons import WHY, all_places_button, choices, place_buttons
from handlers.messages.looking_back import NOW, When, not_now
from handlers.messages.message import Message, Reader, clean, link, outside, plain_text, split
from handlers.messages.reasons import reasons, rule_words, weight_words, would_change
from handlers.messages.silence import silence_words
from handlers.messages.voices import camps, claim_words, source_name
from handlers.messages.words import (
    CONTESTED,
    Telling,
    brief_status,
    party_symbol,
    place_label,
    show_instant,
    show_moment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.model.alerts import Member
    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place
    from storage.model.silence import Silence

QUOTE_LIMIT = 200
COUNTING = 20
NOT_COUNTING = 10


@dataclass(frozen=True)
class Why:
    """A place, what was found about it, the time now (UTC), and the time it is about.

    `silent` are the sources that have (or had then) gone silent, by id.
    """

    place: Place
    found: Assessment
    now: datetime
    subscribed: bool
    when: When = NOW
    silent: Mapping[str, Silence] = field(default_factory=dict)


def why(view: Why, parties: Parties, reader: Reader) -> tuple[Message, ...]:
    """Each report with source, words and weight, the rule, and what would change the answer."""
    telling = Telling(reader, parties, view.when.at(view.now))
    found = view.found
    say = reader.say
    lines = [
        *not_now(telling, view.when),
        say(
            "<b>Why “{status}”? {place}</b>",
            status=brief_status(telling, found),
            place=place_label(view.place),
        ),
    ]
    if len(found.counting) > 1:
        lines.append(say("Weights are measured by the heaviest report."))
    head = len(lines)
    for camp in camps(found):
        lines.extend(_report_line(telling, view, e) for e in camp.evidence)
    shown, hidden = lines[: head + COUNTING], len(lines) - head - COUNTING
    silent = [e for e in found.evidence if e.weight <= 0]
    lines = [*shown, *_left_out(telling, hidden), *_no_record(telling, found)]
    if silent:
        lines.append(say("<b>On record, but without weight:</b>"))
        newest = silent[::-1][:NOT_COUNTING]
        lines.extend(_silent_line(telling, view, e) for e in newest)
        lines.extend(_left_out(telling, len(silent) - len(newest)))
    lines.append(say("<b>Rule:</b> {rule}", rule=rule_words(telling, found)))
    lines.append(say("<b>What would change this:</b> {what}", what=would_change(telling, found)))
    if view.when.is_now:
        lines.extend(_time_alone(telling, found))
    return split(
        lines, place_buttons(reader, view.place, subscribed=view.subscribed, when=view.when)
    )


def area_why(
    area: Place,
    members: Sequence[Member],
    now: datetime,
    parties: Parties,
    reader: Reader,
    when: When = NOW,
) -> tuple[Message, ...]:
    """An area rests on its places: a line each, and a button for each one's reports."""
    telling = Telling(reader, parties, when.at(now))
    lines = [
        *not_now(telling, when),
        reader.say("<b>{area}: what is said rests on its places</b>", area=place_label(area)),
        *member_lines(telling, members),
        reader.say("Choose one to see who says so."),
    ]
    rows = choices((m.place for m in most_urgent(telling, members)), WHY, when)
    if len(members) > len(rows) and when.is_now:
        rows = (*rows, (all_places_button(reader, area, len(members)),))
    return split(lines, rows)


def _report_line(telling: Telling, view: Why, evidence: Evidence) -> Markup:
    """One report that counts: who, what, in which words, and what that weighs."""
    return telling.reader.say(
        "{symbol} <b>{source}</b>: {parts}",
        symbol=_symbol(telling, view, evidence),
        source=source_name(evidence, start=True),
        parts=Markup(" · ").join(
            [
                *_said(telling, view, evidence),
                *reasons(telling, evidence),
                *silence_words(telling, evidence, view.silent),
                weight_words(telling, evidence, view.found),
            ]
        ),
    )


def _silent_line(telling: Telling, view: Why, evidence: Evidence) -> Markup:
    """One report that does not count, and why."""
    why_not = [
        *reasons(telling, evidence),
        *silence_words(telling, evidence, view.silent),
    ]
    return telling.reader.say(
        "▫️ {source}: {parts}",
        source=source_name(evidence, start=True),
        parts=Markup(" · ").join([*_said(telling, view, evidence), *why_not]),
    )


def _symbol(telling: Telling, view: Why, evidence: Evidence) -> str:
    if evidence.fighting:
        return CONTESTED
    if evidence.backs is None:
        return "▫️"
    return party_symbol(evidence.backs, view.place, telling.parties)


def _said(telling: Telling, view: Why, evidence: Evidence) -> list[Markup]:
    """What a report says, word for word where that is known, when, and where to read it."""
    say = telling.reader.say
    report = evidence.report
    claim = claim_words(telling, evidence, view.found.evidence)
    parts = [claim]
    said = clean(plain_text(claim))
    if clean(report.quote).casefold() not in ("", said.casefold()):
        parts.append(say("“{quote}”", quote=outside(report.quote, QUOTE_LIMIT)))
    reported = say("reported {when}", when=show_moment(telling, report.reported))
    parts.append(link(report.url, reported))
    return parts


def _no_record(telling: Telling, found: Assessment) -> list[Markup]:
    """That nothing is learned yet of those who contradict each other: where records would tell."""
    if found.rival is None or any(e.record or e.source.pinned for e in found.counting):
        return []
    return [
        telling.reader.say(
            "None of them has made such claims before that have turned out since: weights follow "
            "how reliable they are, where they are and whose side they are on."
        )
    ]


def _time_alone(telling: Telling, found: Assessment) -> list[Markup]:
    """When the answer may change although nobody says anything more."""
    if found.recheck_at is None:
        return []
    when = show_instant(telling, found.recheck_at)
    return [
        telling.reader.say("<b>Without any new report</b> it is weighed again: {when}.", when=when)
    ]


def _left_out(telling: Telling, number: int) -> list[Markup]:
    if number <= 0:
        return []
    return [telling.reader.count("… and {n} more report", "… and {n} more reports", number)]
