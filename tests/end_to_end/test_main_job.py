"""The main job, end to end, in every world that has real nodes.

A run in real time mostly waits. So the same run is started in all worlds at once, and each test
looks at what became of it in its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.history import pair
from harness.history.faults import faults
from tests.end_to_end.command import Said, only_run, processes_of, splitbrain

WORLDS = ("local", "docker")


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> str:
    """Each world in turn."""
    if request.param == "docker":
        request.getfixturevalue("requires_docker")
    return str(request.param)


class Runs:
    """Each run of some arguments, made once in every world that is asked for."""

    def __init__(self, folder: Path, worlds: list[str]) -> None:
        self._folder = folder
        self._worlds = worlds
        self._threads = ThreadPoolExecutor(len(WORLDS))
        self._begun: dict[tuple[str, tuple[str, ...]], Future[Said]] = {}

    def out(self, world: str, args: tuple[str, ...]) -> Path:
        """Where the runs of these arguments go."""
        return self._folder / world / ("-".join(word.strip("-") for word in args) or "default")

    def ended(self, world: str, args: tuple[str, ...]) -> Said:
        """What the run of these arguments said, once it has ended."""
        for each in dict.fromkeys([world, *self._worlds]):
            if (each, args) not in self._begun:
                words = ["--world", each, "--out", str(self.out(each, args)), "--json", *args]
                self._begun[each, args] = self._threads.submit(splitbrain, "run", *words)
        return self._begun[world, args].result()

    def close(self) -> None:
        """Wait for those that nobody has asked for."""
        self._threads.shutdown()


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs]:
    """The runs of this module, in those worlds that this session has tests of."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    asked = {call.params.get("world") for call in calls if call is not None}
    made = Runs(tmp_path_factory.mktemp("runs"), [world for world in WORLDS if world in asked])
    yield made
    made.close()


def results_of(said: Said, out: Path) -> tuple[int, dict[str, Any]]:
    """A run's exit code and its results, which are all that stands on stdout."""
    assert said.out, said.err
    results: dict[str, Any] = json.loads(said.out)
    assert results == only_run(out).results()
    assert processes_of(out) == []
    return said.code, results


def run(out: Path, *args: str) -> tuple[int, dict[str, Any]]:
    """Run a test in the local world."""
    return results_of(splitbrain("run", "--out", str(out), "--json", *args), out)


def told(runs: Runs, world: str, *args: str) -> tuple[int, dict[str, Any], Path]:
    """A run's exit code, its results, and where it is."""
    out = runs.out(world, args)
    return *results_of(runs.ended(world, args), out), out


def test_a_correct_store_is_valid_while_the_network_falls_apart(world: str, runs: Runs) -> None:
    """Two partitions, the leader's isolation first; every one is proven and overlaps operations."""
    code, results, out = told(runs, world)
    assert (code, results["valid"]) == (0, True), results["reason"]
    assert results["stats"]["ok"] > 1000
    found = results["checks"]["faults"]["faults"]
    assert next(fault["where"] for fault in found) == "primaries"
    assert len(found) == 2
    assert all(fault["effective"] and fault["overlapped"] > 10 for fault in found)
    folder = only_run(out)
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


def test_a_planted_stale_read_is_found_and_shown(world: str, runs: Runs) -> None:
    """A leader that answers reads by itself goes on doing so when it is cut off from the others."""
    code, results, out = told(runs, world, "--bug", "leader_local_read", "--time-limit", "30")
    assert (code, results["valid"]) == (1, False)
    verdict = results["checks"]["linearizable"]
    assert "read" in verdict["reason"]
    *before, stale = sorted(verdict["counterexample"], key=lambda op: op["completed"]["index"])
    assert stale["f"] == "read"
    assert any(op["f"] == "write" for op in before)
    page = only_run(out).page_file.read_text()
    assert "Invalid" in page
    assert "leader_local_read" in page
    assert splitbrain("check", str(out / "latest")).code == 1


def test_servers_that_are_killed_and_paused_lose_nothing(world: str, runs: Runs) -> None:
    code, results, _ = told(
        runs, world, "--nemesis", "kill,pause", "--workload", "cas", "--nodes", "3"
    )
    assert (code, results["valid"]) == (0, True), results["reason"]
    kinds = {fault["fault"] for fault in results["checks"]["faults"]["faults"]}
    assert kinds == {"kill", "pause"}
    assert set(results["checks"]["operations"]["by_f"]) == {"read", "write", "cas"}


def test_locks_are_kept_while_masters_and_members_change(world: str, runs: Runs) -> None:
    """What an administrator does to a healthy cluster, done to the lock service while clients take
    its locks: nobody holds one that somebody else holds, and every order is seen to be carried out.
    """
    code, results, _ = told(
        runs, world, "--target", "chubby", "--workload", "lock", "--nemesis", "transfer,membership"
    )
    assert (code, results["valid"]) == (0, True), results["reason"]
    found = results["checks"]["faults"]["faults"]
    assert {fault["fault"] for fault in found} == {"transfer", "membership"}
    assert all(fault["effective"] and fault["overlapped"] for fault in found)
    assert {"acquire", "check", "release"} <= set(results["checks"]["operations"]["by_f"])


def test_last_reads_come_after_everything_is_healed(world: str, runs: Runs) -> None:
    code, results, out = told(runs, world, "--time-limit", "6", "--nodes", "3")
    assert code == 0, results["reason"]
    history = only_run(out).history()
    healed = max(fault.end_s for fault in faults(history)) * 1e9
    last = [o for o in pair(history) if o.invocation.time > healed and o.invocation.f == "read"]
    written = {o.invocation.key for o in pair(history)}
    assert {o.invocation.key for o in last} == written
    assert all(o.outcome == "ok" for o in last[-len(written) :])


def test_all_faults_take_turns_in_a_default_run(tmp_path: Path) -> None:
    code, results = run(tmp_path, "--nemesis", "all", "--nodes", "3")
    assert (code, results["valid"]) == (0, True), results["reason"]
    kinds = {fault["fault"] for fault in results["checks"]["faults"]["faults"]}
    assert kinds == {"kill", "membership", "partition", "pause", "transfer"}


def test_it_runs_where_a_folder_is_named_like_one_of_our_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("raise RuntimeError('somebody else')")
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, "--time-limit", "1", "--nemesis", "none", "--nodes", "1")[0] == 0


def test_people_get_a_verdict_line_and_the_page(tmp_path: Path) -> None:
    said = splitbrain("run", "--out", str(tmp_path), "--time-limit", "3", "--nemesis", "none")
    assert said.code == 0
    verdict, page = said.out.strip().splitlines()
    assert verdict.startswith("VALID  raft-register in local, seed ")
    assert Path(page).is_file()
    assert said.err == ""  # no progress line in a pipe
