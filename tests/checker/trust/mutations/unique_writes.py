"""Registers whose values are all written once."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import REGISTERS, UNIQUE, harmful

UNIQUE_WRITES = [
    *harmful(
        "fast.unique_writes_columns",
        UNIQUE,
        ("a value that nobody wrote is not read", "if lost.any():", "if False:"),
        (
            "no read comes before its write",
            "    if not wrong.any():\n        return None",
            "    if True:\n        return None",
        ),
        ("no two forward zones overlap", "if overlapping.any():", "if False:"),
        ("no backward zone lies inside a forward one", "if trapped.any():", "if False:"),
        (
            "a zone is forward if its value held all the time between",
            "is_forward = first_end < last_start",
            "is_forward = first_end < FOREVER",
        ),
        (
            "the first value was there before everything",
            "first_end[root[begins] == 0] = BEFORE_ALL",
            "pass",
        ),
        (
            "a write comes before the reads of its value",
            "rows = rows[stable_order(2 * rank[value] + reads)]",
            "rows = rows[stable_order(2 * rank[value] - reads + 1)]",
        ),
    ),
    *harmful(
        "fast.unique_writes_columns",
        ("cas-register",),
        ("no two cas replace the same value", "if rivals.any():", "if False:"),
        ("a cas comes after the write of what it expects", "if stuck.any():", "if False:"),
        (
            "a chain of cas is one block, in its order",
            "values.root * len(rank) + values.depth",
            "values.root * len(rank) - values.depth",
        ),
    ),
    *harmful(
        "fast.unique_writes_values",
        REGISTERS,
        (
            "it applies only if every value is written once",
            "if of_code[initial] != -1 or (of_code[leaves[writers]] != numbers).any():",
            "if of_code[initial] != -1:",
        ),
        (
            "the first value counts as written",
            "if of_code[initial] != -1 or (of_code[leaves[writers]] != numbers).any():",
            "if (of_code[leaves[writers]] != numbers).any():",
        ),
    ),
    *harmful(
        "fast.unique_writes_values",
        (*UNIQUE, "cas-register"),
        (
            "a crashed write whose value was found took effect",
            "    for values in (expected, left):\n",
            "    for values in (left,):\n",
        ),
    ),
    *harmful(
        "fast.unique_writes_values",
        ("cas-register",),
        (
            "what a needed value was made from is needed",
            "needed[ancestor[needed]] = True",
            "pass",
        ),
        (
            "values that come from each other in a ring come from nowhere",
            "return self.needed & self.by_cas[self.root]",
            "return self.needed & False",
        ),
    ),
]
