"""Whether a step makes sense in a cluster, whatever the other steps say.

A node must be there, and stand where it can; and a fault must break something. One that does not
would be proven by a world in which all is well: that nothing crosses no link, say, or that a clock
that jumped by nothing shows the right time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from harness.script.steps import (
    ALL,
    FOLLOWER,
    HEALTHY,
    LEADER,
    LEAST_CHANGE,
    OTHERS,
    VERBS,
    Between,
    Call,
    Fault,
    Nodes,
    Step,
    StepError,
    is_part,
)
from harness.worlds.world import CLIENTS


def check_sense(step: Step, nodes: Sequence[str]) -> None:
    """Raise StepError for a step that can't be in a cluster of these nodes, or breaks nothing."""
    _check_names(step, nodes)
    if isinstance(step, Fault):
        _check_numbers(step)
        _check_links(step, nodes)


def named_in(step: Step) -> Iterator[str]:
    """The nodes that a step names."""
    if isinstance(step, Call):
        yield from () if step.node is None else (step.node,)
        return
    yield from step.nodes
    for links in step.links:
        yield from links.src
        yield from links.dst


def _check_names(step: Step, nodes: Sequence[str]) -> None:
    """Raise StepError for a node that there is not, or a word that can't stand there."""
    followers = len(nodes) - 1
    for name in named_in(step):
        part = FOLLOWER.fullmatch(name)
        if name in nodes or name == LEADER or (part and int(part[1]) <= followers):
            continue
        if name == ALL and isinstance(step, Fault) and step.nodes == (ALL,):
            continue
        if name == OTHERS and isinstance(step, Fault) and step.links:
            continue
        if name == CLIENTS and isinstance(step, Fault) and VERBS[step.verb].needs == "weather":
            continue
        parts = f", leader, follower1 … follower{followers}" if followers else ", leader"
        wrong = f"{name!r} can't stand here; the nodes are {', '.join(nodes)}{parts}"
        raise StepError(wrong, word=name)
    if isinstance(step, Fault):
        for each in step.links:
            if OTHERS in each.src and OTHERS in each.dst:
                raise StepError("others of whom? name the nodes on one side", word=OTHERS)
            if both := [name for name in each.src if name in each.dst]:
                raise StepError(f"{both[0]} stands on both sides", word=both[0])


def _check_numbers(fault: Fault) -> None:
    """Raise StepError where they change nothing, or too little."""
    for name, value in fault.settings:
        if name in HEALTHY and abs(value - HEALTHY[name]) < LEAST_CHANGE[name]:
            told = f"{name} {value:g} changes too little to be measured"
            least = f"give {HEALTHY[name]:g} ± {LEAST_CHANGE[name]:g} or further away"
            raise StepError(f"{told}: {least}", word=name)
    if fault.settings and all(value == 0 for _, value in fault.settings):
        name, _ = fault.settings[0]
        raise StepError(f"{name} 0 changes nothing", word=name)


def _check_links(fault: Fault, nodes: Sequence[str]) -> None:
    """Raise StepError where there are surely none."""
    for each in fault.links:
        if side := without_others(each, nodes):
            nobody = f"there are no others than {','.join(side)}, so no link"
            raise StepError(nobody, word=side[0])  # `isolate` says `others` without the word


def without_others(between: Between, nodes: Collection[str]) -> Nodes:
    """The side that surely is the whole cluster, so that its `others` are nobody; or else none.

    Of names and parts together nobody knows before the run: a node may be there by both.
    """
    for side, other in ((between.src, between.dst), (between.dst, between.src)):
        parts = {name for name in side if is_part(name)}
        if OTHERS in other and len(nodes) in (len(parts), len(set(side) & set(nodes))):
            return side
    return ()
