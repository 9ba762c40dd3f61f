"""A forgotten colon: the line of a report whose place and claim nothing keeps apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, reader_in
from handlers.claims import read_claim
from handlers.report_line import ANY_LINK, read_line
from storage.finding import find_place
from storage.model.names import Found
from storage.sources import all_parties

if TYPE_CHECKING:
    from storage.engine import Connection

# Words of a line that is taken apart, and of the name of a place.
LONGEST_LINE = 60
LONGEST_PLACE = 6


def with_colon(conn: Connection, asked: Asked, text: str) -> str:
    """A line with a colon behind its place, where it has none and begins with the name of one that
    a claim follows; any other as it is.
    """
    words = text.split()
    if ":" in ANY_LINK.sub(" ", text) or len(words) > LONGEST_LINE:
        return text
    index = asked.services.place_index.current(conn)
    parties = all_parties(conn)
    zone = reader_in(conn, asked).zone
    for last in range(min(len(words), LONGEST_PLACE + 1) - 1, 0, -1):
        place, rest = " ".join(words[:last]).rstrip(","), " ".join(words[last:])
        line = f"{place}: {rest}"
        read = read_claim(read_line(line, zone, asked.now).claim, parties)
        clear = read is not None and (read.party is not None or not read.names_party)
        if clear and isinstance(find_place(place, index), Found):
            return line
    return text
