"""`splitbrain store` and `store ctl`: a person starts three nodes in three terminals and plays."""

from __future__ import annotations

import json
import random
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import Said, splitbrain, started, until


class ByHand:
    """Three nodes, each started by a command of its own, and what one asks them."""

    def __init__(self, data: Path, target: str = "raft") -> None:
        self._data = data
        self._target = target
        ports = free_pairs(3)
        self.cluster = ",".join(f"n{n}=127.0.0.1:{port}" for n, port in enumerate(ports, 1))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all nodes, and end them as Ctrl-C does."""
        with ExitStack() as stack:
            nodes = [stack.enter_context(started(*self._node(f"n{n}"))) for n in (1, 2, 3)]
            until("there is a leader", lambda: self.leader() is not None)
            yield
            for node in nodes:
                node.send_signal(signal.SIGINT)
            assert [node.wait(10) for node in nodes] == [0, 0, 0]

    def _node(self, name: str) -> list[str]:
        where = ["--cluster", self.cluster, "--node", name, "--data", str(self._data / name)]
        return ["store", "--target", self._target, *where, "--option", "snapshot_entries=5"]

    def said(self, *words: str) -> Said:
        """What becomes of a question."""
        asked = ["store", "--target", self._target, "ctl", "--cluster", self.cluster]
        return splitbrain(*asked, *words)

    def ctl(self, *words: str) -> Any:
        """The answer to a question that is answered."""
        said = self.said(*words)
        assert said.code == 0, said
        return json.loads(said.out)

    def leader(self) -> str | None:
        """Who says that it leads."""
        said = self.said("status")
        for line in said.out.splitlines():
            status = json.loads(line)
            if status.get("role") == "leader":
                return str(status["node"])
        return None


def free_pairs(count: int) -> list[int]:
    """Ports that are free together with the next one, below those that systems give away."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 30_000, 2)
        try:
            for each in (port, port + 1):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def test_a_cluster_by_hand_is_written_to_read_and_changed(tmp_path: Path) -> None:
    """Write, read, compare and set, hand the leadership over, take a node out and back in. Once all
    nodes were stopped and are started again, what was written is there.
    """
    hand = ByHand(tmp_path)
    with hand.running():
        assert hand.ctl("read", "x") is None
        assert hand.ctl("write", "x", "5") == 5
        assert hand.ctl("cas", "x", "5", "[6]") == [5, [6]]
        said = hand.said("cas", "x", "5", "7")
        assert (said.code, said.err) == (1, "did not happen: expected 5, found [6]\n")
        heir = "n2" if hand.leader() == "n1" else "n1"
        hand.ctl("transfer", heir)
        until("the heir leads", lambda: hand.leader() == heir)
        assert hand.ctl("remove", "n3") is None
        assert hand.ctl("add", "n3") is None
        assert hand.ctl("promote", "n3") is None
    with hand.running():
        assert hand.ctl("--node", "n3", "read", "x") == [6]


def test_a_lock_is_held_while_a_command_runs(tmp_path: Path) -> None:
    """The command gets a sequencer, with which a file can be written until somebody else has had
    the lock; who comes meanwhile waits, or gives up.
    """
    hand = ByHand(tmp_path, "chubby")
    with hand.running():
        assert hand.ctl("write", "x", "1") == 1
        assert hand.ctl("cas", "x", "1", "2") == [1, 2]
        said = hand.said("lock", "x", "--", "sh", "-c", 'echo "$SPLITBRAIN_SEQUENCER"; exit 3')
        assert said.code == 3
        old = said.out.strip()
        asked = ["store", "--target", "chubby", "ctl", "--cluster", hand.cluster]
        with started(*asked, "lock", "x", "--", "sh", "-c", "echo mine; exec sleep 60") as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "mine\n"
            late = hand.said("lock", "--wait", "0", "x", "true")
            assert (late.code, late.out) == (1, "")
            assert "others hold it" in late.err
            holder.send_signal(signal.SIGTERM)
            assert holder.wait(10) == 255
        refused = hand.said("write", "x", "3", "--sequencer", old)
        assert refused.code == 1
        assert "no valid sequencer" in refused.err
        fresh = hand.said("lock", "x", "--", "sh", "-c", 'echo "$SPLITBRAIN_SEQUENCER"')
        assert fresh.code == 0
        assert json.loads(fresh.out)[2] > json.loads(old)[2]
        assert hand.ctl("read", "x") == 2


CHUBBY = ("--target", "chubby")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "which cluster? give --cluster"),
        (["--cluster", "n1=here"], "'n1=here' is not NAME=HOST:PORT"),
        (["--cluster", "n1=h:1,n1=h:2"], "n1 is there twice"),
        (["--cluster", "n1=h:1"], "which node? give --node, one of n1"),
        (["--cluster", "n1=h:1", "--node", "n2"], "--node n2: the cluster has n1"),
        (["--cluster", "n1=h:1", "--node", "n1", "--target", "raftt"], "did you mean raft?"),
        (["--cluster", "n1=h:1", "--node", "n1", "--bug", "none"], "unknown bug 'none'"),
        (["--cluster", "n1=h:1", "--node", "n1", "--option", "x"], "'x' is not NAME=VALUE"),
        (["--cluster", "n1=h:1", "--node", "n1", "--option", "reads=now"], "index or lease"),
        (["--cluster", "n1=h:1", "--node", "n1", "--option", "initial=n1,n7"], "no node 'n7'"),
        (["ctl", "--cluster", "n1=h:1", "--node", "n2", "read", "x"], "the cluster has n1"),
        (["ctl", "--cluster", "n1=h:1", "lock", "x", "true"], "raft has no locks"),
        (["ctl", "--cluster", "n1=h:1", "read", r'"\ud800"'], "is no UTF-8 text"),
        (["--cluster", "n1=h:1", "--node", "n1", "--data", ""], "--data '' names no directory"),
        (
            [*CHUBBY, "ctl", "--cluster", "n1=h:1", "write", "x", "1", "--sequencer", "garbage"],
            '--sequencer: a sequencer is [path, mode, generation], not "garbage"',
        ),
    ],
)
def test_what_makes_no_sense_costs_one_line(words: list[str], message: str) -> None:
    said = splitbrain("store", *words)
    assert said.code == 254
    assert message in said.err
    assert said.err.count("\n") == 1


def test_a_port_in_use_is_told_before_anything_is_made(tmp_path: Path) -> None:
    (port,) = free_pairs(1)
    data = tmp_path / "n1.data"
    for taken in (port, port + 1):
        with socket.create_server(("127.0.0.1", taken)):
            where = ["--cluster", f"n1=127.0.0.1:{port}", "--node", "n1", "--data", str(data)]
            said = splitbrain("store", *where)
        assert said.code == 255
        assert f"'127.0.0.1', {taken}" in said.err
        assert "in use" in said.err
        assert not data.exists()


def test_a_host_that_nobody_knows_is_named(tmp_path: Path) -> None:
    where = ["--cluster", "n1=no.such.host.invalid:7100", "--node", "n1"]
    said = splitbrain("store", *where, "--data", str(tmp_path / "n1"))
    assert said.code == 255
    assert "fatal no.such.host.invalid: " in said.err


def test_a_cluster_that_does_not_answer_is_no_bad_input() -> None:
    """255: it may well be there tomorrow."""
    (port,) = free_pairs(1)
    said = splitbrain("store", "ctl", "--cluster", f"n1=127.0.0.1:{port}", "read", "x")
    assert said.code == 255
    assert "no node answers: n1:" in said.err
