"""Rules that only save time, and one that no history of thousands needs."""

from __future__ import annotations

from tests.checker.trust.broken import Mutation

LESSON = Mutation(
    "a lesson is about those that used as many crashed calls",
    "register.known",
    "number <= cut and (bound - needed) & guard == guard",
    "number <= cut",
)
"""Harmful, but no history of thousands needs it: shown on the search itself."""

COSTLY = [
    Mutation(
        "what is known to be in vain is left out",
        "register.search",
        "(reason := self._known.why(frame)) is not None",
        "(reason := None) is not None",
    ),
    Mutation(
        "a dead configuration is left out",
        "register.ways",
        "        self.dead_by = max(self.dead_by, deadline)\n        return False",
        "        return True",
    ),
    Mutation(
        "rule 4: of cas that lead to the same value only one is tried",
        "register.ways",
        "if not placed & bit and new not in tried:",
        "if not placed & bit:",
    ),
    Mutation(
        "rule 2: a crashed cas that is not seen is left out",
        "register.ways",
        "            if not swaps and not self._crashed.can_swap(new, now.used, layer.end):\n"
        "                return\n",
        "",
    ),
]
"""Mutations after which the search of registers meets more configurations, and says the same."""
