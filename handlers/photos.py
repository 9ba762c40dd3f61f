"""Pictures on their way out: drawn in a process of their own, and uploaded to Telegram once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import BadRequest

from handlers.pictures import png
from handlers.pictures.strip import svg
from storage import uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from telegram import Message

    from handlers.messages.strip import Strip
    from storage.engine import Database

LONGEST = 30  # seconds
# One picture after the other, and none in the threads that answers are read in.
_DRAWING = ThreadPoolExecutor(1, "drawing")
# How Telegram says that it does not know the id of a file (any more).
_WRONG = ("wrong file identifier", "wrong remote file identifier")
log = structlog.get_logger(__name__)


class NotDrawn(Exception):
    """A picture could not be drawn; says what the program said that draws."""


async def drawn(strip: Strip) -> bytes:
    """The picture of a strip, a PNG; the event loop goes on meanwhile.

    Raises NotDrawn where that failed.
    """
    return await asyncio.get_running_loop().run_in_executor(_DRAWING, _png, svg(strip))


def _png(drawing: str) -> bytes:
    """In a process of its own: a thread would hold up everything else, see `png`."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and the drawing is its input
            [sys.executable, "-P", png.__file__],
            input=drawing.encode(),
            capture_output=True,
            timeout=LONGEST,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotDrawn(f"a picture took longer than {LONGEST} s") from error
    except subprocess.CalledProcessError as error:
        raise NotDrawn(error.stderr.decode(errors="replace").strip()) from error
    return done.stdout


async def send_photo(
    send: Callable[..., Coroutine[Any, Any, Message]],
    photo: bytes,
    bot_id: int,
    database: Database,
    clock: Callable[[], datetime],
) -> None:
    """Send a picture by the file id it has, or upload it and keep the id that it gets.

    `send` is the call to Telegram without its `photo`. Raises what `send` raises, but for a file
    id that Telegram does not know any more: then the picture is uploaded anew.
    """
    digest = sha256(photo).hexdigest()
    known = await database.reading(uploads.find, bot_id, digest)
    if known:
        try:
            await send(photo=known)
        except BadRequest as error:
            if not error.message.casefold().startswith(_WRONG):
                raise
            log.info("Telegram has lost a picture", reason=error.message)
            await database.writing(uploads.forget, bot_id, digest, known)
        else:
            return
    message = await send(photo=photo, filename="chart.png")
    # The sizes come smallest first.
    file_id = message.photo[-1].file_id
    await database.writing(uploads.keep, bot_id, digest, file_id, clock())
