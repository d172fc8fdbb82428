"""What results.json says, read without trusting that it says everything, or says it well.

A page is wanted most when a run went wrong, and then the results may be half there. So whatever is
missing or of another type than expected is shown as absent, and never an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["valid", "invalid", "unknown", "absent"]

MEANINGS = {
    "linearizable": "Every operation seems to happen at one instant between its invocation and its "
    "completion, so that one order of them all explains every answer.",
    "faults": "Each fault is proven to have taken effect, and operations were open while it did.",
    "operations": "Operations of every kind succeeded at least once.",
    "processes": "No node exited unless the nemesis killed it.",
    "clients": "No client failed in a way that it did not expect.",
    "logs": "No panic and no failed assertion in the nodes' logs.",
}


@dataclass(frozen=True)
class Check:
    """One check's verdict, in words."""

    name: str
    verdict: Verdict
    reason: str
    meaning: str
    details: list[tuple[str, str]] = field(default_factory=list)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in the value, if it is a list."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """The value if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def text(value: Any, most: int = 2_000) -> str:
    """A string as it is, None as nothing, a list of plain values with commas, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(v, list | Mapping) for v in value):
        value = ", ".join(text(v) for v in value)
    shown = value if isinstance(value, str) else shown_value(value, most)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def shown_value(value: Any, most: int = 80) -> str:
    """A value of a history, short enough for a table; strings keep their quotes."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def verdict(valid: Any) -> Verdict:
    """The verdict in `valid`: true, false or "unknown"; anything else is no verdict at all."""
    if isinstance(valid, bool):
        return "valid" if valid else "invalid"
    return "unknown" if valid == "unknown" else "absent"


def nodes_hit(hit: str) -> str:
    """Which nodes a fault hit, short enough for a label.

    A partition says a picture, which stays ("n1 n4 | n2 n3 n5"); a fault of processes says a clause
    for each, of which the names stay ("n1 (pid 7) exited; n3 (pid 9) exited" gives "n1 n3").
    """
    clauses = [clause.split() for clause in hit.split(";")]
    if all(len(words) > 1 and words[1].startswith("(") for words in clauses):
        return " ".join(words[0] for words in clauses)
    return hit.strip()


def checks(results: Mapping[str, Any]) -> list[Check]:
    """The checks, what a reader looks for first: invalid, unknown, then the rest as they are."""
    found = []
    for name, said in mapping(results.get("checks")).items():
        said = mapping(said)
        details = [
            (str(key).replace("_", " "), plain)
            for key, value in said.items()
            if key not in {"valid", "reason"} and (plain := _plain(value))
        ]
        reason = text(said.get("reason"))
        found.append(
            Check(name, verdict(said.get("valid")), reason, MEANINGS.get(name, ""), details)
        )
    urgency = {"invalid": 0, "unknown": 1}
    return sorted(found, key=lambda check: urgency.get(check.verdict, 2))


def invariants(results: Mapping[str, Any]) -> list[Check]:
    """What an observer of all nodes saw, as one more row; only simulated runs have it."""
    said = mapping(results.get("invariants")).get("violated")
    if not isinstance(said, list):
        return []
    meaning = (
        "What the store promises inside, seen by an observer of all nodes. No part of the verdict."
    )
    violated = [text(violation, 400) for violation in said]
    reason = "; ".join(violated[:3])
    if len(violated) > 3:
        reason += f"; and {len(violated) - 3} more"
    return [Check("invariants", "invalid" if violated else "valid", reason, meaning)]


def sentence(results: Mapping[str, Any]) -> str:
    """Why the verdict is what it is, in one sentence."""
    said = text(results.get("reason"))
    if said:
        return said
    overall = verdict(results.get("valid"))
    for check in checks(results):
        if check.verdict == overall and check.verdict in {"invalid", "unknown"}:
            return f"{check.name}: {check.reason or 'no reason was given'}"
    if overall != "valid":
        return "No reason was given."
    every = mapping(results.get("checks"))
    linear = mapping(every.get("linearizable"))
    faults = len(items(mapping(every.get("faults")).get("faults")))
    if linear.get("valid") is not True or number(linear.get("ops")) is None:
        return "Everything that was checked holds."
    meanwhile = f", while {faults} fault{'s' * (faults != 1)} came and went" if faults else ""
    return f"All {linear['ops']:,} operations are linearizable{meanwhile}."


def _plain(value: Any) -> str:
    """A detail in a few words; empty for what has its own place on the page, or none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, Mapping):
        value = [f"{key} {said}" for key, said in value.items() if isinstance(said, str)]
    if isinstance(value, list):
        value = "; ".join(said for said in value[:5] if isinstance(said, str))
    return text(value, 400) if isinstance(value, str) else ""
