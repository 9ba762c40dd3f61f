"""What a delivery tells its chat, put together when it is about to go out.

Late news is worse than none: told is what is true by then. Where the place has changed again, the
chat gets one message with the net change since what it was last told, by the newest alert; what is
no news to it any more is not sent; and what comes after its deadline comes as a catch-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.delivery import catching_up
from handlers.messages.alerts import compose
from handlers.messages.catching_up import catch_up
from handlers.messages.message import Message, Reader
from storage import alerts, control, ledger, told_alerts
from storage.deliveries import NOTHING_TO_TELL
from storage.following import following
from storage.model.alerts import AreaAlert, Correction, Member, Missed, PlaceAlert, still_holds
from storage.model.changes import as_status
from storage.model.deliveries import (
    AS_IT_IS,
    Content,
    GiveWay,
    LastTold,
    SeenFrom,
    is_news,
    same_answer,
    seen_as,
)
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.leasing import Delivery
    from storage.model.alerts import Alert
    from storage.model.changes import Status

WITHDRAWN = "withdrawn before it was sent"
UNSUBSCRIBED = "unsubscribed before it was sent"


@dataclass(frozen=True)
class Told:
    """A message that is to go out, and what its chat has been told when it has arrived."""

    message: Message
    content: Content = AS_IT_IS


@dataclass
class Teller:
    """Puts deliveries into words at the time `now` (UTC), as of one transaction.

    Times are in each reader's zone, or in `zone` where none was chosen; `bot` is the bot's user
    name, for links (none without it). What many deliveries share is looked up and composed once:
    keep one teller for a batch, and no longer.
    """

    conn: sa.Connection
    zone: ZoneInfo
    bot: str
    now: datetime
    _alerts: dict[int, Alert] = field(default_factory=dict)
    _places: dict[str, tuple[int, Status]] = field(default_factory=dict)
    _last: dict[tuple[int, str], LastTold | None] = field(default_factory=dict)
    _follows: dict[tuple[int, str], bool] = field(default_factory=dict)
    _between: dict[tuple[str, int, int], int] = field(default_factory=dict)
    _words: dict[tuple[int, str | None, SeenFrom | None], Message] = field(default_factory=dict)

    def prepare(self, batch: Sequence[Delivery]) -> None:
        """Look up at once what the chats of many deliveries were last told, and follow."""
        chats = {d.subscriber.id for d in batch}
        told_of = sorted({d.alert_id for d in batch})
        of = told_alerts.places(self.conn, told_of)
        follows = following(self.conn, chats, of)
        self._follows = {(c, p): (c, p) in follows for c in chats for p in of}
        about = {p for p, _, _ in told_alerts.subjects(self.conn, told_of)}
        told = ledger.of_chats(self.conn, chats, about)
        untold = {c for c in chats if any((c, p) not in told for p in about)}
        told = ledger.taken_to_know(self.conn, untold, about) | told
        self._last = {(c, p): told.get((c, p)) for c in chats for p in about}

    def told(self, delivery: Delivery) -> Told | GiveWay:
        """The message of a delivery, or why there is none."""
        alert = self._alert(delivery.alert_id)
        if delivery.is_edit:
            if delivery.about.catch_up:
                return GiveWay("the message to edit tells of several places")
            return self._as(delivery, alert, Content(seen_from=delivery.about.seen_from))
        if isinstance(alert, Correction):
            return self._corrected(delivery, alert)
        about = alert.place if isinstance(alert, PlaceAlert) else alert.area
        if not self._is_followed(delivery, about.id):
            return GiveWay(UNSUBSCRIBED)
        if alert.withdrawn_at is not None:
            # Whom later alerts are for was settled when this one might have arrived.
            newest = told_alerts.newest(self.conn, _subjects(alert))
            return GiveWay(WITHDRAWN, tuple(sorted(newest.values())))
        if isinstance(alert, AreaAlert):
            return self._area(delivery, alert)
        return self._place(delivery, alert)

    def _as(self, delivery: Delivery, alert: Alert, content: Content) -> Told:
        """An alert from where this chat sees it."""
        chosen, seen = delivery.subscriber.zone, content.seen_from
        key = (delivery.alert_id, chosen, seen)
        if key not in self._words:
            if seen and isinstance(alert, PlaceAlert):
                alert = _seen_place(alert, seen)
            elif seen and isinstance(alert, Correction) and isinstance(alert.wrong, PlaceAlert):
                alert = replace(alert, wrong=_seen_place(alert.wrong, seen))
            self._words[key] = compose(alert, all_parties(self.conn), self._reader(delivery))
        return Told(self._words[key], content)

    def _place(self, delivery: Delivery, alert: PlaceAlert) -> Told | GiveWay:
        place_id = alert.place.id
        newest, status = self._at(place_id)
        last = self._last_told(delivery, place_id) or LastTold(alert.before, alert.id - 1, None)
        knew = ((last.status, last.up_to),)
        if newest != alert.id:
            late = self._is_late(delivery)
            return GiveWay(f"superseded by alert {newest}", (newest,), knew, late)
        # Something that tells otherwise may have reached the chat: then it is told in any case.
        doubted = delivery.doubts > 0 or last.doubted
        news = is_news(last.status, status)
        if not doubted and (not news or alert.id <= last.up_to):
            return GiveWay(NOTHING_TO_TELL, knew=knew)
        if self._is_late(delivery) or not same_answer(status, alert.after):
            return self._caught_up(delivery)
        content = Content(((status, alert.id),))
        missed = self._told_between(place_id, last.up_to, alert.id)
        if not missed or not news or alert.often is not None:
            return self._as(delivery, alert, content)
        kind = seen_as(last.status, alert.after)
        if kind is None:
            return self._caught_up(delivery)
        seen = SeenFrom(kind, last.status, last.told_at, missed)
        return self._as(delivery, alert, replace(content, seen_from=seen))

    def _area(self, delivery: Delivery, alert: AreaAlert) -> Told | GiveWay:
        """The alert with what holds there now; its places by themselves where what it says does
        not hold any more, or is no fresh news.
        """
        late = self._is_late(delivery)
        if late or not still_holds(alert, alert.members, all_parties(self.conn)):
            causes = {cause.place.id: cause for cause in alert.causes}
            why = "past its deadline" if late else "no longer so"
            return GiveWay(
                f"{why}: told place by place",
                tuple(sorted(told_alerts.newest(self.conn, causes).values())),
                tuple(
                    (last.status, last.up_to)
                    if (last := self._last_told(delivery, p))
                    else (cause.before, cause.id - 1)
                    for p, cause in causes.items()
                ),
                late,
            )
        told = []
        news = delivery.doubts > 0
        for cause in alert.causes:
            last = self._last_told(delivery, cause.place.id)
            status = as_status(cause.place.id, cause.after)
            if last is None or last.up_to < cause.id:
                told.append((status, cause.id))
                news |= last is None or last.doubted or is_news(last.status, status)
            else:
                # It has heard of the place, and hears now what that means for the area.
                news = True
        if not news:
            return GiveWay(NOTHING_TO_TELL)
        return self._as(delivery, alert, Content(tuple(told)))

    def _corrected(self, delivery: Delivery, correction: Correction) -> Told | GiveWay:
        """A correction with what holds now, to a chat that was told what was wrong."""
        newest = told_alerts.newest(self.conn, _subjects(correction.wrong))
        if not delivery.about_reached:
            # What else there is to tell, the newest alert does.
            reason = "the alert it is about was never sent"
            return GiveWay(reason, tuple(sorted(newest.values())))
        told = tuple(
            (m.status, newest.get(m.place.id, 0))
            for m in correction.now
            if m.status and m.place.id in _subjects(correction.wrong)
        )
        return self._as(delivery, correction, Content(told, delivery.about.seen_from))

    def _caught_up(self, delivery: Delivery) -> Told | GiveWay:
        changes = catching_up.changes(self.conn, delivery)
        if not changes:
            # It was ended since it was leased: the chat was forgotten, or has left.
            return GiveWay(NOTHING_TO_TELL)
        parties, reader = all_parties(self.conn), self._reader(delivery)
        message, number = catch_up([net for net, _ in changes], self.now, parties, reader)
        places = tuple((net.now, up_to) for net, up_to in changes[:number])
        return Told(message, Content(places, catch_up=True))

    def _alert(self, alert_id: int) -> Alert:
        """The alert, with what holds now where it lists places."""
        if alert_id not in self._alerts:
            alert = alerts.load(self.conn, alert_id)
            if isinstance(alert, AreaAlert) and alert.withdrawn_at is None:
                alert = replace(alert, members=self._now(alert.members))
            elif isinstance(alert, Correction):
                alert = replace(alert, now=self._now(alert.now))
            self._alerts[alert_id] = alert
        return self._alerts[alert_id]

    def _now(self, members: Sequence[Member]) -> tuple[Member, ...]:
        statuses = control.statuses_of(self.conn, [m.place.id for m in members])
        return tuple(Member(m.place, statuses.get(m.place.id)) for m in members)

    def _at(self, place_id: str) -> tuple[int, Status]:
        """The newest alert of a place and its status."""
        if place_id not in self._places:
            newest = told_alerts.newest(self.conn, [place_id])[place_id]
            self._places[place_id] = newest, control.statuses_of(self.conn, [place_id])[place_id]
        return self._places[place_id]

    def _last_told(self, delivery: Delivery, place_id: str) -> LastTold | None:
        chat = delivery.subscriber.id
        if (chat, place_id) not in self._last:
            last = ledger.of_chats(self.conn, [chat], [place_id])
            known = last or ledger.taken_to_know(self.conn, [chat], [place_id])
            self._last[chat, place_id] = known.get((chat, place_id))
        return self._last[chat, place_id]

    def _is_followed(self, delivery: Delivery, place_id: str) -> bool:
        chat = delivery.subscriber.id
        if (chat, place_id) not in self._follows:
            follows = following(self.conn, [chat], [place_id])
            self._follows[chat, place_id] = (chat, place_id) in follows
        return self._follows[chat, place_id]

    def _told_between(self, place_id: str, after: int, before: int) -> int:
        if (place_id, after, before) not in self._between:
            between = told_alerts.told_between(self.conn, place_id, after, before)
            self._between[place_id, after, before] = between
        return self._between[place_id, after, before]

    def _reader(self, delivery: Delivery) -> Reader:
        chosen = delivery.subscriber.zone
        return Reader(ZoneInfo(chosen) if chosen else self.zone, bot=self.bot)

    def _is_late(self, delivery: Delivery) -> bool:
        return delivery.deadline is not None and self.now > delivery.deadline


def _subjects(alert: PlaceAlert | AreaAlert) -> set[str]:
    """The places that an alert is about; of an area those that brought it."""
    if isinstance(alert, PlaceAlert):
        return {alert.place.id}
    return {cause.place.id for cause in alert.causes}


def _seen_place(alert: PlaceAlert, seen: SeenFrom) -> PlaceAlert:
    """An alert from what a chat was last told before it."""
    return replace(
        alert,
        kind=seen.kind,
        before=seen.before,
        silent=False,
        missed=Missed(seen.missed, seen.told_at),
    )
