"""The configurations of a register's history whose values repeat: fewer ways on.

Any linearization can be brought into a form in which most writes need no decision, so only that
form is searched. Call a write **seen** if the operation right after it expects its value (a read, a
cas from it). The next operation after an **unseen** one is another write::

    state   1 ──── write 2, unseen ── write 3, seen ── read 3 ────

1. A crashed write or cas that is unseen can be left out.
2. An unseen completed write can stand right before any write that takes effect while it is open:
   that write **covers** it. It then is optional like a crashed one, to be used if its value is
   needed, until it ends and is retired, which changes nothing.
3. Operations take effect as late as they can: when the unplaced call that ends first, the target,
   ends. So what is placed before the target is followed by something that already started, and a
   write that is not the target is placed only if what it is seen by is at hand.

For 2 take the unseen writes in a row before a seen write s (or the end). If s takes effect before
the first of them ends, it covers all. If not, the one that ends first is placed at its end, as the
target, and covers those that started by then; the others are a shorter row.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, cast

from harness.checker.licence import expects, writes
from harness.checker.search import Step
from harness.checker.window import Window
from harness.model import INCONSISTENT, Call, Model


class Configuration(NamedTuple):
    """As for any model, and which unplaced writes are covered: a mask beside that of the placed."""

    low: int
    mask: int
    covered: int
    used: int
    state: Hashable


class RegisterWindow(Window):
    """The space of configurations of one register's calls.

    A retired write is told by the complement of its position: it took effect right before the
    latest write placed so far.
    """

    def __init__(self, calls: Sequence[Call], model: Model) -> None:
        super().__init__(calls, model)
        self._retiring: dict[tuple[int, int, Hashable], list[tuple[int, int]]] = {}

    def first(self) -> Step:
        """Nothing placed but the reads of the first state."""
        return self._reach((), 0, 0, 0, 0, self.model.initial())

    def done(self, configuration: Hashable) -> bool:
        """Whether every completed call is placed."""
        return cast(Configuration, configuration).low == len(self.completed)

    def new(self, configuration: Hashable) -> bool:
        """Whether none met before used no more crashed calls and had the same writes covered."""
        low, mask, covered, used, state = cast(Configuration, configuration)
        met = self._retiring.setdefault((low, mask, state), [])
        guard = self.guard
        bound = used | guard
        for other_used, other_covered in met:
            if not covered & ~other_covered and (bound - other_used) & guard == guard:
                return False
        met.append((used, covered))
        return True

    def forget(self) -> None:
        """Give back the memory of configurations met."""
        self._retiring.clear()

    def order(self, path: Sequence[int]) -> list[int]:
        """The linearization: each retired write right before the latest write placed by then."""
        order: list[int] = []
        retired: list[int] = []
        for position in reversed(path):
            if position < 0:
                retired.append(~position)
                continue
            order.append(position)
            if self.calls[position].f == "write":
                order.extend(retired)
                retired.clear()
        order.reverse()
        return order

    def steps(self, configuration: Hashable) -> Iterator[Step]:
        """Retire or place the target, or else what leads to it."""
        low, mask, covered, used, state = cast(Configuration, configuration)
        open_calls, until = self.open_calls(low, mask)
        self.farthest = max(self.farthest, until)
        target = open_calls[0]
        target_covered = covered >> (target - low) & 1
        if target_covered:
            bit = 1 << (target - low)
            retired = ~self.positions[target]
            yield self._reach((retired,), low, mask | bit, covered & ~bit, used, state)
        elif self._hopeless(open_calls, state, used, until):
            return
        coverable = 0
        for at in open_calls:
            if self.completed[at].f == "write":
                coverable |= 1 << (at - low)
        for at in open_calls:
            call = self.completed[at]
            after = self.step(state, call)
            if after is INCONSISTENT:
                continue
            bit = 1 << (at - low)
            covers = coverable if call.f == "write" else 0
            step = self._reach(
                (self.positions[at],), low, mask | bit, (covered | covers) & ~bit, used, after
            )
            if at == target or call.f == "cas" or self._seen_by(step):
                yield step
        for group in self.available(used, until):
            position = group.next_unused(used)
            call = self.calls[position]
            after = self.step(state, call)
            covers = coverable if call.f == "write" else 0
            if after is INCONSISTENT or (after == state and not covers & ~covered):
                continue
            step = self._reach(
                (position,), low, mask, covered | covers, used + (1 << group.shift), after
            )
            if self._seen_by(step):
                yield step

    def _reach(
        self,
        placed: tuple[int, ...],
        low: int,
        mask: int,
        covered: int,
        used: int,
        state: Hashable,
    ) -> Step:
        """Place every read that fits now."""
        reads, settled_low, settled_mask = self.settle(low, mask, state)
        return placed + reads, Configuration(
            settled_low, settled_mask, covered >> (settled_low - low), used, state
        )

    def _seen_by(self, step: Step) -> bool:
        """Whether what was just placed is followed by an operation that expects its value."""
        placed, configuration = step
        if len(placed) > 1:
            return True
        low, mask, _, used, state = cast(Configuration, configuration)
        open_calls, until = self.open_calls(low, mask)
        return any(
            call.f == "cas" and expects(call) == (state,)
            for call in chain(
                (self.completed[at] for at in open_calls),
                (self.calls[group.next_unused(used)] for group in self.available(used, until)),
            )
        )

    def _hopeless(self, open_calls: list[int], state: Hashable, used: int, until: int) -> bool:
        """Whether the target expects a value that nothing can bring about before it ends."""
        wanted = expects(self.completed[open_calls[0]])
        if wanted is None or wanted == (state,):
            return False
        return not any(
            writes(call) == wanted
            for call in chain(
                (self.completed[at] for at in open_calls),
                (self.calls[group.next_unused(used)] for group in self.available(used, until)),
            )
        )
