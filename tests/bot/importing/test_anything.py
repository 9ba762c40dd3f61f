"""Whatever a file to import holds, each row is taken, there already, or rejected with its reason.

More examples than usual: see `tests.fuzzing`.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing import import_paths
from bot.importing.files import Row, report_rows
from storage.engine import open_database, sqlite_url
from storage.model.errors import BadInput
from tests.bot.importing.conftest import GOOD, NOW, REPORT
from tests.builders import STORY
from tests.fuzzing import bent, many, torn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.engine import Database

LISTS = ("places", "parties", "sources", "corridors", "reports")
ROW = dict(zip(REPORT.split(","), GOOD.split(","), strict=True))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("anything") / "whoholds.db"
    opened = open_database(sqlite_url(Path(shutil.copy(migrated_file, path))))
    yield opened
    opened.close()


def beginning(name: str) -> str:
    """The header and the first rows of a list of the story."""
    rows = (STORY / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(rows[:6])


def imported(database: Database, path: Path) -> None:
    """Import a file, and undo that: it is refused as a whole, or every row ends somewhere."""
    with suppress(BadInput), database.rehearsal() as stage:
        result = import_paths(stage, [path], now=NOW, alert=False, policy=None, rehearses=True)
        assert all(min(vars(c).values()) >= 0 for c in result.counts.values())


@many
@given(st.data())
@pytest.mark.parametrize("name", LISTS)
def test_anything_as_a_file(
    database: Database, tmp_path: Path, name: str, data: st.DataObject
) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(data.draw(torn(beginning(name))))
    imported(database, path)


@many
@given(st.lists(bent(ROW), max_size=4), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_anything_as_lines_of_json(
    database: Database, tmp_path: Path, rows: list[Any], end: str
) -> None:
    path = tmp_path / "reports.jsonl"
    path.write_text("".join(json.dumps(row) + end for row in rows), encoding="utf-8")
    imported(database, path)


@many
@given(torn(f"{REPORT}\n{GOOD}\n{GOOD}\n"), st.booleans())
def test_anything_as_rows(body: bytes, is_json: bool) -> None:
    try:
        rows = list(report_rows(body, "the list", is_json=is_json))
    except BadInput:
        return
    assert all(isinstance(row, Row) for row in rows)
    assert [r.line for r in rows] == sorted({r.line for r in rows})
