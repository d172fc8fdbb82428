"""Everything the page's template shows, as plain values: no decision is left to the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from harness.history.columns import overlapping
from harness.run_folder import NotARun, RunFolder
from reports.buckets import common
from reports.charts import latency_chart, rate_chart
from reports.facts import (
    checks,
    invariants,
    items,
    mapping,
    nodes_hit,
    number,
    sentence,
    shown_value,
    text,
    verdict,
)
from reports.files import listed
from reports.palette import OUTCOME_MEANINGS, OUTCOMES, fault_colour
from reports.recording import Recording, recording
from reports.timeline import MOST_DRAWN, Shown, draw_timeline, shown_operations

MOST_FAULTS = 200
MOST_KINDS = 40

SIGNS = {"valid": "✓", "invalid": "✗", "unknown": "?", "absent": "–"}
WORDS = {"valid": "Valid", "invalid": "Invalid", "unknown": "Unknown", "absent": "Not judged"}


@dataclass(frozen=True)
class Story:
    """A counterexample, ready to be shown."""

    key: str
    entry_states: str | None
    operations: list[Shown]
    undrawn: int
    drawing: Markup


def view(run: RunFolder) -> dict[str, Any]:
    """The template's variables for this run."""
    recorded = recording(run)
    results, reason = _results(run)
    overall = verdict(results.get("valid"))
    has_operations = len(recorded.operations) > 0
    faults = _faults(results, recorded)
    files, files_left_out = listed(run)
    return {
        "name": text(results.get("name")) or run.path.parent.name,
        "started": _moment(results.get("started") or run.path.name),
        "verdict": overall,
        "sign": SIGNS[overall],
        "headline": WORDS[overall],
        "words": WORDS,
        "meanings": OUTCOME_MEANINGS,
        "reason": reason,
        "numbers": _numbers(results, recorded),
        "story": _story(results, recorded),
        "facts": _facts(results, recorded),
        "command": text(results.get("command")),
        "trouble": recorded.trouble,
        "latency": latency_chart(recorded) if has_operations else None,
        "rate": rate_chart(recorded) if has_operations else None,
        "unanswered": recorded.unanswered,
        "faults": faults[:MOST_FAULTS],
        "faults_left_out": max(len(faults) - MOST_FAULTS, 0),
        "checks": [*checks(results), *invariants(results)],
        "operations": _by_kind(results, recorded),
        "files": files,
        "files_left_out": files_left_out,
    }


def _results(run: RunFolder) -> tuple[Mapping[str, Any], str]:
    """The results with the sentence for the banner; of a run never judged, what its spec says."""
    try:
        results = run.results()
        return results, sentence(results)
    except NotARun as e:
        missing = not run.results_file.exists()
        reason = (
            "This run has no results.json: it ended before its history was judged. "
            "What was recorded until then is below; splitbrain.log says what happened."
            if missing
            else f"The results can't be read: {e}"
        )
    try:
        return {k: v for k, v in run.spec().items() if k not in {"valid", "checks"}}, reason
    except NotARun:
        return {}, reason


def _numbers(results: Mapping[str, Any], recorded: Recording) -> list[tuple[str, str]]:
    """The few numbers under the verdict. The history is the source where it can be read."""
    stats = mapping(results.get("stats"))
    latency = mapping(stats.get("latency_ms"))
    outcomes = recorded.operations["outcome"]
    counts = {outcome: number(stats.get(outcome)) for outcome in OUTCOMES}
    total = number(stats.get("ops"))
    if len(outcomes):
        total = len(outcomes)
        counts = {outcome: int((outcomes == outcome).sum()) for outcome in OUTCOMES}
    shown = [("operations", total, ""), *((o, counts[o], "") for o in OUTCOMES)]
    shown.append(("per second", number(stats.get("rate_per_s")), ""))
    shown += [(f"latency {q}", number(latency.get(q)), " ms") for q in ("p50", "p99", "max")]
    return [(label, _quantity(n) + unit) for label, n, unit in shown if n is not None]


def _quantity(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}"


