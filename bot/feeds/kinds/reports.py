"""Feeds of the kind `reports`: lists in the format of the import, at an address or in a folder.

A list is a snapshot: a row that is in it no more has merely left the window. What a row of the same
id says now is a correction; a row with the claim `retracts` takes another one back.
"""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bot.feeds.blocks import Address, Block
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.unpacking import unpacked
from bot.importing.files import JSON_ENDINGS, report_rows
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Item, fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from bot.importing.files import Row

NAME = "reports"
BATCH = 500
ENDINGS = (".csv", *JSON_ENDINGS)
PACKINGS = (".gz", ".zip")
MOST_FILES = 1000


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"{path} is no folder that is there")
    return path


class ReportsBlock(Block):
    """Where the lists are: a `url`, or a `folder` with files; `format` says what is at the URL."""

    url: Address | None = None
    folder: Annotated[Path, AfterValidator(_folder)] | None = Field(default=None)
    format: Literal["csv", "jsonl"] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ReportsBlock:
        if (self.url is None) == (self.folder is None):
            raise ValueError("expected one of url and folder")
        return self

    @property
    def is_json(self) -> bool:
        """Whether what is at the URL has one JSON object a line."""
        if self.format is not None:
            return self.format == "jsonl"
        return _is_json(urlsplit(self.url or "").path)


async def pull(block: ReportsBlock, work: Pull) -> AsyncIterator[Batch]:
    """What is new in the list, or in the files of the folder that have changed."""
    if block.folder is not None:
        async for batch in _from_folder(block.folder, block.largest, work.cursor):
            yield batch
        return
    validators = work.cursor.get("validators", {})
    answer = await work.fetch.get_if_changed(str(block.url), validators)
    if answer is None:
        return
    if not answer.is_whole and not _ends_a_line(answer.body):
        raise FeedTrouble("the list breaks off in the middle of a line")
    # Behind the last batch only: what is cut off before is read again from the beginning.
    items = await asyncio.to_thread(parse, answer.body, "the list", is_json=block.is_json)
    for some, is_last in _batches(items):
        cursor = {"validators": dict(answer.validators)} if is_last else work.cursor
        yield Batch(cursor, some)


async def _from_folder(
    folder: Path, largest: int, cursor: Mapping[str, Any]
) -> AsyncIterator[Batch]:
    known: dict[str, Any] = dict(cursor.get("files", {}))
    files = await asyncio.to_thread(_files, folder)
    known = {name: known[name] for name in known if name in files}
    troubles = []
    for name, mark in files.items():
        if known.get(name) == mark:
            continue
        try:
            items = await asyncio.to_thread(_read, folder / name, largest)
        except (BadInput, FeedTrouble, OSError) as error:
            # The others are read all the same; this one is tried again the next time.
            troubles.append(f"{name}: {error}")
            continue
        for some, is_last in _batches(items):
            known = {**known, name: mark} if is_last else known
            yield Batch({"files": known}, some)
    if troubles:
        raise FeedTrouble("; ".join(troubles))


def _files(folder: Path) -> dict[str, list[int]]:
    """The lists in a folder by name, each with what changes when it is written."""
    try:
        found = sorted(p for p in folder.iterdir() if p.is_file() and _is_list(p.name))
        if len(found) > MOST_FILES:
            raise FeedTrouble(f"the folder {folder} holds more than {MOST_FILES} lists")
        stats = {p.name: p.stat() for p in found}
    except OSError as error:
        raise FeedTrouble(f"the folder {folder} cannot be read: {error.strerror}") from None
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _read(path: Path, largest: int) -> list[Item]:
    with path.open("rb") as opened:
        packed = opened.read(largest + 1)
    if len(packed) > largest:
        raise BadInput(f"has more than {largest / 1e6:g} MB (`largest_mb` of its block)")
    body = unpacked(packed, largest)
    if not _ends_a_line(body):
        raise BadInput("its last line has no end: it is still being written, or was cut")
    return parse(body, "the list", is_json=_is_json(path.name))


def parse(body: bytes, where: str, *, is_json: bool) -> list[Item]:
    """The items of a list; raises FeedTrouble, naming `where`, where it is none."""
    try:
        return list(_items(report_rows(body, where, is_json=is_json)))
    except BadInput as error:
        raise FeedTrouble(error.reason) from None


def _items(rows: Iterable[Row]) -> Iterator[Item]:
    seen: dict[str, str] = {}
    for row in rows:
        mark = fingerprint(row.fields)
        # Without an id a row is known by what it says.
        key = row.get("id")[:200] or f"row {mark}"
        error = row.error
        if key in seen:
            if seen[key] == mark:
                continue
            key = f"{key} (line {row.line})"
            error = "id: stands in the list already, with other content"
        seen[key] = mark
        yield Item(key, row.fields, {"line": row.line}, error)


def _batches(items: list[Item]) -> Iterator[tuple[tuple[Item, ...], bool]]:
    """The items in parts, each with whether it is the last one; one empty part of no items."""
    for start in range(0, max(len(items), 1), BATCH):
        yield tuple(items[start : start + BATCH]), start + BATCH >= len(items)


def _ends_a_line(body: bytes) -> bool:
    return not body or body.endswith((b"\n", b"\r"))


def _is_list(name: str) -> bool:
    return _plain(name).endswith(ENDINGS) and not _plain(name).endswith(".rejected.csv")


def _is_json(name: str) -> bool:
    return _plain(name).endswith(JSON_ENDINGS)


def _plain(name: str) -> str:
    """The name of a file without the ending that says that it is packed."""
    path = PurePosixPath(name.casefold())
    return path.stem if path.suffix in PACKINGS else path.name


KIND = Kind(NAME, ReportsBlock, pull)
