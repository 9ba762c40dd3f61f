"""Whatever names and quotes come from outside, Telegram takes the message and it reads right."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.markup import parse_html, utf16_length
from handlers.messages import (
    areas,
    cards,
    editors,
    looking_back,
    names,
    near,
    sources,
    start,
    subscriptions,
)
from handlers.messages.alerts import compose
from handlers.messages.charts import chart
from handlers.messages.errors import went_wrong
from handlers.messages.history import AreaHistory, History, area_history, history
from handlers.messages.message import FSI, PDI, Message, Reader, plain
from handlers.messages.status import AreaStatus, PlaceStatus, area_status, place_status
from handlers.messages.why import Why, area_why, why
from handlers.messages.words import Telling
from storage.model.alerts import (
    AREA_KINDS,
    Addition,
    Alert,
    AlertKind,
    AreaAlert,
    Correction,
    Member,
    PlaceAlert,
    alert_kind,
)
from storage.model.changes import HistoryEntry, Kind, Status, detect
from storage.model.control import Standing
from storage.model.errors import BadInput
from storage.model.geo import Direction, Near
from storage.model.looking import assess
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Tally
from storage.model.reports import NEEDS_PARTY, Claim, Report
from storage.model.source_record import PartyRecord, SourceRecord
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, Precision
from storage.model.wishes import Wish
from tests.builders import kept
from tests.handlers.messages.scenes import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.model.changes import Change

READER = Reader(ZoneInfo("Asia/Baghdad"))
NASTY = (
    "<b>bold</b>",
    "</b></s><a href='x'>&amp;&#60;",
    "\u202eright to left\u202c",
    "\u2069\u2069\u2066",
    "معبر الوليد الحدودي",
    "👩‍👩‍👧‍👦🇮🇶" * 100,
    "e" + "\u0301" * 400,
    "\ud83d",
    "\u200b\u200b",
    "%s {0} {name} %(x)s",
    "x" * 5000,
    "&" * 5000,
    "line\nline\r\n" * 99,
    "a colonel",
    "",
)
texts = st.sampled_from(NASTY) | st.text(max_size=80) | st.text(min_size=50, max_size=400)
BIDI = re.compile("[\u202a-\u202e\u2066\u2067\u200e\u200f\u061c]")
IDS = [f"{'p' * 47}{n}" for n in range(9)]
ALIKE = st.sampled_from(["a" * 90, "b"])  # some say the same, and are told together


@dataclass(frozen=True)
class Anything:
    """A place with everything about it that may be said in any words."""

    places: tuple[Place, ...]
    areas: tuple[Place, ...]
    parties: dict[str, Party]
    sources: dict[str, Source]
    reports: tuple[Report, ...]


@st.composite
def anything(draw: st.DrawFn) -> Anything:
    """Up to twelve reports by up to six sources on up to four parties, all with any names."""
    places = [
        Place(
            identifier,
            draw(texts),
            draw(st.sampled_from(["crossing", "area", "town"]) | texts),
            ("IQ", "SY"),
            draw(st.none() | st.floats(-90, 90)),
            draw(st.none() | st.floats(-180, 180)),
            aliases=tuple(draw(st.lists(texts, max_size=4))),
        )
        for identifier in IDS
    ]
    areas = tuple(Place(f"a{n}", draw(texts), "area") for n in range(4))
    parties = {
        f"party{n}": Party(
            f"party{n}",
            draw(texts),
            ("IQ",) if n == 0 else (),
            "party1" if n == 3 else None,
            n,
        )
        for n in range(4)
    }
    own = st.sampled_from([p.name for p in parties.values()])
    sources = {
        f"source{n}": Source(
            f"source{n}",
            draw(texts | own),
            draw(st.sampled_from(["officer", "witness"])),
            draw(st.none() | st.sampled_from(sorted(parties))),
            draw(st.sampled_from(Grade)),
            draw(st.sampled_from(Position)),
        )
        for n in range(6)
    }
    count = draw(st.integers(0, 12))
    reports = [draw(report(n, sorted(sources), sorted(parties))) for n in range(count)]
    return Anything(tuple(places), areas, parties, sources, tuple(reports))


moments = st.builds(
    lambda days, precision: Moment(NOW.replace(hour=0) - timedelta(days=days), precision),
    st.integers(0, 20),
    st.sampled_from(Precision),
)


@st.composite
def report(draw: st.DrawFn, number: int, sources: list[str], parties: list[str]) -> Report:
    claim = draw(st.sampled_from(Claim))
    party = st.sampled_from(parties)
    return Report(
        id=f"r{number}",
        place=IDS[0],
        claim=claim,
        source=draw(st.sampled_from(sources)),
        reported=draw(moments),
        party=draw(party if claim in NEEDS_PARTY else st.none() | party),
        occurred=draw(st.none() | moments),
        via=draw(texts | ALIKE),
        url=draw(texts | st.just("https://example.org/?a=1&b=<2>\"'")),
        quote=draw(texts),
        refers_to=draw(st.none() | st.sampled_from([f"r{n}" for n in range(12)])),
    )


def check(message: Message) -> None:
    """Telegram takes the message, and nothing from outside has got out of its place."""
    shown = parse_html(message.text)
    assert plain(message) == shown.text
    assert 0 < utf16_length(shown.text.strip()) <= 4096
    assert {e.type for e in shown.entities} <= {"bold", "strikethrough", "text_link", "code"}
    assert not BIDI.search(shown.text)
    depth = 0
    for character in shown.text:
        depth += (character == FSI) - (character == PDI)
        assert depth in (0, 1)
    assert depth == 0
    for button in (b for row in message.buttons for b in row):
        assert 0 < utf16_length(button.label) <= 90
        assert not BIDI.search(button.label)
        assert button.data is None or 0 < len(button.data.encode()) <= 64


def changes(world: Anything) -> Iterator[Change]:
    """What the reports change, one after the other."""
    before = Status(IDS[0], 0)
    for number, one in enumerate(world.reports, start=1):
        so_far = world.reports[:number]
        after = assess(so_far, world.sources, world.parties, DEFAULT_POLICY, NOW)
        if change := detect(before, after, (one.id,)):
            yield change
            before = kept(after, IDS[0], number)


def alerts(world: Anything) -> Iterator[Alert]:
    """Every alert that those changes may be told by, amended, withdrawn and corrected."""
    members = [Member(p, None) for p in world.places]
    for change in changes(world):
        members[0] = Member(world.places[0], kept(change.after, IDS[0]))
        kind = alert_kind(change)
        if kind is None:
            continue
        alert = PlaceAlert(
            1, kind, NOW, world.places[0], world.areas, change.before, change.after, change.new
        )
        every = tuple(r.id for r in world.reports)
        after = assess(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW)
        more = tuple(Addition(NOW, after, every) for _ in range(4))
        amended = replace(alert, additions=more, withdrawn_at=NOW)
        yield from (alert, amended)
        yield Correction(2, NOW, amended, after.evidence, tuple(members[:1]))
        for area_kind in AREA_KINDS:
            area = AreaAlert(
                3, AlertKind(area_kind), NOW, world.areas[0], tuple(members), (alert, alert, alert)
            )
            yield area
            yield Correction(4, NOW, area, after.evidence, tuple(members))


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
    after = assess(world.reports, world.sources, world.parties, DEFAULT_POLICY, at)
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


@pytest.mark.slow
@settings(max_examples=70, deadline=None)
@given(anything())
def test_every_alert_is_valid_and_fits_one_message(world: Anything) -> None:
    for alert in alerts(world):
        check(compose(alert, world.parties, READER))


@pytest.mark.slow
@settings(max_examples=70, deadline=None)
@given(anything())
def test_every_answer_about_a_place_is_valid(world: Anything) -> None:
    place = world.places[0]
    found = assess(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW)
    entries = tuple(
        HistoryEntry(n, change.kind, NOW, change.after, change.new)
        for n, change in enumerate(changes(world))
    )
    view = PlaceStatus(place, world.areas, found, entries, NOW, subscribed=True)
    check(place_status(view, world.parties, READER))
    when = looking_back.When(NOW - timedelta(days=3), NOW - timedelta(days=2))
    for message in (
        place_status(replace(view, when=when), world.parties, READER),
        *why(Why(place, found, NOW, subscribed=False, when=when), world.parties, READER),
        *why(Why(place, found, NOW, subscribed=False), world.parties, READER),
        *history(History(place, entries, found, NOW, subscribed=True), world.parties, READER),
        chart(History(place, entries, found, NOW, subscribed=True), world.parties, READER),
    ):
        check(message)


def about_sources(world: Anything, typed: str) -> Iterator[Message]:
    """What is said of sources, each with a record or none."""
    some = tuple(world.sources.values())
    records = [
        SourceRecord(
            source,
            *(20 * n, 9 * n, 8 * n, 3 * n),
            median_lead=None if n % 2 else timedelta(hours=9 * n * n - 99),
            by_party=tuple(PartyRecord(p, 5 * n, 3, 2, 0) for p in world.parties),
            last_said=Moment(NOW) if n else None,
            reports=99 * n,
        )
        for n, source in enumerate(some)
    ]
    for record in records:
        yield sources.source_page(record, NOW, world.parties, READER)
    yield sources.source_list(sources.SourcePage(tuple(records), 8, 20), READER)
    yield sources.several_sources(typed, some, READER)
    yield sources.no_source(typed, some, READER)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(anything(), texts, st.floats(0, 21_000), st.sampled_from(Direction))
def test_everything_about_finding_places_is_valid(
    world: Anything, typed: str, km: float, direction: Direction
) -> None:
    reader = replace(READER, bot="WhoHoldsBot")
    place, parties = world.places[0], world.parties
    status = kept(assess(world.reports, world.sources, parties, DEFAULT_POLICY, NOW), IDS[0])
    corridor = replace(world.areas[0], kind="corridor")
    members = tuple(Member(p, s) for p, s in zip(world.places, (status, None) * 5, strict=False))
    view = areas.AreaView(corridor, members, NOW, subscribed=True)
    area_view = replace(view, area=world.areas[1])
    ways = [Near(p, km, direction) for p in world.places[:8]]
    told_apart = [
        names.Candidate(p, world.areas, w) for p, w in zip(world.places, ways, strict=False)
    ]
    telling = Telling(reader, parties, NOW)
    area_message = areas.members_page(area_view, 0, parties, reader)
    wanted = [Wish(f"w{n}", typed, n + 1, NOW) for n in range(40)]
    for message in (
        names.ambiguous(typed, told_apart, reader, 1),
        names.too_many_wishes(50, reader),
        names.question_gone(reader),
        names.only_one(place, reader),
        Message("x", names.not_this_one(typed, 2**31, reader)),
        near.around(near.Around(place, tuple((w, status) for w in ways), NOW), parties, reader),
        near.around(near.Around(None, ((ways[0], None),), NOW), parties, reader),
        near.around(near.Around(None, (), NOW), parties, reader),
        near.ask_where(reader),
        near.name_one(reader),
        near.no_position(place, reader),
        near.no_such_point(reader),
        *areas.route(view, parties, reader),
        *areas.route(replace(view, members=members * 30), parties, reader),
        *areas.route(replace(view, members=()), parties, reader),
        areas.area_list((corridor, *world.areas), (view, area_view), 0, NOW, parties, reader),
        areas.area_list((), (), 0, NOW, parties, reader),
        area_message,
        areas.members_page(replace(area_view, members=()), 3, parties, reader),
        areas.members_page(replace(area_view, members=members * 3), 1, parties, reader),
        areas.routes((corridor,), reader),
        areas.routes((), reader),
        areas.on_no_route(place, (corridor,), reader),
        areas.on_no_route(place, (), reader),
        cards.place_card(place, status, area_message, telling).message,
        cards.area_card(corridor, "🛣", [area_message], READER).message,
        cards.area_card(
            corridor, "🛣", areas.route(replace(view, members=members * 30), parties, reader), reader
        ).message,
        editors.how_to(reader),
        editors.wrong(BadInput(typed), reader),
        editors.wrong(BadInput(typed, column="name"), reader),
        editors.added(place, new=True, wished=0, reader=reader),
        editors.added(replace(place, aliases=(typed,) * 20), new=False, wished=2, reader=reader),
        editors.named(place, world.places, 1, reader),
        editors.named(place, (), 0, reader),
        editors.no_such_id(typed, reader),
        editors.wishes(wanted, telling),
        editors.wishes((), telling),
        start.start(world.places, reader),
    ):
        check(message)
    assert 0 < utf16_length(cards.place_card(place, status, area_message, telling).title) <= 100
    assert cards.nothing_found(reader)


@settings(max_examples=30, deadline=None)
@given(anything(), texts)
def test_everything_else_that_names_places_is_valid(world: Anything, typed: str) -> None:
    place, area = world.places[0], world.areas[0]
    found = assess(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW)
    status = kept(found, IDS[0])
    members = tuple(Member(p, status) for p in world.places)
    parties = world.parties
    rows = tuple((p, HistoryEntry(1, Kind.FIRST, NOW, found, ())) for p in world.places * 4)
    candidates = [names.Candidate(p, world.areas) for p in world.places]
    places = world.places
    for message in (
        area_status(AreaStatus(area, members, NOW, subscribed=False), parties, READER),
        *area_why(area, members, NOW, parties, READER),
        *area_history(AreaHistory(area, rows, NOW, subscribed=False), parties, READER),
        *(names.ambiguous(typed, candidates, READER, 10**12 - 1, page) for page in (0, 1)),
        names.ambiguous(typed, [names.Candidate(p, ()) for p in places], READER, 1),
        names.not_found(typed, places, 10**6, READER, 10**12 - 1),
        names.not_found(typed, (), 0, READER, 1),
        names.none_meant(READER, 1),
        names.wished(typed, READER),
        names.pick(places, places, 0, READER),
        subscriptions.subscribed(
            subscriptions.Subscribed(area, members, NOW, 1, 50, is_group=True), parties, READER
        ),
        subscriptions.unsubscribed(place, READER),
        subscriptions.not_subscribed(place, world.areas, READER),
        subscriptions.not_subscribed(place, (), READER),
        subscriptions.subscription_list(members * 6, 1, 50, NOW, parties, READER),
        subscriptions.which_to_end(places, READER),
        subscriptions.zone_unknown(typed, [typed], READER),
        start.help_text([start.CommandHelp("/status", "…")], parties, READER),
        went_wrong("ABC123", READER),
        looking_back.too_many_places(area, 40, READER),
        *(
            looking_back.bad_time(
                looking_back.BadTime(
                    trouble, typed, (NOW.date(),) * (1 + (trouble == "two-dates"))
                ),
                READER,
            )
            for trouble in looking_back.Trouble
        ),
        *about_sources(world, typed),
    ):
        check(message)
