"""The bot's alerts in a folder, for a web server to show: one CAP message each, and an Atom feed.

A change is an Alert, and the next one an Update of it; a correction is the Cancel of what it takes
back. A message is written once and never changed. Which there are is seen by looking, so that
nothing needs to be remembered, and a folder that was emptied fills again.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.publishing.cap import CapMessage, Certainty, MessageType, Reference, atom_xml, cap_xml
from handlers.messages.alerts import compose
from handlers.messages.message import Reader, plain
from storage import alerts, published
from storage.model.alerts import AreaAlert, Correction, PlaceAlert
from storage.model.control import Standing
from storage.sources import all_parties

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from storage.engine import Database
    from storage.model.parties import Parties
    from storage.published import Published

log = structlog.get_logger(__name__)

NEWEST = 100
INDEX = "alerts.atom"
PREFIX = "whoholds-"
NAME = re.compile(rf"{PREFIX}([0-9]{{1,18}})\.xml")
READER = Reader(ZoneInfo("UTC"))
CERTAINTY = {
    Standing.CONFIRMED: Certainty.OBSERVED,
    Standing.LIKELY: Certainty.LIKELY,
    Standing.DISPUTED: Certainty.POSSIBLE,
    Standing.CONTESTED: Certainty.POSSIBLE,
    Standing.UNKNOWN: Certainty.UNKNOWN,
}


@dataclass(frozen=True)
class Publisher:
    """Writes the alerts of a database to a folder, as messages of `sender`; the `newest` of them
    stand in the feed.
    """

    database: Database
    folder: Path
    sender: str
    newest: int = NEWEST

    async def publish(self) -> None:
        """Write what is new; tried again the next time where the folder cannot be written."""
        try:
            last = await asyncio.to_thread(last_in, self.folder)
            found = await self.database.reading(messages, self.sender, self.newest, last)
            written = await asyncio.to_thread(write, self.folder, found, self.sender, self.newest)
        except OSError as error:
            log.error("alerts cannot be written", folder=str(self.folder), why=error.strerror)
            return
        if written:
            log.info("alerts were written", folder=str(self.folder), messages=written)


def messages(conn: sa.Connection, sender: str, newest: int, last: int | None) -> list[CapMessage]:
    """The newest alerts as messages of `sender`, newest first, and all behind the one with the id
    `last`, however many came since.
    """
    parties = all_parties(conn)
    return [_message(conn, row, sender, parties) for row in published.newest(conn, newest, last)]


def last_in(folder: Path) -> int | None:
    """The highest id of an alert that the folder has a message of; None where it has none.

    Raises OSError where it cannot be read.
    """
    if not folder.exists():
        return None
    found = (NAME.fullmatch(path.name) for path in folder.iterdir())
    return max((int(match[1]) for match in found if match), default=None)


def _message(conn: sa.Connection, row: Published, sender: str, parties: Parties) -> CapMessage:
    alert = alerts.load(conn, row.id)
    if not isinstance(alert, Correction):
        # It is told as it was: that it was taken back is a message of its own.
        alert = replace(alert, withdrawn_at=None)
    headline, _, description = plain(compose(alert, parties, READER)).partition("\n")
    before = (_reference(row.about, sender),) if row.about else ()
    kind = MessageType.UPDATE if before else MessageType.ALERT
    told: PlaceAlert | AreaAlert
    if isinstance(alert, Correction):
        kind, told = MessageType.CANCEL, alert.wrong
    else:
        told = alert
    where = told.area if isinstance(told, AreaAlert) else told.place
    # Of an area, each place is sure in its own way.
    sure = Certainty.UNKNOWN if isinstance(told, AreaAlert) else CERTAINTY[told.after.standing]
    itself = _reference(row, sender)
    return CapMessage(itself, kind, before, headline, description, sure, where.name, where.position)


def _reference(row: Published, sender: str) -> Reference:
    return Reference(sender, f"{PREFIX}{row.id}", row.made_at)


def write(folder: Path, found: list[CapMessage], sender: str, newest: int) -> int:
    """Write the messages that the folder does not have yet, then the feed of the newest; returns
    how many messages were written.

    Makes the folder. Raises OSError where it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [(message, f"{message.itself.identifier}.xml") for message in found]
    fresh = [(message, name) for message, name in files if not (folder / name).exists()]
    for message, name in fresh:
        _replace(folder / name, cap_xml(message))
    if fresh or not (folder / INDEX).exists():
        _replace(folder / INDEX, atom_xml(files[:newest], sender))
    return len(fresh)


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile finds the old file or the new one, and never half of it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)  # noqa: PTH105 - in one step also where the target is there
