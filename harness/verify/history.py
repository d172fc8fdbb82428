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

from harness.model import FOREVER, UNKNOWN, Call, Model, freeze

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


class History(msgspec.Struct, frozen=True):
    """The calls of each key, and how many invocations there were."""

    keys: dict[Hashable, Calls]
    ops: int


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
) -> History:
    """Pair the ops and sort them by key.

    Args:
        lines: ops by rising index, each like a `Line`.
        model: what knows their `f`s and the shapes of their values.
        until: cut before this index.
        by_time: ops of the same time have no order.

    Raises:
        BadHistory: they do not pair, or the model does not know them.
    """
    pairing = _Pairing(model)
    rank, cut = 0, None
    last_index, last_time = -math.inf, -math.inf
    for line in lines:
        if line.index <= last_index or line.time < last_time:
            raise BadHistory(f"op {line.index}: the index does not rise, or time runs backwards")
        rank += not by_time or line.time > last_time
        last_index, last_time = line.index, line.time
        if cut is None and until is not None and line.index >= until:
            cut = 2 * rank
        if line.process == "nemesis":
            continue
        if line.type == "invoke":
            pairing.invoke(line, 2 * rank)
        else:
            pairing.complete(line, 2 * rank + 1)
    for started in pairing.running.values():
        pairing.crash(started)
    keys = pairing.keys
    if cut is not None:
        keys = {key: _before(cut, calls, model) for key, calls in keys.items()}
    return History(keys, pairing.ops)


class _Started(msgspec.Struct, frozen=True, gc=False):
    """An invocation without completion yet."""

    index: int
    at: int
    process: int
    key: Hashable
    f: str
    value: Hashable


class _Pairing:
    """What was invoked, with what completed it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.keys: dict[Hashable, Calls] = {}
        self.running: dict[int | str, _Started] = {}
        self.ops = 0

    def invoke(self, line: Any, at: int) -> None:
        process, model = line.process, self.model
        if process in self.running or not isinstance(process, int):
            raise BadHistory(f"op {line.index}: process {process!r} can't invoke anything now")
        if line.f not in model.fs:
            raise BadHistory(f"op {line.index}: the model {model.name} does not know {line.f}")
        value = _frozen(line.value, line.index)
        if (wrong := model.misfit(line.f, value)) is not None:
            raise BadHistory(f"op {line.index}: {wrong}, not {line.value!r}")
        key = self._key(line)
        self.running[process] = _Started(line.index, at, process, key, line.f, value)
        self.keys.setdefault(key, {})
        self.ops += 1

    def complete(self, line: Any, at: int) -> None:
        started = self.running.pop(line.process, None)
        if started is None:
            raise BadHistory(f"op {line.index}: process {line.process!r} has nothing to complete")
        if line.f != started.f or (line.key is not None and self._key(line) != started.key):
            raise BadHistory(
                f"op {line.index} completes something else than op {started.index} invoked"
            )
        if line.type == "info":
            self.crash(started)
        elif line.type == "ok":
            result = _frozen(line.value, line.index)
            if (wrong := self.model.misfit_result(started.f, started.value, result)) is not None:
                raise BadHistory(f"op {line.index}: {wrong}, not {line.value!r}")
            self._add(started, at, result)

    def crash(self, started: _Started) -> None:
        if started.f not in self.model.reads:
            self._add(started, FOREVER, UNKNOWN)

    def _add(self, by: _Started, end: int, result: Hashable) -> None:
        value = (by.process, by.value) if self.model.by_process else by.value
        call = Call(by.at, end, by.f, value, result, by.process, by.index)
        self.keys[by.key][by.index] = call

    def _key(self, line: Any) -> Hashable:
        return _frozen(line.key, line.index) if self.model.per_key else None


def _before(cut: int, calls: Calls, model: Model) -> Calls:
    """What was known of the calls at the cut."""
    known = {index: call for index, call in calls.items() if call.start < cut}
    for index, call in list(known.items()):
        if call.end < cut or call.crashed:
            continue
        if call.f in model.reads:
            del known[index]
        else:
            known[index] = msgspec.structs.replace(call, end=FOREVER, result=UNKNOWN)
    return known


def _frozen(value: Any, index: int) -> Hashable:
    try:
        return freeze(value)
    except RecursionError:
        raise BadHistory(f"op {index}: its value is nested too deeply") from None
