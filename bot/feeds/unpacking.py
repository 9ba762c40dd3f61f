"""Taking packed data apart, never to more than a limit: a small file can unpack to any size."""

from __future__ import annotations

import io
import zipfile
import zlib

from storage.model.errors import BadInput

GZIP_START, ZIP_START = b"\x1f\x8b", b"PK\x03\x04"
_GZIP = 16 + zlib.MAX_WBITS  # how zlib is told that a gzip header comes first


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
    parts = []
    left = limit
    while body:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            part = unpacker.decompress(body, left + 1)
        except zlib.error as error:
            raise BadInput(f"it is packed and damaged: {error}") from None
        if len(part) > left:
            raise BadInput(_too_much(limit))
        if not unpacker.eof:
            raise BadInput("it is packed and was cut before its end")
        parts.append(part)
        left -= len(part)
        body = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _unzip(body: bytes, limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) != 1:
                raise BadInput(f"it is a zip file with {len(files)} files in it; expected one")
            # What the archive says of sizes is not believed: no more is read than fits.
            with archive.open(files[0]) as opened:
                content = opened.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"it is a zip file that cannot be read: {error}") from None
    if len(content) > limit:
        raise BadInput(_too_much(limit))
    return content


def _too_much(limit: int) -> str:
    return f"it unpacks to more than {limit / 1e6:g} MB (`largest_mb` of its block)"
