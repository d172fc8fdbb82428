"""The verifier's own reading of a history: JSON lines into the calls of each key.

An operation is a `Call` from the rank of its invocation to that of its completion, or to `FOREVER`
when its outcome is unknown. Failed operations did not happen, and crashed reads changed nothing and
told nobody anything: neither becomes a call. Lines are looked at one by one and let go of. Where
times alone give an order, the ops of one time have the same rank, and a cut leaves out all of them.

A history may be **cut**: what is linearizable has a linearizable beginning. (Take an order of the
whole, up to the last operation in it that had completed before the cut. All of them were invoked
before the cut, or real time would have put them after that one; what was still open is of unknown
outcome. Herlihy & Wing, "Linearizability", 1990, section 3.)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import groupby
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
    process: int | Literal["nemesis"]
    f: str
    value: Any
    key: Any = None


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Decode JSON lines; a last one that was torn while it was written is left out."""
    decode = msgspec.json.Decoder(Line).decode
    for number, line in enumerate(lines, 1):
        try:
            op = decode(line)
            freeze([op.key, op.value])  # nor is it nested more deeply than this gets
            yield op
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            ends_early = "truncated" in str(error) or str(error).endswith(f"(byte {len(line)})")
            if line.isspace() or (number > 1 and ends_early and not line.endswith(b"\n")):
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
    keys = dict[Hashable, Calls]()
    running = dict[Any, tuple[Hashable, Hashable, Call]]()
    ops, previous = 0, None
    for rank, (_, group) in enumerate(groupby(lines, lambda op: op.time if by_time else op.index)):
        together = list(group)
        past = until is not None and together[-1].index >= until
        for line in together:
            rising = not previous or (line.index > previous.index and line.time >= previous.time)
            _refuse(line, not rising and "index or time runs backwards")
            previous, process = line, line.process
            if process == "nemesis":
                continue
            key, value = freeze(line.key) if model.per_key else None, freeze(line.value)
            if line.type == "invoke":
                _refuse(line, process in running and f"process {process} is not done yet")
                _refuse(line, line.f not in model.fs and f"{model.name} does not know {line.f}")
                _refuse(line, model.misfit(line.f, value))
                asked = (process, value) if model.by_process else value
                call = Call(2 * rank, FOREVER, line.f, asked, UNKNOWN, process, line.index)
                running[process] = key, value, call
                calls = keys.setdefault(key, {})
                if not past and line.f not in model.reads:
                    calls[line.index] = call
                ops += 1
                continue
            _refuse(line, process not in running and f"process {process} has nothing to complete")
            invoked, asked, call = running.pop(process)
            other = line.f != call.f or (line.key is not None and key != invoked)
            _refuse(line, other and f"it completes something else than op {call.row} invoked")
            if line.type == "fail":
                keys[invoked].pop(call.row, None)
            elif line.type == "ok":
                _refuse(line, misfit_answer(model, line.f, asked, value))
                if not past:
                    keys[invoked][call.row] = replace(call, end=2 * rank + 1, result=value)
    return keys, ops


def _refuse(line: Any, wrong: str | bool | None) -> None:
    if wrong:
        raise BadHistory(f"op {line.index}: {wrong}")
