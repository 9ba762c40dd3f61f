"""What owners and editors are told of what comes in by itself: feeds, rejected rows, leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Message, link, one_message, outside
from handlers.messages.rejects import origin_of
from handlers.messages.words import show_day, show_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from handlers.messages.words import Telling
    from storage.model.feeds import FeedPlan, FeedState, KeptLead, Waiting

MOST_FEEDS, MOST_ROWS, MOST_LEADS = 12, 10, 12
ERROR_LIMIT, REASON_LIMIT, KEY_LIMIT, TITLE_LIMIT = 100, 120, 40, 120


def feed_list(found: Sequence[tuple[FeedPlan, FeedState]], telling: Telling) -> Message:
    """How each feed is doing, those that are not well first."""
    say = telling.reader.say
    if not found:
        return one_message(
            [
                say("No feeds are read."),
                say("<code>WHOHOLDS_FEEDS</code> names the file that says which."),
            ]
        )
    order = sorted(found, key=lambda f: (not _is_ill(f[0], f[1], telling), f[0].name))
    lines = [telling.reader.count("<b>{n} feed</b>", "<b>{n} feeds</b>", len(found))]
    for plan, state in order[:MOST_FEEDS]:
        lines += _feed(plan, state, telling)
    return one_message(lines + _left(len(found) - MOST_FEEDS, "whoholds feeds", telling))


def _is_ill(plan: FeedPlan, state: FeedState, telling: Telling) -> bool:
    return bool(state.failures) or state.is_silent(plan, telling.now)


def _feed(plan: FeedPlan, state: FeedState, telling: Telling) -> list[Markup]:
    say, count = telling.reader.say, telling.reader.count
    name = outside(plan.name)
    if state.failures:
        lines = [
            count(
                "⚠️ <b>{feed}</b> could not be read: {why}",
                "⚠️ <b>{feed}</b> could not be read, {n} times in a row: {why}",
                state.failures,
                feed=name,
                why=outside(state.error, ERROR_LIMIT),
            )
        ]
    elif state.is_silent(plan, telling.now) and state.item_at:
        since = show_instant(telling, state.item_at)
        lines = [say("🔇 <b>{feed}</b> is silent since {time}", feed=name, time=since)]
    else:
        lines = [say("✅ <b>{feed}</b>", feed=name)]
    if state.succeeded_at:
        lines.append(
            count(
                "Read {time}; {n} item so far",
                "Read {time}; {n} items so far",
                state.brought,
                time=show_instant(telling, state.succeeded_at),
            )
        )
    else:
        lines.append(say("Not read yet"))
    if state.item_at:
        lines.append(say("Last news {time}", time=show_instant(telling, state.item_at)))
    if state.rejects:
        lines.append(count("{n} row waits: /rejects", "{n} rows wait: /rejects", state.rejects))
    lines.append(say("Next {time}", time=show_instant(telling, state.next_run(plan, telling.now))))
    return lines


def reject_list(waiting: Sequence[Waiting], total: int, telling: Telling) -> Message:
    """The rows that cannot be used as they are, oldest first."""
    say = telling.reader.say
    if not total:
        return one_message([say("No row waits.")])
    lines = [
        telling.reader.count(
            "<b>{n} row cannot be used as it is</b>",
            "<b>{n} rows cannot be used as they are</b>",
            total,
        )
    ]
    lines += [_row(row, telling) for row in waiting[:MOST_ROWS]]
    lines += _left(total - MOST_ROWS, "whoholds rejects", telling)
    lines.append(
        say(
            "A row that waits for a place, a party or a source goes through by itself once that is "
            "on record: /place adds places and names. /rejects and a number shows one, to dismiss "
            "it if it can never be used."
        )
    )
    return one_message(lines)


def _row(row: Waiting, telling: Telling) -> Markup:
    say = telling.reader.say
    origin = origin_of(row, telling.reader)
    reason = outside(f"{row.field}: {row.reason}" if row.field else row.reason, REASON_LIMIT)
    key = outside(row.item.key, KEY_LIMIT)
    return say(
        "{number}. {origin}, {item}: {reason}",
        number=row.id,
        origin=origin,
        item=key,
        reason=reason,
    )


def lead_list(found: Sequence[KeptLead], total: int, telling: Telling) -> Message:
    """What feeds point to, newest first."""
    say = telling.reader.say
    if not found:
        return one_message([say("No leads.")])
    lines = [telling.reader.count("<b>{n} lead</b>", "<b>{n} leads</b>", total)]
    for kept in found[:MOST_LEADS]:
        day = show_day(telling, kept.lead.said.astimezone(telling.reader.zone).date())
        title = link(kept.lead.url, outside(kept.lead.title, TITLE_LIMIT))
        if kept.withdrawn_at:
            title = say("<s>{title}</s> (withdrawn)", title=title)
        feed = outside(kept.feed)
        lines.append(
            say("{n}. {day} – {feed}: {title}", n=kept.id, day=day, feed=feed, title=title)
        )
    lines += _left(total - MOST_LEADS, "whoholds leads", telling)
    return one_message([*lines, say("/lead and a number begins a report with one.")])


def _left(left: int, command: str, telling: Telling) -> list[Markup]:
    if left <= 0:
        return []
    return [
        telling.reader.count(
            "… and {n} more: <code>{command}</code> lists all of them",
            "… and {n} more: <code>{command}</code> lists all of them",
            left,
            command=command,
        )
    ]
