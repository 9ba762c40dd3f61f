"""The SVG of a strip of time: a band, the numbers of the parties in it, dates below.

Parties differ by shade and by pattern, standings by hatching: nothing by colour alone. The same
strip gives the same text, to the byte, so that its picture need not be uploaded twice.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.strip import Fill, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handlers.messages.strip import Stretch, Strip, Tick

# Everything in pixels.
WIDTH, HEIGHT = 1200, 320
LEFT, RIGHT, TOP, BOTTOM = 40, 1160, 40, 200
# From this width on there is room for a number. However short, a stretch has it, as long as not
# more than half of the band goes to that: what is true today may have begun an hour ago.
NUMBERED = 60
FONT_SIZE = 28
LABEL_WIDTH = 170  # of a date, with some air
INK, PAPER = "#1c1c1c", "#ffffff"

_BASES = {
    Pattern.PLAIN: "#2f5fa8",
    Pattern.DOTS: "#2b2b2b",
    Pattern.BARS: "#f0c63c",
    Pattern.LINES: "#9a7bc4",
    Pattern.CHECKS: "#7a5333",
}
# What is on top of the base, in a square of 24.
_MARKS = {
    Pattern.PLAIN: "",
    Pattern.DOTS: f'<circle cx="12" cy="12" r="4" fill="{PAPER}"/>',
    Pattern.BARS: f'<rect x="8" width="6" height="24" fill="{INK}"/>',
    Pattern.LINES: f'<rect y="8" width="24" height="6" fill="{PAPER}"/>',
    Pattern.CHECKS: f'<path d="M0 0h12v12h12v12h-12v-12h-12z" fill="{PAPER}" fill-opacity=".7"/>',
}
# Lines across a square of 44, which go on in the next one. The squares stand upright: turned ones
# take three times as long to draw.
_UP = "M-11 11L11 -11M0 44L44 0M33 55L55 33"
_DOWN = "M-11 33L11 55M0 0L44 44M33 -11L55 11"
_HATCHES = {Fill.DISPUTED: _UP, Fill.CONTESTED: _UP + _DOWN}


def svg(strip: Strip) -> str:
    """The drawing of a strip, 1200 by 320 pixels."""
    edges = _edges(strip)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<defs>",
        *_patterns(),
        "</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
    ]
    for stretch, (left, right) in zip(strip.stretches, pairwise(edges), strict=True):
        parts += _drawn(stretch, left, right)
    parts += _ticks([*(s.begins for s in strip.stretches), strip.ends], edges)
    return "\n".join([*parts, "</svg>"])


def _edges(strip: Strip) -> list[float]:
    """Where the stretches begin, and the last ends: each has its share of the time, and of what is
    left of the width when all have the least.
    """
    times = [*(s.begins.at for s in strip.stretches), strip.ends.at]
    whole = (times[-1] - times[0]).total_seconds() or 1.0
    least = min(NUMBERED, (RIGHT - LEFT) / 2 / len(strip.stretches))
    room = RIGHT - LEFT - least * len(strip.stretches)
    edges = [
        LEFT + least * n + room * (at - times[0]).total_seconds() / whole
        for n, at in enumerate(times)
    ]
    return [*edges[:-1], float(RIGHT)]


def _patterns() -> Iterator[str]:
    for pattern, base in _BASES.items():
        yield (
            f'<pattern id="{pattern}" width="24" height="24" patternUnits="userSpaceOnUse">'
            f'<rect width="24" height="24" fill="{base}"/>{_MARKS[pattern]}</pattern>'
        )
    for fill, lines in _HATCHES.items():
        # Dark edges show a pale hatch on pale ground.
        yield (
            f'<pattern id="{fill}" width="44" height="44" patternUnits="userSpaceOnUse">'
            f'<path d="{lines}" stroke="{INK}" stroke-width="16"/>'
            f'<path d="{lines}" stroke="{PAPER}" stroke-width="11"/></pattern>'
        )


def _drawn(stretch: Stretch, left: float, right: float) -> Iterator[str]:
    """A stretch of the band from edge to edge."""
    box = (
        f'x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{BOTTOM - TOP}" '
        f'stroke="{INK}" stroke-width="2"'
    )
    ground = f"url(#{stretch.pattern})" if stretch.pattern else PAPER
    # What is empty has no firm outline either.
    dashes = ' stroke-dasharray="6 6"' if stretch.fill is Fill.UNKNOWN else ""
    yield f'<rect {box} fill="{PAPER if dashes else ground}"{dashes}/>'
    if stretch.fill in _HATCHES:
        yield f'<rect {box} fill="url(#{stretch.fill})"/>'
    if stretch.number is not None and right - left > NUMBERED - 0.1:
        x, y = (left + right) / 2, (TOP + BOTTOM) / 2
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="24" fill="{PAPER}" stroke="{INK}" '
            'stroke-width="2"/>'
        )
        yield _text(str(stretch.number), x, y + FONT_SIZE * 0.36, "middle")


def _ticks(ticks: Sequence[Tick], edges: Sequence[float]) -> Iterator[str]:
    """Dates under the first and the last edge, and under the others where there is room."""
    last = len(ticks) - 1
    free = float(LEFT)
    for n, (tick, x) in enumerate(zip(ticks, edges, strict=True)):
        anchor = "start" if n == 0 else "end" if n == last else "middle"
        begins = x - {"start": 0.0, "middle": LABEL_WIDTH / 2, "end": LABEL_WIDTH}[anchor]
        fits = begins >= free and (n == last or begins + 2 * LABEL_WIDTH <= RIGHT)
        written = n in (0, last) or fits
        yield (
            f'<path d="M{x:.1f} {BOTTOM}v{20 if written else 10}" stroke="{INK}" stroke-width="2"/>'
        )
        if written:
            free = begins + LABEL_WIDTH
            yield _text(tick.date, x, BOTTOM + 52, anchor)
            yield _text(tick.time, x, BOTTOM + 88, anchor)


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" font-size="{}" font-weight="500" text-anchor="{}" '
        'fill="{}">{}</text>'
    ).format(x, y, FONT_SIZE, anchor, INK, text)
