"""The page's pictures of a run over time: latency and throughput, with the faults behind them.

Both share one frame, so that a dip in one stands over the spike in the other::

      partition halves
    ┌───▒▒▒▒▒▒▒▒▒▒──────────┐   bands: what was broken, and when
    │ ··▒▒·▲▲▲✕▒▒··  ·   ·  │   marks: operations (a sample of the ok ones, when they are many)
    │───▒▒╱▔▔▔╲▒▒───────────│   lines: quantiles, made from all operations
    └─┬──┬──┬──┬──┬──┬──┬───┘   and a column for each bucket that says its numbers when pointed at

Marks of one outcome are one path: a hundred thousand elements would be a page nobody can open.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from harness.history.faults import Fault
from reports.buckets import QUANTILES, Buckets, fitting, latency_quantiles, rates
from reports.facts import nodes_hit
from reports.palette import OUTCOMES, fault_colour
from reports.recording import Recording
from reports.svg import log_ticks, picture, tag, ticks, ticks_within

WIDTH, HEIGHT = 1000.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 990.0, 36.0, 250.0
MOST_MARKS = 12_000
"""Drawn marks for each outcome. The page says so when there were more operations."""

GLYPHS = {"ok": "h0", "info": "m-3 2.5l3-5.5 3 5.5z", "fail": "m-2.5-2.5l5 5m0-5l-5 5"}


@dataclass(frozen=True)
class Chart:
    """A picture, and what must be said beside it."""

    drawing: Markup
    bucket_s: float
    sampled: dict[str, int]
    """Of which outcomes only a part is drawn, and how many there were."""


def latency_chart(recorded: Recording) -> Chart:
    """Each operation's latency and the quantiles over time, on a logarithmic scale."""
    table = recorded.operations[recorded.operations["latency_ms"].notna()]
    buckets = fitting(recorded.duration_s, len(table))
    latency = np.maximum(table["latency_ms"].to_numpy(dtype=np.float64), 1e-3)
    marks_at = log_ticks(float(latency.min()), float(latency.max())) if len(latency) else [1.0, 10]
    x, y = _scale_x(recorded), _log_scale(marks_at)
    parts = _frame(recorded, x, [(t, y(t)) for t in marks_at], "ms")
    sampled = {}
    for outcome in OUTCOMES:
        rows = (table["outcome"] == outcome).to_numpy()
        moments, values = table["invoked_s"].to_numpy()[rows], latency[rows]
        stride = max(1, math.ceil(len(values) / MOST_MARKS))
        if stride > 1:
            sampled[outcome] = len(values)
        points = zip(moments[::stride], values[::stride], strict=True)
        path = "".join(f"M{x(s):.1f} {y(ms):.1f}{GLYPHS[outcome]}" for s, ms in points)
        if path:
            parts.append(tag("path", d=path, class_=f"mark {outcome}"))
    found = latency_quantiles(table, buckets)
    at = [int(bucket) for bucket in found.index]
    for name in QUANTILES:
        values = dict(zip(at, found[name].tolist(), strict=True))
        parts.append(_line(values, buckets, x, y, f"quantile {name}"))
    for bucket, row in zip(at, found.to_dict("records"), strict=True):
        numbers = ", ".join(f"{name} {row[name]:,.3g} ms" for name in QUANTILES)
        text = f"{row['operations']:,.0f} operations: {numbers}"
        parts.append(_column(bucket, buckets, recorded, x, text))
    parts += _band_labels(recorded, x)
    drawing = picture(WIDTH, HEIGHT, "Latency of the operations over time", parts)
    return Chart(drawing, buckets.width_s, sampled)


def rate_chart(recorded: Recording) -> Chart:
    """Completions per second over time, stacked by outcome."""
    buckets = fitting(recorded.duration_s, len(recorded.operations))
    by_outcome = {outcome: np.zeros(buckets.count) for outcome in OUTCOMES}
    for (_, outcome), rate in rates(recorded.operations, buckets).items():
        by_outcome[outcome] = by_outcome[outcome] + rate
    total = sum(by_outcome.values(), np.zeros(buckets.count))
    marks_at = ticks(float(total.max()))
    x = _scale_x(recorded)
    tall = (BOTTOM - TOP) / marks_at[-1]
    parts = _frame(recorded, x, [(t, BOTTOM - t * tall) for t in marks_at], "ops/s")
    edges = buckets.edges_s
    for bucket in range(buckets.count):
        floor, left, right = BOTTOM, x(edges[bucket]), x(edges[bucket + 1])
        for outcome in OUTCOMES:
            rate = by_outcome[outcome][bucket]
            if rate <= 0:
                continue
            height = max(float(rate) * tall, 2.0)  # a rare outcome is not to be overlooked
            floor -= height
            box = {"x": left + 0.5, "y": floor, "width": max(right - left - 1, 1.0)}
            parts.append(tag("rect", **box, height=height, class_=f"bar {outcome}"))
        numbers = ", ".join(f"{o} {by_outcome[o][bucket]:,.4g}" for o in OUTCOMES)
        text = f"{total[bucket]:,.4g} operations per second: {numbers}"
        parts.append(_column(bucket, buckets, recorded, x, text))
    parts += _band_labels(recorded, x)
    drawing = picture(WIDTH, HEIGHT, "Completed operations per second over time", parts)
    return Chart(drawing, buckets.width_s, {})


