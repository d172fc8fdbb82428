"""The program on the nodes, tried on this machine: it must never touch another process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.worlds.docker import supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nodes run Linux: it reads /proc")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state in a folder of the test's own, and be impatient."""
    monkeypatch.setattr(supervisor, "STATE", str(tmp_path))
    monkeypatch.setattr(supervisor, "PATIENCE", 0.2)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that is nobody's server."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def birth(pid: int) -> str:
    found = supervisor.birth_and_state(pid)
    assert found is not None
    return found[0]


def test_nothing_was_started() -> None:
    assert supervisor.process() == {"state": "absent"}
    assert supervisor.send_signal(signal.SIGKILL) == {}


def test_a_pid_used_again_is_neither_signalled_nor_taken_for_the_server(
    stranger: subprocess.Popen[bytes],
) -> None:
    supervisor.save("server", {"pid": stranger.pid, "birth": "1"})
    supervisor.save("exit", {"birth": "1", "code": -9})
    assert supervisor.send_signal(signal.SIGKILL) == {}
    assert stranger.poll() is None
    assert supervisor.process() == {"state": "exited", "pid": stranger.pid, "exit_code": -9}


def test_stop_and_continue_have_happened_on_return(stranger: subprocess.Popen[bytes]) -> None:
    supervisor.save("server", {"pid": stranger.pid, "birth": birth(stranger.pid)})
    assert supervisor.process() == {"state": "running", "pid": stranger.pid}
    supervisor.send_signal(signal.SIGSTOP)
    assert supervisor.process() == {"state": "paused", "pid": stranger.pid}
    supervisor.send_signal(signal.SIGCONT)
    assert supervisor.process() == {"state": "running", "pid": stranger.pid}


def test_the_exit_of_an_earlier_server_is_not_taken_for_this_ones(
    stranger: subprocess.Popen[bytes],
) -> None:
    supervisor.save("server", {"pid": stranger.pid, "birth": birth(stranger.pid)})
    supervisor.save("exit", {"birth": "1", "code": 3})
    supervisor.send_signal(signal.SIGKILL)
    assert supervisor.process() == {"state": "exited", "pid": stranger.pid, "exit_code": None}


def test_a_second_server_is_refused(stranger: subprocess.Popen[bytes]) -> None:
    supervisor.save("server", {"pid": stranger.pid, "birth": birth(stranger.pid)})
    with pytest.raises(supervisor.Refused, match="already runs"):
        supervisor.start("/", ["true"], {})
