"""However a run ends: one line says why, what was recorded stays, and nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.worlds.local import leftovers
from tests.end_to_end.command import (
    Said,
    only_run,
    operations_recorded,
    plugin,
    processes_of,
    splitbrain,
    started,
    until,
)


def one_line(said: Said) -> str:
    """The line that a failed command says; anything more is a mistake."""
    assert "Traceback" not in said.out + said.err
    (line,) = said.err.strip().splitlines()
    return line


def interrupted(running: subprocess.Popen[str], number: int) -> Said:
    """Signal the command, and wait for its end."""
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    return Said(running.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_and_what_there_is_is_judged(number: int, tmp_path: Path) -> None:
    with started("run", "--out", str(tmp_path), "--time-limit", "60") as running:
        until("operations", lambda: operations_recorded(tmp_path, 200))
        assert len(processes_of(tmp_path)) >= 5
        said = interrupted(running, number)
        assert said.code == 2
        assert "UNKNOWN" in said.out
        assert "interrupted before the end" in said.out
        assert processes_of(tmp_path) == []
        results = only_run(tmp_path).results()
        assert results["checks"]["linearizable"]["valid"] is True
        assert results["stats"]["ops"] > 50
        assert (only_run(tmp_path).path / "n1" / "server.log").exists()


def test_an_interrupt_while_nodes_start_leaves_nothing_either(tmp_path: Path) -> None:
    with started("run", "--out", str(tmp_path)) as running:
        until("a node", lambda: len(processes_of(tmp_path)) > 1)
        said = interrupted(running, signal.SIGINT)
        assert said.code == 2
        assert processes_of(tmp_path) == []


@pytest.mark.parametrize("module", ["click", "importlib.metadata", "harness.plugins"])
def test_an_interrupt_while_the_command_is_imported_is_quiet(module: str) -> None:
    """It showed a traceback of whichever import it came in."""
    program = f"""
import os, signal, sys
class Impatient:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Impatient())
from harness.cli.main import main
sys.argv = ["splitbrain", "list"]
main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_kill_9_of_the_harness_takes_the_nodes_along_and_the_history_reads(tmp_path: Path) -> None:
    with started("run", "--out", str(tmp_path), "--time-limit", "60") as running:
        until("operations", lambda: operations_recorded(tmp_path, 200))
        interrupted(running, signal.SIGKILL)
        until("the nodes' end", lambda: not processes_of(tmp_path), limit_s=10)
        assert splitbrain("check", str(tmp_path / "latest")).code == 0


def test_what_even_the_keeper_could_not_end_the_next_run_finds(tmp_path: Path) -> None:
    with started("run", "--out", str(tmp_path), "--time-limit", "60") as running:
        until("operations", lambda: operations_recorded(tmp_path, 50))
        (record,) = [r for r in leftovers.records() if r.owner.startswith(f"{running.pid}:")]
        os.kill(int(record.keeper.partition(":")[0]), signal.SIGKILL)
        interrupted(running, signal.SIGKILL)
        assert len(processes_of(tmp_path)) == 5
        said = splitbrain("clean")
        assert said.code == 0
        assert f"run {record.run_id}: stopped n1, n2, n3, n4, n5" in said.out
        assert processes_of(tmp_path) == []


def test_a_keeper_that_dies_ends_the_run_with_a_line(tmp_path: Path) -> None:
    with started("run", "--out", str(tmp_path), "--time-limit", "60") as running:
        until("operations", lambda: operations_recorded(tmp_path, 50))
        (record,) = [r for r in leftovers.records() if r.owner.startswith(f"{running.pid}:")]
        os.kill(int(record.keeper.partition(":")[0]), signal.SIGKILL)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 255
        assert "keeper has ended" in out
        assert "Traceback" not in out + err
        assert processes_of(tmp_path) == []


def test_a_cluster_left_running_serves_until_it_is_cleaned(tmp_path: Path) -> None:
    said = splitbrain(
        "run", "--out", str(tmp_path), "--time-limit", "2", "--nodes", "3", "--leave-db-running"
    )
    assert said.code == 0, said.out
    assert "`splitbrain clean` ends it" in said.out
    assert len([line for line in processes_of(tmp_path) if "targets.store" in line]) == 3
    splitbrain("run", "--out", str(tmp_path / "other"), "--time-limit", "1", "--nemesis", "none")
    assert len([line for line in processes_of(tmp_path) if "targets.store" in line]) == 3
    assert "stopped n1, n2, n3" in splitbrain("clean").out
    assert processes_of(tmp_path) == []


