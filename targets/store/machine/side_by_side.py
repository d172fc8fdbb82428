"""Several machines in one node: an operation begins with the name of the machine it is for.

::

    ["kv", "write", "x", 5]     ──▶ kv        ["write", "x", 5]
    ["set", "add", "x", 5]      ──▶ set       ["add", "x", 5]        another x than kv's
    ["queue", "dequeue", "x"]   ──▶ queue     ["dequeue", "x"]

Each has keys of its own, and knows nothing of the others; one log orders the operations of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from targets.store.machine.counter import Counters
from targets.store.machine.element_set import Sets
from targets.store.machine.fifo_queue import Queues
from targets.store.machine.kv import KeyValue
from targets.store.machine.machine import BadRequest, Machine, Result


class SideBySide:
    """A machine made of machines, by name."""

    def __init__(self, machines: Mapping[str, Machine]) -> None:
        self._machines = machines

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        if not isinstance(operation, list) or not operation:
            raise BadRequest("an operation is a list that begins with the name of its machine")
        name, *theirs = operation
        if not isinstance(name, str) or name not in self._machines:
            raise BadRequest(f"no such machine: {name!r}; known: {', '.join(self._machines)}")
        return self._machines[name].check(theirs)

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        return self._machines[operation[0]].apply(operation[1:])

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        return self._machines[operation[0]].query(operation[1:])

    def dump(self) -> Any:
        """See `Machine`."""
        return {name: machine.dump() for name, machine in self._machines.items()}

    def load(self, state: Any) -> None:
        """See `Machine`."""
        for name, machine in self._machines.items():
            machine.load(state[name])


def bundled_machine() -> SideBySide:
    """What a node of the bundled stores serves, empty."""
    return SideBySide({"kv": KeyValue(), "set": Sets(), "counter": Counters(), "queue": Queues()})
