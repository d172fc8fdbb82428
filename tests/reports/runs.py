"""Small runs made by hand, for the reports to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from harness.history.op import Op, OpType
from harness.run_folder import RunFolder

SECOND = 1_000_000_000
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Tale:
    """Ops in the order in which they are told."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    def tell(
        self, second: float, kind: OpType, process: int | str, f: str, value: Any, **more: Any
    ) -> Op:
        """Add an op at so many seconds."""
        op = Op(len(self.ops), round(second * SECOND), kind, process, f, value, **more)
        self.ops.append(op)
        return op

    def done(
        self, second: float, f: str, value: Any, outcome: OpType = "ok", process: int = 0
    ) -> None:
        """Add an operation of 2 ms on key x at node n1."""
        place = {"key": "x", "node": "n1"}
        asked = None if f == "read" else value
        self.tell(second, "invoke", process, f, asked, **place)
        self.tell(second + 0.002, outcome, process, f, value, **place)

    def fault(self, kind: str, where: str, begin: float, end: float | None, detail: str) -> None:
        """Add a fault in force from `begin` to `end`; None: it is never healed."""
        proof = {"where": where, "detail": detail, "effective": True}
        self.tell(begin - 0.01, "info", "nemesis", f"start-{kind}", {"where": where})
        self.tell(begin, "info", "nemesis", f"start-{kind}", proof)
        if end is not None:
            self.tell(end, "info", "nemesis", f"stop-{kind}", {"where": where})
            healed = {**proof, "detail": "held; 4 of 4 probes arrive again"}
            self.tell(end + 0.01, "info", "nemesis", f"stop-{kind}", healed)


def story() -> list[Op]:
    """Twenty seconds: a write each tenth of a second, and a partition from 5 s to 9 s."""
    tale = Tale()
    tenth, faults = 0, [(5.0, "start"), (9.0, "stop")]
    while tenth < 200:
        second = tenth / 10 + 0.05
        if faults and second > faults[0][0]:
            at, what = faults.pop(0)
            value = {"where": "halves"}
            proof = {**value, "detail": "n1 n2 | n3 n4 n5: 0 of 6 probes", "effective": True}
            tale.tell(at - 0.001, "info", "nemesis", f"{what}-partition", value)
            tale.tell(at + 0.001, "info", "nemesis", f"{what}-partition", proof)
        outcome: OpType = "info" if 60 <= tenth < 64 else "fail" if 64 <= tenth < 70 else "ok"
        tale.done(second, "read" if tenth % 2 else "write", tenth, outcome, process=tenth)
        tenth += 1
    return tale.ops


def make_run(
    out: Path, history: Sequence[Op] | None, results: dict[str, Any] | None, name: str = "raft"
) -> RunFolder:
    """A run's folder with this history (None: no file) and these results (None: no file)."""
    run = RunFolder.create(out, name, MOMENT)
    run.write_spec({"name": name, "target": "raft", "nodes": ["n1", "n2"], "seed": 42})
    if history is not None:
        run.history_file.write_bytes(b"".join(msgspec.json.encode(op) + b"\n" for op in history))
    if results is not None:
        run.write_results(results)
    run.log_file.write_text("started\n")
    run.node_folder("n1").mkdir()
    (run.node_folder("n1") / "node.log").write_text("up\n")
    return run


def results(valid: Any, reason: str | None = None, **linearizable: Any) -> dict[str, Any]:
    """Results in which the linearizability check says so and the rest is valid."""
    fault: dict[str, Any] = {"fault": "partition", "where": "halves", "detail": "n1 n2 | n3 n4 n5"}
    fault |= {"begin_s": 5.001, "end_s": 8.999, "overlapped": 40, "effective": True}
    linear = {"valid": valid, "ops": 200, "elapsed_s": 0.1, "model": "register", "reason": reason}
    return {
        "valid": valid,
        "reason": None,
        "name": "raft",
        "target": "raft",
        "target_version": "0.1.0",
        "world": "local",
        "workload": "register",
        "nemesis": ["partition"],
        "seed": 42,
        "nodes": ["n1", "n2", "n3", "n4", "n5"],
        "bugs": [],
        "started": "2026-01-02T03:04:05+00:00",
        "duration_s": 20.5,
        "command": "splitbrain run --seed 42",
        "checks": {
            "linearizable": linear | linearizable,
            "faults": {"valid": True, "reason": None, "faults": [fault]},
            "processes": {"valid": True, "reason": None},
        },
        "stats": {"ops": 200, "rate_per_s": 10.0, "latency_ms": {"p50": 2.0, "max": 2.0}},
    }


def operation(
    process: int, f: str, value: Any, begin: int, end: int | None, outcome: str = "ok"
) -> dict[str, Any]:
    """An operation of a counterexample on key x; begin and end are indices, and seconds too."""
    return {
        "process": process,
        "f": f,
        "key": "x",
        "value": value,
        "outcome": outcome,
        "invoked": {"index": begin, "time": begin * SECOND},
        "completed": None if end is None else {"index": end, "time": end * SECOND},
    }
