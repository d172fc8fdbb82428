"""The counterexample as a picture: a row for each process, its operations from left to right.

::

    process 3 · n1    ├─ write 41 ─┤
    process 7 · n4                   ├─ write 57 ─┤
    process 0 · n1                                      ├─ read 41 ─┤   ◀ marked
                      12.003 s                          14.201 s

Order is exact, distances are not: a stale read of a millisecond may come two seconds after the
write that it missed, and to scale neither could be seen. Every beginning and end has its own place
on the axis; the places are apart by the logarithm of the time between them, and at least as far as
the labels need.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from harness.history.faults import Fault
from reports.facts import mapping, number, shown_value, text
from reports.palette import fault_colour
from reports.svg import picture, tag

CHARACTER, ROW, LEFT, TOP = 7.3, 46.0, 128.0, 34.0
NARROWEST = 960.0
MOST_DRAWN = 40
READS = {"read", "poll", "dequeue", "pop"}


@dataclass(frozen=True)
class Shown:
    """One operation of a counterexample, as it is drawn and listed."""

    process: str
    node: str
    f: str
    key: str
    value: str
    outcome: str
    begun: tuple[int, float]
    """Index and time in seconds of the invocation."""
    done: tuple[int, float] | None
    marked: bool

    @property
    def label(self) -> str:
        """What was done, as short as it can be said."""
        what = self.f if self.value == "null" and self.outcome != "ok" else f"{self.f} {self.value}"
        return what if self.outcome == "ok" else f"{what} ({self.outcome})"


def shown_operations(counterexample: Sequence[Any], nodes: Mapping[int, str]) -> list[Shown]:
    """The operations of a counterexample in order of invocation; malformed ones are left out.

    `nodes` says at which node each invocation (by its index) was made. Marked is what the checker
    marks as `offending`, else the read that completed last (where nothing reads: the last answer):
    no order of the operations explains it together with the others.
    """
    read: list[tuple[Mapping[str, Any], tuple[int, float], tuple[int, float] | None]] = []
    for said in counterexample:
        op = mapping(said)
        begun = _moment(op.get("invoked"))
        if begun is not None:
            read.append((op, begun, _moment(op.get("completed"))))
    read.sort(key=lambda entry: entry[1])
    ok = [(done, at) for at, (op, _, done) in enumerate(read) if done and op.get("outcome") == "ok"]
    answered = [(done, at) for done, at in ok if read[at][0].get("f") in READS] or ok
    offending = {at for at, (op, _, _) in enumerate(read) if op.get("offending") is True}
    if not offending and answered:
        offending = {max(answered)[1]}
    return [
        Shown(
            process=str(op.get("process")),
            node=str(nodes.get(begun[0]) or ""),
            f=str(op.get("f"))[:40],
            key=text(op.get("key"), 80),
            value=shown_value(op.get("value"), 32),
            outcome=str(op.get("outcome") or "info")[:20],
            begun=begun,
            done=done,
            marked=at in offending,
        )
        for at, (op, begun, done) in enumerate(read)
    ]


def draw_timeline(shown: Sequence[Shown], faults: Sequence[Fault]) -> Markup:
    """The picture of these operations (the last `MOST_DRAWN` of them)."""
    drawn = shown[-MOST_DRAWN:]
    rows = list(dict.fromkeys(op.process for op in drawn))
    moments = sorted({m for op in drawn for m in (op.begun, op.done) if m is not None})
    xs = _places(drawn, moments)
    ends = [xs[moments.index(op.begun)] + _width(op) for op in drawn]
    right = max(NARROWEST, xs[-1] + 60.0, *ends)
    bottom = TOP + ROW * len(rows)
    parts = _bands(faults, moments, xs, right, bottom)
    for at, process in enumerate(rows):
        y = TOP + ROW * at
        node = next(op.node for op in drawn if op.process == process)
        name = f"process {process}" + (f" · {node}" if node else "")
        parts.append(tag("line", x1=LEFT - 12, x2=right, y1=y + 30, y2=y + 30, class_="grid"))
        parts.append(tag("text", name[:20], x=4.0, y=y + 34, class_="row-name"))
    for op in drawn:
        begin = xs[moments.index(op.begun)]
        end = xs[moments.index(op.done)] if op.done else right
        parts.append(_bar(op, begin, end, TOP + ROW * rows.index(op.process)))
    parts.append(tag("line", x1=LEFT - 12, x2=right, y1=bottom, y2=bottom, class_="axis"))
    free = -math.inf
    for (_, second), x in zip(moments, xs, strict=True):
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="moment"))
        if x >= free:
            label = f"{second:.4f} s"
            parts.append(tag("text", label, x=x, y=bottom + 16, class_="tick"))
            free = x + len(label) * CHARACTER + 6
    title = "The counterexample: each process's operations in order of time"
    return picture(right + 10, bottom + 24, title, parts)


def _bar(op: Shown, begin: float, end: float, y: float) -> Markup:
    look = f"op {op.outcome}" + (" marked" if op.marked else "") + ("" if op.done else " open")
    when = f"invoked {op.begun[1]:.6f} s (index {op.begun[0]}), "
    when += f"completed {op.done[1]:.6f} s (index {op.done[0]})" if op.done else "never completed"
    at = f" at {op.node}" if op.node else ""
    key = f", key {op.key}" if op.key else ""
    said = f"process {op.process}{at}{key}: {op.label}\n{when}"
    name = f"▶ {op.label}" if op.marked else op.label
    return tag(
        "g",
        tag("title", said),
        tag("rect", x=begin, y=y + 22, width=max(end - begin, 3.0), height=16, rx=4, class_="span"),
        tag("text", name, x=begin, y=y + 16, class_="op-label"),
        class_=look,
    )


def _places(drawn: Sequence[Shown], moments: Sequence[tuple[int, float]]) -> list[float]:
    """Where each moment lies: apart by the logarithm of the time, and as far as labels need."""
    gaps = [
        16.0 + 12.0 * math.log10(1.0 + max(after[1] - before[1], 0.0) * 1e3)
        for before, after in pairwise(moments)
    ]
    for op in drawn:
        later = [o.begun for o in drawn if o.process == op.process and o.begun > op.begun]
        first = bisect.bisect_left(moments, op.begun)
        last = bisect.bisect_left(moments, min(later)) if later else len(moments) - 1
        lacking = _width(op) - sum(gaps[first:last])
        if later and lacking > 0:
            for at in range(first, last):
                gaps[at] += lacking / (last - first)
    if gaps and sum(gaps) < NARROWEST - LEFT - 110:
        wider = (NARROWEST - LEFT - 110) / sum(gaps)
        gaps = [gap * wider for gap in gaps]
    xs = [LEFT]
    for gap in gaps:
        xs.append(xs[-1] + gap)
    return xs


def _bands(
    faults: Sequence[Fault],
    moments: Sequence[tuple[int, float]],
    xs: Sequence[float],
    right: float,
    bottom: float,
) -> list[Markup]:
    """The faults in force meanwhile; between two moments a fault's edge is put in proportion."""
    seconds = [second for _, second in moments]
    parts = []
    for fault in faults:
        if fault.end_s <= seconds[0] or fault.begin_s >= seconds[-1]:
            continue
        begin = LEFT - 12 if fault.begin_s <= seconds[0] else _between(fault.begin_s, seconds, xs)
        end = right if fault.end_s >= seconds[-1] else _between(fault.end_s, seconds, xs)
        colour, what = fault_colour(fault.kind), f"{fault.kind} {fault.where}".strip()
        box = {"x": begin, "y": TOP - 14, "width": max(end - begin, 2.0)}
        shown = tag("rect", **box, height=bottom - TOP + 14, fill=colour, class_="band")
        label = tag("text", what[:40], x=begin + 4, y=TOP - 19, class_="band-label")
        parts.append(tag("g", tag("title", f"{what}: {fault.hit[:200]}"), shown, label))
    return parts


def _between(second: float, seconds: Sequence[float], xs: Sequence[float]) -> float:
    after = bisect.bisect_right(seconds, second)
    before = after - 1
    part = (second - seconds[before]) / (seconds[after] - seconds[before])
    return xs[before] + part * (xs[after] - xs[before])


def _width(op: Shown) -> float:
    return (len(op.label) + 2 * op.marked) * CHARACTER + 12


def _moment(said: Any) -> tuple[int, float] | None:
    index, time = number(mapping(said).get("index")), number(mapping(said).get("time"))
    return None if index is None or time is None else (int(index), time / 1e9)
