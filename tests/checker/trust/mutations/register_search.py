"""The registers' own search: domination, crashed calls, layers, and the order it ends with."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import REGISTERS, harmful

REGISTER_SEARCH = [
    *harmful(
        "register.search",
        REGISTERS,
        (
            "rule 1: a read takes effect as soon as its value is there",
            "placed |= layer.reads.get(value, 0)",
            "placed |= 0",
        ),
        (
            "rule 1: a read does not take effect without its value",
            "elif kind != READ or expected != value:",
            "elif kind != READ:",
        ),
        (
            "a slot is free after the completion",
            "placed ^= bit",
            "pass",
        ),
        (
            "the search ends at the last completion",
            "self._goal = len(layers) if goal is None else goal",
            "self._goal = len(layers) - 1 if goal is None else goal",
        ),
    ),
    *harmful(
        "register.crashed",
        REGISTERS,
        (
            "a crashed call is used once",
            'return self.starts[count] if count < len(self.starts) else float("inf")',
            "return self.starts[0]",
        ),
        (
            "rule 4: of crashed calls that ask the same the first invoked is used first",
            "members.setdefault((call.f, call.value), []).append(position)",
            "members.setdefault((call.f, call.value), []).insert(0, position)",
        ),
        (
            "crashed calls that ask something else are another class",
            "members.setdefault((call.f, call.value), [])",
            "members.setdefault((call.f, 0), [])",
        ),
    ),
    *harmful(
        "register.crashed",
        ("cas-register",),
        (
            "a crashed cas takes effect after its invocation",
            "            if group.next_start(used) < before:",
            "            if group.next_start(used) < float('inf'):",
        ),
        (
            "a crashed cas can bring a value about",
            "self.swaps.setdefault(old, []).append(group)",
            "pass",
        ),
    ),
    *harmful(
        "register.layers",
        REGISTERS,
        (
            "rule 4: of open calls that ask the same the one that ends first is used first",
            "for of in self._open[number]:",
            "for of in reversed(self._open[number]):",
        ),
        (
            "a value can be brought back by whatever leaves it later",
            "self._sources.setdefault(left, []).append(call.start)",
            "self._sources.setdefault(left, [call.start])",
        ),
        (
            "an open call takes effect after its invocation",
            "calls[following].start < end:",
            "calls[following].start < end + 4:",
        ),
    ),
    *harmful(
        "register.layers",
        ("cas-register",),
        (
            "a cas from a value to itself is a read",
            "return (READ, old, None) if old == new else (CAS, old, new)",
            "return (READ, old, None)",
        ),
    ),
    *harmful(
        "register.order",
        REGISTERS,
        (
            "a retired write stands before the write that covered it",
            "                for at in self._open_writes(number):\n"
            "                    self._place[at] = len(self._order)\n",
            "                pass\n",
        ),
        (
            "a retired write stands where its own value was",
            "                if left == value:\n"
            "                    self._place[position] = len(self._order)\n",
            "                if left == value:\n                    pass\n",
        ),
        (
            "a read stands where its value is",
            "elif kind == READ and expected == value:",
            "elif kind == READ:",
        ),
    ),
    *harmful(
        "register.search",
        ("cas-register",),
        (
            "what must still be seen is in vain for that, and not in general",
            "        if not frame.unseen:\n            self._known.add",
            "        if True:\n            self._known.add",
        ),
    ),
]
