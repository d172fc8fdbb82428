"""A simulated test is its seed: the same test gives the same history, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.run import run_test
from harness.run_folder import RunFolder
from harness.trial import run_trial
from tests.determinism import history, spec_of, timeless
from tests.observers import Nobody

SEEDS = int(os.environ.get("SPLITBRAIN_SIM_SEEDS", "50"))
ROOT = Path(__file__).parent.parent


def test_the_same_tests_are_the_same_in_fresh_processes_with_other_hash_seeds() -> None:
    def process(hash_seed: str, *order: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.determinism", str(SEEDS), *order],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    with process("1") as there, process("4321", "backwards") as back:
        forwards, backwards = there.communicate()[0], back.communicate()[0]
    assert there.returncode == back.returncode == 0
    lines = forwards.splitlines()
    assert len(lines) == SEEDS
    assert lines == backwards.splitlines()[::-1]
    histories = {line.split()[2] for line in lines}
    assert len(histories) == SEEDS, "other seeds make other histories"


@pytest.mark.parametrize(("seed", "stop"), [(3, False), (4, False), (5, True)])
def test_a_trial_and_a_run_of_the_same_test_are_the_same(
    seed: int, stop: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(seed, bugs=["follower_local_read"], stop_on_violation=stop)
    trial = run_trial(spec)
    monkeypatch.setattr("harness.run.draw", lambda folder: [])  # reports cost more than the test
    run = run_test(spec, tmp_path, Nobody())
    folder = RunFolder.open(run.folder.path)
    assert folder.history_file.read_bytes() == history(trial)
    assert {name: (folder.path / name).read_bytes() for name in trial.logs} == trial.logs
    results = folder.results()
    assert results["valid"] == trial.valid
    assert results["reason"] == trial.reason
    results["checks"]["linearizable"].pop("promises", None)  # a trial asks only whether
    assert timeless(results["checks"]) == timeless(trial.checks)


def test_every_part_of_a_test_has_randomness_of_its_own(tmp_path: Path) -> None:
    """What a node draws changes nothing in what clients are asked to do, and when."""

    def asked(bugs: list[str]) -> list[tuple[int, str, Any, Any]]:
        ops = run_trial(spec_of(7, bugs=bugs, nemesis=[], rate=20.0, concurrency=30)).ops
        return [(op.time, op.f, op.key, op.value) for op in ops if op.type == "invoke"][:40]

    assert asked([]) == asked(["quorum_off_by_one"])
