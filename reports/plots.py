"""The plots of a run as files, for slides, papers and bug reports: SVG and PNG of each.

::

    latency-raw         a mark for each operation: when it was invoked, how long it took
    latency-quantiles   p50, p95, p99 and max over time
    rate                completions per second over time, by f and outcome

Behind each lie the faults as bands, with what they hit. The same run gives the same bytes: no date
goes into a file, and the identifiers inside an SVG come from a fixed salt.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.run_folder import RunFolder
from reports.bands import draw_bands, printable
from reports.buckets import QUANTILES, common, fitting, latency_quantiles, rates
from reports.palette import OUTCOME_COLOURS, OUTCOMES
from reports.recording import Recording, recording

WIDTH_IN, HEIGHT_IN, DPI = 9.0, 4.4, 100  # 900 pixels wide
RASTER_FROM = 5_000
"""With more marks than this an SVG holds them as one picture: as shapes they would be megabytes."""

SHAPES = ("o", "s", "^", "D", "v", "P", "<", "h", ">")
QUANTILE_LINES = {
    "max": ("#B0489A", ":", "v"),
    "p99": ("#D1495B", "-.", "D"),
    "p95": ("#E08E00", "--", "s"),
    "p50": ("#2F6DB3", "-", "o"),
}
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "splitbrain",
    "text.parse_math": False,  # a "$" in somebody's f is a dollar
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#767C85",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDE1E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


class Plots:
    """Writes the three plots into the run's folder, as SVG and as PNG."""

    name: ClassVar[str] = "plots"
    draws_last: ClassVar[bool] = False

    def write(self, run: RunFolder) -> list[Path]:
        """Draw each plot; a run without operations gives empty axes that say so."""
        recorded = recording(run)
        written = []
        for name, title, draw in DRAWINGS:
            with rc_context(STYLE):
                figure = _figure(title, recorded, draw)
                for path in (run.path / f"{name}.svg", run.path / f"{name}.png"):
                    kept = {"Date": None} if path.suffix == ".svg" else {"Software": "splitbrain"}
                    figure.savefig(path, dpi=DPI, metadata=kept)
                    written.append(path)
        return written


def _figure(title: str, recorded: Recording, draw: Callable[[Axes, Recording], None]) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_xlim(0, recorded.duration_s or 1.0)
    axes.set_xlabel("time since the run began (s)")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    if len(recorded.operations):
        draw(axes, recorded)
    else:
        says = "no operations were recorded"
        axes.text(0.5, 0.5, says, ha="center", color="#59616B", transform=axes.transAxes)
    draw_bands(axes, recorded.faults)
    # Laid out once, not again for each file: it takes longer than the drawing.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _draw_latencies(axes: Axes, recorded: Recording) -> None:
    table = recorded.operations[recorded.operations["latency_ms"].notna()]
    kinds = common(table)
    _log_scale(axes)
    axes.set_ylabel("latency (ms)")
    many = len(table) > RASTER_FROM
    handles = []
    for f, shape in zip(sorted(set(kinds)), SHAPES, strict=False):
        for outcome in OUTCOMES:
            rows = table[(kinds == f) & (table["outcome"] == outcome)]
            if rows.empty:
                continue
            look = _mark(shape, outcome)
            milliseconds = np.maximum(rows["latency_ms"].to_numpy(dtype=np.float64), 1e-3)
            size = 2.6 if many and outcome == "ok" else 4.2
            axes.plot(
                rows["invoked_s"], milliseconds, **look, markersize=size, rasterized=many, zorder=3
            )
            handles.append(Line2D([], [], **look, markersize=6, label=printable(f"{f} {outcome}")))
    if recorded.unanswered:
        never = f"never answered: {recorded.unanswered} (not drawn)"
        handles.append(Line2D([], [], linestyle="none", label=never))
    _legend(axes, handles)


def _mark(shape: str, outcome: str) -> dict[str, Any]:
    """The outcome shows in the filling too: ok is plain, info is hollow, fail has a dark rim."""
    colour = OUTCOME_COLOURS[outcome]
    return {
        "linestyle": "none",
        "marker": shape,
        "color": colour,
        "markerfacecolor": "none" if outcome == "info" else colour,
        "markeredgecolor": "#3A0A22" if outcome == "fail" else colour,
        "markeredgewidth": {"ok": 0.0, "info": 1.1, "fail": 0.6}[outcome],
    }


def _draw_quantiles(axes: Axes, recorded: Recording) -> None:
    buckets = fitting(recorded.duration_s, len(recorded.operations))
    found = latency_quantiles(recorded.operations, buckets)
    _log_scale(axes)
    axes.set_ylabel(f"latency (ms), in buckets of {buckets.width_s:g} s")
    # A bucket without any latency breaks the line: nothing is known there.
    found = found.reindex(range(buckets.count))
    handles = []
    for name in reversed(QUANTILES):
        colour, line, shape = QUANTILE_LINES[name]
        values = np.maximum(found[name].to_numpy(dtype=np.float64), 1e-3)
        look: dict[str, Any] = {"color": colour, "linestyle": line, "marker": shape}
        axes.plot(buckets.middles_s, values, **look, linewidth=1.5, markersize=3.5, zorder=3)
        handles.append(Line2D([], [], **look, markersize=4, label=name))
    _legend(axes, handles)


def _draw_rates(axes: Axes, recorded: Recording) -> None:
    buckets = fitting(recorded.duration_s, len(recorded.operations))
    axes.set_ylabel(f"operations per second, in buckets of {buckets.width_s:g} s")
    found = rates(recorded.operations, buckets)
    shapes = dict(zip(sorted({f for f, _ in found}), SHAPES, strict=False))
    handles = []
    for (f, outcome), rate in found.items():
        look = _mark(shapes[f], outcome)
        look["linestyle"] = {"ok": "-", "info": "--", "fail": ":"}[outcome]
        axes.plot(buckets.middles_s, rate, **look, linewidth=1.5, markersize=4, zorder=3)
        handles.append(Line2D([], [], **look, markersize=5, label=printable(f"{f} {outcome}")))
    axes.set_ylim(bottom=0)
    _legend(axes, handles)


DRAWINGS: list[tuple[str, str, Callable[[Axes, Recording], None]]] = [
    ("latency-raw", "Latency of each operation", _draw_latencies),
    ("latency-quantiles", "Latency over time", _draw_quantiles),
    ("rate", "Throughput over time", _draw_rates),
]


def _log_scale(axes: Axes) -> None:
    """A logarithmic y axis whose ticks read 1, 2, 5, 10, … and not as powers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _legend(axes: Axes, handles: list[Line2D]) -> None:
    place: dict[str, Any] = {
        "loc": "upper left",
        "bbox_to_anchor": (1.0, 1.0),
        "borderaxespad": 0.0,
    }
    axes.legend(handles=handles, fontsize=8.5, **place)
