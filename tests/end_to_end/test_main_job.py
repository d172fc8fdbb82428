"""The main job, end to end, in every world that has real nodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.history import pair
from harness.history.faults import faults
from tests.end_to_end.command import only_run, processes_of, splitbrain


@pytest.fixture(params=["local", "docker"])
def world(request: pytest.FixtureRequest) -> str:
    """Each world in turn."""
    if request.param == "docker":
        request.getfixturevalue("requires_docker")
    return str(request.param)


def run(world: str, out: Path, *args: str) -> tuple[int, dict[str, Any]]:
    """Run a test; the exit code and the results, which are all that stands on stdout."""
    said = splitbrain("run", "--world", world, "--out", str(out), "--json", *args)
    assert said.out, said.err
    results: dict[str, Any] = json.loads(said.out)
    assert results == only_run(out).results()
    assert processes_of(out) == []
    return said.code, results


def test_a_correct_store_is_valid_while_the_network_falls_apart(world: str, tmp_path: Path) -> None:
    """Two partitions, the leader's isolation first; every one is proven and overlaps operations."""
    code, results = run(world, tmp_path)
    assert (code, results["valid"]) == (0, True), results["reason"]
    assert results["stats"]["ok"] > 1000
    found = results["checks"]["faults"]["faults"]
    assert next(fault["where"] for fault in found) == "primaries"
    assert len(found) == 2
    assert all(fault["effective"] and fault["overlapped"] > 10 for fault in found)
    folder = only_run(tmp_path)
    for name in ("test.toml", "history.jsonl", "results.json", "index.html", "splitbrain.log"):
        assert (folder.path / name).stat().st_size > 0
    for plot in ("latency-raw", "latency-quantiles", "rate"):
        assert (folder.path / f"{plot}.svg").exists()
        assert (folder.path / f"{plot}.png").exists()
    assert all((folder.node_folder(f"n{i}") / "server.log").exists() for i in range(1, 6))
    verdict = json.loads(splitbrain("check", str(folder.path), "--json", "--evidence").out)
    placed = [index for order in verdict["linearization"] for index in order["invocations"]]
    certain = [o.invocation.index for o in pair(folder.history()) if o.outcome == "ok"]
    assert len(placed) == len(set(placed))
    assert set(certain) <= set(placed)


def test_a_planted_stale_read_is_found_and_shown(world: str, tmp_path: Path) -> None:
    """A leader that answers reads by itself goes on doing so when it is cut off from the others."""
    code, results = run(world, tmp_path, "--bug", "leader_local_read", "--time-limit", "30")
    assert (code, results["valid"]) == (1, False)
    verdict = results["checks"]["linearizable"]
    assert "read" in verdict["reason"]
    *before, stale = sorted(verdict["counterexample"], key=lambda op: op["completed"]["index"])
    assert stale["f"] == "read"
    assert any(op["f"] == "write" for op in before)
    page = only_run(tmp_path).page_file.read_text()
    assert "Invalid" in page
    assert "leader_local_read" in page
    assert splitbrain("check", str(tmp_path / "latest")).code == 1


def test_servers_that_are_killed_and_paused_lose_nothing(world: str, tmp_path: Path) -> None:
    code, results = run(
        world, tmp_path, "--nemesis", "kill,pause", "--workload", "cas", "--nodes", "3"
    )
    assert (code, results["valid"]) == (0, True), results["reason"]
    kinds = {fault["fault"] for fault in results["checks"]["faults"]["faults"]}
    assert kinds == {"kill", "pause"}
    assert set(results["checks"]["operations"]["by_f"]) == {"read", "write", "cas"}


def test_last_reads_come_after_everything_is_healed(world: str, tmp_path: Path) -> None:
    code, results = run(world, tmp_path, "--time-limit", "6", "--nodes", "3")
    assert code == 0, results["reason"]
    history = only_run(tmp_path).history()
    healed = max(fault.end_s for fault in faults(history)) * 1e9
    last = [o for o in pair(history) if o.invocation.time > healed and o.invocation.f == "read"]
    written = {o.invocation.key for o in pair(history)}
    assert {o.invocation.key for o in last} == written
    assert all(o.outcome == "ok" for o in last[-len(written) :])


def test_all_faults_take_turns_in_a_default_run(tmp_path: Path) -> None:
    code, results = run("local", tmp_path, "--nemesis", "all", "--nodes", "3")
    assert (code, results["valid"]) == (0, True), results["reason"]
    kinds = {fault["fault"] for fault in results["checks"]["faults"]["faults"]}
    assert kinds == {"kill", "partition", "pause"}


def test_it_runs_where_a_folder_is_named_like_one_of_our_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("raise RuntimeError('somebody else')")
    monkeypatch.chdir(tmp_path)
    assert run("local", tmp_path, "--time-limit", "1", "--nemesis", "none", "--nodes", "1")[0] == 0


def test_people_get_a_verdict_line_and_the_page(tmp_path: Path) -> None:
    said = splitbrain("run", "--out", str(tmp_path), "--time-limit", "3", "--nemesis", "none")
    assert said.code == 0
    verdict, page = said.out.strip().splitlines()
    assert verdict.startswith("VALID  raft-register in local, seed ")
    assert Path(page).is_file()
    assert said.err == ""  # no progress line in a pipe
