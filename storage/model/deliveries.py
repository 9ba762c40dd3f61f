"""Deliveries: one alert for one chat, and what is news to a chat that was told something before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.alerts import AlertKind, alert_kind
from storage.model.changes import SURE, Status, detect
from storage.model.control import Assessment, Rule, Standing

if TYPE_CHECKING:
    from datetime import datetime


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    CLOSED = "closed"


@dataclass(frozen=True)
class LastTold:
    """What a chat was last told of a place.

    `up_to` is the id of the newest alert of the place by then, `told_at` the time (UTC), None where
    nobody told the chat but so it was when it began to be told. `doubted`: a message went out since
    that told otherwise, and nobody knows whether it arrived.
    """

    status: Status
    up_to: int
    told_at: datetime | None
    doubted: bool = False


@dataclass(frozen=True)
class Content:
    """What a message tells: of each place the status, and the newest alert that is in it.

    `seen_from` is given where it was told from what the chat had last been told, and not from what
    the alert itself says was before. A `catch_up` tells of places, in place of their alerts.
    """

    places: tuple[tuple[Status, int], ...] = ()
    seen_from: SeenFrom | None = None
    catch_up: bool = False


# An alert that is told as it is, or an edit.
AS_IT_IS = Content()


@dataclass(frozen=True)
class SeenFrom:
    """From where an alert was told: what the chat had last been told and when (UTC), how many
    changes it was not sent meanwhile, and what that makes of the alert.
    """

    kind: AlertKind
    before: Status
    told_at: datetime | None
    missed: int


@dataclass(frozen=True)
class GiveWay:
    """Why a delivery is not sent, and the alerts by which the chat hears what there is to tell.

    `knew` is what the chat is taken to know where nothing is on record: a status, and the newest
    alert before it. `late` if what it makes way for is no fresh news either.
    """

    reason: str
    to: tuple[int, ...] = ()
    knew: tuple[tuple[Status, int], ...] = ()
    late: bool = False


def same_answer(one: Status | Assessment, other: Status | Assessment) -> bool:
    """Whether two statuses say the same; how surely (likely, confirmed) does not matter."""
    if one.holder != other.holder:
        return False
    return one.standing == other.standing or {one.standing, other.standing} == SURE


def is_news(told: Status, now: Status) -> bool:
    """Whether what holds is news to a chat that was last told `told`.

    That nothing fresh is known any more is none, nor that the same is known again afresh.
    """
    if same_answer(told, now):
        return _left(told) != _left(now)
    if now.standing is Standing.UNKNOWN and not _left(now):
        return now.last_holder != (told.holder or told.last_holder)
    lapsed = told.standing is Standing.UNKNOWN and not _left(told)
    return not (lapsed and now.standing in SURE and now.holder == told.last_holder)


def _left(status: Status) -> bool:
    return status.standing is Standing.UNKNOWN and status.rule is Rule.LEFT


def seen_as(told: Status, now: Assessment) -> AlertKind | None:
    """The kind of alert that tells what holds now to a chat that was last told `told`, if any."""
    change = detect(told, now, ())
    return None if change is None else alert_kind(change)
