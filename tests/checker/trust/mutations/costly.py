"""Rules that only save time, and one that no history of thousands needs."""

from __future__ import annotations

from tests.checker.trust.broken import Mutation

LESSON = Mutation(
    "a lesson is about those that used as many crashed calls",
    "register.search",
    "number <= cut and (bound - needed) & guard == guard",
    "number <= cut",
)
"""Harmful, but no history of thousands needs it: shown on the search itself."""

COSTLY = [
    Mutation(
        "a configuration that another dominates is left out",
        "register.search",
        "if not good & ~other and (bound - other_used) & guard == guard:",
        "if good == other and used == other_used:",
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
        "if group.new not in tried and self._seen(group.new):",
        "if group.new not in tried:",
    ),
]
"""Mutations after which the search of registers meets more configurations, and says the same."""
