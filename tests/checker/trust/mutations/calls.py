"""What a call is: which operations count, and what is equal."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import REGISTERS, harmful

CALLS = [
    *harmful(
        "calls",
        REGISTERS,
        (
            "a failed operation did not happen",
            "rows[(outcome != FAIL) & ~crashed_read]",
            "rows[~crashed_read]",
        ),
    ),
    *harmful(
        "calls",
        ("counter", "set", "list-append"),
        (
            "a crashed read constrains nothing",
            "rows[(outcome != FAIL) & ~crashed_read]",
            "rows[outcome != FAIL]",
        ),
    ),
    *harmful(
        "calls",
        ("kv",),
        (
            "each key is an object of its own",
            "if table.key is None or not model.per_key:",
            "if True:",
        ),
    ),
    *harmful(
        "calls",
        ("reentrant-mutex", "fenced-lock"),
        (
            "who does it matters",
            "(process, values[asked]) if by_process else values[asked]",
            "(0, values[asked]) if by_process else values[asked]",
        ),
    ),
]
