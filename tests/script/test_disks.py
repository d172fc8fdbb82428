"""Disks that fail in a script, and nodes that are isolated."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from harness.assembly import assemble
from harness.drive import Drive
from harness.history.faults import faults
from harness.history.memory import Memory
from harness.script.plan import read_plan
from harness.script.words import seconds
from harness.spec import Cadence, SpecError
from harness.trial import Trial
from tests.observers import Nobody
from tests.script.test_perform import played, script


def proven(trial: Trial) -> dict[str, bool]:
    """For each fault whether both its beginning and its end were proven."""
    return {fault.kind: fault.effective for fault in faults(trial.ops)}


def test_a_server_that_ends_because_its_disk_is_full_is_excused_and_started_again(
    tmp_path: Path,
) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s disk follower1 full",
        "at 0.6 s write 1 to x by process 0 at leader",
        "at 3 s repair follower1",
        "at 4 s read x by process 1 at follower1",
    )
    assert proven(trial) == {"disk follower1 full": True}
    assert trial.valid is True, trial.reason
    assert "its disk was full" in trial.checks["logs"]["excused"][0]


def test_a_server_that_a_step_killed_stays_down_when_its_disk_is_repaired(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.5 s disk follower1 full",
        "at 0.6 s write 1 to x by process 0 at leader",
        "at 2.0 s kill follower2",
        "at 2.5 s disk follower2 flip",
        "at 2.6 s read x by process 0 at leader",
        "at 3.0 s repair follower2",
        "at 3.5 s repair follower1",
        "at 4.0 s write 2 to x by process 0 at leader",
        "at 5.0 s start follower2",
        "at 5.5 s read x by process 0 at leader",
    )
    assert all(proven(trial).values()), faults(trial.ops)
    by_kind = {fault.kind: fault for fault in faults(trial.ops)}
    repaired = by_kind["disk follower2 flip"].healed
    assert repaired is not None
    assert "is kept down by another step" in repaired.detail
    assert trial.valid is True, trial.reason


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_bit_is_refused_or_harmless_and_no_crash(seed: int, tmp_path: Path) -> None:
    """Followers replay the whole log, so that most bits matter to whoever starts on them."""
    trial = played(
        tmp_path,
        "at 0.1 s write 1 to x by process 0 at leader",
        "at 0.5 s write 2 to x by process 0 at leader",
        "at 1.0 s kill follower1",
        "at 1.1 s disk follower1 flip",
        "at 1.15 s read x by process 0 at leader",
        "at 1.2 s start follower1",
        "at 2.0 s read x by process 0 at leader",
        "at 4.0 s repair follower1",
        "at 5.0 s read x by process 1 at follower1",
        head=f"seed = {seed}",
    )
    assert proven(trial) == {"kill follower1": True, "disk follower1 flip": True}
    assert trial.valid is True, trial.reason


def test_some_damaged_bit_makes_a_server_end_and_its_log_is_excused(tmp_path: Path) -> None:
    excused = []
    for seed in range(4):
        trial = played(
            tmp_path,
            "at 0.1 s write 1 to x by process 0 at leader",
            "at 1.0 s kill follower1",
            "at 1.1 s disk follower1 flip",
            "at 1.2 s start follower1",
            "at 2.0 s read x by process 0 at leader",
            head=f"seed = {seed}",
        )
        excused += trial.checks["logs"].get("excused", [])
    assert excused
    assert all("a bit was inverted" in line for line in excused)


def test_slow_and_lying_disks_are_proven(tmp_path: Path) -> None:
    trial = played(
        tmp_path,
        "at 0.1 s disk leader slow 50",
        "at 0.2 s write 1 to x by process 0 at leader",
        "at 2.0 s disk follower1 lie",
        "at 2.1 s write 2 to x by process 0 at leader",
        "at 3.5 s power off follower1",
        "at 4.0 s repair all",
        "at 4.5 s start follower1",
        "at 5.0 s read x by process 0 at leader",
    )
    assert proven(trial) == {
        "disk leader slow 50": True,
        "disk follower1 lie": True,
        "power off follower1": True,
    }
    by_kind = {fault.kind: fault for fault in faults(trial.ops)}
    assert "bytes that" in by_kind["disk follower1 lie"].hit


def test_a_disk_that_nothing_was_written_to_proves_nothing(tmp_path: Path) -> None:
    trial = played(
        tmp_path, "at 0.5 s disk n1 full", "at 1 s read x by process 0", "at 7 s repair n1"
    )
    assert trial.valid == "unknown"
    assert "refused 0 writes" in str(trial.reason)


def test_to_isolate_a_node_is_to_cut_it_from_all_others(tmp_path: Path) -> None:
    nodes = ["n1", "n2", "n3"]
    lines = ["at 1 s isolate leader", "at 3 s heal leader from others"]
    (trouble,) = read_plan(lines, nodes).troubles
    assert trouble.name == "cut leader from others"
    assert trouble.end == 3_000_000_000
    trial = played(tmp_path, "at 0.5 s isolate n2", "at 1.5 s read x by process 0 at n1")
    assert proven(trial) == {"cut n2 from others": True}


def test_two_faults_of_one_disk_at_once_and_a_world_without_disks_are_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(SpecError, match="'disk n1 full' is in force, which must end first"):
        script(tmp_path, "at 1 s disk n1 full", "at 2 s disk n1 flip")
    spec = script(tmp_path, "at 1 s disk n1 full", "at 1 s read x by process 0")
    with pytest.raises(SpecError, match="world local can only"):
        assemble(structs.replace(spec, world="local"))


def test_what_the_nemesis_did_to_disks_is_a_script(tmp_path: Path) -> None:
    spec = structs.replace(
        script(tmp_path, "at 1 s read x by process 0"),
        steps=[],
        nemesis=["disk:full", "disk:slow", "disk:flip", "disk:rot", "disk:lie"],
        time_limit=12.0,
        rate=50.0,
        concurrency=3,
        cadence=Cadence.fitting(12.0, 4),
    )
    parts = assemble(spec)
    drive = Drive(spec, parts, Memory, Nobody())
    with asyncio.Runner(loop_factory=parts.world_class.loop_factory) as runner:
        runner.run(drive.run())
    lines = [f"at {seconds(each.time)} {each.deed}" for each in drive.deeds.done]
    plan = read_plan(lines, spec.nodes)
    done = {trouble.name.split()[2] for trouble in plan.troubles if "disk" in trouble.name}
    assert done == {"full", "slow", "flip", "rot", "lie"}
    assert all(trouble.end is not None for trouble in plan.troubles)
