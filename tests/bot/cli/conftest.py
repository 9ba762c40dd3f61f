"""The command line as somebody calls it, with a data folder of its own."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import structlog

from bot.cli import main
from tests.builders import STORY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
TOKEN = "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *args: str | Path) -> Ran: ...


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and no settings."""
    for name in os.environ:
        if name.startswith("WHOHOLDS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "whoholds"


@pytest.fixture
def whoholds(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command line in this process; logs are set up as before afterwards."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:], sys.excepthook, threading.excepthook)
    unraisable = sys.unraisablehook

    def run(*args: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["whoholds", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), *printed)

    yield run
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.level, root.handlers[:], sys.excepthook, threading.excepthook = before
    sys.unraisablehook = unraisable


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data folder is kept, once the story has been imported into one."""
    return tmp_path_factory.mktemp("imported") / "whoholds"


@pytest.fixture
def story(whoholds: Command, data: Path, imported: Path) -> Command:
    """The command line, with the story imported; by the first test, and copied by the others."""
    if imported.exists():
        shutil.copytree(imported, data)
    else:
        assert whoholds("import", STORY).code == 0
        shutil.copytree(data, imported)
    return whoholds


def objects(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran
    return [json.loads(line) for line in ran.out.splitlines()]
