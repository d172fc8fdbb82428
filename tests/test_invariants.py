"""What an all-knowing observer saw stands beside the verdict, and never in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import run as splitbrain
from harness.invariants import named
from harness.run_folder import RunFolder
from harness.spec import Cadence, TestSpec, node_names, with_command
from harness.trial import run_trial


def spec(
    seed: int, *, rate: float = 4.0, bugs: tuple[str, ...] = ("quorum_off_by_one",)
) -> TestSpec:
    """Half of four nodes, cut off from the others, take themselves for a majority."""
    made = TestSpec(
        name="halves",
        target="raft",
        world="sim",
        nodes=node_names(4),
        workload="register",
        nemesis=["partition:halves"],
        seed=seed,
        time_limit=3.0,
        concurrency=8,
        rate=rate,
        ops_per_key=100,
        bugs=list(bugs),
        cadence=Cadence.fitting(3.0),
    )
    return with_command(made)


@pytest.fixture(scope="module")
def unseen() -> TestSpec:
    """A test in which two halves committed different things, and no client came to see it."""
    for seed in range(300):
        trial = run_trial(spec(seed))
        if trial.valid is True and trial.invariants:
            return trial.spec
    pytest.fail("every violation of an invariant became visible to some client")


def unseen_violation(spec: TestSpec) -> str:
    """The name of the first invariant that the test violates."""
    return named(run_trial(spec).invariants[0])


def test_a_violated_invariant_changes_the_exit_code_and_not_the_verdict(
    unseen: TestSpec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of the test is all that is needed to see it again."""
    words = unseen.command.split()
    assert words[0] == "splitbrain"
    assert splitbrain([*words[1:], "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("VALID ")
    first = unseen_violation(unseen)
    assert f"violated  {first}: " in said
    folder = RunFolder.open(tmp_path / "latest")
    results = folder.results()
    assert results["valid"] is True
    assert results["invariants"]["violated"] == list(run_trial(unseen).invariants)
    page = folder.page_file.read_text()
    assert f"{first}: " in page


def test_a_trial_names_everything_that_caught_the_store() -> None:
    """Checks, then invariants, each once however often it was violated."""
    for seed in range(30):
        trial = run_trial(spec(seed, rate=100.0))
        if trial.valid is False and len(trial.invariants) > 1:
            names = [violation.partition(": ")[0] for violation in trial.invariants]
            assert "state machine safety" in names
            checks = [name for name, found in trial.checks.items() if found["valid"] is False]
            assert "linearizable" in checks
            assert trial.kinds == (*checks, *dict.fromkeys(names))
            break
    else:
        pytest.fail("not caught at all")


def test_a_store_without_the_bug_violates_nothing() -> None:
    trial = run_trial(spec(0, bugs=()))
    assert (trial.valid, trial.invariants, trial.kinds) == (True, (), ())
