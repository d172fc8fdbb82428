"""A script carried out: in its time, with every fault proven, in the simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.history import NEMESIS, Op, pair
from harness.history.faults import NS_PER_S, faults
from harness.script.file import read_script
from harness.spec import SpecError, TestSpec
from harness.trial import Trial, run_trial


def script(tmp_path: Path, *steps: str, head: str = "") -> TestSpec:
    """A script for three simulated nodes."""
    lines = "\n".join(f"  {step!r}," for step in steps)
    path = tmp_path / "script.toml"
    nodes = "" if "nodes" in head else "nodes = 3"
    path.write_text(f'world = "sim"\n{nodes}\n{head}\nsteps = [\n{lines}\n]\n')
    return read_script(path)


def played(tmp_path: Path, *steps: str, head: str = "") -> Trial:
    """A script's trial."""
    return run_trial(script(tmp_path, *steps, head=head))


def invoked(trial: Trial) -> list[tuple[float, Any, str]]:
    """When each operation of the script began, by which process."""
    end = next(op.index for op in trial.ops if op.f == "recover")
    return [
        (op.time / NS_PER_S, op.process, op.f)
        for op in trial.ops
        if op.type == "invoke" and op.index < end
    ]


def test_every_operation_is_invoked_at_its_time(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.25 s write 1 to x by process 0",
        "at 0.25 s read x by process 1",
        "at 1.5 s read x by process 0",
    )
    assert invoked(trial) == [(0.25, 0, "write"), (0.25, 1, "read"), (1.5, 0, "read")]
    assert trial.valid is True, trial.reason


def test_an_operation_whose_process_is_busy_waits_for_it(tmp_path: Path) -> None:
    trial = played(
        tmp_path, "at 1 s write 1 to x by process 0", "at 1.000001 s write 2 to x by process 0"
    )
    first, second = pair(trial.ops)[:2]
    assert first.completion is not None
    assert second.invocation.time == first.completion.time > 1.000001 * NS_PER_S
    assert second.invocation.index > first.completion.index


def test_a_process_of_unknown_outcome_goes_on_as_the_next(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.1 s cut leader from others",
        "at 0.2 s write 1 to x by process 0 at leader",
        "at 2.5 s read x by process 1 at follower1",
        "at 3.0 s heal",
        "at 4.0 s write 2 to x by process 0",
    )
    assert [process for _, process, f in invoked(trial) if f == "write"] == [0, 2]


@pytest.mark.parametrize("seed", range(5))
def test_every_fault_is_proven_and_lasts_from_step_to_step(seed: int, tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s kill follower1",
        "at 0.9 s write 1 to x by process 0",
        "at 1.5 s start follower1",
        "at 2.5 s pause follower2",
        "at 2.7 s write 2 to x by process 1 at leader",
        "at 3.0 s resume follower2",
        "at 4.0 s stop follower1",
        "at 4.1 s write 3 to x by process 1",
        "at 5.0 s start all",
        "at 6.0 s cut follower1>leader",
        "at 6.5 s write 4 to x by process 1",
        "at 8.0 s heal",
        head=f"seed = {seed}",
    )
    assert trial.valid is True, trial.reason
    found = faults(trial.ops)
    assert [(f.kind, f.begin_s, f.end_s) for f in found] == [
        ("kill follower1", 0.5, 1.5),
        ("pause follower2", 2.5, 3.0),
        ("stop follower1", pytest.approx(4.0, abs=0.2), 5.0),
        ("cut follower1>leader", 6.0, 8.0),
    ]
    assert all(fault.effective for fault in found)


def test_a_fault_begins_while_the_proof_of_another_is_still_measured(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 1.00 s cut n1 from n2,n3",
        "at 1.01 s kill n2",
        "at 1.5 s read x by process 0",
        "at 3 s start n2",
        "at 3 s heal",
    )
    assert [round(op.time / NS_PER_S, 6) for op in trial.ops if op.process == NEMESIS][:2] == [
        1.0,
        1.01,
    ]


def test_what_no_step_mends_is_mended_once_every_operation_is_back(tmp_path: Path) -> None:
    trial = played(tmp_path, "at 0.5 s kill n2", "at 1 s read x by process 0 at n1")
    (fault,) = faults(trial.ops)
    assert fault.effective
    read = pair(trial.ops)[0].completion
    assert read is not None
    assert fault.end_s >= read.time / NS_PER_S
    assert trial.valid is True, trial.reason


def test_a_fault_mended_before_it_could_be_measured_is_not_proven(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 1.00 s cut n1 from n2,n3",
        "at 1.00 s write 1 to x by process 2",
        "at 1.01 s heal",
    )
    assert trial.valid == "unknown"
    assert trial.reason is not None
    assert "mended after 0.01 s, before it was measured" in trial.reason


def test_a_kill_of_a_server_that_is_down_proves_nothing(tmp_path: Path) -> None:
    """Only at run time is it known that the leader is this node."""
    steps = [f"at 1 s kill n{i}" for i in (1, 2, 3)]
    trial = played(tmp_path, *steps, "at 1.1 s kill leader", "at 1.2 s read x by process 0")
    assert trial.valid == "unknown"
    assert "was exited before" in str(trial.reason)


