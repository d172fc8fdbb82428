"""What to do next: pure, composable generators, testable without a clock.

A generator is an immutable value. Asked for an operation it answers with the operation *and the
generator to ask next*; told of an event it answers with the generator that knows it::

    op(ctx)  ─▶ (Invocation, next)   do this now
             ─▶ (Pending, next)      nothing now; ask again after an event, or at a time
             ─▶ (None, …)            exhausted, for good
    update(ctx, op) ─▶ next          an invocation or completion has been recorded

Whoever asks may leave an invocation aside, because another generator's was taken: then it keeps the
generator it had, and nothing is lost. What comes with a `Pending` may always be kept.

A workload is a sentence of these:

>>> from random import Random
>>> reads = repeat(lambda ctx: Invocation("read"))
>>> writes = repeat(lambda ctx: Invocation("write", ctx.rng.randrange(5)))
>>> sentence = time_limit(20, stagger(0.01, mix([reads, writes])))
"""

from harness.generator.combine import (
    any_of,
    clients,
    mix,
    on_nemesis,
    on_thread,
    phases,
    reserve,
    sequence,
)
from harness.generator.core import (
    NEMESIS_THREAD,
    Context,
    Generator,
    Invocation,
    Pending,
    Processes,
    Thread,
)
from harness.generator.holding import hold_once, while_holding
from harness.generator.keys import drain_each_key, read_each_key, rotate_keys
from harness.generator.source import count, numbered, once, repeat, sleep, sleep_until
from harness.generator.timing import limit, stagger, time_limit

__all__ = [
    "NEMESIS_THREAD",
    "Context",
    "Generator",
    "Invocation",
    "Pending",
    "Processes",
    "Thread",
    "any_of",
    "clients",
    "count",
    "drain_each_key",
    "hold_once",
    "limit",
    "mix",
    "numbered",
    "on_nemesis",
    "on_thread",
    "once",
    "phases",
    "read_each_key",
    "repeat",
    "reserve",
    "rotate_keys",
    "sequence",
    "sleep",
    "sleep_until",
    "stagger",
    "time_limit",
    "while_holding",
]
