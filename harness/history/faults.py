"""The nemesis' ops of a history, as intervals.

The nemesis records each of its ops twice, at the beginning and at the end of the action::

    start-partition   start-partition                stop-partition   stop-partition
          │ injecting …     │ proven                       │ healing …      │ proven
          └─────────────────┘──── the fault is in force ───┘────────────────┘

so a fault's interval runs from the end of the injection to the beginning of the healing: in between
it was surely in force. Where the proof took its time while the test went on, `after_s` in its value
says after how many seconds the fault was in force. One that was never healed lasts until the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.history.op import NEMESIS, Op
from harness.proof import Proof

START, STOP, RECOVER = "start-", "stop-", "recover"
NS_PER_S = 1e9


@dataclass(frozen=True)
class Fault:
    """One fault, from when it was in force until its healing began.

    Args:
        kind: what broke: "partition", "kill", …
        where: the place it was aimed at, e.g. "halves"; empty when unknown.
        begin_s, end_s: seconds since the run began.
        injected: the proof that it took effect; None when the history has none.
        healed: the proof that it held and was undone; None when the history has none.
        since_s, until_s: from when its injection began until its healing was done.
    """

    kind: str
    where: str
    begin_s: float
    end_s: float
    injected: Proof | None = None
    healed: Proof | None = None
    since_s: float = 0.0
    until_s: float = 0.0

    @property
    def effective(self) -> bool:
        """Whether both proofs are there and say so."""
        return bool(self.injected and self.injected.effective) and bool(
            self.healed and self.healed.effective
        )

    @property
    def hit(self) -> str:
        """What was hit, in a few words: what the injection's proof says before its measurements."""
        return "" if self.injected is None else self.injected.detail.partition(":")[0].strip()


def faults(history: Iterable[Op]) -> list[Fault]:
    """What the nemesis broke, in order of beginning. One fault of a kind is in force at a time."""
    found: list[Fault] = []
    open_at: dict[str, int] = {}
    acting: set[str] = set()
    last_s = 0.0
    for op in history:
        last_s = op.time / NS_PER_S
        if op.process != NEMESIS or not op.f.startswith((START, STOP)):
            continue
        first = op.f not in acting
        acting ^= {op.f}
        kind = op.f.removeprefix(START).removeprefix(STOP)
        if op.f.startswith(START):
            if first:
                open_at[kind] = len(found)
                found.append(Fault(kind, _where(op), last_s, -1.0, since_s=last_s, until_s=-1.0))
            else:
                at = open_at[kind]
                after = _after_s(op)
                begin_s = last_s if after is None else found[at].begin_s + after
                found[at] = replace(found[at], begin_s=begin_s, injected=_proof(op))
        elif kind in open_at:
            at = open_at[kind]
            if first:
                found[at] = replace(found[at], end_s=last_s)
            else:
                found[at] = replace(found[at], until_s=last_s, healed=_proof(op))
                del open_at[kind]
    return [
        replace(
            fault,
            end_s=last_s if fault.end_s < 0 else fault.end_s,
            until_s=last_s if fault.until_s < 0 else fault.until_s,
        )
        for fault in found
    ]


def _where(op: Op) -> str:
    return str(op.value.get("where", "")) if isinstance(op.value, Mapping) else ""


def _after_s(op: Op) -> float | None:
    """How long after it was begun the fault was in force, where that was recorded."""
    after = op.value.get("after_s") if isinstance(op.value, Mapping) else None
    return float(after) if isinstance(after, int | float) else None


def _proof(op: Op) -> Proof:
    value: Mapping[str, Any] = op.value if isinstance(op.value, Mapping) else {}
    if op.error is not None:
        return Proof(False, op.error)
    return Proof(value.get("effective") is True, str(value.get("detail", "nothing was recorded")))
