"""An import killed in the middle: what was written is whole, the next one completes it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage.engine import open_database
from storage.tables import inbox, reports

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

ROWS = 20_000
BEGAN = datetime(2014, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a long history of twenty places."""
    made = tmp_path / "history"
    made.mkdir()
    times = (BEGAN + timedelta(minutes=i) for i in range(ROWS))
    rows = (f"r{i},p{i % 20},holds,iraq,desk,{at:%Y-%m-%dT%H:%MZ}" for i, at in enumerate(times))
    lists = {
        "places": ["id,name,kind,countries", *(f"p{i},Place {i},town,IQ" for i in range(20))],
        "parties": ["id,name", "iraq,the government"],
        "sources": ["id,name,kind", "desk,the desk,media"],
        "reports": ["id,place,claim,party,source,reported_at", *rows],
    }
    for name, lines in lists.items():
        (made / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def start(url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "import", str(folder)],
        env=os.environ | {"WHOHOLDS_DATABASE_URL": url},
        stdout=subprocess.PIPE,
    )


def recorded(db: Database) -> tuple[int, int]:
    """How many reports are on record, and how many of them the check has to look at."""
    with db.connect() as conn:
        kept = conn.scalar(sa.select(sa.func.count()).select_from(reports)) or 0
        return kept, conn.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0


@pytest.mark.slow
def test_an_import_that_is_killed_is_completed_by_the_next_one(
    db: Database, folder: Path, tmp_path: Path
) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    with start(url, folder) as killed:
        while recorded(db)[0] == 0:
            assert killed.poll() is None
            time.sleep(0.005)
        killed.kill()
    kept, waiting = recorded(db)
    assert 0 < kept < ROWS
    assert waiting == kept  # none is on record that the check does not know of
    with start(url, folder) as again:
        out, _ = again.communicate(timeout=100)
    assert again.returncode == 0
    assert f"reports   {ROWS - kept:,} new".replace(",", "") in out.decode().replace(",", "")
    other = open_database(url)
    assert recorded(other) == (ROWS, 0)
    other.close()
