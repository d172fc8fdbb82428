"""What is made smaller: a script as operations and faults, each fault with its end.

Pure: every change gives a new case, and any case gives a script that makes sense, because a fault
and its mending stand together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from harness.script.plan import Plan
from harness.script.sense import without_others
from harness.script.steps import (
    ALL,
    NS_PER_S,
    OTHERS,
    VERBS,
    Between,
    Call,
    Fault,
    Nodes,
    Step,
)
from harness.script.words import text_of
from harness.spec import TestSpec


@dataclass(frozen=True)
class Trouble:
    """A fault and when it is mended (ns); None is at the end, with everything else."""

    begins: Fault
    end: int | None


@dataclass(frozen=True)
class Case:
    """See the module. Every call names its node."""

    nodes: Nodes
    calls: tuple[Call, ...]
    troubles: tuple[Trouble, ...]

    @staticmethod
    def of(plan: Plan) -> Case:
        """The case that a script is."""
        calls = tuple(replace(call, node=plan.homes[call.process]) for call in plan.calls)
        troubles = tuple(Trouble(each.begins, each.end) for each in plan.troubles)
        return Case(plan.nodes, calls, troubles)

    @cached_property
    def steps(self) -> list[str]:
        """Its script by time; at equal times things are mended first, then broken, then done."""
        found: list[tuple[int, int, Step]] = [(each.at, 2, each) for each in self.calls]
        found += [(each.begins.at, 1, each.begins) for each in self.troubles]
        found += [(mends.at, 0, mends) for mends in dict.fromkeys(self._mendings())]
        return [text_of(step) for _, _, step in sorted(found, key=lambda each: each[:2])]

    def _mendings(self) -> Iterable[Fault]:
        for each in self.troubles:
            if each.end is None:
                continue
            begins = each.begins
            verb = next(name for name, verb in VERBS.items() if begins.verb in verb.mends)
            alone = not any(
                other.begins.verb == begins.verb
                and other.begins.at < each.end
                and (other.end is None or other.end > each.end)
                for other in self.troubles
            )
            links = () if alone else begins.links
            yield Fault(each.end, verb, begins.nodes, links)

    def spec(self, base: TestSpec, seed: int) -> TestSpec:
        """Its test, for the simulation."""
        return msgspec.structs.replace(
            base,
            world="sim",
            nemesis=[],
            nodes=list(self.nodes),
            steps=self.steps,
            concurrency=max((call.process for call in self.calls), default=0) + 1,
            time_limit=max(self.seconds, 0.1),
            seed=seed,
            stop_on_violation=False,
        )

    # How large it is

    @property
    def seconds(self) -> float:
        """When its last step is due."""
        return max(self.times(), default=0) / NS_PER_S

    def times(self) -> list[int]:
        """All its times in ns, each once, in order."""
        ends = {each.end for each in self.troubles if each.end is not None}
        begins = {each.begins.at for each in self.troubles}
        return sorted({call.at for call in self.calls} | begins | ends)

    def sizes(self) -> dict[str, float]:
        """Its sizes by name, for people."""
        return {
            "nodes": len(self.nodes),
            "clients": len({call.process for call in self.calls}),
            "keys": len({repr(call.key) for call in self.calls}),
            "operations": len(self.calls),
            "faults": len(self.troubles),
            "seconds": round(self.seconds, 3),
        }

    # Changes

    def until(self, time: int) -> Case:
        """Only what begins by then."""
        return replace(
            self,
            calls=tuple(call for call in self.calls if call.at <= time),
            troubles=tuple(each for each in self.troubles if each.begins.at <= time),
        )

    def only_nodes(self, kept: Collection[str]) -> Case:
        """A cluster of these nodes; what is of the others is left out."""
        troubles = []
        for each in self.troubles:
            begins = each.begins
            links = tuple(
                smaller
                for between in begins.links
                if (src := _within(between.src, kept))
                and (dst := _within(between.dst, kept))
                and not without_others(smaller := replace(between, src=src, dst=dst), kept)
            )
            nodes = _within(begins.nodes, kept)
            if links or nodes:
                troubles.append(replace(each, begins=replace(begins, links=links, nodes=nodes)))
        return Case(
            tuple(node for node in self.nodes if node in kept),
            tuple(call for call in self.calls if not call.node or _within((call.node,), kept)),
            tuple(troubles),
        )

    def moved(self, kept: Sequence[str]) -> Case:
        """Clients whose nodes are not among these go to one that is."""
        others = [name for name in self.nodes if name not in kept]
        homes = {name: kept[number % len(kept)] for number, name in enumerate(others)}
        return self.with_calls(
            lambda call: replace(call, node=homes.get(call.node or "", call.node))
        )

    def renamed(self, names: Callable[[str], str]) -> Case:
        """Nodes by other names in its steps; the cluster's stay."""

        def all_of(nodes: Nodes) -> Nodes:
            return tuple(names(node) for node in nodes)

        def of_links(links: tuple[Between, ...]) -> tuple[Between, ...]:
            return tuple(
                replace(each, src=all_of(each.src), dst=all_of(each.dst)) for each in links
            )

        troubles = tuple(
            replace(
                each,
                begins=replace(
                    each.begins,
                    nodes=all_of(each.begins.nodes),
                    links=of_links(each.begins.links),
                ),
            )
            for each in self.troubles
        )
        calls = tuple(replace(call, node=names(call.node or "")) for call in self.calls)
        return replace(self, calls=calls, troubles=troubles)

    def retimed(self, time: Callable[[int], int]) -> Case:
        """The same at other times."""
        troubles = tuple(
            Trouble(
                replace(each.begins, at=time(each.begins.at)),
                None if each.end is None else time(each.end),
            )
            for each in self.troubles
        )
        calls = tuple(replace(call, at=time(call.at)) for call in self.calls)
        return replace(self, calls=calls, troubles=troubles)

    def with_calls(self, change: Callable[[Call], Call]) -> Case:
        """Every call changed."""
        return replace(self, calls=tuple(change(call) for call in self.calls))


def _within(nodes: Nodes, kept: Collection[str]) -> Nodes:
    """Those of them that a cluster of the kept ones has: its followers are fewer, too."""
    parts = ("leader", *(f"follower{number}" for number in range(1, len(kept))))
    return tuple(node for node in nodes if node in (*kept, *parts, ALL, OTHERS))
