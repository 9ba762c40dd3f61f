"""What is told of a place in the longest words, by the most sources, still fits one message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.messages.alerts import compose
from handlers.messages.message import plain
from handlers.messages.status import PlaceStatus, place_status
from storage.model.alerts import (
    Addition,
    AlertKind,
    AreaAlert,
    Correction,
    Member,
    PlaceAlert,
)
from storage.model.changes import Status
from storage.model.control import Standing
from storage.model.looking import look
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Tally
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment
from tests.handlers.messages.anything import IDS, READER, Anything, check
from tests.handlers.messages.scenes import NOW


def longest() -> Anything:
    """Everything as long as it can be told, said by as many as can be named."""
    area = Place("area", "A" * 99, "area")
    places = tuple(Place(i, "P" * 99, "K" * 99, part_of=("area",)) for i in IDS * 2)
    parties = {
        f"party{n}": Party(f"party{n}", f"government {n}{'y' * 99}", ("IQ",) if n == 0 else ())
        for n in range(4)
    }
    sources = {
        f"source{n}": Source(
            f"source{n}",
            f"{n:02} {'s' * 99}",
            "officer",
            "party1" if n < 2 else f"party{n % 4}" if n % 3 else None,
            Grade.B if n % 2 else Grade.A,
            Position.SCENE if n % 5 else Position.AWAY,
        )
        for n in range(64)
    }

    def said(number: int, claim: Claim, party: int, minutes: int) -> Report:
        when = Moment(NOW - timedelta(days=400, minutes=minutes))
        return Report(
            f"r{number}",
            IDS[0],
            claim,
            f"source{number}",
            when,
            f"party{party}",
            occurred=Moment(when.at - timedelta(minutes=number % 2)),
            via="v" * 99,
        )

    reports = [said(n, Claim.HOLDS, n // 12 % 3, 60) for n in range(36)]
    reports += [said(n, Claim.TOOK, n // 9 % 3, 30) for n in range(36, 64)]
    return Anything(places, (area,) * 4, parties, sources, tuple(reports))


def test_the_longest_alerts_there_can_be_fit_one_message() -> None:
    world = longest()
    at = NOW - timedelta(days=400)
    after = look(world.reports, world.sources, world.parties, DEFAULT_POLICY, at).found
    recorded = (replace(e, record=Tally(cases=9999, right=999)) for e in after.evidence)
    after = replace(after, evidence=tuple(recorded))
    every = tuple(r.id for r in world.reports)
    before = Status(IDS[0], 1, "party3", last_holder="party3", since=Moment(at))
    members = tuple(
        Member(p, replace(before, standing=Standing.DISPUTED, rival="party2")) for p in world.places
    )
    for kind in (AlertKind.HOLDER, AlertKind.DISPUTED):
        alert = PlaceAlert(1, kind, NOW, world.places[0], world.areas, before, after, every[-20:])
        # Each turns the standing over, which is told too.
        turned = replace(after, standing=Standing.CONTESTED)
        additions = tuple(Addition(NOW, (turned, after)[n % 2], every[n:]) for n in range(9))
        amended = replace(alert, additions=additions, withdrawn_at=NOW)
        assert len(plain(compose(alert, world.parties, READER))) > 1500
        assert 3000 < len(plain(compose(amended, world.parties, READER))) <= 4096
        area = AreaAlert(
            2, AlertKind.AREA_LAST, NOW, world.areas[0], members, (alert, alert, alert)
        )
        check(compose(area, world.parties, READER))
        for wrong in (amended, area):
            correction = Correction(3, NOW, wrong, after.evidence, members)
            check(compose(correction, world.parties, READER))
    view = PlaceStatus(world.places[0], world.areas, after, (), NOW, subscribed=True)
    check(place_status(view, world.parties, READER))
