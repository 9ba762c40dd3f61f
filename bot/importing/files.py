"""Which files are imported, what each holds, and its rows one by one.

Nothing here keeps more than a row in memory, and a row that cannot be read is a row still: it has
a line and a reason, and the reading goes on after it.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO, TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from storage.model.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

# Bytes that are no UTF-8 are read as these.
_HALVES = re.compile("[\ud800-\udfff]")
LONGEST_LINE = 1_000_000  # characters of a JSON line
TELL_EVERY = 1000  # rows
PACKED = ".gz"
JSON_ENDINGS = (".jsonl", ".ndjson")


class Kind(StrEnum):
    """What a file holds; also the name that it has in a folder, and the order of importing."""

    PLACES = "places"
    CORRIDORS = "corridors"
    PARTIES = "parties"
    SOURCES = "sources"
    REPORTS = "reports"


REQUIRED = {
    Kind.PLACES: ("id", "name", "kind"),
    Kind.CORRIDORS: ("id", "name", "places"),
    Kind.PARTIES: ("id", "name"),
    Kind.SOURCES: ("id", "name", "kind"),
    Kind.REPORTS: ("id", "place", "claim", "source", "reported_at"),
}
COLUMNS = {
    Kind.PLACES: ("id", "name", "kind", "countries", "lat", "lon", "part_of", "aliases"),
    Kind.CORRIDORS: ("id", "name", "places", "aliases"),
    Kind.PARTIES: ("id", "name", "government_of", "part_of"),
    Kind.SOURCES: ("id", "name", "kind", "party", "reliability", "position"),
    Kind.REPORTS: (
        "id",
        "place",
        "claim",
        "party",
        "source",
        "via",
        "occurred_at",
        "reported_at",
        "url",
        "quote",
        "refers_to",
        "credibility",
    ),
}
# A file with another name is known by a column that only its kind has.
TELLING = (
    ("claim", Kind.REPORTS),
    ("reliability", Kind.SOURCES),
    ("government_of", Kind.PARTIES),
    ("countries", Kind.PLACES),
    ("places", Kind.CORRIDORS),
)
# What a file of rejected rows has before the columns of the file that they came from.
REJECT_COLUMNS = ("line", "column", "reason")


@dataclass(frozen=True)
class InputFile:
    """A file to import: its kind and the columns it has (of JSON lines: may have)."""

    path: Path
    kind: Kind
    columns: tuple[str, ...]

    @property
    def is_json(self) -> bool:
        """Whether it has one JSON object a line; comma-separated values otherwise."""
        return _is_json(self.path)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns without those that say why a row was rejected before."""
        if self.columns[:3] == REJECT_COLUMNS:
            return self.columns[3:]
        return self.columns

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """The columns that nothing is done with."""
        return tuple(c for c in self.own_columns if c not in COLUMNS[self.kind])


class Row(NamedTuple):
    """A row: the line it starts on, and its texts without spaces around them, by its columns.

    `error` says why it cannot be read at all; `values` then holds what could be.
    """

    line: int
    columns: tuple[str, ...]
    values: Sequence[str]
    error: str | None = None

    @classmethod
    def of(cls, line: int, fields: Mapping[str, str], error: str | None = None) -> Row:
        """A row with these texts by column."""
        return cls(line, tuple(fields), tuple(fields.values()), error)

    @property
    def fields(self) -> dict[str, str]:
        """The texts by column."""
        return dict(zip(self.columns, self.values, strict=False))

    def get(self, column: str) -> str:
        """The text in a column; empty where the row has no such column."""
        try:
            return self.values[self.columns.index(column)]
        except (ValueError, IndexError):
            return ""


def find_files(paths: Iterable[Path]) -> list[InputFile]:
    """The files to import, in the order of their kinds: each path, or what a folder of it holds.

    Raises BadInput for a path that is not there or cannot be read, for a folder without such
    files, and for a file that has no header, lacks a column or is of no known kind.
    """
    found: dict[Path, InputFile] = {}
    for path in paths:
        for file in _in_folder(path) if path.is_dir() else [path]:
            # Before its path is resolved: that is no BadInput where links lead in a circle.
            inspected = _inspect(file)
            found.setdefault(file.resolve(), inspected)
    order = list(Kind)
    return sorted(found.values(), key=lambda f: order.index(f.kind))


