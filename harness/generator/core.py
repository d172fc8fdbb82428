"""The words every generator is made of: context, invocation, pending, and the protocol itself.

All of them, and the generators themselves, are immutable and made anew at every step; a msgspec
struct is made in a fifth of the time of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Protocol

from msgspec import Struct, field

from harness.history.op import Op

NEMESIS_THREAD = "nemesis"

Thread = int | str
"""A client thread `0 … concurrency - 1`, or one of the nemesis', which have names. A thread runs
one operation at a time.
"""


class Processes(dict[Thread, int | str]):
    """The process that each thread is at present. It never changes once it is made, and so what is
    asked of it again and again is worked out once.
    """

    def __init__(self, processes: Mapping[Thread, int | str]) -> None:
        super().__init__(processes)
        self._only: dict[type, Processes] = {}
        self._threads: dict[int | str, Thread] = {}
        for thread, process in processes.items():
            self._threads.setdefault(process, thread)

    def only(self, kind: type) -> Processes:
        """As if there were only the threads whose names are of this type."""
        part = self._only.get(kind)
        if part is None:
            part = Processes({t: p for t, p in self.items() if type(t) is kind})
            self._only[kind] = part
        return part

    def thread_of(self, process: int | str) -> Thread | None:
        """The first thread that is this process; None when there is none."""
        return self._threads.get(process)


class Context(Struct, frozen=True):
    """What a generator may know.

    Args:
        time: nanoseconds since the run began.
        free: threads with nothing to do, in a fixed order.
        processes: of every thread, free or not, that the generator asked may use, and no other.
        rng: seeded randomness.
    """

    time: int
    free: tuple[Thread, ...]
    processes: Processes
    rng: Random
    _parts: dict[type, Context] = field(default_factory=dict)

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
            processes = self.processes.only(kind)
            part = self._parts[kind] = Context(self.time, free, processes, self.rng)
        return part

    def thread_of(self, op: Op) -> Thread | None:
        """The thread that an op's process is running on; None when it is not one of these."""
        return self.processes.thread_of(op.process)


class Invocation(Struct, frozen=True):
    """Something to do now; `thread` is who does it (None: any thread that is free)."""

    f: str
    value: Any = None
    key: Any = None
    thread: Thread | None = None

    def on(self, thread: Thread) -> Invocation:
        """This invocation, by that thread."""
        return Invocation(self.f, self.value, self.key, thread)


class Pending(Struct, frozen=True):
    """Nothing to do now: ask again after the next event, or at `until` (ns) if that comes first."""

    until: int | None = None


class Generator(Protocol):
    """See the package's docstring for the contract."""

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        """The next thing to do, and the generator that follows once it is done."""

    def update(self, ctx: Context, op: Op) -> Generator:
        """The generator that knows of this recorded op."""
