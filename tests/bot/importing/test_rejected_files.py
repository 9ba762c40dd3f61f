"""The files of rejected rows: to be mended and imported again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.importing.files import Kind
from storage.model.errors import WhoHoldsError
from tests.bot.importing.conftest import GOOD, REPORT, counts, load, rejected, write

if TYPE_CHECKING:
    from storage.engine import Database


def test_rejected_rows_can_be_mended_and_imported_again(filled: Database, folder: Path) -> None:
    bad = GOOD.replace("good", "bad").replace("agency", "nobody")
    first = load(filled, write(folder / "reports.csv", REPORT, GOOD, bad))
    (path,) = first.rejected_files
    assert path == folder / "reports.rejected.csv"
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"line,column,reason,{REPORT}"
    path.write_text(text.replace("nobody,", "agency,"), encoding="utf-8")
    again = load(filled, path)
    assert counts(again, Kind.REPORTS) == (1, 0, 0, 0)
    assert again.warnings == ()
    assert path.exists()


def test_what_stays_bad_after_mending_is_rejected_again(filled: Database, folder: Path) -> None:
    bad = GOOD.replace("agency", "nobody")
    (path,) = load(filled, write(folder / "reports.csv", REPORT, bad)).rejected_files
    again = load(filled, path)
    assert again.rejected_files == (folder / "reports.rejected.rejected.csv",)
    assert rejected(again)[0]["source"] == "nobody"
    assert list(rejected(again)[0])[:4] == ["line", "column", "reason", "id"]


def test_a_file_of_rejected_rows_goes_when_an_import_has_none(
    filled: Database, folder: Path
) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    (path,) = load(filled, file).rejected_files
    load(filled, write(file, REPORT, GOOD))
    assert not path.exists()


def test_a_file_that_only_has_the_name_of_rejected_rows_stays(
    filled: Database, folder: Path
) -> None:
    mine = write(folder / "reports.rejected.csv", "my own notes")
    load(filled, write(folder / "reports.csv", REPORT, GOOD))
    assert mine.exists()


def test_rejected_rows_never_overwrite_a_file_that_is_being_imported(
    filled: Database, folder: Path
) -> None:
    bad = GOOD.replace("agency", "nobody")
    file = write(folder / "reports.csv", REPORT, bad)
    mended = write(folder / "reports.rejected.csv", f"line,column,reason,{REPORT}", f"2,,,{GOOD}")
    result = load(filled, file, mended)
    assert counts(result, Kind.REPORTS) == (1, 0, 0, 1)
    assert result.rejected_files == (folder / "reports-2.rejected.csv",)
    assert GOOD in mended.read_text(encoding="utf-8")


def test_rejected_rows_that_can_be_written_nowhere_stop_the_import(
    filled: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    for closed in (folder, tmp_path):
        (closed / "reports.rejected.csv").mkdir()
    with pytest.raises(WhoHoldsError, match="rows were rejected but cannot be written"):
        load(filled, file)


def test_rejected_rows_of_two_formats_side_by_side_have_two_files(
    filled: Database, folder: Path
) -> None:
    write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    write(folder / "reports.jsonl", "{}")
    assert {p.name for p in load(filled, folder).rejected_files} == {
        "reports.rejected.csv",
        "reports.jsonl.rejected.csv",
    }


def test_rejected_rows_go_to_the_working_folder_when_theirs_cannot_be_written(
    filled: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    (folder / "reports.rejected.csv").mkdir()
    (path,) = load(filled, file).rejected_files
    assert path == Path("reports.rejected.csv")
    assert "nobody" in path.read_text(encoding="utf-8")