def _facts(results: Mapping[str, Any], recorded: Recording) -> list[tuple[str, str]]:
    # A spec (of a run that was never judged) says the version under another name.
    version = results.get("target_version") or results.get("version")
    target = f"{text(results.get('target'))} {text(version)}".strip()
    nodes = results.get("nodes")
    many = f"{len(nodes)}: {text(nodes)}" if isinstance(nodes, list) else text(nodes)
    lasted = number(results.get("duration_s")) or recorded.duration_s
    named = [
        ("target", target),
        ("world", text(results.get("world"))),
        ("nodes", many),
        ("workload", text(results.get("workload"))),
        ("nemesis", text(results.get("nemesis")) or "none" * ("nemesis" in results)),
        ("planted bugs", text(results.get("bugs")) or "none" * ("bugs" in results)),
        ("seed", text(results.get("seed"))),
        ("started", _moment(results.get("started"))),
        ("duration", f"{lasted:.1f} s"),
    ]
    return [(label, fact) for label, fact in named if fact]


def _moment(said: Any) -> str:
    """A moment as people write it; what is not one, as it is."""
    try:
        moment = datetime.fromisoformat(text(said))
    except ValueError:
        return text(said)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}".strip()


def _story(results: Mapping[str, Any], recorded: Recording) -> Story | None:
    linear = mapping(mapping(results.get("checks")).get("linearizable"))
    counterexample = linear.get("counterexample")
    if linear.get("valid") is not False or not isinstance(counterexample, list):
        return None
    table = recorded.operations
    nodes = dict(zip(table["index"].tolist(), table["node"].tolist(), strict=True))
    operations = shown_operations(counterexample, nodes)
    if not operations:
        return None
    states = linear.get("entry_states")
    return Story(
        key=text(linear.get("key"), 80),
        entry_states=_either(states) if isinstance(states, list) and states else None,
        operations=operations,
        undrawn=max(len(operations) - MOST_DRAWN, 0),
        drawing=draw_timeline(operations, recorded.faults),
    )


def _either(states: Sequence[Any]) -> str:
    shown = [shown_value(state) for state in states[:12]]
    return " or ".join(shown) + (" or …" if len(states) > len(shown) else "")


def _faults(results: Mapping[str, Any], recorded: Recording) -> list[dict[str, str]]:
    """The faults as the check judged them, or as the history has them when nothing judged them."""
    judged = items(mapping(mapping(results.get("checks")).get("faults")).get("faults"))
    found = judged or [
        {
            "fault": fault.kind,
            "where": fault.where,
            "detail": fault.hit,
            "begin_s": fault.begin_s,
            "end_s": fault.end_s,
            "overlapped": overlapping(recorded.operations, fault.begin_s, fault.end_s),
            "effective": fault.effective,
            "proof": "; then ".join(p.detail for p in (fault.injected, fault.healed) if p),
        }
        for fault in recorded.faults
    ]
    return [_fault_row(said) for said in found]


def _fault_row(said: Mapping[str, Any]) -> dict[str, str]:
    effective = said.get("effective")
    begin, end, overlapped = (number(said.get(k)) for k in ("begin_s", "end_s", "overlapped"))
    kind, detail, proof = (text(said.get(k), 400) for k in ("fault", "detail", "proof"))
    hit = nodes_hit(detail)
    return {
        "kind": kind,
        "colour": fault_colour(kind),
        "where": text(said.get("where"), 100),
        "hit": hit,
        "begin": "–" if begin is None else f"{begin:.2f}",
        "end": "–" if end is None else f"{end:.2f}",
        "overlapped": "–" if overlapped is None else f"{overlapped:,.0f}",
        "verdict": "valid" if effective is True else "unknown",
        "effective": "yes" if effective is True else "no" if effective is False else "not known",
        "proof": proof.removeprefix(f"{hit}: "),
    }


def _by_kind(results: Mapping[str, Any], recorded: Recording) -> list[dict[str, Any]]:
    """How many operations of each f had which outcome; counted here where there is a history."""
    counts: dict[str, dict[str, int]] = {}
    table = recorded.operations
    if len(table):
        grouped = table.groupby([common(table, MOST_KINDS), table["outcome"]]).size()
        for (f, outcome), count in zip(grouped.index.tolist(), grouped.tolist(), strict=True):
            counts.setdefault(str(f), {})[outcome] = count
    else:
        by_f = mapping(mapping(mapping(results.get("checks")).get("operations")).get("by_f"))
        for f, said in list(by_f.items())[:MOST_KINDS]:
            counts[f] = {o: int(number(mapping(said).get(o)) or 0) for o in OUTCOMES}
    return [
        {"f": f[:80], **{o: by.get(o, 0) for o in OUTCOMES}, "all": sum(by.values())}
        for f, by in sorted(counts.items())
    ]
