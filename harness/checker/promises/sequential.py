"""Sequential consistency: one order of all operations, of all keys, that fits every session.

Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", IEEE
Trans. Comput. C-28(9), 1979. It is what linearizability is without real time, and it is not local:
each key may have an order while all together have none. So after what decides quickly either way,

- every key linearizable: then all together are, and real time contains the sessions' order;
- a key that by itself has no order (`coherence`);
- a cycle among what any order must contain, where it is known which write each read saw;

all sessions are searched together (`harness.checker.promises.schedule`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.checker.budget import Budget
from harness.checker.promises.graph import Edge
from harness.checker.promises.keyed import Keyed
from harness.checker.promises.program import Program, program_of
from harness.checker.promises.promise import Promise
from harness.checker.promises.proof import FIRST_READ, SAME_SESSION
from harness.checker.promises.saturate import Saturated, Saturation
from harness.checker.promises.schedule import Schedule
from harness.checker.promises.told import evidence, story, stuck
from harness.checker.promises.versions import FIRST
from harness.history.paired import Paired
from harness.model import Model

NAME = "sequential consistency"
KEPT = "one order of all operations fits the model and every session"


def sequential(
    keys: Sequence[Keyed], model: Model, budget: Budget, coherence: Promise | None
) -> Promise:
    """Judge all keys together.

    Args:
        keys: all of the history's.
        model: theirs.
        budget: what is left.
        coherence: the verdict on each key by itself, where there is one.
    """
    if all(keyed.linearizable for keyed in keys):
        return Promise(NAME, True, f"{KEPT}: the history is linearizable")
    if coherence is not None and coherence.valid is False:
        return Promise(NAME, False, coherence.reason, coherence.counterexample)
    if coherence is not None and coherence.valid is True and len(keys) == 1:
        return Promise(NAME, True, KEPT)
    if budget.out_of_time():
        return _unknown("the time ended before one was looked for")
    return _together(keys, model, budget)


def _together(keys: Sequence[Keyed], model: Model, budget: Budget) -> Promise:
    pairs = keys[0].history.pairs
    known = model.kind == "register" and all(keyed.versions is not None for keyed in keys)
    chosen = [
        keyed.versions.happened if known and keyed.versions is not None else range(len(keyed.calls))
        for keyed in keys
    ]
    calls = [keyed.calls for keyed in keys]
    program, places = program_of(calls, chosen, [keyed.moments for keyed in keys])
    search = Schedule(program, model)
    found = search.run(_part(budget, 0.15 if known else 0.5))
    if not found and known:
        saturated = Saturation(program, _saw(keys, places)).run(_part(budget, 0.6))
        if saturated.cycle is not None:
            return _cyclic(pairs, program, saturated.cycle)
        program = _ordered(program, saturated)
    if found is None and known:
        search = Schedule(program, model)
        found = search.run(_part(budget, 0.5))
    if found is None:
        late, _ = program_of(calls, chosen, [keyed.late_moments for keyed in keys])
        search = Schedule(replace(program, moment=late.moment), model)
        found = search.run(budget)
    return _searched(pairs, search, found)


def _part(budget: Budget, share: float) -> Budget:
    left = budget.left()
    return Budget(None if left is None else left * share)


def _searched(pairs: Paired, search: Schedule, found: bool | None) -> Promise:
    if found:
        return Promise(NAME, True, KEPT)
    placed = f"{search.farthest} of {search.required} completed operations placed at best"
    if found is None:
        return _unknown(f"the search ended undecided after {search.tried} steps, {placed}")
    next_ones = [search.program.calls[at] for at in search.stuck()]
    reason = (
        f"no order of all operations fits every session: all were tried; {placed}, "
        f"then {stuck(pairs, next_ones)}"
    )
    return Promise(NAME, False, reason, evidence(pairs, [call.row for call in next_ones]))


def _unknown(why: str) -> Promise:
    return Promise(NAME, "unknown", f"it is open whether one order fits every session: {why}")


def _saw(keys: Sequence[Keyed], places: Sequence[dict[int, int]]) -> dict[int, int]:
    """Which write each call saw, by positions in the program."""
    saw: dict[int, int] = {}
    for keyed, place in zip(keys, places, strict=True):
        assert keyed.versions is not None
        for at, source in keyed.versions.saw.items():
            saw[place[at]] = FIRST if source == FIRST else place[source]
    return saw


def _ordered(program: Program, saturated: Saturated) -> Program:
    """The program with the edges as limits, but for those that sessions impose anyway."""
    after = [0] * len(program.calls)
    followers: list[list[int]] = [[] for _ in program.calls]
    session_of = {at: number for number, part in enumerate(program.sessions) for at in part}
    for edge in saturated.edges:
        same = session_of[edge.source] == session_of[edge.target]
        if not (edge.why == SAME_SESSION and same):
            after[edge.target] += 1
            followers[edge.source].append(edge.target)
    return replace(program, after=after, followers=followers, needs=saturated.needs)


def _cyclic(pairs: Paired, program: Program, cycle: list[Edge]) -> Promise:
    """What must come before itself, in words."""
    calls = program.calls
    rows = [
        calls[at].row
        for edge in cycle
        for at in (edge.source, edge.target, edge.first, edge.second)
    ]
    told = story(pairs, calls, [edge for edge in cycle if edge.why in (SAME_SESSION, FIRST_READ)])
    reason = f"no order of all operations fits every session: {told}"
    return Promise(NAME, False, reason, evidence(pairs, rows))
