"""The faults behind a matplotlib plot: translucent bands, each with what broke and which nodes.

A label stands above its band where the band is wide enough, else upright inside it, else nowhere:
the legend still tells the kinds apart by colour::

      partition halves
      n1 n2 | n3 n4 n5
    ┌──▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒───────────▒▒▒▒───┐
    │  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒           ▒k▒▒   │
    │  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒           ▒i▒▒   │
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from harness.history.faults import Fault
from reports.facts import nodes_hit
from reports.palette import fault_colour

CHARACTERS_ACROSS = 105
"""How many characters of a label's size fit over the whole width of the axes."""
CHARACTERS_UPRIGHT = 42


def draw_bands(axes: Axes, faults: Sequence[Fault]) -> None:
    """Draw the faults and their labels; call it last, when the axes' limits are settled."""
    begin, end = axes.get_xlim()
    for fault in faults:
        colour = fault_colour(fault.kind)
        axes.axvspan(fault.begin_s, fault.end_s, color=colour, alpha=0.42, linewidth=0, zorder=1)
        for edge in (fault.begin_s, fault.end_s):
            axes.axvline(edge, color=colour, linewidth=1.0, zorder=1.1)
        room = int((fault.end_s - fault.begin_s) / (end - begin) * CHARACTERS_ACROSS)
        what, hit = (
            printable(f"{fault.kind} {fault.where}".strip()),
            printable(nodes_hit(fault.hit)),
        )
        middle = (fault.begin_s + fault.end_s) / 2
        look: dict[str, Any] = {
            "xycoords": ("data", "axes fraction"),
            "textcoords": "offset points",
            "ha": "center",
            "fontsize": 7.5,
            "color": "#3F4650",
        }
        if len(what) <= room:
            lines = [what, shortened(hit, room)] if hit else [what]
            axes.annotate("\n".join(lines), (middle, 1.0), xytext=(0, 3), va="bottom", **look)
        elif room >= 2:
            text = shortened(f"{what}: {hit}" if hit else what, CHARACTERS_UPRIGHT)
            look |= {"rotation": 90, "zorder": 4}
            axes.annotate(text, (middle, 1.0), xytext=(0, -4), va="top", **look)
    _legend_of_kinds(axes, faults)


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def printable(text: str) -> str:
    """The text as the plot's font can draw it, with everything else as a question mark."""
    fit = "".join(c if c.isprintable() and (ord(c) < 0x250 or c in "…–—→·") else "?" for c in text)
    # matplotlib takes a label that begins with an underscore for one to be hidden.
    return f" {fit}" if fit.startswith("_") else fit


def _legend_of_kinds(axes: Axes, faults: Sequence[Fault]) -> None:
    kinds = sorted({fault.kind for fault in faults})
    if not kinds:
        return
    shown = axes.get_legend()
    patches = [Patch(color=fault_colour(kind), alpha=0.6, label=printable(kind)) for kind in kinds]
    if shown is not None:
        axes.add_artist(shown)
    place: dict[str, Any] = {
        "loc": "lower left",
        "bbox_to_anchor": (1.0, 0.0),
        "borderaxespad": 0.0,
    }
    axes.legend(handles=patches, title="faults", fontsize=8.5, title_fontsize=8.5, **place)
