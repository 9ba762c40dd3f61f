"""A picture of who held a place when, with the words to it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from handlers.messages.buttons import place_buttons
from handlers.messages.history import moment_of, nothing
from handlers.messages.looking_back import not_now
from handlers.messages.message import Message, one_message
from handlers.messages.strip import Fill, Pattern, Stretch, Strip, Tick
from handlers.messages.words import (
    CONTESTED,
    DISPUTED,
    GOVERNMENT,
    OTHERS,
    UNKNOWN,
    Telling,
    party_symbol,
    party_title,
    place_label,
    show_day,
    show_instant,
)
from storage.model.control import Standing
from storage.model.times import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from handlers.messages.history import History
    from handlers.messages.message import Reader
    from storage.model.changes import HistoryEntry
    from storage.model.control import Assessment
    from storage.model.parties import Parties

# As many as fit a caption with everything else in it.
MOST_NAMED = 5
# Up to this long a strip ends at a whole hour, a longer one at the beginning of a day.
BY_HOURS = timedelta(days=7)
# A party looks like its emoji.
_PATTERNS = dict(zip((GOVERNMENT, *OTHERS), Pattern, strict=True))
_FILLS = {
    Standing.DISPUTED: Fill.DISPUTED,
    Standing.CONTESTED: Fill.CONTESTED,
    Standing.UNKNOWN: Fill.UNKNOWN,
}


def chart(view: History, parties: Parties, reader: Reader) -> Message:
    """The changes of a place as a strip of time, and under it what is what."""
    telling = Telling(reader, parties, view.when.at(view.now))
    if not view.entries:
        return one_message([nothing(telling, view.when)])
    periods = _periods(view.entries, telling)
    holders = list(dict.fromkeys(found.holder for _, found in periods if found.holder))
    symbols = {holder: party_symbol(holder, view.place, parties) for holder in holders}
    strip = Strip(
        tuple(_stretch(begins, found, symbols) for begins, found in periods),
        _end(periods, telling),
    )
    lines = [
        *not_now(telling, view.when),
        reader.say("<b>{place} – who held it when</b>", place=place_label(view.place)),
        reader.say(
            "{first} to {last}", first=_shown(telling, strip, 0), last=_shown(telling, strip, None)
        ),
        *_legend(telling, strip, symbols),
    ]
    buttons = place_buttons(reader, view.place, subscribed=view.subscribed, when=view.when)
    return one_message(lines, buttons, picture=strip)


# --------------------------------------------------------------------------------------- the strip


def _periods(entries: Sequence[HistoryEntry], telling: Telling) -> list[tuple[Tick, Assessment]]:
    """What was found about each time, oldest first; a later finding has the last word about all
    that follows the time that it tells of.
    """
    found: list[tuple[Tick, Assessment]] = []
    for entry in entries:
        begins = _tick(entry, telling)
        if not found or begins.at < found[-1][0].at:
            found.append((begins, entry.after))
    periods: list[tuple[Tick, Assessment]] = []
    for begins, after in reversed(found):
        if not periods or _look(periods[-1][1]) != _look(after):
            periods.append((begins, after))
    return periods


def _look(found: Assessment) -> tuple[Fill, str | None]:
    """What can be seen of an assessment."""
    unseen = found.holder is None and found.standing is not Standing.CONTESTED
    return Fill.UNKNOWN if unseen else _FILLS.get(found.standing, Fill.HELD), found.holder


def _stretch(begins: Tick, found: Assessment, symbols: Mapping[str, str]) -> Stretch:
    fill, holder = _look(found)
    if holder is None:
        return Stretch(begins, fill)
    return Stretch(begins, fill, [*symbols].index(holder) + 1, _PATTERNS[symbols[holder]])


def _tick(entry: HistoryEntry, telling: Telling) -> Tick:
    moment, zone = moment_of(entry), telling.reader.zone
    if moment.precision is Precision.DAY:
        day = moment.at.date()  # the same in every zone
        return Tick(datetime.combine(day, time(), zone), day.isoformat())
    local = moment.at.astimezone(zone)
    return Tick(local, f"{local:%Y-%m-%d}", f"{local:%H:%M}")


def _end(periods: Sequence[tuple[Tick, Assessment]], telling: Telling) -> Tick:
    """The last full hour or the present day: so that whoever asks a little later gets the same
    picture, which is sent without being uploaded again.
    """
    local = telling.now.astimezone(telling.reader.zone)
    last = periods[-1][0]
    if telling.now - periods[0][0].at < BY_HOURS:
        hour = local.replace(minute=0, second=0, microsecond=0)
        end = Tick(hour, f"{hour:%Y-%m-%d}", f"{hour:%H:%M}")
    else:
        end = Tick(datetime.combine(local, time(), local.tzinfo), f"{local:%Y-%m-%d}")
    return end if end.at > last.at else last


# --------------------------------------------------------------------------------------- the words


def _shown(telling: Telling, strip: Strip, index: int | None) -> str:
    tick = strip.ends if index is None else strip.stretches[index].begins
    return show_instant(telling, tick.at) if tick.time else show_day(telling, tick.at.date())


def _legend(telling: Telling, strip: Strip, symbols: Mapping[str, str]) -> list[Markup]:
    """What each number, pattern and filling means, of those that are on the strip."""
    say = telling.reader.say
    patterns = {
        Pattern.PLAIN: say("plain"),
        Pattern.DOTS: say("dots"),
        Pattern.BARS: say("bars"),
        Pattern.LINES: say("lines"),
        Pattern.CHECKS: say("checks"),
    }
    lines = [
        say(
            "{n} {symbol} {party}: {pattern}",
            n=number,
            symbol=symbol,
            party=party_title(telling.parties[holder]),
            pattern=patterns[_PATTERNS[symbol]],
        )
        for number, (holder, symbol) in enumerate(symbols.items(), 1)
        if number <= MOST_NAMED
    ]
    if len(symbols) > MOST_NAMED:
        lines.append(say("{n} and above: other parties", n=MOST_NAMED + 1))
    fills = {stretch.fill for stretch in strip.stretches}
    words = {
        Fill.DISPUTED: say("{symbol} hatched: disputed", symbol=DISPUTED),
        Fill.CONTESTED: say("{symbol} crossed: contested", symbol=CONTESTED),
        Fill.UNKNOWN: say("{symbol} empty: not known", symbol=UNKNOWN),
    }
    lines += [line for fill, line in words.items() if fill in fills]
    if symbols:
        lines.append(say("A number says who holds it, or who is ahead."))
    if len(strip.stretches) > 1:
        lines.append(say("Short times are drawn wider than they were."))
    return lines
