"""The steps of the story: when each is told, and the reports it brings."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent
# Everything but the reports: what the story is about, known from the start.
SETTING = tuple(
    FOLDER / name for name in ("places.csv", "corridors.csv", "parties.csv", "sources.csv")
)
REPORTS = ("reports.csv", "what-if.csv")


@dataclass(frozen=True)
class Step:
    """One step: its number from 1, the time (UTC) when it is told, and what happens."""

    number: int
    at: datetime
    title: str


def all_steps() -> tuple[Step, ...]:
    """The steps in order."""
    with (FOLDER / "steps.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Step(int(row["step"]), datetime.fromisoformat(row["at"]).astimezone(UTC), row["title"])
            for row in csv.DictReader(file)
        )


def write_reports(step: Step, folder: Path) -> Path:
    """Put the reports of a step into a file of its own in the import format, and name it."""
    path = folder / "reports.csv"
    header: list[str] = []
    rows: list[list[str]] = []
    for name in REPORTS:
        with (FOLDER / name).open(encoding="utf-8", newline="") as file:
            header, *all_rows = csv.reader(file)
            # A report's id names its step: jun14-07-al-waleed.
            rows += [row for row in all_rows if int(row[0].split("-")[1]) == step.number]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
