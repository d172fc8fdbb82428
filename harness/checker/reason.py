"""One sentence that says what is wrong, for a person who looks at the operations next.

The stories are told from the counterexample alone. By the licence with which it was cut, each of
its operations can only have observed effects that are in it too, so what must hold between them
held in the whole history.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from harness.checker.calls import KeyHistory
from harness.checker.licence import expects, writes
from harness.history.op import Op, Operation
from harness.model import Call, Model, freeze, thaw

NS = 1_000_000_000


def sentence(key_history: KeyHistory, part: Sequence[Call], model: Model) -> str:
    """Say why the part, by rising start, has no linearization."""
    return _Teller(key_history, part, model).tell()


class _Teller:
    """Looks for a story in a counterexample that is one."""

    def __init__(self, key_history: KeyHistory, part: Sequence[Call], model: Model) -> None:
        self._history = key_history
        self._part = part
        self._model = model

    def tell(self) -> str:
        """The first story that is true of it, or else the plain fact."""
        if self._model.kind == "register":
            for story in (self._never_there, self._overwritten, self._torn):
                if (told := story()) is not None:
                    return told
        part = self._part
        last = max(
            part, key=lambda call: min(call.end, call.start + 1) if call.crashed else call.end
        )
        return (
            f"no order of these {len(part)} operations{self._on()} that respects real time fits "
            f"the model {self._model.name}; the last to complete is {self._did(last)} "
            f"at {self._done_at(last)}"
        )

    def _never_there(self) -> str | None:
        """A value came back that was not there before, neither written nor the first."""
        if len(self._part) != 1 or (value := expects(self._part[0])) is None:
            return None
        call = self._part[0]
        begin = f"{self._saw(call)} at {self._done_at(call)}"
        own = self._of(call).invocation.index
        sources = [
            op
            for op in self._history.operations
            if op.invocation.index != own and _source_of(op, value[0])
        ]
        later = [op for op in sources if op.outcome != "fail"]
        if later:
            first = later[0].invocation
            return (
                f"{begin}, before anything had written {_show(value[0])}: the first to do so was "
                f"process {first.process}, invoked at {_at(first)}"
            )
        if sources:
            first = sources[0].invocation
            return (
                f"{begin}, but that value was never written: process {first.process}'s {first.f} "
                f"of it, invoked at {_at(first)}, failed"
            )
        return f"{begin}, but nothing ever wrote that value"

    def _overwritten(self) -> str | None:
        """A value came back after it had certainly been replaced."""
        first = self._model.initial()
        by_end = sorted(self._part, key=lambda call: call.end, reverse=True)
        for call in by_end:
            value = expects(call)
            if value is None or call.crashed:
                continue
            for other in by_end:
                if other.precedes(call) and _replaced(self._part, other, value[0], call, first):
                    again = "" if value[0] == first else " again"
                    return (
                        f"{self._saw(call)} at {self._done_at(call)}, after {self._did(other)} "
                        f"had finished at {self._done_at(other)} and nothing wrote "
                        f"{_show(value[0])}{again}"
                    )
        return None

    def _torn(self) -> str | None:
        """One value must have been there all the time, and another one in between."""
        spans = []
        for value in dict.fromkeys(written[0] for call in self._part if (written := writes(call))):
            effects = [call for call in self._part if writes(call) == (value,)]
            if len(effects) != 1 or value == self._model.initial():
                continue  # the value may have come and gone
            members = [
                call for call in self._part if call is effects[0] or expects(call) == (value,)
            ]
            since = min(members, key=lambda call: call.end)
            until = max(members, key=lambda call: call.start)
            spans.append((since, until, value))
        for since, until, value in spans:
            for inner_since, inner_until, other in spans:
                if other == value or not since.end < until.start:
                    continue
                if inner_since.end < until.start and since.end < inner_until.start:
                    on = "it" if self._history.key is None else _show(self._history.key)
                    return (
                        f"{on} must have been {_show(value)} from {self._done_at(since)}, when "
                        f"{self._did(since)} had finished, to {self._begun_at(until)}, when "
                        f"{self._did(until)} began, but {self._did(inner_since)} finished at "
                        f"{self._done_at(inner_since)} and {self._did(inner_until)} began at "
                        f"{self._begun_at(inner_until)}: {_show(other)} was there in between"
                    )
        return None

    def _of(self, call: Call) -> Operation:
        return self._history.operation(call)

    def _saw(self, call: Call) -> str:
        """What an operation found, as a clause."""
        process = call.process
        if call.f == "read":
            return f"process {process} read {_show(call.result)}{self._on('from')}"
        if call.f == "cas":
            old, new = self._of(call).invocation.value
            return (
                f"process {process}'s cas from {_show(old)} to {_show(new)}{self._on()} succeeded"
            )
        return self._did(call) + self._on()

    def _did(self, call: Call) -> str:
        """An operation, as a noun."""
        if call.f == "cas":
            old, new = self._of(call).invocation.value
            return f"process {call.process}'s cas from {_show(old)} to {_show(new)}"
        asked = freeze(self._of(call).invocation.value)  # a call's own may be with its process
        shown = asked if asked is not None or call.crashed else call.result
        return f"process {call.process}'s {call.f} of {_show(shown)}"

    def _on(self, preposition: str = "on") -> str:
        key = self._history.key
        return "" if key is None else f" {preposition} {_show(key)}"

    def _done_at(self, call: Call) -> str:
        operation = self._of(call)
        if call.crashed or operation.completion is None:
            return f"an unknown time after {_at(operation.invocation)}"
        return _at(operation.completion)

    def _begun_at(self, call: Call) -> str:
        return _at(self._of(call).invocation)


def _replaced(
    part: Sequence[Call], other: Call, value: Hashable, call: Call, first: Hashable
) -> bool:
    """Whether `other` shows another value than this, later than each effect of this value.

    An effect certainly lies before `other` if it completed before `other` was invoked, or if it is
    the only one, the value is not the first, and it was seen by then.
    """
    shown = writes(other) or expects(other)
    if shown is None or shown[0] == value:
        return False
    effects = [
        at
        for at in part
        if (written := writes(at)) is not None and written[0] == value and not call.precedes(at)
    ]
    if all(effect.precedes(other) for effect in effects):
        return True
    return (
        len(effects) == 1
        and value != first
        and any(expects(at) == (value,) and (at is other or at.precedes(other)) for at in part)
    )


def _source_of(operation: Operation, value: Any) -> bool:
    invoked = operation.invocation
    if invoked.f == "write":
        return bool(freeze(invoked.value) == value)
    return invoked.f == "cas" and freeze(invoked.value[1]) == value


def _show(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return "null"
    return str(thaw(value))


def _at(op: Op) -> str:
    return f"{op.time / NS:.3f} s"
