"""What owners and editors are told without having asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.holding import ended
from handlers.messages.message import Message, Reader, one_message, outside
from handlers.messages.outbox import have_died
from handlers.messages.regrading import ended as regrading_ended
from handlers.messages.roles import accepted
from handlers.messages.words import NAME_LIMIT, Telling, party_name, show_instant, span_words
from storage.model.holds import HoldEnded
from storage.model.notices import NoticeKind
from storage.model.outages import Ending
from storage.model.progress import DeadLetters
from storage.model.regradings import RegradingEnded
from storage.model.roles import Editor
from storage.model.silence import Silence

if TYPE_CHECKING:
    from markupsafe import Markup

    from storage.model.notices import Told
    from storage.model.outages import Suspicion
    from storage.model.parties import Parties


def notice(view: Told, parties: Parties, reader: Reader) -> Message:
    """A notice as the message that tells it; one that asks for nothing comes without a sound."""
    if isinstance(view, DeadLetters):
        return have_died(view, reader)
    if isinstance(view, HoldEnded):
        return ended(view, reader)
    if isinstance(view, RegradingEnded):
        return regrading_ended(view, reader)
    if isinstance(view, Editor):
        return accepted(view, reader)
    telling = Telling(reader, parties, view.made_at)
    source = outside(view.source.name, NAME_LIMIT)
    about = view.about
    if isinstance(about, Silence):
        over = view.kind is NoticeKind.BACK
        lines = _back(telling, source, about) if over else _silent(telling, source, about)
    else:
        over = view.kind is NoticeKind.CLEARED
        lines = _cleared(telling, source, about) if over else _suspected(telling, source, about)
    return one_message(lines, silent=over)


def _suspected(telling: Telling, source: Markup, suspicion: Suspicion) -> list[Markup]:
    say, count = telling.reader.say, telling.reader.count
    return [
        say("<b>⚠️ {source}: an outage is suspected</b>", source=source),
        count(
            "It had {n} place held by {party}, and now says otherwise of {moved}, all at once. "
            "Hardly anybody else does.",
            "It had {n} places held by {party}, and now says otherwise of {moved}, all at once. "
            "Hardly anybody else does.",
            suspicion.backed,
            party=party_name(telling.parties[suspicion.side]),
            moved=suspicion.moved,
        ),
        say(
            "What it says of them since {since} is held aside, and nobody is alerted because of "
            "it, until others say so too, until it says again what it said before, or until "
            "{until}.",
            since=show_instant(telling, suspicion.since),
            until=show_instant(telling, suspicion.until),
        ),
        say("Nothing is lost: /why of such a place shows what is held aside."),
    ]


def _cleared(telling: Telling, source: Markup, suspicion: Suspicion) -> list[Markup]:
    say = telling.reader.say
    how = {
        Ending.RETURNED: say(
            "It says again what it said before. What it took back itself counts as never said."
        ),
        Ending.CONFIRMED: say("Others say so too. What was held aside counts now."),
        Ending.LAPSED: say(
            "Nobody else has said so, but it stands by it. What was held aside counts now."
        ),
    }
    lines = [say("<b>{source}: no outage is suspected any more</b>", source=source)]
    return [*lines, *(how[e] for e in Ending if e is suspicion.ending)]


def _silent(telling: Telling, source: Markup, silence: Silence) -> list[Markup]:
    say = telling.reader.say
    return [
        say("<b>⚠️ {source}: SILENT</b>", source=source),
        say(
            "Nothing has come in from it since {since}. As a rule (median) something does every "
            "{span}.",
            since=show_instant(telling, silence.since),
            span=span_words(telling, silence.rhythm),
        ),
        say(
            "That is not calm on the ground: please see whether its feed still works. /status of "
            "a place that rests on it says that it is silent."
        ),
    ]


def _back(telling: Telling, source: Markup, silence: Silence) -> list[Markup]:
    say = telling.reader.say
    return [
        say("<b>{source}: its reports come in again</b>", source=source),
        say("It had been silent since {since}.", since=show_instant(telling, silence.since)),
    ]
