"""`splitbrain suite`, as a person or a CI job runs it."""

from __future__ import annotations

import json
import os
import signal
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.campaign.outcome import outcome_of
from harness.cli.main import run
from harness.run_folder import RunFolder
from harness.spec import TestSpec, TimeLimits
from harness.trial import run_trial
from tests.campaign.commands import spec_of
from tests.campaign.test_explore import BASE
from tests.end_to_end.command import splitbrain, started

SHORT = ("--time-limit", "1.5", "--rate", "50", "--nemesis", "partition:halves", "--nodes", "4")


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in _words(task / "children")]


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def none_left(pids: list[int]) -> bool:
    """Whether all of them end within a moment."""
    for _ in range(100):
        if not [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
            return True
        time.sleep(0.05)
    return False


def test_every_seed_that_caught_the_store_is_kept_and_can_be_repeated(tmp_path: Path) -> None:
    """Half of the nodes take themselves for a majority."""
    said = splitbrain(
        "suite", "--bug", "quorum_off_by_one", *SHORT, "--seed", "1", "--seeds", "8",
        "--workers", "2", "--keep", "1", "--out", str(tmp_path), "--json",
    )  # fmt: skip
    assert (said.code, said.err) == (1, "")
    results = json.loads(said.out)
    file = tmp_path / "suite-raft-register-quorum_off_by_one" / "latest" / "suite.json"
    assert json.loads(file.read_text()) == results
    assert (results["tests"], results["ended"]) == (8, "the last seed")
    assert sum(results["verdicts"].values()) == sum(mix["tests"] for mix in results["mixes"]) == 8
    assert set(results["versions"]) == {"splitbrain", "python", "raft"}
    assert all(results["versions"].values())
    assert results["kinds"]["state machine safety"] > 0
    kept = [failing for failing in results["failing"] if failing["folder"]]
    assert kept
    for failing in kept:
        folder = RunFolder.open(Path(failing["folder"]))
        assert failing["same_history"]
        assert (folder.results()["valid"] is False) == (failing["verdict"] == "invalid")
        by_hand = run_trial(spec_of(failing["command"]))
        assert by_hand.sha256() == sha256(folder.history_file.read_bytes()).hexdigest()
        assert list(by_hand.kinds) == failing["kinds"]


def test_a_suite_without_a_finding_says_so(tmp_path: Path) -> None:
    """In a pipe, without any live table."""
    said = splitbrain("suite", *SHORT, "--seeds", "4", "--workers", "1", "--out", str(tmp_path))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("4 tests in ")
    assert "4 valid" in said.out
    assert "partition:halves" in said.out
    assert said.out.rstrip().endswith("suite.json")


def test_a_suite_that_finished_no_test_says_why_there_is_no_verdict(tmp_path: Path) -> None:
    said = splitbrain(
        "suite", *SHORT, "--budget", "0.001", "--workers", "1", "--out", str(tmp_path)
    )
    assert (said.code, said.err) == (2, "")
    assert "no test was finished within the budget" in said.out


def test_an_interrupt_ends_it_at_once_with_all_that_was_found(tmp_path: Path) -> None:
    """And leaves no process."""
    with started(
        "suite", *SHORT, "--seeds", "100000", "--workers", "1", "--out", str(tmp_path)
    ) as suite:
        file = tmp_path / "suite-raft-register" / "latest" / "suite.json"
        while not (file.exists() and json.loads(file.read_text())["tests"]):
            assert suite.poll() is None
            time.sleep(0.1)
        workers = children(suite.pid)
        assert workers
        began = time.monotonic()
        suite.send_signal(signal.SIGINT)
        out, err = suite.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert suite.returncode == 2, err
    assert "interrupted" in out
    assert json.loads(file.read_text())["ended"] == "interrupted"
    assert none_left(workers)


def test_an_interrupt_before_the_first_test_ends_it_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.campaign import family as families

    real = families.family

    def interrupted(*args: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return real(*args, **options)

    monkeypatch.setattr(families, "family", interrupted)
    code = run(
        ["suite", *SHORT, "--seeds", "9", "--workers", "1", "--json", "--out", str(tmp_path)]
    )
    told = json.loads(capsys.readouterr().out)
    assert (code, told["tests"], told["ended"]) == (2, 0, "interrupted")


def test_a_suite_that_is_killed_leaves_no_process_and_what_it_had_found(tmp_path: Path) -> None:
    with started(
        "suite", *SHORT, "--seeds", "100000", "--workers", "1", "--out", str(tmp_path)
    ) as suite:
        file = tmp_path / "suite-raft-register" / "latest" / "suite.json"
        while not (file.exists() and json.loads(file.read_text())["tests"]):
            assert suite.poll() is None
            time.sleep(0.1)
        workers = children(suite.pid)
        suite.kill()
        assert none_left(workers)
    assert json.loads(file.read_text())["tests"] > 0


def test_a_worker_that_is_killed_costs_nothing_but_time(tmp_path: Path) -> None:
    with started(
        "suite", *SHORT, "--seeds", "6", "--workers", "1", "--out", str(tmp_path), "--json"
    ) as suite:
        while not (pids := [pid for pid in children(suite.pid) if _works(pid)]):
            assert suite.poll() is None
            time.sleep(0.02)
        os.kill(pids[0], signal.SIGKILL)
        out, err = suite.communicate(timeout=120)
    assert suite.returncode == 0, err
    results = json.loads(out)
    assert (results["tests"], results["verdicts"]) == (6, {"valid": 6})


def _works(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_what_can_not_be_is_said_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, told in (
        (("--world", "local"), "is no simulation"),
        (("--bug", "leader_lokal_read"), "did you mean leader_local_read?"),
        (("--nodes", "three"), "--nodes 'three': give numbers by commas"),
        (("--nodes", "0"), "--nodes 0: give a whole number from 1"),
        (("--ops-per-key", "0"), "--ops-per-key 0: give a whole number from 1"),
        (("--rate", "0"), "--rate 0: give at least 0.001"),
        (("--nemesis-quiet", "0", "--nemesis-interval", "0"), "give at least 0.001"),
        (("--time-limit", "nan"), "--time-limit nan: give at least 0.001"),
        (("--nemesis", "kill,all"), "--nemesis 'kill,all'"),
        (("--budget", "-1"), "--budget -1"),
    ):
        assert run(["suite", *options, "--out", str(tmp_path / "out")]) == 254
        said = capsys.readouterr()
        assert said.out == ""
        assert told in said.err
    assert not (tmp_path / "out").exists()


def test_a_test_that_could_not_be_carried_out_has_failed() -> None:
    """It says nothing of the store, and is not counted as unknown, which is a verdict."""
    spec: TestSpec = msgspec.structs.replace(BASE, limits=TimeLimits(start_s=1e-6))
    outcome = outcome_of(spec)
    assert outcome.verdict == "failed"
    assert outcome.reason is not None
    assert "starting raft" in outcome.reason
