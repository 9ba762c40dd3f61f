"""What a correction says: what was wrong, why, and what holds now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.area_alerts import area_headline, member_lines
from handlers.messages.place_alerts import headline
from handlers.messages.voices import speeches
from handlers.messages.words import place_label, show_instant, status_line
from storage.model.alerts import AreaAlert, PlaceAlert

if TYPE_CHECKING:
    from markupsafe import Markup

    from handlers.messages.words import Telling
    from storage.model.alerts import Correction
    from storage.model.places import Place


def correction_lines(telling: Telling, correction: Correction) -> list[Markup]:
    """A correction, line by line."""
    say = telling.reader.say
    wrong = correction.wrong
    return [
        say(
            "<b>↩️ CORRECTION: {place} – our alert of {when} no longer stands</b>",
            place=place_label(subject(correction)),
            when=show_instant(telling, wrong.made_at),
        ),
        say("<b>We said:</b> “{text}”.", text=_said(telling, wrong)),
        _why(telling, correction),
        *_now(telling, correction),
        say("This note goes to everyone who got that alert."),
    ]


def subject(correction: Correction) -> Place:
    """The place or area that a correction is about."""
    wrong = correction.wrong
    return wrong.place if isinstance(wrong, PlaceAlert) else wrong.area


def _said(telling: Telling, wrong: PlaceAlert | AreaAlert) -> Markup:
    if isinstance(wrong, AreaAlert):
        return area_headline(telling, wrong)
    return headline(telling, wrong)


def _why(telling: Telling, correction: Correction) -> Markup:
    """What was wrong with it: the reports that were withdrawn, or what is known only now."""
    say = telling.reader.say
    if not correction.withdrawn:
        return say("<b>Why:</b> by what is on record now, that was not so at the time.")
    known = [*correction.withdrawn]
    if isinstance(correction.wrong, PlaceAlert):
        known.extend(correction.wrong.after.evidence)
    said = speeches(telling, correction.withdrawn, known)
    return telling.reader.count(
        "<b>Why:</b> the report behind it was withdrawn: {said}.",
        "<b>Why:</b> reports behind it were withdrawn: {said}.",
        len(correction.withdrawn),
        said=said,
    )


def _now(telling: Telling, correction: Correction) -> list[Markup]:
    """What holds now."""
    say = telling.reader.say
    wrong = correction.wrong
    if isinstance(wrong, AreaAlert) or len(correction.now) != 1:
        return [say("<b>Now:</b>"), *member_lines(telling, correction.now)]
    [member] = correction.now
    status = status_line(telling, member.place, member.status)
    now = member.status
    before = wrong.before
    if now is not None and (now.holder, now.standing) == (before.holder, before.standing):
        return [say("<b>Now:</b> {status}, as before that alert.", status=status)]
    return [say("<b>Now:</b> {status}.", status=status)]