def _in_folder(folder: Path) -> list[Path]:
    names = [f"{kind}.csv" for kind in Kind] + [f"{Kind.REPORTS}.jsonl"]
    found = [p for name in names if (p := _plain_or_packed(folder / name)) is not None]
    if not found:
        raise BadInput(f"the folder {folder} holds none of {', '.join(names)} (or with {PACKED})")
    return found


def _plain_or_packed(path: Path) -> Path | None:
    """The file, or only where it is not there, the same one packed."""
    for candidate in (path, path.with_name(path.name + PACKED)):
        # A link that leads nowhere is a file that cannot be read, not one that is not there.
        if candidate.exists() or candidate.is_symlink():
            return candidate
    return None


def _inspect(path: Path) -> InputFile:
    with _opened(path) as (text, _):
        if _is_json(path):
            return InputFile(path, Kind.REPORTS, COLUMNS[Kind.REPORTS])
        columns = _header(text, str(path))
    kind = _kind_of(path, columns)
    missing = [c for c in REQUIRED[kind] if c not in columns]
    if missing:
        raise BadInput(f"{path} lacks the columns {', '.join(missing)} that a list of {kind} needs")
    return InputFile(path, kind, columns)


def _header(text: TextIOWrapper, where: str) -> tuple[str, ...]:
    """The columns that the first line names."""
    try:
        header = next(csv.reader(text), [])
    except csv.Error as error:
        raise BadInput(f"{where} has a first line that is no CSV header: {error}") from None
    columns = tuple(c.strip().casefold() for c in header)
    if not any(columns):
        raise BadInput(f"{where} has no header: its first line must name the columns")
    if not _is_text("".join(header)):
        raise BadInput(f"{where} is not UTF-8 text: save it as CSV in UTF-8")
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t"):
        raise BadInput(f"{where} is not separated by commas")
    doubled = sorted({c for c in columns if columns.count(c) > 1})
    if doubled:
        raise BadInput(f"{where} names a column twice: {', '.join(doubled)}")
    return columns


def report_rows(body: bytes, where: str, *, is_json: bool) -> Iterator[Row]:
    """The rows of a list of reports that is at hand as a whole, not packed, blank ones left out.

    Raises BadInput, naming `where`, for a list in CSV whose header cannot be used.
    """
    with TextIOWrapper(BytesIO(body), "utf-8-sig", "surrogateescape", newline="") as text:
        if is_json:
            yield from _json_rows(text)
            return
        columns = _header(text, where)
        missing = [c for c in ("id", "place", "claim", "reported_at") if c not in columns]
        if missing:
            raise BadInput(f"{where} lacks the columns {', '.join(missing)} of a list of reports")
        text.seek(0)
        yield from _csv_rows(text, columns)


def _kind_of(path: Path, columns: tuple[str, ...]) -> Kind:
    for kind in Kind:
        if path.name.split(".")[0].casefold() == kind:
            return kind
    for column, kind in TELLING:
        if column in columns:
            return kind
    raise BadInput(
        f"{path} could hold anything: name it places.csv, corridors.csv, parties.csv, "
        "sources.csv, reports.csv or reports.jsonl"
    )


def read_rows(file: InputFile, progress: Callable[[int], None]) -> Iterator[Row]:
    """The rows of a file, blank ones left out; tells `progress` how many bytes were read.

    Raises BadInput when the file cannot be read (any more), or has other columns by now.
    """
    with _opened(file.path) as (text, binary):
        if not file.is_json:
            _check_columns(text, file)
        rows = _json_rows(text) if file.is_json else _csv_rows(text, file.columns)
        for number, row in enumerate(rows):
            if number % TELL_EVERY == 0:
                progress(binary.tell())
            yield row
        progress(binary.tell())