def test_an_exception_in_a_plugin_is_a_line_and_the_history_is_judged(tmp_path: Path) -> None:
    env = plugin(
        tmp_path, "workloads", "fragile",
        """
        from harness.generator import Invocation, repeat
        from harness.model.register import Register

        class Plugin:
            '''Breaks after 100 reads.'''
            name, needs = "fragile", "register"
            def __init__(self, options):
                self.model, self.final, self.count = Register(), repeat(None), 0
                self.generator = repeat(self.make)
            def make(self, ctx):
                self.count += 1
                if self.count > 100:
                    raise LookupError("no such thing")
                return Invocation("read", key=0)
        """,
    )  # fmt: skip
    said = splitbrain("run", "--out", str(tmp_path), "--workload", "fragile", env=env)
    assert said.code == 255
    assert "LookupError: no such thing" in said.out
    assert "Traceback" not in said.out + said.err
    assert only_run(tmp_path).results()["stats"]["ops"] == 100
    assert processes_of(tmp_path) == []


def test_a_node_that_does_not_come_up_is_a_line_with_its_last_words(tmp_path: Path) -> None:
    env = plugin(
        tmp_path, "targets", "stillborn",
        """
        from targets.raft import RaftTarget

        class Plugin(RaftTarget):
            '''Never serves.'''
            async def start(self, node, peers):
                await node.start([node.python, "-c", "raise SystemExit('no licence found')"])
        """,
    )  # fmt: skip
    said = splitbrain("run", "--out", str(tmp_path), "--target", "stillborn", env=env)
    assert said.code == 255
    assert "no licence found" in said.out
    assert only_run(tmp_path).results()["valid"] == "unknown"
    assert processes_of(tmp_path) == []


def test_a_port_in_use_is_a_line_that_names_it(tmp_path: Path) -> None:
    env = plugin(
        tmp_path, "targets", "crowded",
        """
        from targets.raft import RaftTarget

        class Plugin(RaftTarget):
            '''Puts every server on the same port.'''
            async def start(self, node, peers):
                first = node.bind("client")
                node.bind = lambda port: first
                await super().start(node, peers)
        """,
    )  # fmt: skip
    said = splitbrain("run", "--out", str(tmp_path), "--target", "crowded", env=env)
    assert said.code == 255
    assert "in use" in said.out
    assert processes_of(tmp_path) == []


def test_a_report_that_fails_changes_no_verdict(tmp_path: Path) -> None:
    env = plugin(
        tmp_path, "reports", "torn",
        """
        class Plugin:
            name, draws_last = "torn", False
            def write(self, run):
                raise OSError("out of ink")
        """,
    )  # fmt: skip
    said = splitbrain(
        "run", "--out", str(tmp_path), "--time-limit", "1", "--nemesis", "none", env=env
    )
    assert said.code == 0
    assert "report torn failed: OSError: out of ink" in said.out
    assert only_run(tmp_path).page_file.exists()


def test_an_engine_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    said = splitbrain("run", "--out", str(tmp_path), "--world", "docker", env=nowhere)
    assert said.code == 255
    assert "Docker" in said.out
    doctor = splitbrain("doctor", "docker", env=nowhere)
    assert doctor.code == 255
    assert "can't run here" in doctor.out


def test_json_stays_json_when_a_run_fails(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    said = splitbrain("run", "--out", str(tmp_path), "--world", "docker", "--json", env=nowhere)
    assert said.code == 255
    assert json.loads(said.out)["valid"] == "unknown"


def test_an_interrupt_in_docker_leaves_no_container(tmp_path: Path, requires_docker: None) -> None:
    def containers() -> str:
        return subprocess.run(
            ["docker", "ps", "--all", "--format", "{{.Names}} {{.Label \"splitbrain.run\"}}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    for least in (0, 100):
        out, name = tmp_path / str(least), f"interrupted-{least}-{os.getpid()}"
        with started("run", "--out", str(out), "--world", "docker", "--name", name) as running:
            until("containers", lambda name=name: name in containers())
            if least:
                until("operations", lambda out=out: operations_recorded(out, 100))
            said = interrupted(running, signal.SIGINT)
            assert said.code == 2, said
            assert name not in containers()


def test_out_that_can_not_be_written_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = splitbrain("run", "--out", str(tmp_path / "file" / "runs"))
    assert said.code in (254, 255)
    assert "file" in one_line(said)
