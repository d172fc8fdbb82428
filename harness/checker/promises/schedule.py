"""Search for one order of all operations that keeps only the order of each session.

Wing and Gong's search with a memory (see `harness.checker.search`), over program order in place of
real time: a configuration says how far each session has come and the state of every key. Time is
no constraint but the best advice: what happened earlier is tried earlier. Two things are never
wrong and need no way back: a read that fits is placed at once, for it changes nothing; and on a
register a value isn't overwritten while somebody who must read it waits and nobody is left to write
it again. So most histories of a store that is sequentially consistent are ordered without a step
back. A configuration from which all ways failed is remembered, and not entered again.

A crashed operation may be left out, and precedes nothing: it is a session of its own, that opens
when what its process did before is placed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable
from dataclasses import dataclass, field
from sys import getsizeof

from harness.checker.budget import Budget
from harness.checker.licence import expects, writes
from harness.checker.promises.program import Program
from harness.model import Call, Model

CHECK_CLOCK_EVERY = 128
MOST_CELLS = 30_000_000
"""So many fields of remembered configurations: about half a gigabyte."""
MOST_BYTES = 500_000_000
"""Of the states on the way to where the search is, and of those remembered, if none is shared."""


@dataclass(slots=True)
class _Frame:
    """A configuration on the way here, and how far its choices have been tried.

    Args:
        undo_to: how many calls were placed before the choice that led here.
        turn: which of the heads is next; they are the same whenever the search is back here.
        session, states: what is left of a head that leads to several states.
    """

    undo_to: int
    turn: int = 0
    session: int = -1
    states: list[Hashable] = field(default_factory=list)


@dataclass(slots=True)
class _Left:
    """Of one key's value: how many must still read it, and may still write it."""

    readers: int = 0
    writers: int = 0


