"""A place with anything said about it in any words, and what holds for every message about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.sandbox.markup import parse_html, utf16_length
from handlers.messages.message import FSI, PDI, Message, Reader, plain
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.reports import NEEDS_PARTY, Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, Precision
from tests.handlers.messages.scenes import NOW

READER = Reader(ZoneInfo("Asia/Baghdad"))
NASTY = (
    "<b>bold</b>",
    "</b></s><a href='x'>&amp;&#60;",
    "\u202eright to left\u202c",
    "\u2069\u2069\u2066",
    "معبر الوليد الحدودي",
    "👩‍👩‍👧‍👦🇮🇶" * 100,
    "e" + "\u0301" * 400,
    "\ud83d",
    "\u200b\u200b",
    "%s {0} {name} %(x)s",
    "x" * 5000,
    "&" * 5000,
    "line\nline\r\n" * 99,
    "a colonel",
    "",
)
texts = st.sampled_from(NASTY) | st.text(max_size=80) | st.text(min_size=50, max_size=400)
BIDI = re.compile("[\u202a-\u202e\u2066\u2067\u200e\u200f\u061c]")
IDS = [f"{'p' * 47}{n}" for n in range(9)]
ALIKE = st.sampled_from(["a" * 90, "b"])  # some say the same, and are told together


@dataclass(frozen=True)
class Anything:
    """A place with everything about it that may be said in any words."""

    places: tuple[Place, ...]
    areas: tuple[Place, ...]
    parties: dict[str, Party]
    sources: dict[str, Source]
    reports: tuple[Report, ...]


@st.composite
def anything(draw: st.DrawFn) -> Anything:
    """Up to twelve reports by up to six sources on up to four parties, all with any names."""
    places = [
        Place(
            identifier,
            draw(texts),
            draw(st.sampled_from(["crossing", "area", "town"]) | texts),
            ("IQ", "SY"),
            draw(st.none() | st.floats(-90, 90)),
            draw(st.none() | st.floats(-180, 180)),
            aliases=tuple(draw(st.lists(texts, max_size=4))),
        )
        for identifier in IDS
    ]
    areas = tuple(Place(f"a{n}", draw(texts), "area") for n in range(4))
    parties = {
        f"party{n}": Party(
            f"party{n}",
            draw(texts),
            ("IQ",) if n == 0 else (),
            "party1" if n == 3 else None,
            n,
        )
        for n in range(4)
    }
    own = st.sampled_from([p.name for p in parties.values()])
    sources = {
        f"source{n}": Source(
            f"source{n}",
            draw(texts | own),
            draw(st.sampled_from(["officer", "witness"])),
            draw(st.none() | st.sampled_from(sorted(parties))),
            draw(st.sampled_from(Grade)),
            draw(st.sampled_from(Position)),
        )
        for n in range(6)
    }
    count = draw(st.integers(0, 12))
    reports = [draw(report(n, sorted(sources), sorted(parties))) for n in range(count)]
    return Anything(tuple(places), areas, parties, sources, tuple(reports))


moments = st.builds(
    lambda days, precision: Moment(NOW.replace(hour=0) - timedelta(days=days), precision),
    st.integers(0, 20),
    st.sampled_from(Precision),
)


@st.composite
def report(draw: st.DrawFn, number: int, sources: list[str], parties: list[str]) -> Report:
    claim = draw(st.sampled_from(Claim))
    party = st.sampled_from(parties)
    return Report(
        id=f"r{number}",
        place=IDS[0],
        claim=claim,
        source=draw(st.sampled_from(sources)),
        reported=draw(moments),
        party=draw(party if claim in NEEDS_PARTY else st.none() | party),
        occurred=draw(st.none() | moments),
        via=draw(texts | ALIKE),
        url=draw(texts | st.just("https://example.org/?a=1&b=<2>\"'")),
        quote=draw(texts),
        refers_to=draw(st.none() | st.sampled_from([f"r{n}" for n in range(12)])),
    )


def check(message: Message) -> None:
    """Telegram takes the message, and nothing from outside has got out of its place."""
    shown = parse_html(message.text)
    assert plain(message) == shown.text
    assert 0 < utf16_length(shown.text.strip()) <= 4096
    assert {e.type for e in shown.entities} <= {"bold", "strikethrough", "text_link", "code"}
    assert not BIDI.search(shown.text)
    depth = 0
    for character in shown.text:
        depth += (character == FSI) - (character == PDI)
        assert depth in (0, 1)
    assert depth == 0
    for button in (b for row in message.buttons for b in row):
        assert 0 < utf16_length(button.label) <= 90
        assert not BIDI.search(button.label)
        assert button.data is None or 0 < len(button.data.encode()) <= 64
