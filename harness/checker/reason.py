"""One sentence that says what is wrong, for a person who looks at the operations next.

The stories are told from the counterexample alone. By the licence with which it was cut, each of
its operations can only have observed effects that are in it too, so what must hold between them
held in the whole history.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from harness.checker.calls import Call, KeyHistory
from harness.checker.licence import expects, writes
from harness.history.op import Op, Operation
from harness.model import Model, freeze, thaw

NS = 1_000_000_000


def sentence(key_history: KeyHistory, part: Sequence[Call], model: Model) -> str:
    """Say why the part, by rising start, has no linearization."""
    if model.kind == "register":
        for story in (_never_there, _overwritten, _torn):
            if (told := story(key_history, part, model)) is not None:
                return told
    last = max(part, key=lambda call: min(call.end, call.start + 1) if call.crashed else call.end)
    return (
        f"no order of these {len(part)} operations{_on(key_history)} that respects real time fits "
        f"the model {model.name}; the last to complete is {_did(last)} at {_done_at(last)}"
    )


def _never_there(key_history: KeyHistory, part: Sequence[Call], model: Model) -> str | None:
    """A value came back that was not there before, neither written nor the first."""
    if len(part) != 1 or (value := expects(part[0])) is None:
        return None
    call = part[0]
    begin = f"{_did(call, key_history)} at {_done_at(call)}"
    sources = [
        op for op in key_history.operations if op is not call.operation and _source_of(op, value[0])
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


def _overwritten(key_history: KeyHistory, part: Sequence[Call], model: Model) -> str | None:
    """A value came back after it had certainly been replaced."""
    first = model.initial()
    for call in sorted(part, key=lambda call: call.end, reverse=True):
        value = expects(call)
        if value is None or call.crashed:
            continue
        for other in sorted(part, key=lambda other: other.end, reverse=True):
            if other.precedes(call) and _replaced(part, other, value[0], call, first):
                again = "" if value[0] == first else " again"
                return (
                    f"{_did(call, key_history)} at {_done_at(call)}, after {_possessive(other)} "
                    f"had finished at {_done_at(other)} and nothing wrote "
                    f"{_show(value[0])}{again}"
                )
    return None


def _torn(key_history: KeyHistory, part: Sequence[Call], model: Model) -> str | None:
    """One value must have been there all the time, and another one in between."""
    spans = []
    for value in dict.fromkeys(written[0] for call in part if (written := writes(call))):
        effects = [call for call in part if writes(call) == (value,)]
        if len(effects) != 1 or value == model.initial():
            continue  # the value may have come and gone
        members = [call for call in part if call is effects[0] or expects(call) == (value,)]
        since = min(members, key=lambda call: call.end)
        until = max(members, key=lambda call: call.start)
        spans.append((since, until, value))
    for since, until, value in spans:
        for inner_since, inner_until, other in spans:
            if other == value or not since.end < until.start:
                continue
            if inner_since.end < until.start and since.end < inner_until.start:
                on = "it" if key_history.key is None else _show(key_history.key)
                return (
                    f"{on} must have been {_show(value)} from {_done_at(since)}, when "
                    f"{_possessive(since)} had finished, to {_begun_at(until)}, when "
                    f"{_possessive(until)} began, but {_possessive(inner_since)} finished at "
                    f"{_done_at(inner_since)} and {_possessive(inner_until)} began at "
                    f"{_begun_at(inner_until)}: {_show(other)} was there in between"
                )
    return None


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


def _did(call: Call, key_history: KeyHistory | None = None) -> str:
    on = "" if key_history is None else _on(key_history, "from" if call.f == "read" else "on")
    process = call.operation.invocation.process
    if call.f == "read" and key_history is not None:
        return f"process {process} read {_show(call.result)}{on}"
    if call.f == "cas" and key_history is not None:
        old, new = call.operation.invocation.value
        return f"process {process}'s cas from {_show(old)} to {_show(new)}{on} succeeded"
    return _possessive(call) + on


def _possessive(call: Call) -> str:
    process = call.operation.invocation.process
    if call.f == "cas":
        old, new = call.operation.invocation.value
        return f"process {process}'s cas from {_show(old)} to {_show(new)}"
    shown = call.result if call.f == "read" else call.value
    return f"process {process}'s {call.f} of {_show(shown)}"


def _on(key_history: KeyHistory, preposition: str = "on") -> str:
    return "" if key_history.key is None else f" {preposition} {_show(key_history.key)}"


def _show(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return "null"
    return str(thaw(value))


def _done_at(call: Call) -> str:
    completed = call.operation.completion
    if call.crashed or completed is None:
        return f"an unknown time after {_at(call.operation.invocation)}"
    return _at(completed)


def _begun_at(call: Call) -> str:
    return _at(call.operation.invocation)


def _at(op: Op) -> str:
    return f"{op.time / NS:.3f} s"
