"""Registers that one operation reads and writes several of, in order and at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model

Micro = tuple[str, Hashable, Hashable]


class MultiRegister(Model):
    """Transactions of micro-operations `["r", key, null]` and `["w", key, value]`.

    All registers begin as null; the state is the set of [key, value] of the others.
    """

    name = "multi-register"
    fs = frozenset({"txn"})
    kind: ClassVar[str | None] = "multi-register"

    def initial(self) -> Hashable:
        """Nothing was written yet."""
        return frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Micro-operations take effect one after the other, so a read sees writes before it."""
        registers = dict(cast("frozenset[tuple[Hashable, Hashable]]", state))
        micros = cast(Sequence[Micro], value if result is UNKNOWN else result)
        for what, key, detail in micros:
            if what == "w":
                registers[key] = detail
            elif result is not UNKNOWN and registers.get(key) != detail:
                return INCONSISTENT
        return frozenset(pair for pair in registers.items() if pair[1] is not None)

    def misfit(self, f: str, value: Hashable) -> str | None:
        """A list of reads and writes."""
        fits = isinstance(value, tuple) and all(
            isinstance(micro, tuple) and len(micro) == 3 and micro[0] in ("r", "w")
            for micro in value
        )
        return None if fits else 'a txn takes a list of ["r", key, null] and ["w", key, value]'

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """The same list with what was read filled in."""
        asked = cast(Sequence[Micro], value)
        fits = (
            self.misfit(f, result) is None
            and len(answered := cast(Sequence[Micro], result)) == len(asked)
            and all(
                one[:2] == two[:2] and (one[0] == "r" or one == two)
                for one, two in zip(asked, answered, strict=True)
            )
        )
        return None if fits else "a txn returns its micro-operations with the reads filled in"
