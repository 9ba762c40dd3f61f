"""Alerts: changes, told. Which there are, what each says, and what a chat is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from storage.model.changes import SURE
from storage.model.parties import Parties, is_government_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.model.changes import Change, Status
    from storage.model.control import Assessment, Evidence
    from storage.model.places import Place

# A change that is told in a notice: the id of its place, and when it was found (UTC).
NoticedChange: TypeAlias = tuple[str, datetime]


class AlertKind(StrEnum):
    """What an alert is."""

    HOLDER = "holder"
    DISPUTED = "disputed"
    CONTESTED = "contested"
    SETTLED = "settled"
    LEFT = "left"
    OFTEN = "often"  # the place changes hands often: what holds now, in place of an alert a change
    AREA_FIRST = "area-first"  # the first place of an area is out of government hands
    AREA_LAST = "area-last"  # the last one is
    AREA_REGAINED = "area-regained"  # one is in government hands again
    AMENDMENT = "amendment"  # more evidence: edits the message sent before
    CORRECTION = "correction"  # takes an earlier alert back
    WITHDRAWAL = "withdrawal"  # marks the message that was taken back


AREA_KINDS = frozenset({AlertKind.AREA_FIRST, AlertKind.AREA_LAST, AlertKind.AREA_REGAINED})
EDITS = frozenset({AlertKind.AMENDMENT, AlertKind.WITHDRAWAL})


def alert_kind(change: Change) -> AlertKind | None:
    """The alert of its own that a change is told by, or None if it is not."""
    return AlertKind(change.kind.value) if change.told else None


def still_stands(told: Assessment, believed: Assessment) -> bool:
    """Whether what an alert told is still believed of the time when it was told.

    That it is less or more surely so (likely, confirmed) takes nothing back.
    """
    if told.holder != believed.holder:
        return False
    return told.standing == believed.standing or {told.standing, believed.standing} == SURE


def area_event(
    members: Sequence[Place],
    before: Mapping[str, Status],
    after: Mapping[str, Status],
    parties: Parties,
) -> AlertKind | None:
    """What the change of its places means for an area, if anything.

    `before` and `after` hold the status of each member by place id; a member that is in neither
    was never reported on. First and last speak of places leaving government hands: of any
    government whose country the place lies in. A place that is disputed counts for the party
    that is ahead, and one that nobody is known to hold any more counted for its last holder.
    "None is left" is only said where something is known of every member.
    """

    def in_government_hands(holders: Mapping[str, str | None]) -> dict[str, bool]:
        return {
            m.id: is_government_at(holder, m, parties)
            for m in members
            if (holder := holders.get(m.id)) is not None
        }

    was = in_government_hands({p: s.holder or s.last_holder for p, s in before.items()})
    now = in_government_hands({p: s.holder for p, s in after.items()})
    lost = [p for p in now if not now[p] and was.get(p)]
    gained = [p for p in now if now[p] and was.get(p) is False]
    if lost and not any(now.values()) and len(now) == len(members):
        return AlertKind.AREA_LAST
    if lost and all(was.values()):
        return AlertKind.AREA_FIRST
    if gained and not any(was.values()):
        return AlertKind.AREA_REGAINED
    return None


@dataclass(frozen=True)
class Addition:
    """What came after an alert without changing it: the reports, and the status with them."""

    made_at: datetime
    after: Assessment
    new: tuple[str, ...]

    @property
    def brought(self) -> tuple[Evidence, ...]:
        """The evidence that the new reports bring."""
        return tuple(e for e in self.after.evidence if e.report.id in self.new)


@dataclass(frozen=True)
class Often:
    """How often a place has changed hands within some days, and how many calm days end that."""

    changes: int
    days: int
    calm_days: int


@dataclass(frozen=True)
class Missed:
    """How many changes a chat was not sent before an alert, and when (UTC) it was told what the
    alert says was before; None where nobody told it, but so it was when it began to be told.
    """

    changes: int
    told_at: datetime | None


@dataclass(frozen=True)
class PlaceAlert:
    """An alert about a place, as it is told; `after` carries the evidence it rests on.

    `often` is told of a place that changes hands often, `missed` to a chat that was not sent
    everything in between.
    """

    id: int
    kind: AlertKind
    made_at: datetime
    place: Place
    areas: tuple[Place, ...]
    before: Status
    after: Assessment
    new: tuple[str, ...]
    silent: bool = False
    additions: tuple[Addition, ...] = ()
    withdrawn_at: datetime | None = None
    often: Often | None = None
    missed: Missed | None = None


@dataclass(frozen=True)
class Member:
    """A place of an area with what is known of it (None: no report on record)."""

    place: Place
    status: Status | None


@dataclass(frozen=True)
class AreaAlert:
    """An alert about a whole area; `causes` are the changes of places that brought it."""

    id: int
    kind: AlertKind
    made_at: datetime
    area: Place
    members: tuple[Member, ...]
    causes: tuple[PlaceAlert, ...]
    withdrawn_at: datetime | None = None


def still_holds(alert: AreaAlert, members: Sequence[Member], parties: Parties) -> bool:
    """Whether what an alert about an area says in its first line holds, as its places stand."""
    in_government_hands = {
        m.place.id: is_government_at(m.status.holder, m.place, parties)
        for m in members
        if m.status is not None and m.status.holder is not None
    }
    moved = [in_government_hands.get(cause.place.id) for cause in alert.causes]
    if alert.kind is AlertKind.AREA_LAST:
        everywhere = len(in_government_hands) == len(members)
        return everywhere and not any(in_government_hands.values())
    return (alert.kind is AlertKind.AREA_REGAINED) in moved


@dataclass(frozen=True)
class Correction:
    """Takes an earlier alert back: what it was, the reports withdrawn, and what holds now."""

    id: int
    made_at: datetime
    wrong: PlaceAlert | AreaAlert
    withdrawn: tuple[Evidence, ...]
    now: tuple[Member, ...]


Alert = PlaceAlert | AreaAlert | Correction
