"""From one completion to the next on a register: few configurations, however many are open.

A write that no cas takes up can stand right before another write, its reads with it: the later one
**covers** them. So whenever a write takes effect, all that are open and not placed become
*optional*: each may count as placed right before it, or be placed later::

    open      A ├──────────────…        after C: one configuration, state c, A and B optional
              B   ├────────────…        (for any model: C, A C, B C, A B C, B A C)
              C      ├──┤

- At its completion an optional write is retired, which changes nothing, or placed there. When it is
  retired, so are the optional reads of its value.
- At its completion an optional read may be retired with an optional write of its value.
- Before the completion of another, a write is placed only if a cas that is at hand, or the
  completed read, expects its value; a crashed write or cas only if anything at hand does.
- A completed cas can't be covered, as it needs its old value: it may be placed whenever that is
  there.

Why that is enough. Take a linearization, and in it each operation as late as real time and the
values allow. Between two completions it places writes, each with its reads, and cas. A write and
its reads that are directly followed by another write are what the rules call covered. What covers
them last is the best for them: whoever was open at an earlier covering and still is, was at the
last. Whatever is followed by a cas, or by the completed operation itself, is placed by the other
rules. A crashed operation that nobody expects can be left out. (Covering is also the argument of
`harness.checker.register.search`, which searches a whole history.)

Values and results of writes and cas are known at their invocation, so nothing placed while open can
turn out wrong. Of two configurations with the same placed and state, one with more that is optional
and fewer crashed operations used can do all that the other can.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from harness.checker.streaming.live import OK, OPEN, Crashed, CrashedClass, Event, Live, TooMuch
from harness.checker.streaming.steps import Configuration
from harness.model import Model


class RegisterSteps:
    """The steps of a register's configurations; see `Steps`."""

    guesses = False

    def __init__(self, model: Model, crashed: Crashed) -> None:
        self._model = model
        self._crashed = crashed
        self.work = 0
        self.limit = 0

    def first(self) -> Configuration:
        """Before everything."""
        return 0, 0, 0, self._model.initial()

    def after(self, configuration: Configuration, event: Event) -> Iterator[Configuration]:
        """The configurations in which the event's operation is placed, the nearest first."""
        at_hand = _AtHand(event, self._crashed)
        bit = event.op.bit
        todo = [at_hand.settled(configuration)]
        met = set(todo)
        while todo:
            self.work += 1
            if self.work > self.limit:
                raise TooMuch
            now = todo.pop()
            if now[0] & bit:
                yield now[0] & ~bit, now[1], now[2], now[3]
                continue
            for placed, optional, used, state in at_hand.retired(now):
                yield placed & ~bit, optional, used, state
            for following in at_hand.ways(now):
                if following not in met:
                    met.add(following)
                    todo.append(following)


class _AtHand:
    """What may be placed up to an event."""

    def __init__(self, event: Event, crashed: Crashed) -> None:
        target = event.op
        here = [op for op in (target, *event.others) if op.outcome is OK or op.outcome is OPEN]
        self._target = target
        self._crashed = crashed
        self._reads = [op for op in here if op.reads and op.outcome is OK]
        self._writes = [op for op in here if op.f == "write"]
        self._cas = [op for op in here if op.f == "cas"]
        self._crashed_cas = [each for each in crashed.by_question.values() if each.f == "cas"]
        self._coverable = sum(op.bit for op in here if op.f != "cas")

    def settled(self, configuration: Configuration) -> Configuration:
        """Place every read that fits."""
        placed, optional, used, state = configuration
        for op in self._reads:
            if op.result == state:
                placed |= op.bit
        return placed, optional & ~placed, used, state

    def retired(self, now: Configuration) -> Iterator[Configuration]:
        """Let the target be covered, if it may be."""
        placed, optional, _, _ = now
        target = self._target
        if not optional & target.bit:
            return
        if target.f == "write":
            yield self._retire(now, target)
            return
        for op in self._writes:
            if optional & op.bit and not placed & op.bit and op.value == target.result:
                yield self._retire(now, op)

    def _retire(self, now: Configuration, write: Live) -> Configuration:
        """Count an optional write as placed where it was covered, and the reads of it."""
        placed, optional, used, state = now
        placed |= write.bit
        for op in self._reads:
            if optional & op.bit and op.result == write.value:
                placed |= op.bit
        return placed, optional & ~placed, used, state

    def ways(self, now: Configuration) -> Iterator[Configuration]:
        """Place one operation, and all reads of its value."""
        placed, _, used, state = now
        target = self._target
        open_cas = [each for each in self._crashed_cas if each.available(used, target.end)]
        taken_up = self._taken_up(placed, open_cas)
        wanted = taken_up | {op.result: None for op in self._reads if not placed & op.bit}
        yield from self._place_crashed(now, wanted, open_cas)
        for op in self._cas:
            if placed & op.bit or _old(op) != state:
                continue
            if op.outcome is OK or _new(op) in wanted:
                yield self.settled((placed | op.bit, now[1], used, _new(op)))
        for op in self._writes:
            if not placed & op.bit and (op is target or op.value in taken_up):
                yield self._write(now, placed | op.bit, used, op.value)

    def _taken_up(
        self, placed: int, open_cas: Iterable[CrashedClass]
    ) -> dict[Hashable, None]:  # not a set: its order must not depend on hashes
        """The values that a cas or the completed read expects."""
        target = self._target
        found: dict[Hashable, None] = {target.result: None} if target.reads else {}
        for op in self._cas:
            if not placed & op.bit:
                found[_old(op)] = None
        for each in open_cas:
            found[_old(each)] = None
        return found

    def _place_crashed(
        self, now: Configuration, wanted: dict[Hashable, None], open_cas: Iterable[CrashedClass]
    ) -> Iterator[Configuration]:
        placed, optional, used, state = now
        for value in wanted:
            write = self._crashed.by_question.get(("write", value))
            if write is None or not write.available(used, self._target.end):
                continue
            if value != state or self._coverable & ~placed & ~optional:
                yield self._write(now, placed, used + write.unit, value)
        for each in open_cas:
            new = _new(each)
            if _old(each) == state and new != state and new in wanted:
                yield self.settled((placed, optional, used + each.unit, new))

    def _write(self, now: Configuration, placed: int, used: int, value: Hashable) -> Configuration:
        """A write takes effect, and covers what is open."""
        return self.settled((placed, now[1] | self._coverable, used, value))


def _old(cas: Live | CrashedClass) -> Hashable:
    assert isinstance(cas.value, tuple)
    old: Hashable = cas.value[0]
    return old


def _new(cas: Live | CrashedClass) -> Hashable:
    assert isinstance(cas.value, tuple)
    new: Hashable = cas.value[1]
    return new
