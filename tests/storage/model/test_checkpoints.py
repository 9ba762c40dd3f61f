"""Going on from a checkpoint finds what looking at every report finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.model import looking
from storage.model.looking import CHECKPOINT_AGE, look, look_again
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Record, Stance, Tally
from storage.model.reports import Claim, Report
from storage.model.times import Moment, Precision
from tests.storage.model.town import DAY, HOUR, NOON, PARTIES, SOURCES, says

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model.looking import Checkpoint, Looked
    from storage.model.policy import Policy

MIDNIGHT = NOON.replace(hour=0)


@dataclass(frozen=True)
class Arrival:
    """A report, and when it reached the bot."""

    at: datetime
    report: Report


@st.composite
def arrivals(draw: st.DrawFn) -> list[Arrival]:
    """What reaches the bot in some ninety days: late reports, denials and retractions among it."""
    result: list[Arrival] = []
    for number in range(draw(st.integers(2, 16))):
        at = MIDNIGHT + draw(st.integers(0, 90 * 24)) * HOUR
        late = draw(st.sampled_from([0, 0, 0, 0, 1, 5, 12, 30])) * DAY
        before = draw(st.sampled_from([None, None, None, 0, 3, 9, 20]))
        said = Moment(at - late)
        if draw(st.booleans()):
            said = Moment((at - late).replace(hour=0), Precision.DAY)
        occurred = None if before is None else replace(said, at=said.at - before * DAY)
        claim = draw(st.sampled_from(["holds", "holds", "holds", "took", "left", "fighting"]))
        party: str | None = draw(st.sampled_from(["gov", "rebels", "kurds"]))
        refers_to = None
        if number and draw(st.integers(0, 4)) == 0:
            claim = draw(st.sampled_from(["denies", "retracts"]))
            refers_to = f"r{draw(st.integers(0, number + 1))}"
            party = draw(st.sampled_from([None, "gov", "rebels"])) if claim == "denies" else None
        source = draw(
            st.sampled_from(["agency", "paper", "radio", "witness", "minister", "rebel", "kurd"])
        )
        report = Report(
            f"r{number}", "town", Claim(claim), source, said, party, occurred, refers_to=refers_to
        )
        result.append(Arrival(at, report))
    return result


tallies = st.builds(Tally, st.floats(0, 50), st.floats(0, 50))
records = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.dictionaries(
            st.tuples(
                st.sampled_from(["", "agency", "paper", "rebel"]),
                st.sampled_from(Stance),
                st.sampled_from(["gov", "rebels", "kurds"]),
            ),
            tallies,
            max_size=6,
        ),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(lambda some: [Record(MIDNIGHT + d * DAY, t) for d, t in sorted(some, key=lambda p: p[0])])


def go_on(
    checkpoint: Checkpoint,
    seen: set[str],
    known: Sequence[Report],
    at: datetime,
    records: list[Record],
) -> Looked | None:
    """Hand over what is new, and what is about the time since the cut."""
    some = [r for r in known if r.id not in seen or r.about.at >= checkpoint.before.cut]
    return look_again(checkpoint, some, SOURCES, PARTIES, at, records)


looked_at = st.sets(st.integers(1, 100), min_size=2, max_size=8)

# By which a report reaches back far beyond where a checkpoint was made.
FAR_BACK = replace(DEFAULT_POLICY, state_reaches_back=45 * DAY)


@pytest.mark.parametrize("policy", [DEFAULT_POLICY, FAR_BACK], ids=["usual", "far back"])
@settings(deadline=None)
@given(history=arrivals(), days=looked_at, learned=records)
def test_a_checkpoint_and_the_reports_since_then_say_what_all_reports_say(
    history: list[Arrival], days: set[int], learned: list[Record], policy: Policy
) -> None:
    look_time_and_again(history, days, learned, policy)


@settings(deadline=None)
@given(arrivals(), looked_at, records)
def test_so_does_one_that_is_moved_on_at_every_look_of_another_day(
    history: list[Arrival], days: set[int], learned: list[Record]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "BUSY", 0)
        look_time_and_again(history, days, learned, DEFAULT_POLICY)


def look_time_and_again(
    history: list[Arrival], days: set[int], learned: list[Record], policy: Policy
) -> None:
    """Look on these days, each time at everything and from the last checkpoint."""
    checkpoint: Checkpoint | None = None
    seen: set[str] = set()
    for day in sorted(days):
        at = MIDNIGHT + day * DAY + 7 * HOUR
        known = [a.report for a in history if a.at <= at]
        lately = [r for r in learned if r.at is not None and r.at <= at]
        whole = look(known, SOURCES, PARTIES, policy, at, lately)
        again = go_on(checkpoint, seen, known, at, lately) if checkpoint else None
        if again is not None:
            assert replace(again.found, evidence=()) == replace(whole.found, evidence=())
            assert again.past == whole.past
            counting = {e.report.id: e for e in whole.found.counting}
            assert {e.report.id: e for e in again.found.counting} == counting
        checkpoint = (again or whole).checkpoint
        seen = {r.id for r in known}


def test_the_checkpoint_of_a_busy_place_is_never_far_behind() -> None:
    """Looked at every six hours: each time from where it was left, and each time as a whole."""
    sources = ["agency", "paper", "radio", "witness", "minister", "rebel"]
    reports = [
        says(
            sources[n % 6],
            "took" if n % 50 == 7 else "holds",
            ["gov", "rebels"][n // 90 % 2],
            hours=2 * n,
            id=f"r{n}",
        )
        for n in range(400)
    ]
    checkpoint: Checkpoint | None = None
    seen: set[str] = set()
    for hours in range(0, 790, 6):
        at = NOON + hours * HOUR
        known = [r for r in reports if r.about.at <= at]
        whole = look(known, SOURCES, PARTIES, DEFAULT_POLICY, at)
        again = go_on(checkpoint, seen, known, at, []) if checkpoint else None
        if again is not None:
            assert replace(again.found, evidence=()) == replace(whole.found, evidence=())
            assert again.past == whole.past
        checkpoint, seen = (again or whole).checkpoint, {r.id for r in known}
        assert at - checkpoint.before.cut < CHECKPOINT_AGE + (DAY if hours > 10 * 24 else 10 * DAY)


# ------------------------------------------------------- what a checkpoint alone cannot answer

CUT = MIDNIGHT
EARLY = says("agency", "holds", "gov", hours=-100, id="early")
LATER = says("paper", "holds", "gov", hours=30, id="later")


def at_the_cut(*reports: Report) -> Checkpoint:
    """A checkpoint at the midnight before noon of 20 June, with what is known ten days later."""
    checkpoint = look(reports, SOURCES, PARTIES, DEFAULT_POLICY, CUT + CHECKPOINT_AGE).checkpoint
    assert checkpoint.before.cut == CUT
    return checkpoint


def again(checkpoint: Checkpoint, *reports: Report, days: float = 11) -> Looked | None:
    return look_again(checkpoint, reports, SOURCES, PARTIES, CUT + days * DAY)


@pytest.mark.parametrize(
    ("known", "new"),
    [
        pytest.param(
            [EARLY],
            says("paper", "took", "rebels", hours=-20),
            id="a late report of the time before",
        ),
        pytest.param(
            [EARLY],
            says("paper", "denies", hours=40, refers_to="early"),
            id="a denial of what was said before",
        ),
        pytest.param(
            [EARLY],
            says("agency", "retracts", hours=40, refers_to="early"),
            id="a retraction of what was said before",
        ),
        pytest.param(
            [EARLY],
            says("agency", "holds", "rebels", hours=40),
            id="a correction of what its source said before",
        ),
        pytest.param(
            [says("paper", "denies", "rebels", hours=-50, refers_to="to-come")],
            says("agency", "took", "gov", hours=30, id="to-come"),
            id="what was denied before it was heard of",
        ),
        pytest.param(
            [EARLY, says("radio", "denies", hours=90, refers_to="early")],
            says("radio", "holds", "rebels", hours=40),
            id="what a source said before it denied something earlier",
        ),
        pytest.param(
            [
                EARLY,
                says("agency", "holds", "rebels", hours=40, id="correction"),
            ],
            says("agency", "retracts", hours=50, refers_to="correction"),
            id="a correction of what was said before that is taken back",
        ),
    ],
)
def test_what_touches_the_time_before_a_checkpoint_asks_for_all_reports(
    known: list[Report], new: Report
) -> None:
    checkpoint = at_the_cut(*known, LATER)
    since = [r for r in (*known, LATER) if r.about.at >= CUT]
    assert again(checkpoint, *since) is not None
    assert again(checkpoint, *since, new) is None


def test_a_time_before_the_checkpoint_asks_for_all_reports() -> None:
    checkpoint = at_the_cut(EARLY, LATER)
    assert again(checkpoint, days=0) is not None
    assert again(checkpoint, days=-1) is None


def test_a_checkpoint_stays_until_it_has_fallen_far_behind() -> None:
    checkpoint = at_the_cut(EARLY, LATER)
    soon, late = again(checkpoint, LATER, days=19), again(checkpoint, LATER, days=20)
    assert soon is not None
    assert soon.checkpoint is checkpoint
    assert late is not None
    assert late.checkpoint.before.cut == CUT + 10 * DAY


def test_what_was_taken_back_before_a_checkpoint_was_made_is_done_with() -> None:
    """Whether a retraction of a retraction, or a denial of what was taken back."""
    known = [
        EARLY,
        says("agency", "retracts", hours=20, refers_to="early", id="back"),
        says("agency", "retracts", hours=25, refers_to="back", id="back again"),
        says("paper", "denies", hours=30, refers_to="back again", id="denial"),
    ]
    checkpoint = at_the_cut(*known, LATER)
    result = again(checkpoint, *known[1:], LATER)
    assert result is not None
    whole = look([*known, LATER], SOURCES, PARTIES, DEFAULT_POLICY, CUT + 11 * DAY)
    assert replace(result.found, evidence=()) == replace(whole.found, evidence=())
    assert {e.report.id for e in result.found.counting} == {"early", "later"}


def test_a_correction_that_reaches_back_before_a_checkpoint_asks_for_all_reports() -> None:
    """However far back a policy lets it reach: beyond the age of a checkpoint, too."""
    known = [
        says("agency", "holds", "gov", hours=-24 * 30),
        says("paper", "holds", "gov", hours=-24 * 20, id="early"),
        LATER,
    ]
    correction = says("paper", "holds", "rebels", hours=40)
    at = CUT + CHECKPOINT_AGE
    for policy, asks in ((DEFAULT_POLICY, False), (FAR_BACK, True)):
        checkpoint = look(known, SOURCES, PARTIES, policy, at).checkpoint
        assert checkpoint.before.cut == CUT
        since = [LATER, correction]
        result = look_again(checkpoint, since, SOURCES, PARTIES, at + DAY)
        assert (result is None) is asks
