"""What the checker says: valid, invalid or unknown, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from harness.history.op import Op, Operation

Validity = bool | Literal["unknown"]


@dataclass(frozen=True)
class Order:
    """A linearization of one key: its invocations' indices in the order of their taking effect.

    A crashed operation that is not in it did not take effect.
    """

    key: Any
    invocations: tuple[int, ...]


@dataclass(frozen=True)
class Verdict:
    """The answer to: is this history linearizable?

    Args:
        valid: True, False or "unknown".
        ops: invocations by clients in the whole history.
        elapsed_s: seconds that checking took.
        model: the model's name.
        algorithm: the names of the algorithms that ran.
        reason: one sentence, None when valid.
        linearization: when valid, an order for each key.
        key: when invalid, the key that the rest is about.
        entry_states: when invalid, the states possible before the counterexample.
        counterexample: when invalid, operations that have no order, by invocation.
        irreducible: when invalid, whether no further licensed removal keeps it so; False when the
            budget ended first.
        until: when invalid, the index before which the history was cut for the counterexample; what
            was open there counts as of unknown outcome. None when it was not.
        breaks_at: when invalid, the completion up to which everything fits, and which does not.
        states: when invalid, the states that were possible there, as the counterexample tells.
    """

    valid: Validity
    ops: int
    elapsed_s: float
    model: str
    algorithm: str
    reason: str | None = None
    linearization: tuple[Order, ...] = ()
    key: Any = None
    entry_states: tuple[Any, ...] = ()
    counterexample: tuple[Operation, ...] = ()
    irreducible: bool = False
    until: int | None = None
    breaks_at: Op | None = None
    states: tuple[Any, ...] = ()

    def to_json(self, *, evidence: bool = False) -> dict[str, Any]:
        """The object that `check --json` prints; with `evidence`, the linearization as well."""
        out: dict[str, Any] = {
            "valid": self.valid,
            "ops": self.ops,
            "elapsed_s": round(self.elapsed_s, 6),
            "model": self.model,
            "algorithm": self.algorithm,
        }
        if self.valid is not True:
            out["reason"] = self.reason
            out["counterexample"] = [operation_json(op) for op in self.counterexample]
        if self.valid is False:
            out["key"] = self.key
            out["entry_states"] = list(self.entry_states)
            out["irreducible"] = self.irreducible
            out["until"] = self.until
            out["breaks_at"] = None if self.breaks_at is None else _moment(self.breaks_at)
            out["possible_states"] = list(self.states)
        if evidence and self.valid is True:
            out["linearization"] = [
                {"key": order.key, "invocations": list(order.invocations)}
                for order in self.linearization
            ]
        return out


def operation_json(operation: Operation) -> dict[str, Any]:
    """One operation of a counterexample: what was asked and answered, by whom and when."""
    invoked, completed = operation.invocation, operation.completion
    outcome = operation.outcome
    value = invoked.value
    if completed is not None and outcome == "ok" and completed.value is not None:
        value = completed.value
    return {
        "process": invoked.process,
        "f": invoked.f,
        "key": invoked.key,
        "value": value,
        "outcome": outcome,
        "invoked": _moment(invoked),
        "completed": None if completed is None else _moment(completed),
    }


def _moment(op: Op) -> dict[str, int]:
    return {"index": op.index, "time": op.time}
