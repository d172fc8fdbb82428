"""Did the servers and our own clients behave: no exit by itself, no panic, no surprise?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.checks.excuse import Excuse
from harness.checks.finding import Finding
from harness.worlds.world import ProcessStatus

_SHOWN = 3


def judge_processes(
    nodes: Sequence[str], statuses: Mapping[str, ProcessStatus], unhealed: Sequence[str] = ()
) -> Finding:
    """Invalid when a server, asked at the end, does not run; unknown when one could not be asked.

    Args:
        nodes: all of them.
        statuses: what their operating systems said.
        unhealed: faults that were not undone. With one, a server that does not run says nothing:
            it may be our doing.
    """
    details = {"nodes": {name: status.state for name, status in statuses.items()}}
    ended = [
        f"{name}'s server {status.state} by itself"
        + ("" if status.exit_code is None else f" with code {status.exit_code}")
        for name, status in statuses.items()
        if status.state != "running"
    ]
    if ended and unhealed:
        why = f"{'; '.join(ended)}, or because {' and '.join(unhealed)} was not undone"
        return Finding("unknown", why, details)
    if ended:
        return Finding(False, "; ".join(ended), details)
    unseen = [name for name in nodes if name not in statuses]
    if unseen:
        return Finding(
            "unknown", f"nobody could ask whether {', '.join(unseen)} still ran", details
        )
    return Finding(True, None, details)


def judge_logs(
    nodes: Sequence[str],
    logs: Mapping[str, bytes],
    patterns: Sequence[str],
    excuses: Sequence[Excuse] = (),
) -> Finding:
    """Invalid when a line of a node's log matches one of the target's patterns for a crash; unknown
    when a node's log could not be fetched.

    Args:
        nodes: whose logs there should be.
        logs: contents by a name for people, e.g. `n1/server.log`.
        patterns: regular expressions.
        excuses: what faults are to blame for; the finding lists what they covered.
    """
    crash = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
    matches: list[str] = []
    excused: list[str] = []
    for name, log in logs.items():
        for number, line in enumerate(log.decode(errors="replace").splitlines(), 1):
            if crash is not None and crash.search(line):
                found = f"{name}, line {number}: {line.strip()[:200]}"
                why = next((e.why for e in excuses if e.covers(name, number)), None)
                if why is None:
                    matches.append(found)
                else:
                    excused.append(f"{found} ({why})")
    details = {"excused": excused[:100]} if excused else {}
    if matches:
        details = {"matches": matches[:100], **details}
        return Finding(False, f"a server crashed: {matches[0]}", details)
    unseen = [node for node in nodes if not any(log.startswith(f"{node}/") for log in logs)]
    if patterns and unseen:
        return Finding("unknown", f"no log of {', '.join(unseen)} could be fetched", details)
    return Finding(True, None, details)


def judge_clients(unhandled: Sequence[str]) -> Finding:
    """Unknown when a client raised what nobody expected: the fault may be the client's own."""
    if not unhandled:
        return Finding(True)
    more = "" if len(unhandled) <= _SHOWN else f" and {len(unhandled) - _SHOWN} more"
    reason = f"unhandled in clients: {'; '.join(unhandled[:_SHOWN])}{more}"
    return Finding("unknown", reason, {"exceptions": list(unhandled[:100])})
