"""A stack: last in, first out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import ClassVar

from harness.model.misstep import first_misstep
from harness.model.model import INCONSISTENT, UNKNOWN, Model


class Stack(Model):
    """Push onto the top, pop from it; null when empty. The state is a tuple, its end the top."""

    name = "stack"
    fs = frozenset({"push", "pop"})
    echoes: ClassVar[frozenset[str]] = frozenset({"push"})
    kind: ClassVar[str | None] = "stack"

    def initial(self) -> Hashable:
        """Nothing is stacked."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A pop that crashed took the top element, if there was one."""
        assert isinstance(state, tuple)
        if f == "push":
            return (*state, value)
        top = state[-1] if state else None
        return state[:-1] if result is UNKNOWN or result == top else INCONSISTENT

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """See `harness.model.misstep`."""
        stack: list[Hashable] = []
        return first_misstep(path, "push", stack.append, stack.pop)

    def misfit(self, f: str, value: Hashable) -> str | None:
        """Null stands for an empty stack."""
        return "an element is never null" if f == "push" and value is None else None
