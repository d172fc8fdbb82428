"""What a script's lines mean together: which fault lasts from when to when, and who is where.

A fault is named by the line that begins it, and ended by a line that mends it, or else when every
operation has come back::

    at 1.00 s cut n1 from n2,n3     ┐ fault "cut n1 from n2,n3"
    at 1.50 s kill n2,n3            │  ┐ faults "kill n2" and "kill n3"
    at 2.00 s start n2              │  ┘ (n2)
    at 2.50 s heal                  ┘                         n3 is started at the end
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.script.grammar import parse
from harness.script.sense import check_sense, named_in
from harness.script.steps import (
    ALL,
    NS_PER_S,
    VERBS,
    Between,
    Call,
    Fault,
    Nodes,
    Step,
    StepError,
    is_part,
)
from harness.script.words import fault_text, links_text, seconds


@dataclass(frozen=True)
class Trouble:
    """One fault, with its times in ns.

    Args:
        name: the words of its beginning, e.g. `kill n2`; unique among those in force.
        begins: what begins it: of one node, or of links.
        number: which step begins it, from 1.
        end: when it is mended; None for "at the end".
    """

    name: str
    begins: Fault
    number: int
    end: int | None = None


@dataclass(frozen=True)
class Plan:
    """A script that makes sense.

    Args:
        nodes: the cluster's.
        calls: the operations by time.
        troubles: the faults by time of beginning.
        homes: for each process the node that its client is on, maybe by its part.
    """

    nodes: Nodes
    calls: tuple[Call, ...]
    troubles: tuple[Trouble, ...]
    homes: tuple[str, ...]

    @property
    def needs(self) -> frozenset[str]:
        """What the world must be able to do."""
        return frozenset(VERBS[each.begins.verb].needs for each in self.troubles) - {""}

    @property
    def parts(self) -> frozenset[str]:
        """The parts that its lines name."""
        named = set(self.homes)
        for trouble in self.troubles:
            named.update(named_in(trouble.begins))
        return frozenset(name for name in named if is_part(name))

    @property
    def patience_s(self) -> float:
        """How long the faults that lie in wait may do so, in seconds."""
        waits = [self.last - t.begins.at for t in self.troubles if t.begins.verb == "when"]
        return max(waits, default=0) / NS_PER_S

    @property
    def last(self) -> int:
        """When its last step is due, in ns."""
        times = [call.at for call in self.calls]
        times += [t.begins.at if t.end is None else t.end for t in self.troubles]
        return max(times, default=0)


def read_plan(lines: Sequence[str], nodes: Sequence[str]) -> Plan:
    """Read a script's lines, and find out what they mean together.

    Raises:
        StepError: the first line that is no step or makes no sense, with its number and text.
    """
    steps: list[Step] = []
    for number, line in enumerate(lines, 1):
        with told_of(number, line):
            step = parse(line)
            check_sense(step, nodes)
            steps.append(step)
    return plan(steps, nodes, lines)


def plan(steps: Sequence[Step], nodes: Sequence[str], lines: Sequence[str] = ()) -> Plan:
    """Find out what steps mean together; `lines` are their words, for errors."""
    in_time = sorted(enumerate(steps, 1), key=lambda each: each[1].at)
    state = _State(tuple(nodes))
    calls: list[Call] = []
    for number, step in in_time:
        with told_of(number, lines[number - 1] if lines else ""):
            if isinstance(step, Call):
                state.sit(step)
                calls.append(step)
            else:
                state.happen(step, number)
    return Plan(tuple(nodes), tuple(calls), tuple(state.troubles), state.homes())


class told_of:  # noqa: N801
    """Adds a step's number, text and column to what is wrong with it."""

    def __init__(self, number: int, line: str) -> None:
        self._number = number
        self._line = line

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, StepError):
            said = f" {self._line!r}" if self._line else ""
            where = f"step {self._number}{said}: {_column(self._line, error.word)}"
            raise StepError(f"{where}{error}", self._number) from None


def _column(line: str, word: str) -> str:
    found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", line) if word else None
    return "" if found is None else f"column {found.start() + 1}: "


@dataclass
class _State:
    """What is broken as far as the steps have been read."""

    nodes: Nodes
    troubles: list[Trouble] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=dict)
    """The faults in force by name, as places in `troubles`."""
    _homes: dict[int, str | None] = field(default_factory=dict)

    def sit(self, call: Call) -> None:
        """A process' client stays where any of its steps says that it is."""
        before = self._homes.setdefault(call.process, call.node)
        if before is None:
            self._homes[call.process] = call.node
        elif call.node not in (None, before):
            stays = f"process {call.process} is at {before}: a client stays at its node"
            raise StepError(stays, word=call.node or "")

    def homes(self) -> tuple[str, ...]:
        """Every process' node, also of those that do nothing."""
        count = max(self._homes, default=0) + 1
        names = self.nodes
        return tuple(self._homes.get(p) or names[p % len(names)] for p in range(count))

    def happen(self, fault: Fault, number: int) -> None:
        """Something breaks, or is mended."""
        if VERBS[fault.verb].mends:
            for name in list(self._mended(fault)):
                at = self._open.pop(name)
                self.troubles[at] = replace(self.troubles[at], end=fault.at)
            return
        for each in self._single(fault):
            name = fault_text(each)
            if clash := self._clash(name, each):
                raise StepError(clash, word=fault.verb)
            self._open[name] = len(self.troubles)
            self.troubles.append(Trouble(name, each, number))

    def _single(self, fault: Fault) -> Iterator[Fault]:
        """A fault of several nodes is one of each."""
        if VERBS[fault.verb].on == "links":
            yield fault
            return
        for node in self.nodes if ALL in fault.nodes else fault.nodes:
            yield replace(fault, nodes=(node,))

    def _clash(self, name: str, fault: Fault) -> str | None:
        if name in self._open:
            return f"at {seconds(fault.at)} there is {name!r} already"
        for other, at in self._open.items():
            begins = self.troubles[at].begins
            same = VERBS[begins.verb].of == VERBS[fault.verb].of
            if fault.nodes and same and begins.nodes == fault.nodes:
                return f"at {seconds(fault.at)} {other!r} is in force, which must end first"
        return None

    def _mended(self, fault: Fault) -> Iterator[str]:
        """The names of the faults that this ends; StepError where it finds none."""
        everything = ALL in fault.nodes or not (fault.nodes or fault.links)
        whats: list[tuple[str, Nodes | tuple[Between, ...]]] = [("", ())]
        if not everything:
            whats = [(f" of {node}", (node,)) for node in fault.nodes]
            whats += [(f" of {links_text(fault.links)}", fault.links)] if fault.links else []
        for said, what in whats:
            found = [
                name
                for name, at in self._open.items()
                if (begins := self.troubles[at].begins).verb in VERBS[fault.verb].mends
                and (everything or what in (begins.nodes, begins.links))
            ]
            if not found:
                undone = ", ".join(VERBS[fault.verb].mends)
                nothing = f"at {seconds(fault.at)} nothing{said} is to be undone ({undone})"
                raise StepError(nothing, word=fault.verb)
            yield from found
