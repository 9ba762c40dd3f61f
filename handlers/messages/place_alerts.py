"""What an alert about one place says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import MAX_TEXT, length_of
from handlers.messages.sureness import how_sure, surer
from handlers.messages.voices import camps, speeches
from handlers.messages.words import (
    CONTESTED,
    DISPUTED,
    UNKNOWN,
    area_names,
    brief_status,
    party_loud,
    party_name,
    party_symbol,
    place_label,
    show_instant,
    show_moment,
    status_line,
    status_symbol,
)
from storage.model.alerts import AlertKind
from storage.model.changes import SURE
from storage.model.control import Rule, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.words import Telling
    from storage.model.alerts import Addition, Often, PlaceAlert
    from storage.model.control import Assessment, Evidence

ADDITIONS = 3
# Of the lines that count what is left out and mark the whole as withdrawn.
RESERVED = 60


def place_lines(telling: Telling, alert: PlaceAlert) -> list[Markup]:
    """An alert about a place, line by line, with what was added to it since."""
    say = telling.reader.say
    if alert.often is not None:
        lines = _often_lines(telling, alert, alert.often)
        return [*lines, *_additions(telling, alert, MAX_TEXT - length_of(lines))]
    lines = [
        say(
            "<b>{symbol} {text}</b>", symbol=_symbol(telling, alert), text=headline(telling, alert)
        ),
        *_where(telling, alert),
        *_who(telling, alert),
        say("<b>How sure:</b> {how}", how=how_sure(telling, alert.after)),
        *_when(telling, alert),
    ]
    lines.extend(_before(telling, alert))
    return [*lines, *_additions(telling, alert, MAX_TEXT - length_of(lines))]


def _often_lines(telling: Telling, alert: PlaceAlert, often: Often) -> list[Markup]:
    """That a place changes hands often, what holds now, and how further changes are told."""
    say = telling.reader.say
    head = say(
        "<b>{symbol} {text}</b>",
        symbol=status_symbol(telling, alert.place, alert.after),
        text=headline(telling, alert),
    )
    lines = [head, *_where(telling, alert)]
    count = telling.reader.count
    changes = count("{n} change", "{n} changes", often.changes)
    days = count("{n} day", "{n} days", often.days)
    lines.append(say("{changes} in {days}.", changes=changes, days=days))
    if changed := brought(alert.after, alert.new):
        said = speeches(telling, changed, alert.after.evidence)
        lines.append(say("<b>The latest:</b> {said}.", said=said))
    if alert.after.holder is not None:
        lines.append(say("<b>How sure:</b> {how}", how=how_sure(telling, alert.after)))
    return [
        *lines,
        say(
            "Until it has been calm for {days}, I send one notice a day at most. "
            "History shows every change.",
            days=count("{n} day", "{n} days", often.calm_days),
        ),
    ]


def headline(telling: Telling, alert: PlaceAlert) -> Markup:
    """What is now true, as the first line says it, without the emoji."""
    what = _what_is_true(telling, alert)
    return telling.reader.say("{place}: {what}", place=place_label(alert.place), what=what)


def _what_is_true(telling: Telling, alert: PlaceAlert) -> Markup:
    say = telling.reader.say
    after, before = alert.after, alert.before
    if alert.kind is AlertKind.OFTEN:
        return say("changes hands often, now {status}", status=brief_status(telling, after))
    if alert.kind is AlertKind.LEFT:
        party = party_loud(telling.parties[after.last_holder or ""])
        return say("{party} reported to have LEFT", party=party)
    if after.holder is None:
        if before.standing is Standing.CONTESTED and before.holder is not None:
            party = party_loud(telling.parties[before.holder])
            return say("{party} reported to have LEFT, fighting goes on", party=party)
        return say("now CONTESTED, fighting reported")
    party = party_loud(telling.parties[after.holder])
    again = before.standing is after.standing
    if alert.kind is AlertKind.DISPUTED:
        return (
            say("still DISPUTED, now {party} ahead", party=party) if again else say("now DISPUTED")
        )
    if alert.kind is AlertKind.CONTESTED:
        if again:
            return say("still CONTESTED, now {party} ahead", party=party)
        return say("now CONTESTED, fighting reported")
    if alert.kind is AlertKind.SETTLED and before.standing is Standing.CONTESTED:
        return say("no more fighting reported, {party} reported to hold it", party=party)
    if alert.kind is AlertKind.SETTLED:
        return say("no longer disputed, {party} reported to hold it", party=party)
    if after.rule is Rule.OWN_WORD:
        return say("now claimed by {party}", party=party)
    return say("now reported held by {party}", party=party)


def _symbol(telling: Telling, alert: PlaceAlert) -> str:
    if alert.kind is AlertKind.DISPUTED:
        return DISPUTED
    if alert.kind is AlertKind.CONTESTED:
        return CONTESTED
    if alert.after.holder is None:
        return UNKNOWN
    return party_symbol(alert.after.holder, alert.place, telling.parties)


def _where(telling: Telling, alert: PlaceAlert) -> list[Markup]:
    """The areas, and who is ahead or who held the place before."""
    say = telling.reader.say
    parts = [area_names(alert.areas)] if alert.areas else []
    if _told_above(alert):
        was = alert.before.holder or ""
        symbol = party_symbol(was, alert.place, telling.parties)
        name = party_name(telling.parties[was])
        parts.append(say("was {symbol} {party}", symbol=symbol, party=name))
    elif alert.kind in (AlertKind.DISPUTED, AlertKind.CONTESTED) and alert.after.holder:
        party = party_name(telling.parties[alert.after.holder])
        parts.append(say("{party} ahead", party=party))
    return [Markup(" · ").join(parts)] if parts else []


def _before(telling: Telling, alert: PlaceAlert) -> list[Markup]:
    """What it was before, and what came in between that this chat was not sent."""
    say, missed = telling.reader.say, alert.missed
    status = status_line(telling, alert.place, alert.before)
    if missed is None:
        return [] if _told_above(alert) else [say("<b>Before:</b> {status}.", status=status)]
    if missed.told_at is None:
        lines = [say("<b>Before:</b> {status}.", status=status)]
    else:
        when = show_instant(telling, missed.told_at)
        lines = [
            say("<b>Before:</b> {status}, as you were last told {when}.", status=status, when=when)
        ]
    between = telling.reader.count(
        "Meanwhile: {n} change not sent, see /history.",
        "Meanwhile: {n} changes not sent, see /history.",
        missed.changes,
    )
    return [*lines, between]


def _told_above(alert: PlaceAlert) -> bool:
    """Whether the second line tells what was before, in place of a line of its own."""
    return alert.kind is AlertKind.HOLDER and alert.before.standing in SURE


def _who(telling: Telling, alert: PlaceAlert) -> list[Markup]:
    """Who says so, and who says otherwise."""
    say = telling.reader.say
    known = alert.after.evidence
    if alert.kind in (AlertKind.HOLDER, AlertKind.SETTLED):
        ours, *others = (camp.evidence for camp in camps(alert.after))
        against = [e for evidence in others for e in evidence]
        lines = [say("<b>Who says so:</b> {said}.", said=speeches(telling, ours, known))]
    else:
        changed = brought(alert.after, alert.new)
        against = _against(changed, alert.after)
        if not changed:
            nothing = say("no new report; some of the older ones no longer count")
            lines = [say("<b>What changed:</b> {said}.", said=nothing)]
        else:
            said = speeches(telling, changed, known)
            lines = [say("<b>What changed:</b> {said}.", said=said)]
    if against:
        lines.append(say("<b>Against it:</b> {said}.", said=speeches(telling, against, known)))
    return lines


def brought(after: Assessment, new: Sequence[str]) -> list[Evidence]:
    """The evidence of new reports that counts, heaviest first."""
    return [e for e in after.counting if e.report.id in new]


def _against(changed: Sequence[Evidence], after: Assessment) -> list[Evidence]:
    """The evidence that speaks for others than the changed one does; all of it if nothing is new.

    Fighting contradicts nobody: against it there is nothing.
    """
    if after.standing is not Standing.DISPUTED:
        return []
    return [
        e
        for camp in camps(after)
        if not any(c in camp.evidence for c in changed)
        for e in camp.evidence
    ]


def _when(telling: Telling, alert: PlaceAlert) -> list[Markup]:
    """When it happened, where that was said, and when it was first reported."""
    say = telling.reader.say
    reports = [e.report for e in brought(alert.after, alert.new)]
    if not reports:
        return []
    reported = min((r.reported for r in reports), key=lambda moment: moment.at)
    since = alert.after.since
    happened = since if any(r.occurred == since for r in reports) else None
    moves = alert.kind in (AlertKind.HOLDER, AlertKind.LEFT)
    if not moves or happened is None:
        return [say("Reported {when}", when=show_moment(telling, reported))]
    if happened == reported:
        return [say("Happened and reported {when}", when=show_moment(telling, happened))]
    return [
        say(
            "Happened {happened} · reported {reported}",
            happened=show_moment(telling, happened),
            reported=show_moment(telling, reported),
        )
    ]


def _additions(telling: Telling, alert: PlaceAlert, room: int) -> list[Markup]:
    """What came after the alert without changing it, oldest first.

    Of many only the latest are told, as many as fit `room`.
    """
    lines = []
    earlier = alert.after
    for addition in alert.additions:
        if line := _addition(telling, earlier, addition):
            lines.append(line)
        earlier = addition.after
    told = lines[-ADDITIONS:]
    while length_of(told) > room - RESERVED:
        del told[0]
    if len(told) == len(lines):
        return told
    left = len(lines) - len(told)
    more = telling.reader.count("{n} earlier addition", "{n} earlier additions", left)
    return [more, *told]


def _addition(telling: Telling, earlier: Assessment, addition: Addition) -> Markup | None:
    say = telling.reader.say
    parts = []
    if addition.brought:
        said = speeches(telling, addition.brought, addition.after.evidence, most=1)
        parts.append(say("{said}.", said=said))
    if effect := surer(telling, earlier, addition.after):
        parts.append(effect)
    if not parts:
        return None
    when = show_instant(telling, addition.made_at)
    return say("<b>Added {when}:</b> {parts}", when=when, parts=Markup(" ").join(parts))
