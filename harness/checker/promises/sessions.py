"""The verdicts on the four session guarantees and coherence, over all keys of a register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.checker.budget import Budget
from harness.checker.promises.choices import judge
from harness.checker.promises.graph import Edge
from harness.checker.promises.guarantees import (
    COHERENCE,
    GUARANTEES,
    MONOTONIC_READS,
    MONOTONIC_WRITES,
    READ_YOUR_WRITES,
    WRITES_FOLLOW_READS,
    incoherence,
    violation,
)
from harness.checker.promises.keyed import Keyed
from harness.checker.promises.promise import Promise
from harness.checker.promises.told import did, evidence, rows_of, story, stuck
from harness.checker.promises.versions import Versions
from harness.checker.verdict import Validity

ALL = (*GUARANTEES, COHERENCE)

KEPT = {
    READ_YOUR_WRITES: "every session read its own writes, or later ones",
    MONOTONIC_READS: "no session read an older version after a newer one",
    MONOTONIC_WRITES: "no session saw the writes of another in a different order",
    WRITES_FOLLOW_READS: "no session saw a write without what its writer had read before",
    COHERENCE: "on each key by itself, some order of all operations fits every session",
}

BROKEN = {
    READ_YOUR_WRITES: "in no order of the versions did every session read its own writes or later",
    MONOTONIC_READS: "in no order of the versions did every session read forward only",
    MONOTONIC_WRITES: "sessions saw writes out of the order in which another session made them",
    WRITES_FOLLOW_READS: "sessions saw a write before what its writer had read",
    COHERENCE: "no single order of the versions fits all sessions",
}

SHARE = 0.3
"""The part of the time that is left in which keys without known versions are searched."""


def kept(name: str) -> Promise:
    """The verdict valid."""
    return Promise(name, True, KEPT[name])


class Sessions:
    """Collects the verdicts of all keys, the worst first."""

    def __init__(self, keys: Sequence[Keyed], budget: Budget) -> None:
        self._budget = budget
        self._broken: dict[str, Promise] = {}
        self._open: dict[str, Keyed] = {}
        self._left = sum(not keyed.linearizable for keyed in keys)
        for keyed in keys:
            if not keyed.linearizable and len(self._broken) < len(ALL):
                self._judge(keyed)
                self._left -= 1

    def promises(self) -> list[Promise]:
        """Coherence, then the guarantees, each of which coherence implies."""
        broken = [self._broken[name] for name in GUARANTEES if name in self._broken]
        if broken:
            self._broken.setdefault(COHERENCE, replace(broken[0], name=COHERENCE))
        return [self._promise(name) for name in (COHERENCE, *GUARANTEES)]

    def _promise(self, name: str) -> Promise:
        if (broken := self._broken.get(name)) is not None:
            return broken
        if (keyed := self._open.get(name)) is not None:
            valid: Validity = "unknown"
            reason = (
                f"values{keyed.on} were written more than once, so which write a read saw is open, "
                "and neither a choice that fits nor a proof that none does was found"
            )
            if self._budget.out_of_time():
                reason = f"the time ended before the versions{keyed.on} were put in order"
            return Promise(name, valid, reason)
        return kept(name)

    def _judge(self, keyed: Keyed) -> None:
        if (at := keyed.candidates.out_of_nowhere) is not None:
            self._out_of_nowhere(keyed, at)
        elif self._budget.out_of_time():
            for name in ALL:
                self._open.setdefault(name, keyed)
        elif keyed.versions is not None:
            self._judge_known(keyed, keyed.versions)
        else:
            self._judge_open(keyed)

    def _out_of_nowhere(self, keyed: Keyed, at: int) -> None:
        call = keyed.calls[at]
        what = did(keyed.history.pairs, call)
        reason = f"process {call.process} {what}, a value that nothing can have written before"
        shown = evidence(keyed.history.pairs, [call.row])
        for name in ALL:
            self._broken.setdefault(name, Promise(name, False, reason, shown))

    def _judge_known(self, keyed: Keyed, versions: Versions) -> None:
        for name in ALL:
            if name in self._broken:
                continue
            if self._budget.out_of_time():
                self._open.setdefault(name, keyed)
                continue
            if name == COHERENCE:
                cycle = incoherence(versions, keyed.edges, keyed.rank)
            else:
                cycle = violation(name, keyed.edges, keyed.rank)
            if cycle is not None:
                self._break(name, keyed, versions, cycle)

    def _judge_open(self, keyed: Keyed) -> None:
        """Values repeat: an order of all, or a choice for each guarantee, or what surely breaks."""
        left = self._budget.left()
        search = keyed.schedule()
        ordered = search.run(Budget(None if left is None else left * SHARE / self._left))
        if ordered:
            return
        if ordered is False and COHERENCE not in self._broken:
            pairs = keyed.history.pairs
            next_ones = [search.program.calls[at] for at in search.stuck()]
            reason = (
                f"no order of the operations{keyed.on} fits every session: all were tried; where "
                f"the most were placed, {stuck(pairs, next_ones)}"
            )
            shown = evidence(pairs, [call.row for call in next_ones])
            self._broken[COHERENCE] = Promise(COHERENCE, False, reason, shown)
        elif ordered is None:
            self._open.setdefault(COHERENCE, keyed)
        answers = judge(keyed.candidates, self._budget.out_of_time)
        for name in GUARANTEES:
            found = answers.get(name)
            if found is None:
                self._open.setdefault(name, keyed)
            elif found is not True and name not in self._broken:
                assert not isinstance(found, bool)
                self._break(name, keyed, *found)

    def _break(self, name: str, keyed: Keyed, versions: Versions, cycle: list[Edge]) -> None:
        pairs, calls = keyed.history.pairs, versions.calls
        reason = f"{BROKEN[name]}: {story(pairs, calls, cycle)}"
        rows = rows_of(calls, cycle)
        self._broken[name] = Promise(name, False, reason, evidence(pairs, rows))
