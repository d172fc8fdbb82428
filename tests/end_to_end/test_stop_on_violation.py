"""`splitbrain run --stop-on-violation`: the operation that proves the store wrong is the last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.history import NEMESIS
from tests.end_to_end.command import only_run, plugin, processes_of, splitbrain
from tests.test_contributing import EXAMPLES

NS_PER_S = 1e9


def run(out: Path, *args: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """A run that stops; the exit code and the results."""
    said = splitbrain("run", "--stop-on-violation", "--out", str(out), "--json", *args, env=env)
    assert said.out, said.err
    assert processes_of(out) == []
    results: dict[str, Any] = json.loads(said.out)
    assert results == only_run(out).results()
    return said.code, results


def islands(tmp_path: Path) -> dict[str, str]:
    """Install the store whose nodes know nothing of each other."""
    group, source = EXAMPLES["islands"]
    return plugin(tmp_path, group, "islands", source)


def test_a_store_that_is_wrong_from_the_start_is_stopped_within_a_second(tmp_path: Path) -> None:
    """Two islands: a write to one is not read from the other."""
    env = islands(tmp_path)
    code, results = run(
        tmp_path / "runs", "--target", "islands", "--nodes", "2", "--nemesis", "none",
        "--time-limit", "60", env=env,
    )  # fmt: skip
    assert (code, results["valid"]) == (1, False)
    found = results["stream"]["violation"]
    history = only_run(tmp_path / "runs").history()
    proof = history[found["index"]]
    assert (proof.process, proof.f, proof.key) == (found["process"], found["f"], found["key"])
    assert found["at_s"] == pytest.approx(proof.time / NS_PER_S, abs=1e-5)
    assert found["at_s"] < 10
    assert history[-1].time - proof.time < 1 * NS_PER_S
    assert results["checks"]["linearizable"]["valid"] is False
    told = f"stopped at a violation: op {proof.index} at "
    assert results["checks"]["complete"]["reason"].startswith(told)


def test_it_repeats_with_the_flag_and_says_on_the_terminal_why_it_stopped(tmp_path: Path) -> None:
    env = islands(tmp_path)
    said = splitbrain(
        "run", "--stop-on-violation", "--out", str(tmp_path / "runs"), "--target", "islands",
        "--nodes", "2", "--nemesis", "none", "--time-limit", "60", env=env,
    )  # fmt: skip
    assert said.code == 1
    assert "INVALID" in said.out
    assert "stopped at a violation: op " in said.out
    spec = only_run(tmp_path / "runs").spec()
    assert spec["stop_on_violation"] is True
    assert "--stop-on-violation" in spec["command"]


def test_faults_in_force_are_healed_when_a_stale_read_stops_the_run(tmp_path: Path) -> None:
    """The planted bug shows while the leader is cut off, in the middle of a partition."""
    code, results = run(tmp_path, "--bug", "leader_local_read", "--time-limit", "60")
    assert (code, results["valid"]) == (1, False)
    history = only_run(tmp_path).history()
    proof = history[results["stream"]["violation"]["index"]]
    assert history[-1].time - proof.time < 1 * NS_PER_S
    assert proof.time < 55 * NS_PER_S
    assert any(op.process == NEMESIS for op in history)
    assert results["checks"]["processes"]["valid"] is True


def test_a_correct_store_runs_its_time(tmp_path: Path) -> None:
    code, results = run(tmp_path, "--time-limit", "4", "--nodes", "3", "--workload", "cas")
    assert (code, results["valid"]) == (0, True), results["reason"]
    assert results["stream"] == {
        "violation": None,
        "operations": results["stats"]["ops"],
        "gave_up": [],
        "failed": None,
    }
