"""From the names in a test to what they name; every misfit is found before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from harness import plugins
from harness.fault_schedule import lanes
from harness.model import Model, as_json, freeze
from harness.nemesis import Nemesis
from harness.places import places_of, usual_places
from harness.script.grammar import parse
from harness.script.plan import Plan, read_plan, told_of
from harness.script.steps import VERBS, Fault, Step, StepError
from harness.spec import SpecError, TestSpec, nemesis_place, require_place
from harness.target import Particular, Target
from harness.workload import Workload, WorkloadOptions


@dataclass(frozen=True)
class Parts:
    """What a test is made of."""

    world_class: Any
    target: Target
    workload: Workload
    nemeses: dict[str, Nemesis]
    places: dict[str, list[str]]
    """For each nemesis, where it may strike in this cluster."""
    lanes: Sequence[Sequence[str]] = ()
    """The nemeses that strike one after the other, in as many lists as strike side by side."""
    plan: Plan | None = None
    """The script, if the test is one."""

    @property
    def faults(self) -> list[str]:
        """The kinds of faults that must strike."""
        scripted = self.plan.troubles if self.plan else ()
        return [*self.nemeses, *dict.fromkeys(trouble.name for trouble in scripted)]


def assemble(spec: TestSpec) -> Parts:
    """Find and make everything that the test names.

    Raises:
        UnknownName: a target, world, workload, nemesis, place or bug that there is not.
        SpecError: things that don't go together, e.g. a fault that the world can't make.
    """
    spec.check()
    world_class = plugins.load("world", spec.world)
    target_class = plugins.load("target", spec.target)
    plugins.require(f"world for {spec.target}", spec.world, target_class.worlds)
    for bug in spec.bugs:
        plugins.require(f"bug of {spec.target}", bug, [known.flag for known in target_class.bugs])
    target = _target(spec, target_class)
    workload_class = plugins.load("workload", spec.workload)
    if workload_class.needs not in target.offers:
        raise SpecError(
            f"workload {spec.workload} needs a {workload_class.needs} client, and {spec.target} "
            f"offers {', '.join(sorted(target.offers))}"
        )
    workload: Workload = workload_class(
        WorkloadOptions(concurrency=spec.concurrency, ops_per_key=spec.ops_per_key)
    )
    nemeses, places = _nemeses(spec, world_class, target)
    shared_out = lanes({name: each.needs for name, each in nemeses.items()}, spec.cadence.overlap)
    _must_fit(spec, shared_out)
    plan = _plan(spec, world_class, target) if spec.steps else None
    for number, line in enumerate(spec.steps, 1):
        with told_of(number, line):
            _must_be_judged(parse(line), spec.workload, workload.model)
    return Parts(world_class, target, workload, nemeses, places, shared_out, plan)


def _target(spec: TestSpec, target_class: Any) -> Target:
    try:
        target: Target = target_class(version=spec.version, bugs=spec.bugs, options=spec.options)
        if hasattr(target, "must_suit"):
            cast(Particular, target).must_suit(spec.nodes)
    except SpecError:
        raise
    except ValueError as error:  # a version or an option that only the target can judge
        raise SpecError(str(error)) from None
    return target


def _plan(spec: TestSpec, world_class: Any, target: Target) -> Plan:
    """Read the script, and refuse what the world can't do, or the target does not tell of."""
    plan = read_plan(spec.steps, spec.nodes)
    for trouble in plan.troubles:
        with told_of(trouble.number, spec.steps[trouble.number - 1]):
            _must_be_makeable(trouble.begins, spec, world_class, target)
    if spec.concurrency != len(plan.homes):
        raise SpecError(
            f"the script's processes are 0 to {len(plan.homes) - 1}, and concurrency is "
            f"{spec.concurrency}, not {len(plan.homes)}"
        )
    return plan


def _must_be_makeable(fault: Fault, spec: TestSpec, world_class: Any, target: Target) -> None:
    if not {VERBS[fault.verb].needs} <= world_class.faults:
        can = ", ".join(sorted(world_class.faults))
        raise StepError(f"world {spec.world} can only {can}", word=fault.verb)
    if (point := dict(fault.settings).get("point")) is not None:
        try:
            plugins.require(f"point of {spec.target}", point, getattr(target, "points", ()))
        except plugins.UnknownName as error:
            raise StepError(str(error), word=point) from None


def _must_be_judged(step: Step, workload: str, model: Model) -> None:
    """Refuse an operation that the workload's model can't judge."""
    if isinstance(step, Fault):
        return
    if step.f not in model.fs:
        known = ", ".join(sorted(model.fs))
        raise StepError(f"workload {workload} has {known}", word=step.f)
    if isinstance(step.key, list | dict):
        wrong = f"key {as_json(step.key)}; expected a string, a number or null"
        raise StepError(wrong, word=step.f)
    if (misfit := model.misfit(step.f, freeze(step.value))) is not None:
        raise StepError(misfit, word=step.f)


def randomness(spec: TestSpec, purpose: str) -> Random:
    """A generator of random numbers for one purpose, so that no two disturb each other."""
    return Random(f"{spec.seed}/{purpose}")


def _must_fit(spec: TestSpec, shared_out: Sequence[Sequence[str]]) -> None:
    """Every nemesis must strike: one that does not would leave the verdict unknown."""
    cadence = spec.cadence
    most = max(map(len, shared_out), default=0)
    if most > cadence.rounds(spec.time_limit):
        raise SpecError(
            f"{most} nemeses of {cadence.slot_s:g} s each, quiet included, do not fit "
            f"--time-limit {spec.time_limit:g}: give at least {most * cadence.slot_s:g}"
        )


def _nemeses(
    spec: TestSpec, world_class: Any, target: Target
) -> tuple[dict[str, Nemesis], dict[str, list[str]]]:
    nemeses: dict[str, Nemesis] = {}
    places: dict[str, list[str]] = {}
    for text in spec.nemesis:
        name, place = nemesis_place(text)
        nemesis_class = plugins.load("nemesis", name)
        missing = nemesis_class.needs - world_class.faults
        if missing:
            raise SpecError(
                f"nemesis {name} needs {', '.join(sorted(missing))}, and world {spec.world} can "
                f"only {', '.join(sorted(world_class.faults))}"
            )
        if name not in nemeses:
            nemeses[name] = nemesis_class(randomness(spec, f"nemesis/{name}"))
        if place is None:
            here = usual_places(nemesis_class, target, len(spec.nodes))
        else:
            known = dict(places_of(nemesis_class, target))
            require_place(name, place, known, len(spec.nodes))
            here = [place]
        if not here:
            raise SpecError(
                f"nemesis {name} finds nothing to do on {len(spec.nodes)} node(s) of {spec.target}"
            )
        places.setdefault(name, []).extend(p for p in here if p not in places.get(name, []))
    return nemeses, places