class Schedule:
    """One search; `run` gives the answer, then `order` or `farthest` the evidence."""

    def __init__(self, program: Program, model: Model) -> None:
        self.program = program
        self.order: list[int] = []
        self.farthest = 0
        self.tried = 0
        self.required = sum(not call.crashed for call in program.calls)
        self._unplaced = self.required
        self._model = model
        self._reads_only = [call.f in model.reads for call in program.calls]
        self._at = [0] * len(program.sessions)
        self._at_farthest = self._at
        self._state: list[Hashable] = [model.initial()] * program.keys
        self._states_before: list[Hashable] = []
        self._bytes = 0
        self._after = list(program.after) or [0] * len(program.calls)
        self._session = [0] * len(program.calls)
        for number, session in enumerate(program.sessions):
            for position in session:
                self._session[position] = number
        self._register = model.kind == "register"
        self._waiting: dict[Hashable, set[int]] = {}
        self._changing: list[tuple[int, int]] = []
        self._crashed: list[tuple[int, int]] = []
        self._writer = [-1] * program.keys
        self._writers_before: list[int] = []
        self._changes = [
            [-1 if self._reads_only[at] else program.key[at] for at in session]
            for session in program.sessions
        ]
        self._wake: list[int] = list(range(program.keys))
        self._left: dict[tuple[int, Hashable], _Left] | None = None
        if self._register:
            self._count_values()
        for number in range(len(program.sessions)):
            self._show(number)

    def run(self, budget: Budget) -> bool | None:
        """Whether there is an order; None when time or memory ended first."""
        failed: set[Hashable] = set()
        cells = 0
        self._settle()
        frames = [_Frame(0)]
        while frames:
            if not self._unplaced:
                return True
            self.tried += 1
            late = self.tried % CHECK_CLOCK_EVERY == 0 and budget.out_of_time()
            if late or self._bytes > MOST_BYTES:
                return None
            mark = len(self.order)
            if self._try_next(frames[-1]):
                if self.required - self._unplaced > self.farthest:
                    self.farthest = self.required - self._unplaced
                    self._at_farthest = list(self._at)
                if failed and (*self._at, *self._state) in failed:
                    self._undo(mark)
                else:
                    frames.append(_Frame(mark))
                continue
            configuration = (*self._at, *self._state)
            cells += len(configuration)
            if cells > MOST_CELLS:
                return None
            failed.add(configuration)
            self._bytes += sum(map(getsizeof, self._state))
            self._undo(frames.pop().undo_to)
        return False

    def stuck(self) -> list[int]:
        """The completed calls that were next in their sessions where the search came farthest."""
        sessions, calls = self.program.sessions, self.program.calls
        heads = [
            session[at]
            for session, at in zip(sessions, self._at_farthest, strict=True)
            if at < len(session)
        ]
        return [head for head in heads if not calls[head].crashed]

    def _count_values(self) -> None:
        """Count readers that must read, and writers that may write, each value of each key."""
        self._left = {}
        for at, call in enumerate(self.program.calls):
            self._count(at, call, 1)

    def _show(self, session: int) -> None:
        """Put the next call of a session where it is looked for."""
        if (head := self._head(session)) is None:
            return
        if self._reads_only[head]:
            self._waiting.setdefault(self._place_of(head), set()).add(session)
            self._wake.append(self.program.key[head])
        else:
            insort(self._list_of(head), (self.program.moment[head], session))

    def _hide(self, session: int) -> None:
        if (head := self._head(session)) is None:
            return
        if self._reads_only[head]:
            self._waiting[self._place_of(head)].discard(session)
        else:
            heads = self._list_of(head)
            del heads[bisect_left(heads, (self.program.moment[head], session))]

    def _head(self, session: int) -> int | None:
        calls = self.program.sessions[session]
        return calls[self._at[session]] if self._at[session] < len(calls) else None

    def _list_of(self, at: int) -> list[tuple[int, int]]:
        return self._crashed if self.program.calls[at].crashed else self._changing

    def _try_next(self, frame: _Frame) -> bool:
        """Place the next choice that is possible, crashed calls last; False when none is left."""
        while not frame.states:
            turn, sure = frame.turn, len(self._changing)
            if turn >= sure + len(self._crashed):
                return False
            frame.turn += 1
            _, frame.session = self._changing[turn] if turn < sure else self._crashed[turn - sure]
            head = self._head(frame.session)
            assert head is not None
            frame.states = self._steps(head)
        self._put(frame.session, frame.states.pop(0))
        self._settle()
        return True

    def _steps(self, at: int) -> list[Hashable]:
        """The states after a call, without those that make the rest impossible."""
        program = self.program
        if self._after[at]:
            return []
        call, state = program.calls[at], self._state[program.key[at]]
        states = list(self._model.steps(state, call.f, call.value, call.result))
        if call.crashed and states == [state]:
            return []
        if self._left is not None and states and states[0] != state and self._needed(at, state):
            return []
        if at in program.needs and self._locks(at):
            return []
        return states

    def _needed(self, at: int, state: Hashable) -> bool:
        """Whether, were this call to replace the state, somebody would wait for it for ever."""
        call, left = self.program.calls[at], self._value(at, state)
        own = not call.crashed and expects(call) == (state,)
        return left.readers > own and not left.writers

    def _place_of(self, at: int) -> Hashable:
        """Where a read waits: with those of the same key and, on a register, of the same value."""
        key = self.program.key[at]
        return (key, expects(self.program.calls[at])) if self._register else key

    def _locks(self, at: int) -> bool:
        """Whether, with this write placed, keys would wait for each other's readers in a circle.

        No key may be written again before all who read its present value have; and they may wait
        for another key to be written.
        """
        program, key = self.program, self.program.key[at]
        covered = {self._session[at]: self._at[self._session[at]] + 1}
        met = {key}
        todo = [at]
        while todo:
            for session, until in program.needs.get(todo.pop(), ()):
                since = covered.get(session, self._at[session])
                if since >= until:
                    continue
                covered[session] = until
                for other in self._changes[session][since:until]:
                    if other == key:
                        return True
                    if other >= 0 and other not in met:
                        met.add(other)
                        todo.append(self._writer[other])
        return False

    def _settle(self) -> None:
        """Place every read that fits, on the keys where something changed."""
        calls, model = self.program.calls, self._model
        while self._wake:
            key = self._wake.pop()
            state = self._state[key]
            for session in sorted(
                self._waiting.get((key, (state,)) if self._register else key, ())
            ):
                head = self._head(session)
                assert head is not None
                call = calls[head]
                if not self._after[head] and state in model.steps(
                    state, call.f, call.value, call.result
                ):
                    self._put(session, state)

    def _put(self, session: int, after: Hashable) -> None:
        """Place the head of a session."""
        program = self.program
        at = self._head(session)
        assert at is not None
        self._hide(session)
        self._at[session] += 1
        self._show(session)
        key = program.key[at]
        self.order.append(at)
        self._states_before.append(self._state[key])
        self._bytes += _new_bytes(self._state[key], after)
        self._writers_before.append(self._writer[key])
        if not self._reads_only[at]:
            self._writer[key] = at
        self._state[key] = after
        self._wake.append(key)
        self._count(at, program.calls[at], -1)
        self._unplaced -= not program.calls[at].crashed
        for follower in program.followers[at] if program.followers else ():
            self._after[follower] -= 1
            if not self._after[follower]:
                self._wake.append(program.key[follower])

    def _undo(self, length: int) -> None:
        """Take back what was placed after the first so many."""
        program = self.program
        while len(self.order) > length:
            at = self.order.pop()
            session = self._session[at]
            self._hide(session)
            self._at[session] -= 1
            self._show(session)
            key, before = program.key[at], self._states_before.pop()
            self._bytes -= _new_bytes(before, self._state[key])
            self._state[key] = before
            self._writer[program.key[at]] = self._writers_before.pop()
            self._count(at, program.calls[at], 1)
            self._unplaced += not program.calls[at].crashed
            for follower in program.followers[at] if program.followers else ():
                self._after[follower] += 1
        self._wake.clear()  # where the search is back, every read that fits is placed

    def _value(self, at: int, value: Hashable) -> _Left:
        assert self._left is not None
        return self._left.setdefault((self.program.key[at], value), _Left())

    def _count(self, at: int, call: Call, change: int) -> None:
        """One more or one less that reads or writes a value."""
        if self._left is None:
            return
        if not call.crashed and (expected := expects(call)) is not None:
            self._value(at, expected[0]).readers += change
        if (written := writes(call)) is not None:
            self._value(at, written[0]).writers += change


def _new_bytes(before: Hashable, after: Hashable) -> int:
    """The memory that a state takes beside the one before it."""
    return 0 if after is before else getsizeof(after)
