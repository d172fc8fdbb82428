"""Stacks and priority queues."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful

STACKS_AND_PRIORITIES = [
    *harmful(
        "fast.nesting",
        ("stack",),
        (
            "the bottom's take spans the end of the island",
            "if self.take_start[one] <= high <= self.take_end[one]:",
            "if self.take_start[one] <= high:",
        ),
        (
            "the bottom's take begins by the end of the island",
            "if self.take_start[one] <= high <= self.take_end[one]:",
            "if high <= self.take_end[one]:",
        ),
        (
            "the bottom's put begins by the first end of the island",
            "starts[by_start[self._begun]] <= low:",
            "starts[by_start[self._begun]] <= high:",
        ),
        ("an island goes as far as stays overlap", "if further <= reach:", "if True:"),
    ),
    *harmful(
        "fast.stack",
        ("stack",),
        (
            "crashed pops may have taken what nobody else took",
            "if not len(found.spare) or found.claimed.all():",
            "if True:",
        ),
        (
            "what the generous pairing allows is not allowed yet",
            "return found.conflict(nested) if isinstance(nested, list) else None",
            "return found.conflict(nested) if isinstance(nested, list) "
            "else _order(_generous(found), nested, empties)",
        ),
    ),
    *harmful(
        "fast.priority_queue",
        ("priority-queue",),
        (
            "a take is at a gap between smaller elements",
            "                late.append(one)\n",
            "                pass\n",
        ),
        (
            "a take finds nothing only at a gap",
            "late_empties = np.flatnonzero(empties > elements.empty_end).tolist()",
            "late_empties: list[int] = []",
        ),
        (
            "elements are visited by rising value",
            "rising = sorted(range(len(found.values)), key=lambda one: rank(found.values[one]))",
            "rising = list(range(len(found.values)))",
        ),
        (
            "a stay leaves no gap",
            "            next_[at] = at + 1\n            at = _find(next_, at + 1)",
            "            break",
        ),
        (
            "a put is no later than its take",
            "puts = np.minimum(guess.put_end, gaps.takes)",
            "puts = guess.put_end",
        ),
    ),
]
