"""How reports may be typed: times, a forgotten colon, and the grade of a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import watch
from storage import tables
from storage.model.policy import DEFAULT_POLICY
from tests.handlers.test_reporting import LINE, by_editors

if TYPE_CHECKING:
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("militants took it on Sunday, says a colonel", "on Sun 22 Jun"),
        ("militants took it yesterday, says a colonel", "on Sun 22 Jun"),
        ("militants took it, says a colonel on 22 June", "on Sun 22 Jun"),
        ("militants took it at 16:30, says a colonel", "on Mon 23 Jun 16:30"),
        ("militants took it Sunday 18:00 says a colonel", "on Sun 22 Jun 18:00"),
    ],
)
async def test_a_time_needs_no_comma_before_it(
    owner: Talk, record: Record, line: str, when: str
) -> None:
    shown = await owner.says(f"/report rawa: {line}")
    assert f"Rawa: militants took it {when}" in shown
    assert "Says who: a colonel of the border guards" in shown


@pytest.mark.parametrize("says", ["say", "says", "said by", "according to"])
async def test_however_it_is_typed_who_says_so_the_report_is_the_same(
    owner: Talk, record: Record, says: str
) -> None:
    shown = await owner.says(
        f"/report al waleed: militants hold it, {says} two officials at the crossing, today"
    )
    assert "Al Waleed crossing: militants held it on Mon 23 Jun" in shown
    assert "Says who: two officials at the crossing" in shown


async def test_the_line_that_is_shown_as_an_example_is_understood(
    owner: Talk, record: Record
) -> None:
    example, *_ = (await owner.says("/report")).removeprefix("In one line: ").split("\n")
    assert example.endswith("militants hold it, say two officials at the crossing, today")
    await owner.says("/cancel")
    shown = await owner.says(example)
    assert "Not recorded yet" in shown
    assert "Says who: two officials at the crossing" in shown


async def test_a_time_in_a_name_is_not_when_it_happened(owner: Talk, record: Record) -> None:
    asked = await owner.says("/report rawa: fighting, says the Brigade of 22 May")
    assert asked.startswith("Which source is “the Brigade of 22 May”?")


async def test_a_claim_may_be_typed_with_its_time(owner: Talk, record: Record) -> None:
    await owner.says("/report rawa")
    assert (await owner.says("militants took it yesterday")).startswith("Who says so?")
    assert "militants took it on Sun 22 Jun" in await owner.says("a colonel")


async def test_a_bad_time_behind_a_claim_is_told(owner: Talk, record: Record) -> None:
    await owner.says("/report rawa")
    asked = await owner.says("militants took it on 5/6")
    assert asked.startswith("“5/6” could be 5 June 2014 or 6 May 2014")
    assert "What is claimed about Rawa?" in asked


@pytest.mark.parametrize(
    "line",
    [
        "al waleed militants took it, says a colonel, yesterday",
        "al waleed crossing militants took it yesterday says a colonel",
        "al waleed, taken by militants, says a colonel, yesterday",
    ],
)
async def test_a_forgotten_colon_is_no_matter_where_a_claim_follows(
    owner: Talk, record: Record, line: str
) -> None:
    shown = await owner.says(f"/report {line}")
    assert "Al Waleed crossing: militants took it on Sun 22 Jun" in shown


async def test_without_a_colon_nothing_is_guessed(owner: Talk, record: Record) -> None:
    asked = await owner.says("/report al waleed strangers took it, says a colonel, today")
    assert asked.startswith("I know no place called “al waleed strangers took it, says a colonel")


async def test_a_claim_can_be_graded_apart_from_its_source(owner: Talk, record: Record) -> None:
    shown = await owner.says(f"{LINE}, credibility 4")
    assert "The claim itself: judged doubtful (4)" in shown
    await owner.presses("Change…")
    asked = await owner.presses("How credible it is")
    assert asked.startswith("How credible is the claim itself?\nWhoever says so. /why shows it")
    assert (await owner.says("7")).startswith("“7” is no grade: 1 (confirmed) to 6")
    assert "judged confirmed by others (1)" in await owner.says("1")
    await owner.presses("Change…")
    await owner.presses("How credible it is")
    assert "The claim itself" not in await owner.presses("No grade")
    await owner.presses("Change…")
    await owner.presses("How credible it is")
    await owner.presses("Probably true (2)")
    await owner.presses("Record")
    [report] = by_editors(record)
    assert report.credibility == 2
    with record.database.begin() as conn:
        watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
    why = await owner.says("/why al waleed")
    assert "the claim itself judged probably true (2), which moves no weight" in why


async def test_a_grade_that_there_is_not_is_told(owner: Talk) -> None:
    asked = await owner.says("/report rawa: fighting, says a colonel, today, credibility high")
    assert "“high” is no grade: 1 (confirmed) to 6 (impossible to judge)." in asked


async def test_a_correction_keeps_the_grade_of_the_claim(owner: Talk, record: Record) -> None:
    await owner.says(f"{LINE}, credibility 2")
    await owner.presses("Record")
    await owner.says("/correct editor-1")
    await owner.presses("The quote")
    assert "judged probably true (2)" in await owner.says("so he said")


async def test_what_was_begun_before_claims_were_graded_goes_on(
    owner: Talk, record: Record
) -> None:
    await owner.says("/report rawa: fighting, says a colonel")
    with record.database.begin() as conn:
        body = conn.execute(sa.select(tables.report_drafts.c.body)).scalar_one()
        for new in ("credibility", "person"):
            del body[new]
        conn.execute(sa.update(tables.report_drafts).values(body=body))
    assert (await owner.presses("Today")).startswith("Not recorded yet")
