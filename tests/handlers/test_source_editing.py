"""Editors say who the sources are, and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import watch
from storage import audit
from storage.model.audit import Act
from storage.model.policy import DEFAULT_POLICY
from storage.model.sources import Grade, Position
from storage.sources import all_sources

if TYPE_CHECKING:
    from storage.model.sources import Source
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio
ADD = "/source add a shepherd kind=Witness party=Kurdish forces grade=c position=scene"


def kept(record: Record, source_id: str) -> Source:
    with record.database.connect() as conn:
        return all_sources(conn)[source_id]


def last_act(record: Record) -> tuple[Act, dict[str, str]]:
    with record.database.connect() as conn:
        [entry] = audit.some(conn, 0, 1)
    return entry.act, dict(entry.about)


async def test_a_source_is_added_in_one_line(owner: Talk, record: Record) -> None:
    assert await owner.says(ADD) == "✅ On record: A shepherd, grade C"
    new = kept(record, "a-shepherd")
    assert (new.name, new.kind, new.party) == ("a shepherd", "witness", "kurdish")
    assert (new.reliability, new.position, new.pinned) == (Grade.C, Position.SCENE, False)
    assert last_act(record) == (Act.SOURCE_ADDED, {"source": "a shepherd", "grade": "C"})
    assert (await owner.presses("Its record")).startswith("A shepherd")
    assert await owner.says(ADD.upper().replace("/SOURCE ADD", "/source add")) == (
        "A shepherd is on record already, with grade C."
    )


async def test_all_but_the_kind_may_be_left_out(owner: Talk, record: Record) -> None:
    await owner.says("/source add The Daily News kind=media")
    new = kept(record, "the-daily-news")
    assert (new.party, new.reliability, new.position) == (None, Grade.F, Position.UNKNOWN)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("add a shepherd", "kind: is missing"),
        ("add ??? kind=media", "name: is missing"),
        ("add a shepherd kind=", "kind: is missing"),
        ("add x kind=media kind=witness", "kind: is given twice"),
        ("add x kind=media grade=G", "grade: 'G' is no letter from A to F"),
        ("add x kind=media position=far", "position: 'far' is neither scene nor away"),
        ("add x kind=media party=romans", "party: 'romans' is none of government of Iraq,"),
        (f"add {'x' * 201} kind=media", "name: has 201 characters; at most 200"),
        ("grade colonel", "grade: is missing: a letter from A to F behind the name"),
        ("grade colonel q", "grade: 'q' is no letter from A to F"),
        ("grade B", "grade: is missing"),
    ],
)
async def test_a_line_that_cannot_be_used_says_what_is_wrong(
    owner: Talk, line: str, problem: str
) -> None:
    said = await owner.says(f"/source {line}")
    assert said.startswith("That cannot be used.")
    assert problem in said
    assert said.endswith("/source add shows how it is written.")


@pytest.mark.parametrize("does", ["add", "grade", "pin", "unpin"])
async def test_the_word_alone_shows_how_it_is_written(owner: Talk, does: str) -> None:
    assert "/source add a shepherd kind=witness" in await owner.says(f"/source {does}")


async def test_a_grade_is_changed_and_what_it_says_is_weighed_anew(
    owner: Talk, record: Record
) -> None:
    record.up_to(7)
    shown = await owner.says("/source grade colonel b")
    assert shown.split("\n") == [
        "Not done yet",
        "a colonel of the border guards: grade C, then grade B",
        "No place would have another holder or standing.",
        "No chat would be alerted.",
    ]
    assert kept(record, "colonel").reliability is Grade.C
    said = await owner.presses("Do it")
    assert said.split("\n") == [
        "✅ A colonel of the border guards: grade B",
        "What it says is weighed anew, at every place.",
    ]
    assert kept(record, "colonel").reliability is Grade.B
    about = {"source": "a colonel of the border guards", "grade": "B", "before": "C"}
    assert last_act(record) == (Act.SOURCE_GRADED, about)
    with record.database.begin() as conn:
        looked = watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
    assert looked.places >= 6


async def test_a_grade_is_pinned_and_unpinned(owner: Talk, record: Record) -> None:
    shown = await owner.says("/source pin colonel A")
    assert "grade C, then grade A, pinned" in shown
    said = await owner.presses("Do it")
    assert said.startswith("✅ A colonel of the border guards: grade A, whatever its record")
    assert kept(record, "colonel").pinned
    await owner.says("/source pin agency")
    await owner.presses("Do it")
    assert (kept(record, "agency").reliability, kept(record, "agency").pinned) == (Grade.B, True)
    await owner.says("/source unpin colonel")
    await owner.presses("Do it")
    assert not kept(record, "colonel").pinned
    assert last_act(record)[0] is Act.SOURCE_UNPINNED


async def test_what_is_so_already_is_told_and_not_written_down(owner: Talk, record: Record) -> None:
    said = await owner.says("/source grade colonel C")
    assert said == "A colonel of the border guards has grade C as it is."
    assert (await owner.says("/source unpin colonel")).endswith("has grade C as it is.")
    with record.database.connect() as conn:
        assert audit.count(conn) == 0


async def test_a_name_that_is_not_one_source_changes_nothing(owner: Talk, record: Record) -> None:
    assert (await owner.says("/source pin border")).startswith("Which “border”?")
    assert (await owner.says("/source grade xyzzyq B")).startswith("I know no source called")


async def test_for_everybody_else_the_words_are_a_name(talk: Talk, record: Record) -> None:
    assert (await talk.says(ADD)).startswith("I know no source called “add a shepherd")
    with record.database.connect() as conn:
        assert "a-shepherd" not in all_sources(conn)


async def test_help_tells_editors_of_it_and_nobody_else(owner: Talk) -> None:
    assert "/source add – add, grade or pin a source" in await owner.says("/help")


async def test_help_does_not_tell_everybody(talk: Talk) -> None:
    assert "/source add" not in await talk.says("/help")
