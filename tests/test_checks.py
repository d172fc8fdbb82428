"""What a run is judged by besides the model."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import worst
from harness.checks.cluster import judge_clients, judge_logs, judge_processes
from harness.checks.operations import judge_operations
from harness.history import Op, pair
from harness.judge import Observed, judge
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.model.register import Register
from harness.model.stack import Stack
from harness.worlds.world import ProcessStatus

RUNNING = {"n1": ProcessStatus("running", 7)}
LOGS = {"n1/server.log": b"started"}


def history(*steps: tuple[str, Any, str]) -> list[Op]:
    """One process doing `(f, value, outcome)` after the other; reads return their value.

    `("recover", None, "")` is the nemesis' word that everything is healed.
    """
    ops: list[Op] = []
    for number, (f, value, outcome) in enumerate(steps):
        if f == "recover":
            at = 2 * number
            ops.append(Op(index=at, time=at, type="info", process="nemesis", f=f, value=value))
            continue
        asked = None if f == "read" else value
        rest: dict[str, Any] = {"process": number, "f": f}
        ops.append(Op(index=2 * number, time=2 * number, type="invoke", value=asked, **rest))
        ops.append(
            Op(index=2 * number + 1, time=2 * number + 1, type=outcome, value=value, **rest)  # type: ignore[arg-type]
        )
    return ops


@pytest.mark.parametrize(
    ("verdicts", "merged"),
    [
        ([True, True], True),
        ([True, "unknown"], "unknown"),
        (["unknown", False], False),
        ([False, True], False),
    ],
)
def test_false_outranks_unknown_outranks_true(verdicts: list[Any], merged: Any) -> None:
    checks = {str(i): {"valid": v, "reason": None} for i, v in enumerate(verdicts)}
    assert worst(checks)[0] == merged


def test_the_reasons_are_those_of_the_checks_that_decided() -> None:
    checks: dict[str, dict[str, Any]] = {
        "a": {"valid": "unknown", "reason": "no fault struck"},
        "b": {"valid": False, "reason": "stale read"},
    }
    assert worst(checks) == (False, "stale read")


def test_a_kind_of_operation_that_never_succeeded_makes_the_run_unknown() -> None:
    finding = judge_operations(pair(history(("write", 1, "ok"), ("read", None, "info"))))
    assert (finding.valid, finding.reason) == ("unknown", "no read ever succeeded")
    assert finding.details["by_f"]["read"] == {"ok": 0, "fail": 0, "info": 1}


def test_no_operation_at_all_is_unknown_not_valid() -> None:
    assert judge_operations([]).valid == "unknown"


def test_a_server_that_ended_by_itself_is_invalid() -> None:
    statuses = {**RUNNING, "n2": ProcessStatus("exited", 8, exit_code=1)}
    finding = judge_processes(["n1", "n2", "n3"], statuses)
    assert finding.valid is False
    assert finding.reason == "n2's server exited by itself with code 1"
    assert judge_processes(["n1"], RUNNING).valid is True


def test_a_server_that_we_failed_to_restart_is_no_fault_of_the_store() -> None:
    finding = judge_processes(["n1"], {"n1": ProcessStatus("exited", 7, exit_code=-9)}, ["kill"])
    assert finding.valid == "unknown"
    assert "kill was not undone" in str(finding.reason)


def test_processes_that_nobody_looked_at_prove_nothing() -> None:
    finding = judge_processes(["n1", "n2"], RUNNING)
    assert (finding.valid, finding.reason) == ("unknown", "nobody could ask whether n2 still ran")


def test_a_panic_in_a_log_is_invalid_and_quoted_with_its_place() -> None:
    logs = {"n1/server.log": b"started\npanic: index out of range\n", "n2/server.log": b"fine\n"}
    finding = judge_logs(["n1", "n2"], logs, [r"^panic:", r"Traceback"])
    assert finding.valid is False
    assert finding.reason == "a server crashed: n1/server.log, line 2: panic: index out of range"
    assert judge_logs(["n1"], logs, []).valid is True
    assert judge_logs(["n1"], {"n1/log": b"fine \xff\n"}, ["panic"]).valid is True


def test_a_log_that_nobody_could_fetch_proves_nothing() -> None:
    finding = judge_logs(["n1", "n2"], {"n1/log": b"fine"}, ["panic"])
    assert (finding.valid, finding.reason) == ("unknown", "no log of n2 could be fetched")


def test_a_client_that_raised_what_nobody_expected_makes_the_run_unknown() -> None:
    finding = judge_clients(["read on n1: KeyError: 'x'"] * 5)
    assert finding.valid == "unknown"
    assert "and 2 more" in str(finding.reason)


def run_of(ops: list[Op], model: Model | None = None, **observed: Any) -> dict[str, Any]:
    seen = Observed(**{"nodes": ["n1"], "statuses": RUNNING, "logs": LOGS, **observed})
    _, results = judge(
        ops, model or Register(), seen, nemeses=[], log_patterns=["panic"], time_limit_s=10
    )
    return results


GOOD = [("write", 1, "ok"), ("read", 1, "ok"), ("recover", None, ""), ("read", 1, "ok")]
STALE = [("write", 1, "ok"), ("write", 2, "ok"), ("read", 1, "ok")]


def test_a_run_is_valid_when_everything_is() -> None:
    results = run_of(history(*GOOD))
    assert (results["valid"], results["reason"]) == (True, None)
    assert results["stats"]["ok"] == 3


def test_last_reads_that_never_came_back_make_the_run_unknown() -> None:
    """What a store lost would have shown in them."""
    results = run_of(history(*GOOD[:3], ("read", None, "info"), ("read", None, "fail")))
    assert results["valid"] == "unknown"
    assert results["reason"] == "after healing, it was not read"
    results = run_of(history(*GOOD[:3], ("read", None, "info"), ("read", 1, "ok")))
    assert results["valid"] is True
    assert run_of(history(*GOOD[:3], ("write", 9, "ok")))["valid"] == "unknown"  # no read at all
    assert run_of(history(*GOOD[:2]))["reason"] == "the test ended before the last reads"


@pytest.mark.parametrize(
    ("model", "put", "take"), [(FifoQueue(), "enqueue", "dequeue"), (Stack(), "push", "pop")]
)
def test_a_queue_is_read_when_it_was_found_empty(model: Model, put: str, take: str) -> None:
    """One element that came out late says nothing of those that are left, or lost."""
    before = [(put, 1, "ok"), (put, 2, "ok"), (take, None, "ok"), ("recover", None, "")]
    before[2] = (take, 1 if take == "dequeue" else 2, "ok")
    last = (take, 2 if take == "dequeue" else 1, "ok")
    results = run_of(history(*before, last), model)
    assert results["valid"] == "unknown"
    assert results["reason"] == "after healing, it was not found empty"
    assert run_of(history(*before, last, (put, 3, "ok")), model)["valid"] == "unknown"
    assert run_of(history(*before, last, (take, None, "ok")), model)["valid"] is True


def test_a_violation_outranks_a_run_that_was_cut_short() -> None:
    results = run_of(history(*STALE), cut_short="interrupted", unhandled=["oops"])
    assert results["valid"] is False
    assert "read 1" in results["reason"]


def test_a_server_that_ended_by_itself_counts_also_in_a_run_that_was_cut_short() -> None:
    gone = {"n1": ProcessStatus("exited", 7, exit_code=3)}
    results = run_of(history(*GOOD), statuses=gone, cut_short="interrupted")
    assert results["reason"] == "n1's server exited by itself with code 3"


def test_a_run_that_was_cut_short_is_unknown_not_valid() -> None:
    results = run_of(history(*GOOD), cut_short="interrupted before the end")
    assert (results["valid"], results["reason"]) == ("unknown", "interrupted before the end")


def test_a_checker_that_crashes_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any, **rest: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("harness.judge.examine", crash)
    results = run_of(history(*GOOD))
    assert results["valid"] == "unknown"
    assert results["reason"] == "the check crashed: ZeroDivisionError: division by zero"
