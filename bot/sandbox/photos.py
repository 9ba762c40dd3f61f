"""The pictures that this Telegram has, and everything it refuses of one.

https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.model import bad_request
from bot.sandbox.params import Upload

if TYPE_CHECKING:
    from bot.sandbox.params import Params

MAX_PHOTO = 10 * 1024 * 1024  # bytes
MAX_SIDES, MAX_RATIO = 10_000, 20  # width and height together, in pixels; the longer to the shorter
PREVIEW = 320  # pixels of the longer side of the small size that Telegram makes
PNG, JPEG = b"\x89PNG", b"\xff\xd8\xff"
# A picture that does not tell its size.
USUAL = (800, 600)
UNREADABLE = "wrong remote file identifier specified: can't unserialize it"


@dataclass(frozen=True)
class Photo:
    """A picture in the sizes that Telegram keeps of it, all of which have an id of their own."""

    id: str
    content: bytes

    @property
    def media_type(self) -> str:
        """What the bytes are, for a browser."""
        return "image/png" if self.content.startswith(PNG) else "image/jpeg"

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of the small size and of the large one."""
        return f"{self.id}-s", f"{self.id}-x"

    def as_json(self) -> list[dict[str, Any]]:
        """The picture as the Bot API writes it (PhotoSize), smallest first."""
        width, height = size_of(self.content)
        share = min(1.0, PREVIEW / max(width, height))
        sizes = [(max(1, round(width * share)), max(1, round(height * share))), (width, height)]
        return [
            {"file_id": file_id, "file_unique_id": f"u{file_id}", "width": w, "height": h}
            for file_id, (w, h) in zip(self.ids, sizes, strict=True)
        ]


class Photos:
    """The pictures that were sent, by their file ids."""

    def __init__(self) -> None:
        self._by_id: dict[str, Photo] = {}
        self._made = 0

    def new(self, content: bytes) -> Photo:
        """A picture with these bytes; each upload gets ids of its own."""
        self._made += 1
        photo = Photo(f"photo-{self._made}", content)
        self._by_id |= dict.fromkeys(photo.ids, photo)
        return photo

    def find(self, file_id: str) -> Photo | None:
        """The picture of which this is the id of a size."""
        return self._by_id.get(file_id)

    def forget(self) -> None:
        """No file id is good any more."""
        self._by_id.clear()


def given_photo(known: Photos, params: Params) -> Photo:
    """The picture that a call gives, as an upload or by the id of a file that is known.

    Raises RefusedError 400 for what is neither, and for an upload that is no picture to Telegram.
    """
    given = params.values.get("photo")
    if isinstance(given, str) and given.startswith("attach://"):
        given = params.values.get(given.removeprefix("attach://"))
    if isinstance(given, Upload):
        _check(given.content)
        return known.new(given.content)
    if not isinstance(given, str) or not given:
        raise bad_request("there is no photo in the request")
    if "." in given or "/" in given:
        raise bad_request("wrong file identifier/HTTP URL specified")  # the sandbox fetches nothing
    photo = known.find(given)
    if photo is None:
        raise bad_request(UNREADABLE)
    return photo


def _check(content: bytes) -> None:
    size = len(content)
    if not size:
        raise bad_request("file must be non-empty")
    if size > MAX_PHOTO:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO} bytes"
        )
    if not content.startswith((PNG, JPEG)):
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size_of(content)
    short, long = sorted((width, height))
    if not short or short + long > MAX_SIDES or long > MAX_RATIO * short:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in pixels (PNG specification, 11.2.2: IHDR comes first)."""
    if content.startswith(PNG) and content[12:16] == b"IHDR":
        width, height = struct.unpack(">II", content[16:24].ljust(8, b"\0"))
        return int(width), int(height)
    return USUAL
