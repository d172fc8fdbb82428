"""From a run's folder to a script of what happened in it, and to what must go on failing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from harness.deeds import Done, read_deeds
from harness.history import NEMESIS, Op
from harness.history.faults import RECOVER
from harness.invariants import named
from harness.run_folder import NotARun, RunFolder
from harness.script.grammar import parse
from harness.script.plan import plan, read_plan
from harness.script.steps import Call, Step
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
        NotARun: something is missing from the folder.
        SpecError: nothing failed in it.
        MalformedHistory, OSError: its history can't be read.
    """
    spec = read_spec(run)
    results = run.results()
    wanted = failure(results, run)
    if spec.steps:
        return Source(spec, Case.of(read_plan(spec.steps, spec.nodes)), wanted)
    try:
        deeds = read_deeds(run.faults_file)
    except ValueError as error:
        raise NotARun(str(error)) from None
    if spec.nemesis and not deeds and not run.faults_file.exists():
        raise NotARun(f"{run.path} has no faults.jsonl: nothing says what its faults really did")
    case = scripted(run.history(), deeds, spec)
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
        raise SpecError(f"{run.path}: nothing failed in this run (valid: {results.get('valid')})")
    return kinds[0]


def kinds_of(results: dict[str, Any]) -> list[str]:
    """By what a run's store was caught: names of checks, then of invariants (`Trial.kinds`)."""
    checks = results.get("checks", {}).items()
    violated = (results.get("invariants") or {}).get("violated") or ()
    return [
        *(str(name) for name, check in checks if check.get("valid") is False),
        *(named(str(sentence)) for sentence in violated),
    ]


def scripted(history: Sequence[Op], deeds: Sequence[Done], spec: TestSpec) -> Case:
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
    steps += [
        parse(f"at {seconds(deed.time)} {deed.deed}")
        for deed in deeds
        if end_ns is None or deed.time <= end_ns
    ]
    return Case.of(plan(steps, spec.nodes))
