"""Is what clients saw linearizable? Judged with the one thing no client has: the committed log.

The log gives every write its place, so nothing has to be searched for. A write that was
acknowledged must be in the log, one that was refused must not, and a read must fit somewhere
between two writes of its key, not before anything that had ended when it began.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, Literal

from targets.store.machine.sessions import Sessions
from targets.store.machine.side_by_side import bundled_machine

Outcome = Literal["ok", "fail", "info"]


@dataclass
class Op:
    """One operation of one client. Values of writes are unique, which is how the log shows them."""

    f: str
    key: str
    value: Any
    began: float
    outcome: Outcome = "info"
    answer: Any = None
    ended: float = inf


def judge(ops: list[Op], committed: Mapping[int, tuple[int, str]]) -> list[str]:
    """Everything that is wrong, in words; empty when nothing is."""
    slots = sorted(committed)
    if slots != list(range(1, len(slots) + 1)):
        return ["the committed log has holes"]
    commands = [committed[slot][1] for slot in slots]
    acted = _first_slots(commands)
    states, results = _replay(commands, {op.key for op in ops})
    wrong: list[str] = []
    for key in sorted({op.key for op in ops}):
        of_key = [op for op in ops if op.key == key]
        placed = _check_writes(of_key, acted, results, wrong)
        _check_reads(of_key, placed, [state[key] for state in states], wrong)
    return wrong


def _first_slots(commands: list[str]) -> dict[str, int]:
    """Where each operation acts: at the first copy of its command."""
    acted: dict[str, int] = {}
    for slot, text in enumerate(commands, 1):
        if text.startswith('["do"'):
            acted.setdefault(json.dumps(json.loads(text)[3]), slot)
    return acted


def _replay(commands: list[str], keys: set[str]) -> tuple[list[dict[str, Any]], dict[int, Any]]:
    """Every key's value after each slot (0: before any), and each slot's result."""
    state = Sessions(bundled_machine())
    states = [dict.fromkeys(keys)]
    results = {}
    for slot, text in enumerate(commands, 1):
        results[slot] = state.apply(slot, text)
        states.append({key: state.query(["kv", "read", key])["ok"] for key in keys})
    return states, results


def _check_writes(
    ops: list[Op], acted: Mapping[str, int], results: Mapping[int, Any], wrong: list[str]
) -> dict[int, Op]:
    """Hold every write against its place in the log; returns the acknowledged ones by place."""
    placed = {}
    for op in ops:
        if op.f == "read":
            continue
        text = ["kv", op.f, op.key, *(op.value if op.f == "cas" else [op.value])]
        slot = acted.get(json.dumps(text))
        happened = slot is not None and "ok" in results[slot]
        if op.outcome == "ok" and not happened:
            wrong.append(f"acknowledged but not in the log: {op}")
        if op.outcome == "fail" and happened:
            wrong.append(f"failed but happened at {slot}: {op}")
        if op.outcome == "ok" and slot is not None:
            placed[slot] = op
    ordered = sorted(placed)
    for earlier, later in pairwise(ordered):
        if placed[later].ended < placed[earlier].began:
            wrong.append(f"out of order: {placed[later]} before {placed[earlier]}")
    return placed


def _check_reads(
    ops: list[Op], placed: Mapping[int, Op], values: list[Any], wrong: list[str]
) -> None:
    """Give every read the earliest place that fits; later ones only get harder from there."""
    done = [(op.ended, slot) for slot, op in placed.items()]
    reads = [op for op in ops if op.f == "read" and op.outcome == "ok"]
    for op in sorted(reads, key=lambda op: op.ended):
        least = max((slot for ended, slot in done if ended < op.began), default=0)
        place = next((s for s in range(least, len(values)) if values[s] == op.answer), None)
        if place is None:
            wrong.append(f"no place at or after {least} has this value: {op}")
            continue
        done.append((op.ended, place))
        for slot, write in placed.items():
            if slot <= place and write.began > op.ended:
                wrong.append(f"read the future: {op} saw {write}")
