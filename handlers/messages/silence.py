"""Sources that have gone silent, said where an answer rests on them: it is not calm there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import outside
from handlers.messages.voices import SOURCE_LIMIT
from handlers.messages.words import Telling, show_day
from storage.model.silence import resting_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from storage.model.control import Assessment, Evidence
    from storage.model.silence import Silence


def silence_lines(
    telling: Telling, found: Assessment, silent: Mapping[str, Silence]
) -> list[Markup]:
    """That sources behind an answer have gone silent, in one line; nothing where none has."""
    behind = resting_on(found)
    quiet = sorted((x for x in silent.values() if x.source in behind), key=lambda x: x.since)
    if not quiet:
        return []
    names = {e.source.id: outside(e.source.name, SOURCE_LIMIT) for e in found.evidence}
    first = quiet[0]
    say, when, source = telling.reader.say, _day(telling, first), names[first.source]
    if len(quiet) == 1:
        return [
            say(
                "<b>Silent since {when}:</b> reports of {source} no longer come in. That is not "
                "calm on the ground.",
                when=when,
                source=source,
            )
        ]
    return [
        say(
            "<b>Silent:</b> {n} of the {all} sources behind this, {source} since {when}. Their "
            "reports no longer come in. That is not calm on the ground.",
            n=len(quiet),
            all=len(behind),
            source=source,
            when=when,
        )
    ]


def silence_words(
    telling: Telling, evidence: Evidence, silent: Mapping[str, Silence]
) -> list[Markup]:
    """That the source of a report has gone silent since, in a few words."""
    silence = silent.get(evidence.source.id)
    if silence is None:
        return []
    return [telling.reader.say("silent since {when}", when=_day(telling, silence))]


def _day(telling: Telling, silence: Silence) -> str:
    return show_day(telling, silence.since.astimezone(telling.reader.zone).date())
