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
            "retirable = self._now.covered & bit and left != self._value",
            "retirable = False",
        ),
        (
            "rule 3: a write that is not covered may not be retired",
            "retirable = self._now.covered & bit and left != self._value",
            "retirable = left != self._value",
        ),
        (
            "rule 3: a write that may be retired may be placed as well",
            "                self._retire(left, bit, position)\n"
            "                self._place_target(left, bit, position)\n",
            "                self._retire(left, bit, position)\n",
        ),
        (
            "rule 3: a write covers those that are open",
            "covered = self._layer.all_writes & ~placed",
            "covered = self._now.covered",
        ),
        (
            "rule 3: a crashed write covers those that are open",
            "            covered = layer.all_writes & ~placed\n            used += group.one",
            "            covered = self._now.covered\n            used += group.one",
        ),
        (
            "rule 3: a slot is not covered any more after its write was retired",
            "covered = now.covered & ~bit",
            "covered = now.covered",
        ),
        (
            "rule 4: a crashed write only after its invocation",
            "if group is not None and group.next_start(used) < layer.end:",
            "if group is not None and group.next_start(used) < float('inf'):",
        ),
        (
            "rule 5: the target is placed if nothing else can",
            "            else:\n                self._place_target(left, bit, position)\n",
            "            else:\n                pass\n",
        ),
        (
            "rule 5: what the target expects is brought about",
            "elif expected != self._value:",
            "elif False:",
        ),
        (
            "a crashed write may bring about what is expected",
            "group = self._crashed.writes.get(value)",
            "group = None",
        ),
        (
            "a completed write may bring about what is expected",
            "for bit, position in layer.writers.get(value, ()):",
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
            "        self._swaps()\n        for value in self._demanded",
            "        for value in self._demanded",
        ),
        (
            "rule 2: a write that an open cas expects may come before the target",
            "if mask & ~placed and value not in found:",
            "if False:",
        ),
        (
            "rule 2: a write that a crashed cas expects may come before the target",
            "if value not in found and crashed.can_swap(value, self._used, layer.end):",
            "if False:",
        ),
        (
            "rule 2: a crashed cas may be seen by a read",
            "if not layer.reads.get(new, 0) & ~now.placed:\n            unseen = now",
            "if True:\n            unseen = now",
        ),
        (
            "rule 2: a crashed cas may be seen by another cas",
            "if not swaps and not self._crashed.can_swap(new, now.used, layer.end):",
            "if not self._crashed.can_swap(new, now.used, layer.end):",
        ),
        (
            "rule 2: a crashed cas may be seen by another crashed one",
            "if not swaps and not self._crashed.can_swap(new, now.used, layer.end):",
            "if not swaps:",
        ),
        (
            "a value is not dead while a cas to it is open",
            "if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:",
            "if layer.writes.get(value, 0) & ~placed:",
        ),
    ),
]