def _check_columns(text: TextIOWrapper, file: InputFile) -> None:
    """Other files come first, which may take long: what is in its place now may be another one."""
    if _header(text, str(file.path)) != file.columns:
        raise BadInput(f"{file.path} was changed meanwhile: its columns are others now")
    text.seek(0)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIOWrapper, IO[bytes]]]:
    """The file as text and as the bytes below it; bytes that are no UTF-8 come as surrogates."""
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is no file that can be read")
    try:
        with (
            path.open("rb") as binary,
            _unpacked(path, binary) as content,
            TextIOWrapper(content, "utf-8-sig", "surrogateescape", newline="") as text,
        ):
            yield text, binary
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInput(f"cannot read {path}: it is no gzip file, or a damaged one") from error
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error


def _unpacked(path: Path, binary: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(binary)) if _is_packed(path) else binary


def _is_packed(path: Path) -> bool:
    return path.suffix.casefold() == PACKED


def unpacked_name(path: Path) -> str:
    """The name of a file, without the ending that says that it is packed."""
    return path.stem if _is_packed(path) else path.name


def _is_json(path: Path) -> bool:
    return unpacked_name(path).casefold().endswith(JSON_ENDINGS)


def _csv_rows(text: TextIOWrapper, columns: tuple[str, ...]) -> Iterator[Row]:
    at_end = False

    def lines() -> Iterator[str]:
        nonlocal at_end
        yield from text
        at_end = True

    reader = csv.reader(lines())
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            values = [*map(str.strip, next(reader))]
        except StopIteration:
            return
        except csv.Error as error:
            more = reader.line_num - line
            why = f"{_left_open(more)} ({error})" if more else str(error)
            yield Row(line, (), (), f"cannot be read up to line {reader.line_num}: {why}")
            continue
        if at_end:
            # Only a quotation mark that is open makes a row look for a line after the last one.
            yield Row(line, columns, values, _left_open(reader.line_num - line))
        elif any(values):
            yield _csv_row(line, reader.line_num, values, columns)


def _left_open(swallowed: int) -> str:
    if not swallowed:
        return "a quotation mark was left open"
    lines = "the line" if swallowed == 1 else f"the {swallowed} lines"
    return f"a quotation mark was left open and has swallowed {lines} after it"


def _csv_row(line: int, last: int, values: list[str], columns: tuple[str, ...]) -> Row:
    if len(values) != len(columns):
        wrong = f"has {len(values)} fields, but the header {len(columns)}"
        # Closed by a later one that was meant to open.
        hint = f"; {_left_open(last - line)}" if last > line else ""
        return Row(line, columns, values, wrong + hint)
    if not _is_text("".join(values)):
        return Row(line, columns, values, "is not UTF-8 text")
    return Row(line, columns, values)


def _json_rows(text: TextIOWrapper) -> Iterator[Row]:
    line = 0
    while raw := text.readline(LONGEST_LINE):
        line += 1
        if len(raw) == LONGEST_LINE and not raw.endswith("\n"):
            while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            yield Row(line, (), (), f"is longer than {LONGEST_LINE} characters")
        elif raw.strip():
            yield _json_row(line, raw)


def _json_row(line: int, raw: str) -> Row:
    beginning = raw.strip()[:80]
    if not _is_text(raw):
        return Row(line, (), (), "is not UTF-8 text")
    try:
        value = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return Row(line, (), (), f"is no JSON object: {error}; it begins {beginning!r}")
    if not isinstance(value, dict):
        return Row(line, (), (), f"is no JSON object; it begins {beginning!r}")
    fields: dict[str, str] = {}
    wrong = None
    for name, item in value.items():
        text = _text(item)
        if text is None:
            wrong = f"{name[:60]!r} is neither text nor a list of texts"
        whole = (text or "").encode("utf-8", "replace").decode()
        if whole != (text or ""):
            wrong = f"{name[:60]!r} holds half a character, written as an escape"
        fields[name.casefold()] = whole.strip()
    return Row.of(line, fields, wrong)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice in it")
    return dict(pairs)


def _text(item: Any) -> str | None:
    """A JSON value as the text it would be in a CSV file; None if it cannot be."""
    match item:
        case None:
            return ""
        case str():
            return item
        case bool():
            return None
        case int():
            return str(item)
        case list() if all(isinstance(part, str) for part in item):
            return "|".join(item)
        case _:
            return None


def _is_text(text: str) -> bool:
    return text.isascii() or _HALVES.search(text) is None
