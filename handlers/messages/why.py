"""Why the answer is what it is: each report with its weight, the rule, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.area_alerts import member_lines
from handlers.messages.buttons import WHY, choices, place_buttons
from handlers.messages.message import Message, Reader, clean, link, outside, plain_text, split
from handlers.messages.sureness import source_traits
from handlers.messages.voices import camps, claim_words, source_name
from handlers.messages.words import (
    CONTESTED,
    Telling,
    brief_status,
    party_symbol,
    place_label,
    show_moment,
)
from storage.model.control import Rule
from storage.model.words import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model.alerts import Member
    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place

QUOTE_LIMIT = 200
COUNTING = 20
NOT_COUNTING = 10
# Of the heaviest voice: from here a report weighs much.
MUCH = 0.4


@dataclass(frozen=True)
class Why:
    """A place, what was found about it, and the time now (UTC)."""

    place: Place
    found: Assessment
    now: datetime
    subscribed: bool


def why(view: Why, parties: Parties, reader: Reader) -> tuple[Message, ...]:
    """Each report with source, words and weight, the rule, and what would change the answer."""
    telling = Telling(reader, parties, view.now)
    found = view.found
    say = reader.say
    lines = [
        say(
            "<b>Why “{status}”? {place}</b>",
            status=brief_status(telling, found),
            place=place_label(view.place),
        )
    ]
    for camp in camps(found):
        lines.extend(_report_line(telling, view, e) for e in camp.evidence)
    shown, hidden = lines[: COUNTING + 1], len(lines) - COUNTING - 1
    silent = [e for e in found.evidence if e.weight <= 0]
    lines = [*shown, *_left_out(telling, hidden)]
    if silent:
        lines.append(say("<b>On record, but without weight:</b>"))
        newest = silent[::-1][:NOT_COUNTING]
        lines.extend(_silent_line(telling, view, e) for e in newest)
        lines.extend(_left_out(telling, len(silent) - len(newest)))
    lines.append(say("<b>Rule:</b> {rule}", rule=_rule(telling, found)))
    lines.append(say("<b>What would change this:</b> {what}", what=_would_change(telling, found)))
    return split(lines, place_buttons(reader, view.place, subscribed=view.subscribed))


def area_why(
    area: Place, members: Sequence[Member], now: datetime, parties: Parties, reader: Reader
) -> tuple[Message, ...]:
    """An area rests on its places: a line each, and a button for each one's reports."""
    telling = Telling(reader, parties, now)
    lines = [
        reader.say("<b>{area}: what is said rests on its places</b>", area=place_label(area)),
        *member_lines(telling, members),
        reader.say("Choose one to see who says so."),
    ]
    return split(lines, choices((m.place for m in members), WHY))


def _report_line(telling: Telling, view: Why, evidence: Evidence) -> Markup:
    """One report that counts: who, what, in which words, and what that weighs."""
    heaviest = view.found.counting[0].weight
    return telling.reader.say(
        "{symbol} <b>{source}</b>: {parts}",
        symbol=_symbol(telling, view, evidence),
        source=source_name(evidence, start=True),
        parts=Markup(" · ").join(
            [
                *_said(telling, view, evidence),
                *_traits(telling, evidence),
                _weight_word(telling, evidence.weight, heaviest),
            ]
        ),
    )


def _silent_line(telling: Telling, view: Why, evidence: Evidence) -> Markup:
    """One report that does not count, and why."""
    reasons = [words[r] for r in evidence.reasons if r in (words := _reason_words(telling))]
    return telling.reader.say(
        "▫️ {source}: {parts}",
        source=source_name(evidence, start=True),
        parts=Markup(" · ").join([*_said(telling, view, evidence), *reasons]),
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


def _traits(telling: Telling, evidence: Evidence) -> list[Markup]:
    words = _reason_words(telling)
    return [
        *source_traits(telling, evidence),
        *(words[reason] for reason in evidence.reasons if reason in words),
    ]


def _reason_words(telling: Telling) -> dict[Reason, Markup]:
    """The reasons that are not told by the source's traits."""
    say = telling.reader.say
    return {
        Reason.AGAINST_INTEREST: say("against their own side's interest"),
        Reason.STILL_FIGHTING: say("tells of fighting only"),
        Reason.SAME_SOURCE: say("adds to the same source's other word"),
        Reason.SAME_INSTITUTION: say("same institution as another voice, so little more than one"),
        Reason.SAME_SIDE: say("same side as another voice, so less than two"),
        Reason.REPLACED: say("replaced by the same source's later word"),
        Reason.EARLIER_TIME: say("of an earlier time than the same source's other word"),
        Reason.OVERTAKEN: say("of a time before the last change"),
        Reason.TOO_OLD: say("too long ago to count"),
        Reason.WITHDRAWN: say("withdrawn"),
        Reason.RETRACTION: say("takes an earlier report back"),
        Reason.NOTHING_DENIED: say("denies a report that is not on record or was withdrawn"),
    }


def _weight_word(telling: Telling, weight: float, heaviest: float) -> Markup:
    say = telling.reader.say
    if weight >= heaviest:
        return say("weighs most")
    if weight >= MUCH * heaviest:
        return say("weighs much")
    return say("weighs little")


def _left_out(telling: Telling, number: int) -> list[Markup]:
    if number <= 0:
        return []
    return [telling.reader.count("… and {n} more report", "… and {n} more reports", number)]


def _rule(telling: Telling, found: Assessment) -> Markup:
    """The rule that decided, in a sentence."""
    say = telling.reader.say
    return {
        Rule.NO_REPORTS: say("no report counts → no answer."),
        Rule.STALE: say("every report is too old or overtaken → not known any more."),
        Rule.TOO_WEAK: say("what is said weighs too little to name a holder → not known."),
        Rule.LEFT: say("the holder is reported to have left, nobody is named instead → not known."),
        Rule.ONE_VOICE: say("one good source, nobody of weight denies it → likely."),
        Rule.OWN_WORD: say("only one side speaks, in its own favour → likely at most, and thin."),
        Rule.NOT_INDEPENDENT: say("several sources agree, but not independent good ones → likely."),
        Rule.INDEPENDENT: say("independent good sources agree → confirmed."),
        Rule.TWO_SIDES: say(
            "two sides are named, both recently, and the weaker case is not negligible → disputed."
        ),
        Rule.DENIED: say("it is denied, and the denial is not negligible → disputed."),
        Rule.FIGHTING: say("fighting is reported, and not denied → contested."),
    }[found.rule]


def _would_change(telling: Telling, found: Assessment) -> Markup:
    say = telling.reader.say
    match found.rule:
        case Rule.TWO_SIDES | Rule.DENIED:
            weaker = source_name(camps(found)[1].evidence[0])
            return say(
                "what {source} said withdrawn, or confirmed by anyone independent.", source=weaker
            )
        case Rule.ONE_VOICE | Rule.NOT_INDEPENDENT | Rule.OWN_WORD:
            return say(
                "an independent source that agrees (surer) or that says otherwise (disputed)."
            )
        case Rule.INDEPENDENT:
            return say("a good source that says otherwise.")
        case Rule.FIGHTING:
            return say("word that the fighting is over, or of who holds the place now.")
        case Rule.LEFT:
            return say("word of who holds the place now.")
    return say("any fresh report by a good source.")
