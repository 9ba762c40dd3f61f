"""Whatever names and quotes come from outside, Telegram takes the message and it reads right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.markup import utf16_length
from handlers.messages import (
    areas,
    cards,
    looking_back,
    names,
    near,
    new_places,
    sources,
    start,
    subscriptions,
)
from handlers.messages.alerts import compose
from handlers.messages.charts import chart
from handlers.messages.errors import went_wrong
from handlers.messages.history import AreaHistory, History, area_history, history
from handlers.messages.message import Message
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
from storage.model.errors import BadInput
from storage.model.geo import Direction, Near
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.source_record import PartyRecord, SourceRecord
from storage.model.times import Moment
from storage.model.wishes import Wish
from tests.builders import kept
from tests.handlers.messages.anything import IDS, READER, Anything, anything, check, texts
from tests.handlers.messages.scenes import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.model.changes import Change


def changes(world: Anything) -> Iterator[Change]:
    """What the reports change, one after the other."""
    before = Status(IDS[0], 0)
    for number, one in enumerate(world.reports, start=1):
        so_far = world.reports[:number]
        after = look(so_far, world.sources, world.parties, DEFAULT_POLICY, NOW).found
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
        after = look(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW).found
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


def status_of(world: Anything) -> Status:
    """What is kept of the first place."""
    found = look(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW).found
    return kept(found, IDS[0])


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
    found = look(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW).found
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
    status = status_of(world)
    ways = [Near(p, km, direction) for p in world.places[:8]]
    told_apart = [
        names.Candidate(p, world.areas, w) for p, w in zip(world.places, ways, strict=False)
    ]
    telling = Telling(reader, parties, NOW)
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
        new_places.how_to(reader),
        new_places.wrong(BadInput(typed), reader),
        new_places.wrong(BadInput(typed, column="name"), reader),
        new_places.added(place, new=True, wished=0, reader=reader),
        new_places.added(replace(place, aliases=(typed,) * 20), new=False, wished=2, reader=reader),
        new_places.named(place, world.places, 1, reader),
        new_places.named(place, (), 0, reader),
        new_places.no_such_id(typed, reader),
        new_places.wishes(wanted, telling),
        new_places.wishes((), telling),
        start.start(world.places, reader),
    ):
        check(message)
    assert cards.nothing_found(reader)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(anything())
def test_everything_about_areas_and_roads_is_valid(world: Anything) -> None:
    reader = replace(READER, bot="WhoHoldsBot")
    place, parties = world.places[0], world.parties
    status = status_of(world)
    corridor = replace(world.areas[0], kind="corridor")
    members = tuple(Member(p, s) for p, s in zip(world.places, (status, None) * 5, strict=False))
    view = areas.AreaView(corridor, members, NOW, subscribed=True)
    area_view = replace(view, area=world.areas[1])
    area_message = areas.members_page(area_view, 0, parties, reader)
    place_card = cards.place_card(place, status, area_message, Telling(reader, parties, NOW))
    long_route = areas.route(replace(view, members=members * 30), parties, reader)
    for message in (
        *areas.route(view, parties, reader),
        *long_route,
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
        place_card.message,
        cards.area_card(corridor, "🛣", [area_message], READER).message,
        cards.area_card(corridor, "🛣", long_route, reader).message,
    ):
        check(message)
    assert 0 < utf16_length(place_card.title) <= 100


@settings(max_examples=30, deadline=None)
@given(anything(), texts)
def test_everything_else_that_names_places_is_valid(world: Anything, typed: str) -> None:
    place, area = world.places[0], world.areas[0]
    found = look(world.reports, world.sources, world.parties, DEFAULT_POLICY, NOW).found
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
