"""Proofs of the contrary in the registers' search, which are tried after a stall."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import REGISTERS, harmful

REGISTER_REFUTE = [
    *harmful(
        "register.refute",
        REGISTERS,
        (
            "at the cut, reads that are open have had their value",
            "layer.all_reads | sum(placed)",
            "sum(placed)",
        ),
        (
            "at the cut, open writes are covered",
            "layer.all_writes, used, RETIRE, -1, ())",
            "0, used, RETIRE, -1, ())",
        ),
        (
            "at the cut, any value may be there",
            "return [self._initial, *self._layers.values_before(before)]",
            "return [self._initial]",
        ),
        (
            "at the cut, the first value may be there",
            "return [self._initial, *self._layers.values_before(before)]",
            "return [*self._layers.values_before(before)]",
        ),
        (
            "a lesson leaves out only crashed calls that do not matter",
            "                if search.run(Budget(budget.left(), effort)) is False:\n"
            "                    used = less",
            "                if True:\n                    used = less",
        ),
        impatient=True,
    ),
    *harmful(
        "register.refute",
        ("cas-register",),
        (
            "at the cut, any open cas may have taken effect or not",
            "for count in range(len(swaps) + 1)",
            "for count in range(1)",
        ),
        impatient=True,
    ),
    *harmful(
        "register.known",
        REGISTERS,
        (
            "a lesson is about what has not passed its cut",
            "number <= cut and (bound - needed) & guard == guard",
            "(bound - needed) & guard == guard",
        ),
        impatient=True,
    ),
    *harmful(
        "register",
        REGISTERS,
        (
            "what is refuted only after some crashed calls is not refuted",
            "if refuted is not None and not refuted.used:",
            "if refuted is not None:",
        ),
        impatient=True,
    ),
]
