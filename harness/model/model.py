"""What a sequential specification is.

A model says what an object would do if operations came one at a time: a first state, and a step
from a state by one operation to the next state, or to `INCONSISTENT` when the object could not have
answered so. A history is linearizable when some order of its operations that respects real time is
a path of steps.

A new model is a few lines::

    class Tally(Model):
        name = "tally"
        fs = frozenset({"add", "read"})
        reads = frozenset({"read"})

        def initial(self):
            return 0

        def step(self, state, f, value, result):
            if f == "add":
                return state + value
            return state if result in (UNKNOWN, state) else INCONSISTENT

and an entry point in the group `splitbrain.models` makes it known by name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar, Final, Protocol

from harness.model.call import Call, Decided


class _Mark(Enum):
    INCONSISTENT = "inconsistent"
    UNKNOWN = "unknown"


INCONSISTENT: Final = _Mark.INCONSISTENT
"""What `Model.step` returns when no such step exists."""

UNKNOWN: Final = _Mark.UNKNOWN
"""The result of an operation whose answer never arrived: it may have been anything."""


class Model(Protocol):
    """A sequential specification. Subclass it to get the defaults."""

    name: ClassVar[str]
    fs: ClassVar[frozenset[str]]
    """The kinds of operations it knows."""

    hallmarks: ClassVar[frozenset[str]] = frozenset()
    """Of these a history must have one before it is guessed to be of this model; empty: any `f`s
    that it knows will do. A lock whose holder may write is no guess for a history of writes."""

    reads: ClassVar[frozenset[str]] = frozenset()
    """The `fs` that never change the state. The checker may then place them as early as they fit,
    forget those that crashed, and leave them out of a counterexample."""

    echoes: ClassVar[frozenset[str]] = frozenset()
    """The `fs` that answer nothing: an ok of theirs repeats the invocation's value, or has null."""

    per_key: ClassVar[bool] = True
    """Whether each key is an object by itself; if not, `key` is ignored."""

    kind: ClassVar[str | None] = None
    """The name of a kind of object that the checker knows fast algorithms and licences for, such as
    `"register"` or `"fifo-queue"` (`harness.checker.fast` lists them). It promises that the steps
    are those of that kind; what it gains is speed and shorter counterexamples. Who has other steps
    than its parent does not inherit it."""

    one_way: ClassVar[bool] = True
    """Whether there is at most one state after each step. If not, override `steps`."""

    by_process: ClassVar[bool] = False
    """Whether it matters who does an operation. If so, the `value` of a step and of a `Call` is
    (process, value); `misfit` and `misfit_result` still see the value alone."""

    def __init_subclass__(cls, **more: Any) -> None:
        """A subclass with steps of its own has nothing that rests on those of its parent."""
        super().__init_subclass__(**more)
        own = vars(cls)
        if own.keys() & {"initial", "step", "steps"}:
            for name in ("kind", "first_misstep", "fast_path"):
                if name not in own:
                    setattr(cls, name, vars(Model)[name])

    def initial(self) -> Hashable:
        """The state before the first operation."""
        ...

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """The state after `f(value)` answered `result`, or `INCONSISTENT`.

        Values arrive frozen (`harness.model.freeze`): lists as tuples. `result` is `UNKNOWN` for an
        operation that crashed; the step then is that of its taking effect.
        """
        ...

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        """Every state possible after `f(value)` answered `result`; none when it could not have."""
        after = self.step(state, f, value, result)
        return () if after is INCONSISTENT else (after,)

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """Where a path of steps, each `(f, value, result)`, is none: the position of the first that
        is `INCONSISTENT`, or None. Only for models that go one way.

        It is what `step` says; override it where a step copies a large state and a long path need
        not. A million operations are replayed by this.
        """
        state = self.initial()
        for at, (f, value, result) in enumerate(path):
            state = self.step(state, f, value, result)
            if state is INCONSISTENT:
                return at
        return None

    def fast_path(self, calls: Sequence[Call]) -> Decided | None:
        """Decide one object's calls, by rising start, without search; None when that can't be."""
        return None

    def misfit(self, f: str, value: Hashable) -> str | None:
        """What is wrong with the shape of an invocation's value, None when nothing is."""
        return None

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """What is wrong with the shape of an ok's value, None when nothing is."""
        return None
