"""From what a run recorded to its results: every check, merged into one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.checker.examine import examine
from harness.checker.verdict import Verdict
from harness.checks import Finding, worst
from harness.checks.cluster import judge_clients, judge_logs, judge_processes
from harness.checks.excuse import Excuse
from harness.checks.faults import judge_faults
from harness.checks.last_reads import judge_last_reads
from harness.checks.operations import judge_operations
from harness.history import Op, Operation, pair
from harness.history.faults import faults
from harness.model import Model
from harness.worlds.world import ProcessStatus


@dataclass
class Observed:
    """What the controller saw beside the history."""

    nodes: Sequence[str] = ()
    statuses: Mapping[str, ProcessStatus] = field(default_factory=dict)
    logs: Mapping[str, bytes] = field(default_factory=dict)
    unhandled: Sequence[str] = ()
    excuses: Sequence[Excuse] = ()
    """Of the nemeses, for what their faults made servers write."""
    version: str | None = None
    cut_short: str | None = None
    """Why the run ended before its time, if it did."""


def judge(
    history: Sequence[Op],
    model: Model,
    observed: Observed,
    *,
    nemeses: Sequence[str],
    log_patterns: Sequence[str],
    time_limit_s: float,
    weaker: bool = True,
) -> tuple[Verdict | None, dict[str, Any]]:
    """Judge a run; with `weaker`, an invalid history is held against the weaker promises, too.

    Returns the verdict on the history, if there is one, and `valid`, `reason`, `checks` and `stats`
    of `results.json`.
    """
    operations = pair(history)
    verdict, linearizable = _linearizable(history, model, time_limit_s, weaker)
    checks = {
        "linearizable": linearizable,
        "operations": judge_operations(operations).to_json(),
        "faults": judge_faults(history, operations, nemeses).to_json(),
        "logs": judge_logs(observed.nodes, observed.logs, log_patterns, observed.excuses).to_json(),
        "clients": judge_clients(observed.unhandled).to_json(),
    }
    if observed.cut_short is None:
        last_reads = judge_last_reads(history, operations, model.fs, model.reads)
        checks["last reads"] = last_reads.to_json()
    else:
        checks["complete"] = Finding("unknown", observed.cut_short).to_json()
    if observed.cut_short is None or observed.statuses:
        unhealed = [f.kind for f in faults(history) if not (f.healed and f.healed.effective)]
        processes = judge_processes(observed.nodes, observed.statuses, unhealed)
        checks["processes"] = processes.to_json()
    valid, reason = worst(checks)
    stats = statistics(operations)
    return verdict, {"valid": valid, "reason": reason, "checks": checks, "stats": stats}


def _linearizable(
    history: Sequence[Op], model: Model, time_limit_s: float, weaker: bool
) -> tuple[Verdict | None, dict[str, Any]]:
    try:
        return examine(history, model, time_limit_s=time_limit_s, weaker=weaker)
    except MemoryError:
        reason = "the check ran out of memory"
    except Exception as error:
        # A checker that crashed knows nothing, and must not take the other findings with it.
        reason = f"the check crashed: {type(error).__name__}: {error}"
    return None, Finding("unknown", reason).to_json()


def statistics(operations: Sequence[Operation]) -> dict[str, Any]:
    """Counts, rate, and latency of the operations that were answered ok."""
    outcomes = {"ok": 0, "fail": 0, "info": 0}
    latencies: list[float] = []
    last = 0
    for operation in operations:
        outcomes[operation.outcome] += 1
        done = operation.completion
        if done is not None:
            last = max(last, done.time)
            if operation.outcome == "ok":
                latencies.append((done.time - operation.invocation.time) / 1e6)
    latencies.sort()
    first = operations[0].invocation.time if operations else 0
    seconds = max(last - first, 1) / 1e9
    found: dict[str, Any] = {"ops": len(operations), **outcomes}
    found["rate_per_s"] = round(len(operations) / seconds, 1) if operations else 0.0
    if latencies:
        ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
        found["latency_ms"] = {
            name: round(latencies[min(len(latencies) - 1, int(rank * len(latencies)))], 3)
            for name, rank in ranks.items()
        }
    return found
