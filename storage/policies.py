"""By which policy the bot has decided, since when: so that an answer of then can be given again.

A policy is kept as values by name, as they were. What a later version of the program reads of it:
a number that is not among them did not exist then, and is taken as it is by default, which is how a
new number is chosen: so that it changes nothing, or as little as can be. A number that does not
exist any more has nothing left to decide, and is passed over.

What had been *learned* of the sources is not decided anew: a record (`storage.records`) is made by
the policy of its time and stays, whatever the policy becomes, until `sources rebuild`, which makes
all of them by the policy of now. An answer of before such a rebuild is then given by other records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.policy import Policy, numbers
from storage.model.sources import Grade
from storage.rows import insert
from storage.tables import policies

if TYPE_CHECKING:
    from storage.model.policy import Number


@dataclass(frozen=True)
class InForce:
    """A policy, and since when it was in force (UTC)."""

    since: datetime
    policy: Policy


def note(conn: sa.Connection, policy: Policy, now: datetime) -> bool:
    """Keep that this policy is in force at the time `now` (UTC); whether it was not before."""
    body = to_json(policy)
    if conn.scalar(_last_noted(now)) == body:
        return False
    made = insert(conn, policies).values(since=now, body=body)
    # Two that start at one moment: there is no telling which of them answers.
    conn.execute(made.on_conflict_do_update(index_elements=["since"], set_={"body": body}))
    return True


def in_force(conn: sa.Connection, at: datetime, now: Policy) -> Policy:
    """The policy in force at the time `at` (UTC): the last one noted by then.

    Before any was noted, the first one noted; `now`, the present one, where none ever was.
    """
    first_noted = sa.select(policies.c.body).order_by(policies.c.since).limit(1)
    body = conn.scalar(_last_noted(at)) or conn.scalar(first_noted)
    return from_json(body) if body else now


def _last_noted(at: datetime) -> sa.Select[Any]:
    newest_first = policies.c.since.desc()
    return sa.select(policies.c.body).where(policies.c.since <= at).order_by(newest_first).limit(1)


def versions(conn: sa.Connection) -> list[InForce]:
    """Every policy that was in force, oldest first."""
    rows = conn.execute(sa.select(policies).order_by(policies.c.since))
    return [InForce(row.since, from_json(row.body)) for row in rows]


def to_json(policy: Policy) -> dict[str, Any]:
    """The numbers of a policy by name; times in seconds."""
    return {n.name: _value_to_json(getattr(policy, n.name)) for n in numbers()}


def from_json(body: dict[str, Any]) -> Policy:
    """A policy from its numbers by name."""
    known = {n.name: _value_from_json(n, body[n.name]) for n in numbers() if n.name in body}
    return Policy(**known)


def _value_to_json(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case frozenset():
            return sorted(value)
        case int() | float():
            return value
        case _:
            return {grade.value: weight for grade, weight in value.items()}


def _value_from_json(number: Number, value: Any) -> Any:
    match number.default:
        case timedelta():
            return timedelta(seconds=value)
        case frozenset():
            return frozenset(map(Grade, value))
        case int() | float():
            return value
        case _:
            then = {Grade(g): weight for g, weight in value.items()}
            return MappingProxyType(number.default | then)
