"""By which policy was decided then, and answers of then after it has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.commands.status import READER, Answer, as_object
from bot.watch import check
from handlers.messages.words import Telling
from storage import control, events, policies, silences
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.sources import Grade
from storage.policies import InForce
from storage.tables import alerts, hearings
from tests.bot.test_policy_file import other
from tests.builders import clock_of, load, report, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.model.policy import Policy

T = datetime(2022, 5, 1, 12, 0, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)
OTHER = other(DEFAULT_POLICY)
# By which no claim is worth naming a holder for.
DEAF = replace(DEFAULT_POLICY, worth_naming=10.0)


def test_a_policy_is_read_back_exactly_as_it_was_noted(db: Database) -> None:
    with db.begin() as conn:
        assert policies.note(conn, DEFAULT_POLICY, T)
        assert policies.note(conn, OTHER, T + DAY)
    with db.connect() as conn:
        assert policies.versions(conn) == [InForce(T, DEFAULT_POLICY), InForce(T + DAY, OTHER)]


def test_a_policy_is_noted_when_it_changes_and_when_it_changes_back(db: Database) -> None:
    with db.begin() as conn:
        given = [DEFAULT_POLICY, DEFAULT_POLICY, OTHER, OTHER, DEFAULT_POLICY]
        noted = [policies.note(conn, policy, T + n * DAY) for n, policy in enumerate(given)]
        assert noted == [True, False, True, False, True]
        # A clock that was put back does not have it noted again and again.
        assert [policies.note(conn, OTHER, T - n * DAY) for n in (2, 1)] == [True, False]
        assert len(policies.versions(conn)) == 4


def test_of_two_policies_noted_at_one_moment_the_later_one_is_kept(db: Database) -> None:
    with db.begin() as conn:
        policies.note(conn, DEFAULT_POLICY, T)
        policies.note(conn, OTHER, T)
        assert policies.versions(conn) == [InForce(T, OTHER)]


def test_in_force_is_the_last_policy_noted_by_then_and_before_the_first_that_one(
    db: Database,
) -> None:
    with db.begin() as conn:
        assert policies.in_force(conn, T, DEAF) is DEAF
        policies.note(conn, DEFAULT_POLICY, T)
        policies.note(conn, OTHER, T + 2 * DAY)
        found = [policies.in_force(conn, T + n * DAY, DEAF) for n in (-9, 0, 1, 2, 9)]
    assert found == [DEFAULT_POLICY, DEFAULT_POLICY, DEFAULT_POLICY, OTHER, OTHER]


def test_a_policy_of_another_version_is_read_with_the_defaults_for_what_it_lacks() -> None:
    body = policies.to_json(OTHER)
    del body["believe_at"], body["grade_weight"]["F"]
    found = policies.from_json(body | {"a_number_that_was": 3})
    weights = {**OTHER.grade_weight, Grade.F: DEFAULT_POLICY.grade_weight[Grade.F]}
    assert found == replace(OTHER, believe_at=DEFAULT_POLICY.believe_at, grade_weight=weights)


def feed(db: Database, step: int, policy: Policy, *, listens: bool = True) -> None:
    """The reports of a step of the story come in, and a bot with this policy checks."""
    now = clock_of(step)
    with db.begin() as conn:
        reports = [r for r in WORLD.reports if step_of(r) == step]
        events.append(conn, reports, now=now, alert=True)
        check(conn, now=now, policy=policy, listening_since=now if listens else None)


def answer(db: Database, policy: Policy, at: datetime, known_at: datetime | None = None) -> str:
    """What is answered about Al Waleed, to the last byte."""
    with db.connect() as conn:
        found = control.assess_place(conn, "al-waleed", policy, at, known_at)
    said = Answer(WORLD.places["al-waleed"], (), found, at)
    return json.dumps(as_object(said, Telling(READER, WORLD.parties, at)))


WORLD = story(what_if=True)


def test_an_answer_is_given_again_to_the_last_byte_after_the_policy_has_changed(
    db: Database,
) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
    said = {}
    for step in range(1, 10):
        policy = DEFAULT_POLICY if step < 9 else OTHER
        feed(db, step, policy)
        said[clock_of(step)] = answer(db, policy, clock_of(step))
    feed(db, 10, DEAF)
    now = clock_of(10)
    assert json.loads(answer(db, DEAF, now))["holder"] is None
    assert {at: answer(db, DEAF, at, at) for at in said} == said
    # What is believed today about then is believed by the policy of today.
    assert json.loads(answer(db, DEAF, clock_of(8)))["holder"] is None


def test_a_check_of_a_process_that_does_not_listen_notes_no_policy(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1, OTHER, listens=False)
    with db.connect() as conn:
        assert policies.versions(conn) == []


def test_another_policy_has_every_source_listened_for_again(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
    for step, policy in ((7, DEFAULT_POLICY), (8, OTHER)):
        with db.begin() as conn:
            conn.execute(sa.update(hearings).values(look_at=clock_of(8) + 9 * DAY))
        feed(db, step, policy)
    with db.connect() as conn:
        looked_at = set(conn.scalars(sa.select(hearings.c.look_at)))
    assert looked_at == {clock_of(8) + OTHER.silent_least}
    assert len(WORLD.sources) <= silences.AT_ONCE


def test_a_changed_policy_alone_takes_no_alert_back(db: Database) -> None:
    taken_back = report("captain", Claim.RETRACTS, refers_to="jun14-08-al-waleed")
    both = [r for r in WORLD.reports if step_of(r) in (7, 8)]
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1, DEFAULT_POLICY)
    for now, said, policy in ((8, both, DEFAULT_POLICY), (9, [taken_back], DEAF)):
        with db.begin() as conn:
            events.append(conn, said, now=clock_of(now), alert=True)
            check(conn, now=clock_of(now), policy=policy, listening_since=clock_of(now))
    with db.connect() as conn:
        kinds = list(conn.scalars(sa.select(alerts.c.kind).order_by(alerts.c.id)))
    # One officer would have been enough then; by the new policy nobody names a holder.
    assert kinds[:1] == ["holder"]
    assert "correction" not in kinds
