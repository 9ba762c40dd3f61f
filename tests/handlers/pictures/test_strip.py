"""The drawing of a strip of time."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from defusedxml.ElementTree import fromstring

from handlers.messages.strip import Fill, Pattern, Stretch, Strip, Tick
from handlers.pictures.png import png
from handlers.pictures.strip import HEIGHT, LEFT, NUMBERED, PAPER, RIGHT, WIDTH, svg

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

BEGIN = datetime(2014, 6, 22, tzinfo=UTC)


def tick(hours: float) -> Tick:
    at = BEGIN + timedelta(hours=hours)
    return Tick(at, f"{at:%Y-%m-%d}", f"{at:%H:%M}")


def strip(*stretches: tuple[float, Fill, Pattern | None], ends: float = 100) -> Strip:
    numbers = {pattern: n for n, pattern in enumerate(Pattern, 1)}
    return Strip(
        tuple(
            Stretch(tick(hours), fill, numbers[pattern] if pattern else None, pattern)
            for hours, fill, pattern in stretches
        ),
        tick(ends),
    )


def drawn(of: Strip, tag: str) -> list[Element]:
    """The elements of a kind on the band and below it, from left to right."""
    root = fromstring(svg(of))
    return [e for e in root if e.tag.endswith(f"}}{tag}")]


EVERYTHING = strip(
    (0, Fill.HELD, Pattern.PLAIN),
    (20, Fill.DISPUTED, Pattern.DOTS),
    (40, Fill.CONTESTED, Pattern.BARS),
    (60, Fill.UNKNOWN, None),
    (80, Fill.CONTESTED, None),
)


def test_the_same_strip_gives_the_same_bytes() -> None:
    again = strip(
        (0, Fill.HELD, Pattern.PLAIN),
        (20, Fill.DISPUTED, Pattern.DOTS),
        (40, Fill.CONTESTED, Pattern.BARS),
        (60, Fill.UNKNOWN, None),
        (80, Fill.CONTESTED, None),
    )
    assert svg(again) == svg(EVERYTHING)
    assert png(svg(again)) == png(svg(EVERYTHING))


def test_every_party_and_standing_looks_different() -> None:
    band = [rect.get("fill") for rect in drawn(EVERYTHING, "rect")][1:]
    assert band == [
        "url(#plain)",
        *("url(#dots)", "url(#disputed)"),
        *("url(#bars)", "url(#contested)"),
        PAPER,
        *(PAPER, "url(#contested)"),
    ]
    patterns = re.findall(r'<pattern id="(\w+)"[^>]*>(.*?)</pattern>', svg(EVERYTHING))
    assert [name for name, _ in patterns] == [*Pattern, Fill.DISPUTED, Fill.CONTESTED]
    # Without their colours they still differ.
    assert len({re.sub("#[0-9a-f]{6}", "", inside) for _, inside in patterns}) == len(patterns)


def test_only_what_is_not_known_has_no_firm_outline() -> None:
    dashed = [rect.get("stroke-dasharray") is not None for rect in drawn(EVERYTHING, "rect")[1:]]
    assert dashed == [False, False, False, False, False, True, False, False]


def widths(of: Strip) -> list[float]:
    return [float(rect.get("width", "")) for rect in drawn(of, "rect")[1:]]


def test_a_moment_is_seen_with_its_number() -> None:
    short = strip(
        (0, Fill.HELD, Pattern.PLAIN),
        (50, Fill.HELD, Pattern.DOTS),
        (50.001, Fill.HELD, Pattern.PLAIN),
    )
    assert widths(short)[1] == NUMBERED
    numbers = [text.text for text in drawn(short, "text") if len(text.text or "") == 1]
    assert numbers == ["1", "2", "1"]


def test_many_moments_leave_half_of_the_band_to_what_was_long() -> None:
    many = strip(*((n / 1000, Fill.HELD, [*Pattern][n % 2]) for n in range(50)))
    assert widths(many)[0] == pytest.approx((RIGHT - LEFT) / 100, abs=0.1)
    assert widths(many)[-1] > (RIGHT - LEFT) / 2
    assert [t.text for t in drawn(many, "text") if len(t.text or "") == 1] == ["2"]


@pytest.mark.parametrize("ends", [0, 1000])
def test_a_strip_ends_at_the_right_edge(ends: float) -> None:
    [_, only] = drawn(strip((0, Fill.HELD, Pattern.PLAIN), ends=ends), "rect")
    assert float(only.get("x", "")) + float(only.get("width", "")) == RIGHT


def test_dates_do_not_overlap() -> None:
    many = strip(*((2 * n, Fill.HELD, [*Pattern][n % 2]) for n in range(50)))
    dates = [e for e in drawn(many, "text") if (e.text or "").startswith("2014")]
    middles = [
        float(e.get("x", "")) + {"start": 80, "end": -80}.get(e.get("text-anchor", ""), 0)
        for e in dates
    ]
    assert len(dates) > 3
    assert all(right - left > 160 for left, right in pairwise(middles))
    assert (dates[0].text, dates[-1].text) == ("2014-06-22", "2014-06-26")


def test_the_picture_shows_dates_without_any_font_of_the_system() -> None:
    picture = png(svg(EVERYTHING))
    assert struct.unpack(">II", picture[16:24]) == (WIDTH, HEIGHT)
    assert picture != png(re.sub("<text.*?</text>", "", svg(EVERYTHING)))
