"""A schedule found in the simulation, made small, fails against processes and containers, too."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.end_to_end.command import only_run, processes_of, splitbrain

TRIES = 3
"""Real machines keep the script's times only roughly; a busy one may miss a window."""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `shrink` makes of a simulated run in which a leader answered reads by itself."""
    out = tmp_path_factory.mktemp("sim")
    found = splitbrain(
        "run", "--world", "sim", "--seed", "1", "--nodes", "3", "--time-limit", "8", "--rate", "50",
        "--bug", "leader_local_read", "--out", str(out),
    )  # fmt: skip
    assert found.code == 1, found
    said = splitbrain("shrink", str(out / "latest"), "--json", "--workers", "1", "--budget", "170")
    assert said.code == 1, said
    shrunk = json.loads(said.out)
    assert shrunk["after"]["operations"] == 2 < shrunk["before"]["operations"]
    assert shrunk["after"]["faults"] == 1
    path = Path(shrunk["script"])
    assert tomllib.loads(path.read_text())["steps"] == shrunk["steps"]
    return path


@pytest.mark.parametrize("world", ["sim", "local", "docker"])
def test_a_script_found_in_the_simulation_fails_in_every_world(
    world: str, script: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if world == "docker":
        request.getfixturevalue("requires_docker")
    for _ in range(TRIES):
        said = splitbrain("run", str(script), "--world", world, "--out", str(tmp_path))
        if said.code == 1:
            break
    assert said.code == 1, said
    assert "read null from x" in said.out
    results = only_run(tmp_path).results()
    assert results["checks"]["linearizable"]["valid"] is False
    assert processes_of(tmp_path) == []


def test_people_see_the_schedule(tmp_path: Path) -> None:
    splitbrain(
        "run", "--world", "sim", "--seed", "1", "--nodes", "3", "--time-limit", "2", "--rate", "60",
        "--nemesis", "none", "--bug", "follower_local_read", "--out", str(tmp_path),
    )  # fmt: skip
    said = splitbrain("shrink", str(tmp_path / "latest"), "--workers", "1")
    assert said.code == 1, said
    first, *_, path = said.out.splitlines()
    assert first == "SHRUNK  fails as the run did: linearizable"
    assert " s write 1 to x by process 0" in said.out
    assert Path(path).is_file()


def test_a_run_that_did_not_fail_costs_254(tmp_path: Path) -> None:
    splitbrain(
        "run", "--world", "sim", "--nodes", "1", "--time-limit", "1", "--nemesis", "none",
        "--out", str(tmp_path),
    )  # fmt: skip
    said = splitbrain("shrink", str(tmp_path / "latest"))
    assert said.code == 254
    assert "nothing failed in this run" in said.err
