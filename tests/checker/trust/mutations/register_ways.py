"""The registers' search: which ways lead from one completion to the next."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import REGISTERS, harmful

REGISTER_WAYS = [
    *harmful(
        "register.ways",
        REGISTERS,
        (
            "rule 2: a write that an open read expects may come before the target",
            "if mask & ~placed and value != self._value",
            "if False",
        ),
        (
            "rule 3: a covered write may be retired",
            "retirable = self._covered & bit and left != self._value",
            "retirable = False",
        ),
        (
            "rule 3: a write that is not covered may not be retired",
            "retirable = self._covered & bit and left != self._value",
            "retirable = left != self._value",
        ),
        (
            "rule 3: a write that may be retired may be placed as well",
            "                self._retire(left, bit, position)\n"
            "                self._place_write(left, bit, position)\n",
            "                self._retire(left, bit, position)\n",
        ),
        (
            "rule 3: a write covers those that are open",
            "        covered = self._layer.all_writes & ~placed\n        self._arrive(self._best",
            "        covered = self._covered\n        self._arrive(self._best",
        ),
        (
            "rule 3: a crashed write covers those that are open",
            "covered = self._layer.all_writes & ~self._placed",
            "covered = self._covered",
        ),
        (
            "rule 3: a slot is not covered any more after its write was retired",
            "self._covered & ~bit,",
            "self._covered,",
        ),
        (
            "rule 4: a crashed write only after its invocation",
            "if group is not None and group.next_start(self._used) < self._layer.end:",
            "if group is not None and group.next_start(self._used) < float('inf'):",
        ),
        (
            "rule 5: the target is placed if nothing else can",
            "            else:\n                self._place_write(left, bit, position)\n",
            "            else:\n                pass\n",
        ),
        (
            "rule 5: what the target expects is brought about",
            "elif kind == READ or expected != self._value:",
            "elif False:",
        ),
        (
            "a crashed write may bring about what is expected",
            "group = self._crashed.writes.get(value)",
            "group = None",
        ),
        (
            "a completed write may bring about what is expected",
            "for bit, position in self._layer.writers.get(value, ()):",
            "for bit, position in ():",
        ),
        (
            "a value is not dead while a write of it is open",
            "if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:",
            "if layer.to.get(value, 0) & ~placed:",
        ),
        (
            "a value is not dead if nobody expects it",
            'if deadline == float("inf"):\n            return True',
            'if deadline == float("inf"):\n            return False',
        ),
        (
            "a value is not dead if a crashed call may bring it back",
            "if any(g.next_start(used) < deadline for g in self._crashed.to.get(value, ())):",
            "if False:",
        ),
        (
            "a value is not dead if something later brings it back",
            "if self._layers.next_source(value, layer.end) < deadline:",
            "if False:",
        ),
        (
            "a value is not dead for what has found it already",
            "            if not placed & bit:\n                deadline = min(deadline, end)",
            "            if True:\n                deadline = min(deadline, end)",
        ),
    ),
    *harmful(
        "register.ways",
        ("cas-register",),
        (
            "a cas that is open may take effect before the target",
            "        self._swaps()\n        for value",
            "        for value",
        ),
        (
            "rule 2: a write that an open cas expects may come before the target",
            "if value not in found and any(not placed & bit for bit, _, _ in swaps):",
            "if False:",
        ),
        (
            "rule 2: a write that a crashed cas expects may come before the target",
            "if value not in found and any(crashed.swaps_from(value, self._used, layer.end)):",
            "if False:",
        ),
        (
            "rule 2: a crashed cas may be seen by a read",
            "if layer.reads.get(value, 0) & ~placed:\n            return True",
            "if layer.reads.get(value, 0) & ~placed:\n            return False",
        ),
        (
            "rule 2: a crashed cas may be seen by another cas",
            "if any(not placed & bit for bit, _, _ in layer.swaps.get(value, ())):",
            "if False:",
        ),
        (
            "rule 2: a crashed cas may be seen by another crashed one",
            "return any(self._crashed.swaps_from(value, self._used, layer.end))",
            "return False",
        ),
        (
            "a value is not dead while a cas to it is open",
            "if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:",
            "if layer.writes.get(value, 0) & ~placed:",
        ),
    ),
]
