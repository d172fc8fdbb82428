"""The page of a mutation score: the bugs, how each was caught, and how soon, as a picture.

::

    bug                 caught by     seconds of simulated time to the first catch (logarithmic)
    leader_local_read   verdict       ━━━━━━━━●                          9 s   partition
    no_such_thing       not caught    ━━━━━━━━━━━━━━━━━━━━━━━━━━╳    1 900 s

A dot is the median search, small ones the others. `score.svg` is the picture alone; `score.html`
holds it with the same numbers as text, and the command that shows each catch again.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, ClassVar

from markupsafe import Markup

from reports.page import TEMPLATES
from reports.svg import log_ticks, picture, tag

WIDTH = 1300.0
ROW = 30.0
TOP = 56.0
NAME_X, BY_X, BAR_X, END_X, FAULTS_X = 8.0, 296.0, 456.0, 886.0, 990.0
FAULTS = 4
"""So many faults are named; there is no room for more."""
WORDS = {
    "verdict": "verdict",
    "invariant": "invariant only",
    "missed": "not caught",
    "equivalent": "proven equivalent",
    "failed": "not carried out",
    "unfinished": "not finished",
}
COLOURS = {
    "verdict": "#2e8b57",
    "invariant": "#c98a00",
    "missed": "#d0234f",
    "equivalent": "#8a94a3",
    "failed": "#d0234f",
    "unfinished": "#8a94a3",
}
INK, SOFT, LINE = "#1b2330", "#566173", "#dfe3ea"


class ScorePage:
    """Writes `score.svg` and `score.html` from `score.json`."""

    name: ClassVar[str] = "page"

    def write(self, folder: Path) -> list[Path]:
        """See `harness.score.write.ScoreReport`."""
        import jinja2

        score = json.loads((folder / "score.json").read_text(encoding="utf-8"))
        drawing = draw(score["bugs"])
        svg, page = folder / "score.svg", folder / "score.html"
        svg.write_text(drawing, encoding="utf-8", errors="replace")
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        html = environment.get_template("score.html").render(
            score=score, drawing=drawing, words=WORDS, colours=COLOURS
        )
        page.write_text(html, encoding="utf-8", errors="replace")
        return [svg, page]


def draw(bugs: list[dict[str, Any]]) -> Markup:
    """The table as a picture."""
    spent = [_seconds(bug) for bug in bugs]
    every = [second for seconds in spent for second, _ in seconds if second > 0] or [1.0, 10.0]
    marks = log_ticks(min(every), max(every))
    low, high = math.log10(marks[0]), math.log10(marks[-1])

    def x(seconds: float) -> float:
        share = (math.log10(max(seconds, marks[0])) - low) / (high - low)
        return BAR_X + share * (END_X - BAR_X)

    bottom = TOP + ROW * len(bugs)
    parts = [
        tag("rect", width=WIDTH, height=bottom + 12, fill="#ffffff"),
        _text(NAME_X, 20, "bug", SOFT),
        _text(BY_X, 20, "caught by", SOFT),
        _text(BAR_X, 20, "simulated seconds to the first catch", SOFT),
        _text(FAULTS_X, 20, "faults", SOFT),
    ]
    for mark in marks:
        parts.append(tag("line", x1=x(mark), x2=x(mark), y1=TOP - 8, y2=bottom, stroke=LINE))
        parts.append(
            _text(
                x(mark),
                TOP - 14,
                f"{mark:,g}" if mark < 1 else f"{mark:,.0f}",
                SOFT,
                anchor="middle",
            )
        )
    for row, (bug, seconds) in enumerate(zip(bugs, spent, strict=True)):
        parts += _row(bug, seconds, TOP + ROW * row + ROW / 2, x)
    return picture(WIDTH, bottom + 12, "The mutation score, bug by bug", parts)


def _row(bug: dict[str, Any], seconds: list[tuple[float, bool]], y: float, x: Any) -> list[Markup]:
    colour, catch = COLOURS[bug["by"]], bug["catch"]
    parts = [
        _text(NAME_X, y + 5, bug["flag"], INK, weight=600),
        _text(BY_X, y + 5, WORDS[bug["by"]], colour, weight=600),
    ]
    for second, caught in seconds:
        glyph = "m-3-3l6 6m0-6l-6 6"
        if caught:
            parts.append(tag("circle", cx=x(second), cy=y, r=3.5, fill=colour, opacity=0.45))
        else:
            parts.append(tag("path", d=f"M{x(second):.1f} {y:.1f}{glyph}", stroke=colour))
    if catch is not None:
        parts.append(tag("circle", cx=x(catch["simulated_s"]), cy=y, r=6, fill=colour))
        told = f"{catch['simulated_s']:,.0f} s"
        parts.append(_text(END_X + 10, y + 5, told, INK))
        parts.append(_text(FAULTS_X, y + 5, _some(catch["nemesis"]), INK))
    elif seconds:
        so_far = "so far" if bug["by"] == "unfinished" else "in vain"
        told = f"{sum(second for second, _ in seconds):,.0f} s {so_far}"
        parts.append(_text(END_X + 10, y + 5, told, colour))
    return parts


def _some(faults: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(faults) - FAULTS} more" if len(faults) > FAULTS else ""
    return " ".join(faults[:FAULTS]) + more or "none"


def _seconds(bug: dict[str, Any]) -> list[tuple[float, bool]]:
    """Of each search: until its catch, or all of it, and whether there was a catch."""
    kind = "invariant" if bug["by"] == "invariant" else "verdict"
    found = []
    for search in bug["searches"]:
        catch = search[kind]
        found.append(((catch or search)["simulated_s"], catch is not None))
    return found


def _text(
    x: float, y: float, words: str, colour: str, *, weight: int = 400, anchor: str = "start"
) -> Markup:
    """Styled here: the page's own rules for text would win over attributes."""
    style = (
        f"fill:{colour};font-family:system-ui,'DejaVu Sans',sans-serif;font-size:14px;"
        f"font-weight:{weight};text-anchor:{anchor}"
    )
    return tag("text", words, x=x, y=y, style=style)
