"""Did every fault take effect while operations were under way, and was each one undone?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.checks.finding import Finding
from harness.history import NEMESIS, Op, Operation
from harness.history.faults import NS_PER_S, RECOVER, Fault, faults


def judge_faults(
    history: Sequence[Op], operations: Sequence[Operation], expected: Iterable[str]
) -> Finding:
    """Unknown when a fault lacks proof or touched no operation, or the cluster did not recover.

    One fault may stand in another one's way: a server can't be removed while a majority of the
    others is cut off. One that lacks proof and shared its time with one of another kind, which is
    proven to have been in force, is excused if another one of its own kind is proven.

    `expected` names the nemeses of the test: one that never struck is missing, not effective.
    """
    found = faults(history)
    overlaps = [_overlapped(fault, operations) for fault in found]
    judged = [
        (fault, _wrong(fault, overlapped))
        for fault, overlapped in zip(found, overlaps, strict=True)
    ]
    proven = {fault.kind for fault, text in judged if text is None}
    wrong = [
        text
        for fault, text in judged
        if text is not None and not (fault.kind in proven and _hindered(fault, found))
    ]
    struck = {fault.kind for fault in found}
    wrong += [f"{name} never struck" for name in expected if name not in struck]
    wrong += [
        f"the cluster did not recover: {op.error or op.value.get('detail')}"
        for op in history
        if op.process == NEMESIS
        and op.f == RECOVER
        and (op.error or (op.value and not op.value.get("effective", True)))
    ]
    details = {
        "faults": [
            {
                "fault": fault.kind,
                "where": fault.where,
                "detail": fault.hit,
                "begin_s": round(fault.begin_s, 3),
                "end_s": round(fault.end_s, 3),
                "overlapped": overlapped,
                "effective": fault.effective,
                "proof": "; then ".join(p.detail for p in (fault.injected, fault.healed) if p),
            }
            for fault, overlapped in zip(found, overlaps, strict=True)
        ]
    }
    return Finding("unknown" if wrong else True, "; ".join(wrong) or None, details)


def _wrong(fault: Fault, overlapped: int) -> str | None:
    name = f"{fault.kind} ({fault.where}) at {fault.begin_s:.1f} s"
    if fault.injected is None or not fault.injected.effective:
        why = "it did not finish" if fault.injected is None else fault.injected.detail
        return f"{name} is not proven to have taken effect: {why}"
    if fault.healed is None or not fault.healed.effective:
        why = "it was not healed" if fault.healed is None else fault.healed.detail
        return f"{name} is not proven to have held and been undone: {why}"
    if not overlapped:
        return f"{name} overlapped no operation"
    return None


def _hindered(fault: Fault, found: Iterable[Fault]) -> bool:
    """Whether one of another kind was in force while this one was begun, held, or was undone."""
    return any(
        other.kind != fault.kind
        and other.injected is not None
        and other.injected.effective
        and other.since_s < fault.until_s
        and fault.since_s < other.until_s
        for other in found
    )


def _overlapped(fault: Fault, operations: Sequence[Operation]) -> int:
    begin, end = fault.begin_s * NS_PER_S, fault.end_s * NS_PER_S
    return sum(
        operation.invocation.time < end
        and (operation.completion is None or operation.completion.time > begin)
        for operation in operations
    )