Scale = Callable[[float], float]


def _scale_x(recorded: Recording) -> Scale:
    wide = (RIGHT - LEFT) / (recorded.duration_s or 1.0)
    return lambda seconds: LEFT + float(seconds) * wide


def _log_scale(marks_at: list[float]) -> Scale:
    low, high = math.log10(marks_at[0]), math.log10(marks_at[-1])
    tall = (BOTTOM - TOP) / (high - low)
    return lambda value: BOTTOM - (math.log10(float(value)) - low) * tall


def _frame(
    recorded: Recording, x: Scale, marks_at: list[tuple[float, float]], unit: str
) -> list[Markup]:
    parts = []
    for fault in recorded.faults:
        box = {"x": x(fault.begin_s), "width": max(x(fault.end_s) - x(fault.begin_s), 1.0)}
        colour = fault_colour(fault.kind)
        parts.append(
            tag(
                "rect", **box, y=TOP, height=BOTTOM - TOP, fill=colour, class_="band", stroke=colour
            )
        )
    for value, y in marks_at:
        parts.append(tag("line", x1=LEFT, x2=RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(
            tag("text", f"{value:,.6g}", x=LEFT - 6, y=y + 4, class_="tick", text_anchor="end")
        )
    parts.append(tag("text", unit, x=LEFT - 6, y=TOP - 14, class_="tick", text_anchor="end"))
    for second in ticks_within(recorded.duration_s):
        at = x(second)
        parts.append(tag("line", x1=at, x2=at, y1=BOTTOM, y2=BOTTOM + 4, class_="axis"))
        label = f"{second:g} s"
        parts.append(tag("text", label, x=at, y=BOTTOM + 18, class_="tick", text_anchor="middle"))
    parts.append(tag("line", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM, class_="axis"))
    return parts


def _line(values: dict[int, float], buckets: Buckets, x: Scale, y: Scale, look: str) -> Markup:
    """A line through the buckets' middles; it breaks where a bucket has no value."""
    middles, steps, last = buckets.middles_s, [], -2
    for bucket, value in values.items():
        letter = "L" if bucket == last + 1 else "M"
        # Without the zero-length stroke a bucket between two empty ones would not be seen.
        steps.append(f"{letter}{x(middles[bucket]):.1f} {y(max(value, 1e-3)):.1f}h0")
        last = bucket
    return tag("path", d="".join(steps), class_=look)


def _column(bucket: int, buckets: Buckets, recorded: Recording, x: Scale, text: str) -> Markup:
    begin, end = buckets.edges_s[bucket], buckets.edges_s[bucket + 1]
    broken = [_said(f) for f in recorded.faults if f.begin_s < end and f.end_s > begin]
    lines = [f"{begin:g}–{end:.4g} s", text, *(f"during {what}" for what in broken)]
    box = {"x": x(begin), "y": TOP, "width": x(end) - x(begin), "height": BOTTOM - TOP}
    return tag("rect", tag("title", "\n".join(lines)), **box, class_="hover")


def _band_labels(recorded: Recording, x: Scale) -> list[Markup]:
    """What broke and whom it hit, over each band; upright in a band too narrow for the kind."""
    parts = []
    for fault in recorded.faults:
        left, right = x(fault.begin_s), x(fault.end_s)
        middle, room = (left + right) / 2, int((right - left + 24) / 6.0)
        what, hit = f"{fault.kind} {fault.where}".strip(), nodes_hit(fault.hit)
        above = [text for text in (what, fault.kind) if len(text) <= room][:1]
        inside: list[Markup] = []
        if above:
            above += [hit] if len(hit) <= room else []
            for line, y in zip(above, (TOP - 19, TOP - 6), strict=False):
                look = {"class_": "band-label", "text_anchor": "middle"}
                inside.append(tag("text", line, x=middle, y=y, **look))
        else:
            turn = f"rotate(-90 {middle + 4:.1f} {TOP + 4:.1f})"
            look = {"class_": "band-label", "text_anchor": "end", "transform": turn}
            inside.append(tag("text", what[:30], x=middle + 4, y=TOP + 4, **look))
        parts.append(tag("g", tag("title", _said(fault)), *inside))
    return parts


def _said(fault: Fault) -> str:
    what = f"{fault.kind} {fault.where}".strip()
    span = f"{fault.begin_s:.1f}–{fault.end_s:.1f} s"
    return f"{what}, {span}: {fault.hit[:200]}" if fault.hit else f"{what}, {span}"