def test_a_cut_of_no_link_proves_nothing(tmp_path: Path) -> None:
    steps = "at 0.1 s cut leader from n1", "at 1 s write 1 to x by process 0"
    trial = played(tmp_path, *steps, head="nodes = 1")
    (cut,) = faults(trial.ops)
    assert cut.injected is not None
    assert not cut.effective
    assert cut.injected.detail == "no link was cut"
    assert trial.valid == "unknown"


def test_cuts_that_overlap_heal_one_by_one(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s cut n1 from n2,n3",
        "at 1.0 s cut n1 from n2",
        "at 2.0 s heal n1 from n2,n3",
        "at 2.1 s read x by process 1",
        "at 3.5 s heal",
    )
    by_kind = {fault.kind: fault for fault in faults(trial.ops)}
    assert by_kind["cut n1 from n2"].healed is not None
    assert by_kind["cut n1 from n2"].healed.effective
    assert "n1 from n2" in by_kind["cut n1 from n2"].hit


def test_the_same_script_and_seed_give_the_same_history(tmp_path: Path) -> None:
    spec = script(
        tmp_path,
        "at 0.1 s cut leader from others",
        "at 0.2 s write 1 to x by process 0",
        "at 0.9 s kill n2",
    )
    ops: list[list[Op]] = [list(run_trial(spec).ops) for _ in range(2)]
    assert ops[0] == ops[1]


def test_a_planted_stale_read_needs_the_bug_to_show(tmp_path: Path) -> None:
    steps = (
        "at 0.50 s cut leader from others",
        "at 2.00 s write 1 to x by process 1 at follower1",
        "at 3.00 s read x by process 0 at leader",
    )
    with_bug = played(tmp_path, *steps, head='bugs = ["leader_local_read"]')
    assert with_bug.valid is False
    assert with_bug.checks["linearizable"]["valid"] is False
    assert played(tmp_path, *steps).valid is not False


def test_a_world_that_can_not_make_a_step_refuses_it_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.worlds.sim.world import SimWorld

    spec = script(tmp_path, "at 1 s read x by process 0", "at 1 s pause n1")
    monkeypatch.setattr(SimWorld, "faults", frozenset({"cut", "kill"}))
    with pytest.raises(
        SpecError, match=r"step 2 'at 1 s pause n1': column 8: world sim can only cut, kill"
    ):
        run_trial(spec)


def test_a_nemesis_goes_with_no_script(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(script(tmp_path, "at 1 s kill n1"), nemesis=["kill"])
    with pytest.raises(SpecError, match=r"no nemesis \(kill\) beside"):
        run_trial(spec)


@pytest.mark.parametrize("seed", range(3))
def test_faults_that_only_a_simulation_makes_are_proven_too(seed: int, tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s weather leader from others loss 0.3 delay_s 0.05",
        "at 0.6 s write 1 to x by process 0",
        "at 2.5 s calm",
        "at 3 s clock follower1 jump 5 rate 1.5",
        "at 3.2 s read x by process 0",
        "at 4 s resync follower1",
        "at 5 s power off follower2",
        "at 5.1 s write 2 to x by process 0",
        "at 6 s start follower2",
        "at 7 s read x by process 1",
        head=f"seed = {seed}",
    )
    assert trial.valid is True, trial.reason
    assert len(faults(trial.ops)) == 3
    assert all(fault.effective for fault in faults(trial.ops))


def test_a_node_is_struck_right_where_its_code_says_that_it_is(tmp_path: Path) -> None:
    """The second entry that the leader takes in ends it, before the client hears of that."""
    trial = played(
        tmp_path,
        "at 0.1 s write 1 to x by process 0 at follower1",
        "at 1.0 s when leader reaches appended kill it",
        "at 1.5 s write 2 to x by process 0",
        "at 3.0 s start leader",
        "at 5.0 s read x by process 0",
    )
    (fault,) = faults(trial.ops)
    assert fault.effective, fault
    assert "exited with code -9 at appended" in fault.hit
    assert trial.valid is True, trial.reason


def test_a_point_that_is_never_reached_proves_nothing(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 1.0 s when leader reaches appended 9 times kill it",
        "at 1.5 s write 2 to x by process 0",
    )
    assert trial.valid == "unknown"
    assert "did not reach appended often enough" in str(trial.reason)


def test_a_point_that_the_target_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"column 26: no point .* did you mean appended"):
        played(tmp_path, "at 1.0 s when n1 reaches apended kill it")


def test_a_strike_may_be_waited_for_longer_than_any_action_takes(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s when leader reaches appended kill it",
        "at 9.0 s write 1 to x by process 0 at leader",
        "at 11 s start leader",
        "at 12 s write 2 to x by process 1",
        head="limits.nemesis_action_s = 3.0",
    )
    (fault,) = faults(trial.ops)
    assert fault.effective, fault
    assert trial.valid is True, trial.reason


def test_a_fault_whose_proof_takes_too_long_is_mended_at_its_time_all_the_same(
    tmp_path: Path,
) -> None:
    """Weather that never shows is looked for longer than the limit allows."""
    trial = played(
        tmp_path,
        "at 0.5 s weather n1 from others loss 1e-9",
        "at 1.0 s write 1 to x by process 0",
        "at 4.0 s calm",
        head="limits.nemesis_action_s = 2.0",
    )
    begun, *_, mended = [
        op for op in trial.ops if op.f.endswith("loss 1e-09") and op.value["where"] == "step 1"
    ]
    assert "effective" in mended.value, mended
    assert mended.time < 5 * NS_PER_S
    assert begun.time == 0.5 * NS_PER_S
