"""One sentence that says what is wrong, for a person who looks at the operations next.

The stories are told from the counterexample alone. By the licence with which it was cut, each of
its operations can only have observed effects that are in it too, so what must hold between them
held in the whole history.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from harness.checker.calls import KeyHistory
from harness.checker.licence import expects
from harness.checker.stories import overwritten, torn
from harness.history.op import Op, Operation
from harness.model import Call, Model, freeze, shown

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
        if len(part) == 1:
            return (
                f"{self._did(last)}{self._on()}, over at {self._done_at(last)}, does not fit the "
                f"model {self._model.name} by itself"
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
                f"{begin}, before anything had written {shown(value[0])}: the first to do so was "
                f"process {first.process}, invoked at {self._at(first)}"
            )
        if sources:
            first = sources[0].invocation
            return (
                f"{begin}, but that value was never written: process {first.process}'s {first.f} "
                f"of it, invoked at {self._at(first)}, failed"
            )
        return f"{begin}, but nothing ever wrote that value"

    def _overwritten(self) -> str | None:
        """A value came back after it had certainly been replaced."""
        first = self._model.initial()
        if (found := overwritten(self._part, first)) is None:
            return None
        call, other = found
        value = expects(call)
        assert value is not None
        again = "" if value[0] == first else " again"
        wrote = f"nothing wrote {shown(value[0])}{again}"
        if self._written_after(call, value[0]):
            wrote = f"nothing had written {shown(value[0])}{again} by then"
        return (
            f"{self._saw(call)} at {self._done_at(call)}, after {self._did(other)} "
            f"had finished at {self._done_at(other)} and {wrote}"
        )

    def _written_after(self, call: Call, value: Hashable) -> bool:
        """Whether somebody may have written a value since a call was over."""
        completion = self._of(call).completion
        return completion is not None and any(
            op.invocation.index > completion.index
            and op.outcome != "fail"
            and _source_of(op, value)
            for op in self._history.operations
        )

    def _torn(self) -> str | None:
        """One value must have been there all the time, and another one in between."""
        if (found := torn(self._part, self._model.initial())) is None:
            return None
        on = "it" if self._history.key is None else shown(self._history.key)
        return (
            f"{on} must have been {shown(found.value)} from {self._done_at(found.since)}, when "
            f"{self._did(found.since)} had finished, to {self._begun_at(found.until)}, when "
            f"{self._did(found.until)} began, but {self._did(found.inner_since)} finished at "
            f"{self._done_at(found.inner_since)} and {self._did(found.inner_until)} began at "
            f"{self._begun_at(found.inner_until)}: {shown(found.inner_value)} was there in between"
        )

    def _of(self, call: Call) -> Operation:
        return self._history.operation(call)

    def _saw(self, call: Call) -> str:
        """What an operation found, as a clause."""
        process = call.process
        if call.f == "read":
            return f"process {process} read {shown(call.result)}{self._on('from')}"
        if call.f == "cas":
            old, new = self._of(call).invocation.value
            return (
                f"process {process}'s cas from {shown(old)} to {shown(new)}{self._on()} succeeded"
            )
        return self._did(call) + self._on()

    def _did(self, call: Call) -> str:
        """An operation, as a noun."""
        if call.f == "cas":
            old, new = self._of(call).invocation.value
            return f"process {call.process}'s cas from {shown(old)} to {shown(new)}"
        asked = freeze(self._of(call).invocation.value)  # a call's own may be with its process
        tells_more = asked is None or self._model.kind == "multi-register"
        said = call.result if tells_more and not call.crashed else asked
        return f"process {call.process}'s {call.f} of {shown(said)}"

    def _on(self, preposition: str = "on") -> str:
        key = self._history.key
        return "" if key is None else f" {preposition} {shown(key)}"

    def _done_at(self, call: Call) -> str:
        operation = self._of(call)
        if call.crashed or operation.completion is None:
            return f"an unknown time after {self._at(operation.invocation)}"
        return self._at(operation.completion)

    def _begun_at(self, call: Call) -> str:
        return self._at(self._of(call).invocation)

    def _at(self, op: Op) -> str:
        """When it was, or which op it is where the history does not say."""
        timed = self._history.pairs.table.timed
        return f"{op.time / NS:.3f} s" if timed else f"op {op.index}"


def _source_of(operation: Operation, value: Any) -> bool:
    invoked = operation.invocation
    if invoked.f == "write":
        return bool(freeze(invoked.value) == value)
    return invoked.f == "cas" and freeze(invoked.value[1]) == value
