"""The words every generator is made of: context, invocation, pending, and the protocol itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from harness.history.op import Op

NEMESIS_THREAD = "nemesis"

Thread = int | str
"""A client thread `0 … concurrency - 1`, or one of the nemesis', which have names. A thread runs
one operation at a time.
"""


@dataclass(frozen=True)
class Context:
    """What a generator may know.

    Args:
        time: nanoseconds since the run began.
        free: threads with nothing to do, in a fixed order.
        processes: the process that each thread, free or not, is at present. It has every thread
            that the generator asked may use, and no other.
        rng: seeded randomness.
    """

    time: int
    free: tuple[Thread, ...]
    processes: Mapping[Thread, int | str]
    rng: Random
    _parts: dict[type, Context] = field(default_factory=dict, repr=False, compare=False)

    @property
    def clients(self) -> Context:
        """This context, as if there were only client threads."""
        return self._only(int)

    @property
    def nemesis(self) -> Context:
        """This context, as if there were only the nemesis' threads."""
        return self._only(str)

    def _only(self, kind: type) -> Context:
        """Made once: many generators ask for the same part of the same context."""
        part = self._parts.get(kind)
        if part is None:
            free = tuple([thread for thread in self.free if type(thread) is kind])
            processes = {t: p for t, p in self.processes.items() if type(t) is kind}
            part = self._parts[kind] = Context(self.time, free, processes, self.rng)
        return part

    def thread_of(self, op: Op) -> Thread | None:
        """The thread that an op's process is running on; None when it is not one of these."""
        for thread, process in self.processes.items():
            if process == op.process:
                return thread
        return None


@dataclass(frozen=True)
class Invocation:
    """Something to do now; `thread` is who does it (None: any thread that is free)."""

    f: str
    value: Any = None
    key: Any = None
    thread: Thread | None = None

    def on(self, thread: Thread) -> Invocation:
        """This invocation, by that thread."""
        return Invocation(self.f, self.value, self.key, thread)


@dataclass(frozen=True)
class Pending:
    """Nothing to do now: ask again after the next event, or at `until` (ns) if that comes first."""

    until: int | None = None


class Generator(Protocol):
    """See the package's docstring for the contract."""

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        """The next thing to do, and the generator that follows once it is done."""

    def update(self, ctx: Context, op: Op) -> Generator:
        """The generator that knows of this recorded op."""
