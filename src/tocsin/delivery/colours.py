"""The newsroom's colour, made legible: WCAG 2.2 asks a contrast of 4.5 to 1 for text."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls

ENOUGH = 4.5
_HEX = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
_FALLBACK = "#b3121d"

Rgb = tuple[float, float, float]


def legible(colour: str, ground: str) -> str:
    """Return ``colour`` (``#rgb`` or ``#rrggbb``) if it reads on ``ground``, else its nearest shade that does.

    The shade keeps the hue and goes lighter on a dark ground, darker on a light one. A colour that is none gives that
    of a default red.
    """
    back = _rgb(ground)
    hue, light, saturation = rgb_to_hls(*_rgb(colour if _HEX.match(colour) else _FALLBACK))
    step = 0.02 if luminance(back) < 0.2 else -0.02
    while contrast(hls_to_rgb(hue, light, saturation), back) < ENOUGH and 0 < light + step < 1:
        light += step
    return _hex(hls_to_rgb(hue, light, saturation))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Rgb) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    digits = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
