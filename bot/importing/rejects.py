"""The rows that could not be taken, in a file that can be mended and imported again."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bot.importing.files import REJECT_COLUMNS, InputFile, unpacked_name
from storage.model.errors import WhoHoldsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from bot.importing.files import Row

SUFFIX = ".rejected.csv"


@dataclass(frozen=True)
class Reject:
    """A row that was not taken: the column at fault (empty: the whole row) and the reason."""

    row: Row
    column: str
    reason: str


class RejectFile:
    """Where the rejected rows of one input file go; made when the first one comes.

    It lies beside the input, or in the working folder where that cannot be written. Leaving the
    context without a reject removes the file that an earlier import of this input left behind.
    `taken` are paths not to be written: inputs, and the files of other inputs. With `only_count`
    no file is touched.
    """

    def __init__(self, source: InputFile, taken: set[Path], *, only_count: bool = False) -> None:
        self._source = source
        self._only_count = only_count
        self._taken = taken
        self._stream: IO[str] | None = None
        self._writer: Any = None  # csv has no public type for its writers
        self.path: Path | None = None
        self.count = 0

    def __enter__(self) -> RejectFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()
        elif kind is None and not self._only_count:
            self._remove_stale()

    def add(self, rejects: Iterable[Reject]) -> None:
        """Write rejected rows; raises WhoHoldsError when that is possible nowhere."""
        for reject in sorted(rejects, key=lambda r: r.row.line):
            self.count += 1
            if self._only_count:
                continue
            if self._writer is None:
                self._open()
            fields = [reject.row.get(c) for c in self._source.own_columns]
            self._writer.writerow([reject.row.line, reject.column, reject.reason, *fields])

    def _open(self) -> None:
        reasons = []
        for folder in dict.fromkeys((self._source.path.parent, Path())):
            path = self._free(folder)
            try:
                self._stream = path.open(
                    "w", encoding="utf-8", errors="surrogateescape", newline=""
                )
            except OSError as error:
                reasons.append(f"{path}: {error.strerror}")
                continue
            self.path = path
            self._taken.add(path.resolve())
            self._writer = csv.writer(self._stream)
            self._writer.writerow([*REJECT_COLUMNS, *self._source.own_columns])
            return
        raise WhoHoldsError(f"rows were rejected but cannot be written ({'; '.join(reasons)})")

    def _free(self, folder: Path) -> Path:
        path = folder / (self._name() + SUFFIX)
        number = 1
        while path.resolve() in self._taken:
            number += 1
            path = folder / f"{self._name()}-{number}{SUFFIX}"
        return path

    def _name(self) -> str:
        path = self._source.path.with_name(unpacked_name(self._source.path))
        # reports.csv and reports.jsonl may lie side by side.
        twin = self._source.is_json and path.with_suffix(".csv").exists()
        return path.name if twin else path.stem

    def _remove_stale(self) -> None:
        path = self._source.path.parent / (self._name() + SUFFIX)
        if path.resolve() in self._taken or not path.is_file():
            return
        with path.open(encoding="utf-8", errors="replace") as stream:
            ours = stream.readline(1000).startswith(",".join(REJECT_COLUMNS))
        if ours and os.access(path.parent, os.W_OK):
            path.unlink()
