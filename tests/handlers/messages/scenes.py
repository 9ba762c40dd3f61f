"""Places, parties and sources to compose messages from, and short ways to what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.sandbox.markup import parse_html
from handlers.messages.alerts import compose
from handlers.messages.message import FSI, PDI, Reader
from storage.model.alerts import Addition, AlertKind, PlaceAlert
from storage.model.changes import HistoryEntry, Kind, Status, detect
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.sources import Grade, Position, Source
from tests.builders import kept, report, story

if TYPE_CHECKING:
    from storage.model.control import Assessment
    from storage.model.reports import Report

WORLD = story()
PLACES, PARTIES = WORLD.places, WORLD.parties
AL_WALEED, BORDER = PLACES["al-waleed"], PLACES["iraq-syria-border"]
SOURCES = WORLD.sources | {
    s.id: s
    for s in (
        Source("drivers", "drivers on the road", "witness", None, Grade.C, Position.SCENE),
        Source("monitor", "a monitor", "analyst", None, Grade.A),
        Source("blog", "a blog", "media", None, Grade.E),
        Source("rumour", "a rumour", "media", None, Grade.D),
        Source("militants-tv", "the militants", "spokesman", "militants", Grade.F),
        Source("nobody", "somebody", "media", None, Grade.F),
    )
}
NOW = datetime(2014, 6, 23, 14, 0, tzinfo=UTC)
READER = Reader(ZoneInfo("Asia/Baghdad"))
TOOK, HOLDS, LEFT = Claim.TOOK, Claim.HOLDS, Claim.LEFT
FIGHTING, DENIES, RETRACTS = Claim.FIGHTING, Claim.DENIES, Claim.RETRACTS

BEFORE = report("background", HOLDS, "iraq", said="2014-06-08")
FELL = report("colonel", TOOK, "militants", occurred="2014-06-22", id="fell")
CLAIMED = report(
    "spokesman", TOOK, "iraq", occurred="2014-06-23", via="state television", id="claimed"
)


def found(*reports: Report, at: datetime = NOW) -> Assessment:
    """What is found by these reports."""
    return look(reports, SOURCES, PARTIES, DEFAULT_POLICY, at).found


def alert(*earlier: Report, new: Report | tuple[Report, ...], at: datetime = NOW) -> PlaceAlert:
    """The alert that new reports bring after earlier ones; AssertionError if they bring none."""
    brought = new if isinstance(new, tuple) else (new,)
    before = kept(found(*earlier, at=at)) if earlier else Status("al-waleed", 0)
    after = found(*earlier, *brought, at=at)
    change = detect(before, after, tuple(r.id for r in brought))
    assert change is not None
    assert change.told, change.kind
    areas = (BORDER, PLACES["anbar"])
    kind = AlertKind(change.kind.value)
    return PlaceAlert(1, kind, at, AL_WALEED, areas, before, after, change.new)


def amended(base: PlaceAlert, *more: Report, at: datetime = NOW) -> PlaceAlert:
    """The alert after one more report."""
    so_far = [
        e.report for e in (base.additions[-1].after if base.additions else base.after).evidence
    ]
    after = found(*so_far, *more, at=at)
    addition = Addition(at, after, tuple(r.id for r in more))
    return replace(base, additions=(*base.additions, addition))


def entry(kind: Kind, after: Assessment, *new: Report, version: int = 1) -> HistoryEntry:
    """A row of a history, changed now."""
    return HistoryEntry(version, kind, NOW, after, tuple(r.id for r in new))


def told(what: PlaceAlert) -> list[str]:
    """The lines of an alert as people read them."""
    return lines(compose(what, PARTIES, READER).text)


def lines(markup: str) -> list[str]:
    """The lines that Telegram shows of a text in its HTML, without the marks that isolate."""
    return parse_html(markup).text.replace(FSI, "").replace(PDI, "").split("\n")
