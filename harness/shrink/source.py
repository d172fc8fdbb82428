"""From a run's folder to a script of what happened in it, and to what must go on failing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness.deeds import read_deeds
from harness.history import NEMESIS, Op
from harness.history.faults import RECOVER
from harness.invariants import named
from harness.model import as_json
from harness.run_folder import NotARun, RunFolder
from harness.script.grammar import parse
from harness.script.plan import plan, read_plan
from harness.script.sense import check_sense
from harness.script.steps import Call, Fault, Step, StepError
from harness.script.words import seconds
from harness.shrink.case import Case
from harness.shrink.court import Witness, witnesses_of
from harness.spec import SpecError, TestSpec


@dataclass(frozen=True)
class Source:
    """A run that failed.

    Args:
        spec: its test.
        case: what happened in it, as a script.
        wanted: by what it failed: the name of a check, or else of an invariant.
        witnesses: the operations of its counterexample.
    """

    spec: TestSpec
    case: Case
    wanted: str
    witnesses: tuple[Witness, ...] = ()


def read_source(run: RunFolder) -> Source:
    """Read a run.

    Raises:
        NotARun: something is missing from the folder, or damaged.
        SpecError: nothing failed in it.
        MalformedHistory, OSError: its history can't be read.
    """
    spec = read_spec(run)
    results = run.results()
    wanted = failure(results, run)
    if spec.steps:
        return Source(spec, Case.of(read_plan(spec.steps, spec.nodes)), wanted)
    if spec.nemesis and not run.faults_file.exists():
        raise NotARun(f"{run.path} has no faults.jsonl: nothing says what its faults really did")
    if not run.history_file.exists():
        raise NotARun(f"{run.path} has no history.jsonl: nothing says what happened in it")
    history = run.history()
    run.require_operations(sum(op.type == "invoke" and op.process != NEMESIS for op in history))
    case = scripted(history, read_faults(run.faults_file, spec.nodes), spec)
    return Source(spec, case, wanted, witnesses_of(results.get("checks", {})))


def read_spec(run: RunFolder) -> TestSpec:
    """The test of a run. Raises NotARun."""
    try:
        return msgspec.convert(run.spec(), TestSpec)
    except msgspec.ValidationError as error:
        raise NotARun(f"{run.spec_file} is no test: {error}") from None


def failure(results: dict[str, Any], run: RunFolder) -> str:
    """By what a run failed: the first check that is invalid, or else an invariant.

    Raises:
        SpecError: nothing failed.
    """
    kinds = kinds_of(results)
    if not kinds:
        raise SpecError(
            f"{run.path}: nothing failed in this run (valid: {as_json(results.get('valid'))})"
        )
    return kinds[0]


def kinds_of(results: dict[str, Any]) -> list[str]:
    """By what a run's store was caught: names of checks, then of invariants (`Trial.kinds`)."""
    checks = results.get("checks", {}).items()
    violated = (results.get("invariants") or {}).get("violated") or ()
    return [
        *(str(name) for name, check in checks if check.get("valid") is False),
        *(named(str(sentence)) for sentence in violated),
    ]


def read_faults(path: Path, nodes: Sequence[str]) -> list[Fault]:
    """What a run's faults did, in time. Raises NotARun: file, line, what is no fault."""
    try:
        deeds = read_deeds(path)
    except ValueError as error:
        raise NotARun(str(error)) from None
    found = []
    for number, deed in enumerate(deeds, 1):
        line = f"at {seconds(deed.time)} {deed.deed}"
        try:
            fault = parse(line)
            check_sense(fault, nodes)
        except StepError as error:
            raise NotARun(f"{path}, line {number}: {line!r}: {error}") from None
        if not isinstance(fault, Fault):
            raise NotARun(f"{path}, line {number}: {deed.deed!r} is no fault but an operation")
        found.append(fault)
    return found


def scripted(history: Sequence[Op], faults: Sequence[Fault], spec: TestSpec) -> Case:
    """What happened until the cluster began to recover, as a script.

    A thread of the run is a process of the script; the last reads are left to the workload.
    """
    ends = [op for op in history if op.process == NEMESIS and op.f == RECOVER]
    end = ends[0].index if ends else len(history)
    end_ns = ends[0].time if ends else None
    steps: list[Step] = [
        Call(op.time, op.f, op.value, op.key, op.process % spec.concurrency, op.node)
        for op in history
        if isinstance(op.process, int) and op.type == "invoke" and op.index < end
    ]
    steps += [fault for fault in faults if end_ns is None or fault.at <= end_ns]
    return Case.of(plan(steps, spec.nodes))
