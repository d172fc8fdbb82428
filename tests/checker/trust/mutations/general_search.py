"""The search for any model, and the second look at what it finds."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import ANY, harmful

GENERAL_SEARCH = [
    *harmful(
        "window",
        ANY,
        (
            "nothing comes before what ended before it began",
            "            if starts[at] > until:\n                break\n",
            "",
        ),
        (
            "a crashed call takes effect after its invocation",
            "return count < len(self.starts) and self.starts[count] < before",
            "return count < len(self.starts)",
        ),
        (
            "of the same configurations one that used no more crashed calls is kept",
            "if any((bound - other) & guard == guard for other in met):",
            "if met:",
        ),
        (
            "a configuration is told by its state",
            "self._met.setdefault((low, mask, state), [])",
            "self._met.setdefault((low, mask, 0), [])",
        ),
        (
            "a configuration is told by what is placed",
            "self._met.setdefault((low, mask, state), [])",
            "self._met.setdefault((low, 0, state), [])",
        ),
        (
            "crashed calls that ask something else are another class",
            "members.setdefault((call.f, call.value), [])",
            "members.setdefault((call.f, 0), [])",
        ),
        (
            "only reads are placed as soon as they fit",
            "if call.f in reads and any(True for _ in self.after(state, call)):",
            "if any(True for _ in self.after(state, call)):",
        ),
        (
            "a read is placed only where it fits",
            "if call.f in reads and any(True for _ in self.after(state, call)):",
            "if call.f in reads:",
        ),
        (
            "a step may lead to several states",
            "if not self._one_way:",
            "if False:",
        ),
        (
            "every completed call is placed",
            ".low == len(self.completed)",
            ".low >= len(self.completed) - 1",
        ),
    ),
    *harmful(
        "confirm",
        ANY,
        ("an order may go several ways", "if model.one_way else", "if True else"),
    ),
    *harmful(
        "search",
        ANY,
        (
            "a search that has tried everything says no",
            "        if not self._stack:\n            self.result = False",
            "        if not self._stack:\n            self.result = True",
        ),
    ),
]
