"""The verifier's own reading of a history: JSON lines into the calls of each key.

An operation is a `Call` from the rank of its invocation to that of its completion, or to `FOREVER`
when its outcome is unknown. Failed operations did not happen, and crashed reads changed nothing and
told nobody anything: neither becomes a call. Lines are looked at one by one and let go of.

A history may be **cut**: what is linearizable has a linearizable beginning. (Take an order of the
whole, up to the last operation in it that had completed before the cut. All of them were invoked
before the cut, or real time would have put them after that one; what was still open is of unknown
outcome. Herlihy & Wing, "Linearizability", 1990, section 3.)
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from harness.model import FOREVER, UNKNOWN, Call, Model, freeze, misfit_answer

Calls = dict[int, Call]
"""By the index of their invocations."""


class BadHistory(ValueError):
    """The lines are no history of this model; the message says which and why."""


class Line(msgspec.Struct, gc=False):
    """One op, as far as it counts: whatever else the line says is passed over."""

    index: int
    time: int
    type: Literal["invoke", "ok", "fail", "info"]
    process: int | str
    f: str
    value: Any
    key: Any = None


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Decode JSON lines; a last one that was torn while it was written is left out."""
    decode = msgspec.json.Decoder(Line).decode
    for number, line in enumerate(lines, 1):
        try:
            yield decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if line.isspace() or (number > 1 and not line.endswith(b"\n")):
                continue
            raise BadHistory(f"line {number}: {error}") from None


def gather(
    lines: Iterable[Any], model: Model, *, until: int | None = None, by_time: bool = False
) -> tuple[dict[Hashable, Calls], int]:
    """Pair the ops; return the calls of each key, and how many invocations there were.

    Args:
        lines: ops by rising index, each like a `Line`.
        model: what knows their `f`s and the shapes of their values.
        until: cut before this index.
        by_time: ops of the same time have no order.

    Raises:
        BadHistory: they do not pair, or the model does not know them.
    """
    keys: dict[Hashable, Calls] = {}
    running: dict[Any, tuple[Hashable, Call]] = {}
    ops, rank, cut, index, time = 0, 0, FOREVER, -math.inf, -math.inf
    for line in lines:
        _check(line.index > index and line.time >= time, line, "index or time runs backwards")
        rank += not by_time or line.time > time
        index, time = line.index, line.time
        if cut == FOREVER and until is not None and index >= until:
            cut = 2 * rank
        if line.process == "nemesis":
            continue
        if line.type == "invoke":
            free = line.process not in running and isinstance(line.process, int)
            _check(free, line, "process {!r} can't invoke anything now", line.process)
            key, call = _invoked(line, 2 * rank, model)
            running[line.process] = key, call
            keys.setdefault(key, {})[index] = call
            ops += 1
            continue
        _check(line.process in running, line, "process {!r} has nothing to complete", line.process)
        key, call = running.pop(line.process)
        same = line.f == call.f and (line.key is None or _key(line, model) == key)
        _check(same, line, "it completes something else than op {} invoked", call.row)
        if line.type == "fail":
            del keys[key][call.row]
        elif line.type == "ok":
            keys[key][call.row] = _completed(line, 2 * rank + 1, call, model)
    return {key: dict(_known(calls, cut, model)) for key, calls in keys.items()}, ops


def _invoked(line: Any, at: int, model: Model) -> tuple[Hashable, Call]:
    _check(line.f in model.fs, line, "the model {} does not know {}", model.name, line.f)
    value = _frozen(line.value, line)
    wrong = model.misfit(line.f, value)
    _check(wrong is None, line, "{}, not {!r}", wrong, line.value)
    value = (line.process, value) if model.by_process else value
    return _key(line, model), Call(at, FOREVER, line.f, value, UNKNOWN, line.process, line.index)


def _completed(line: Any, at: int, call: Call, model: Model) -> Call:
    asked: Any = call.value
    result = _frozen(line.value, line)
    wrong = misfit_answer(model, call.f, asked[1] if model.by_process else asked, result)
    _check(wrong is None, line, "{}, not {!r}", wrong, line.value)
    return replace(call, end=at, result=result)


def _known(calls: Calls, cut: int, model: Model) -> Iterator[tuple[int, Call]]:
    """What was known of the calls at the cut, without crashed reads."""
    for index, call in calls.items():
        if call.end >= cut:
            call = replace(call, end=FOREVER, result=UNKNOWN)
        if call.start < cut and not (call.crashed and call.f in model.reads):
            yield index, call


def _key(line: Any, model: Model) -> Hashable:
    return _frozen(line.key, line) if model.per_key else None


def _frozen(value: Any, line: Any) -> Hashable:
    try:
        return freeze(value)
    except RecursionError:
        raise BadHistory(f"op {line.index}: its value is nested too deeply") from None


def _check(fine: bool, line: Any, wrong: str, *parts: Any) -> None:
    if not fine:
        raise BadHistory(f"op {line.index}: {wrong.format(*parts)}")
