"""Bars that show how far a long command has come, on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.progress import TaskID


Show = Callable[[str, int, int], None]


@contextmanager
def bars() -> Iterator[Show]:
    """What shows a bar by its name, how much is done and how much there is; elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _name, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=total)
            shown.update(tasks[name], completed=done)

        yield show


def of_files(show: Show) -> Callable[[Path, int], None]:
    """What shows how many bytes of a file were read."""
    sizes: dict[Path, int] = {}

    def read(path: Path, done: int) -> None:
        if path not in sizes:
            sizes[path] = path.stat().st_size
        show(str(path), done, sizes[path])

    return read
