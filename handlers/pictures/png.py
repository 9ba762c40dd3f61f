"""SVG → PNG, the same on every machine: with our own font, whatever fonts are installed.

As a program it reads an SVG and writes the PNG.
"""

from __future__ import annotations

import sys

import resvg_py
from font_rhd import font_files

FONT = "Red Hat Display"


def png(svg: str) -> bytes:
    """The picture that an SVG describes. Holds Python's lock all the while, about 50 ms.

    Raises ValueError where it is no SVG.
    """
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=[font_files["RedHatDisplayMedium"]],
        font_family=FONT,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(png(sys.stdin.buffer.read().decode()))
