"""Taking packed data apart, never to more than a limit: a small file can unpack to any size."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from storage.model.errors import BadInput

GZIP_START, ZIP_START, ZIP_END = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
LARGEST_DIRECTORY = 100_000  # bytes; one file needs no more
_END = 22  # bytes of the end of a zip file, without a comment


def unpacked(body: bytes, limit: int) -> bytes:
    """What a gzip file, or the one file in a zip file, holds; anything else as it is.

    Raises BadInput where that is more than `limit` bytes, or damaged, or cut.
    """
    if body.startswith(GZIP_START):
        return gunzip(body, limit)
    if body.startswith(ZIP_START):
        return _unzip(body, limit)
    return body


def gunzip(body: bytes, limit: int) -> bytes:
    """What a gzip file holds; raises BadInput as `unpacked` does."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as opened:
            content = opened.read(limit + 1)
    except EOFError:
        raise BadInput("it is packed and was cut before its end") from None
    except (OSError, zlib.error) as error:
        raise BadInput(f"it is packed and damaged: {error}") from None
    if len(content) > limit:
        raise BadInput(_too_much(limit))
    return content


def _unzip(body: bytes, limit: int) -> bytes:
    if _directory_size(body) > LARGEST_DIRECTORY:
        raise BadInput("it is a zip file with many files in it; expected one")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) != 1:
                raise BadInput(f"it is a zip file with {len(files)} files in it; expected one")
            # Other ways to pack may ask for any amount of memory.
            if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadInput("it is a zip file packed in an unusual way; expected `deflate`")
            # What the archive says of sizes is not believed: no more is read than fits.
            with archive.open(files[0]) as opened:
                content = opened.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        # RuntimeError: it needs a password, or is of a newer kind.
        raise BadInput(f"it is a zip file that cannot be read: {error}") from None
    if len(content) > limit:
        raise BadInput(_too_much(limit))
    return content


def _directory_size(body: bytes) -> int:
    """How long the list of files at the end of a zip file says that it is, in bytes; 0 where there
    is no end, which zipfile tells. Each file listed costs memory, however small it is.
    """
    at = len(body) - _END
    if body[at : at + 4] != ZIP_END or not body.endswith(b"\0\0"):
        at = body.rfind(ZIP_END, max(len(body) - _END - 65_535, 0))
    return int.from_bytes(body[at + 12 : at + 16], "little") if at >= 0 else 0


def _too_much(limit: int) -> str:
    return f"it unpacks to more than {limit / 1e6:g} MB (`largest_mb` of its block)"
