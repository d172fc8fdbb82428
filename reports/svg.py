"""Inline SVG from Python: elements whose texts and attributes are always escaped, and axis ticks.

A history's values are whatever a store answered, so nothing gets into a picture as markup unless it
was made by `tag`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape


def tag(element: str, *children: object, **attributes: object) -> Markup:
    """An element: `tag("text", "a < b", class_="label", text_anchor="middle")`.

    A child that is not markup is escaped. Underscores in attributes' names stand for hyphens.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(child) for child in children)
    if not inside:
        return Markup(f"<{element}{written}/>")
    return Markup(f"<{element}{written}>{inside}</{element}>")


def picture(width: float, height: float, title: str, parts: Iterable[Markup]) -> Markup:
    """A whole picture that scales to the width it is given; `title` is for who can't see it."""
    return tag(
        "svg",
        tag("title", title),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        role="img",
    )


def ticks(top: float, about: int = 5) -> list[float]:
    """Round numbers from 0 up to the first one that is not below `top`."""
    if not (top > 0 and math.isfinite(top)):
        return [0.0, 1.0]
    step = _round_step(top / about)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def ticks_within(end: float, about: int = 10) -> list[float]:
    """Round numbers from 0 up to `end` at most: for an axis that ends where the run does."""
    if not (end > 0 and math.isfinite(end)):
        return [0.0]
    step = _round_step(end / about)
    return [step * i for i in range(math.floor(end / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 of each power of ten (1 only, over many decades) that enclose what lies between."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high) + 1e-9)
    digits = (1, 2, 5) if last - first <= 3 else (1,)
    found = [digit * 10.0**power for power in range(first, last + 1) for digit in digits]
    below = max((t for t in found if t <= low), default=found[0])
    above = min((t for t in found if t >= high), default=found[-1])
    return [t for t in found if below <= t <= max(above, found[found.index(below) + 1])]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))


def _short(value: object) -> object:
    """A coordinate to a tenth of a pixel, which is finer than anyone sees."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
