"""What crashed runs leave is stopped; what others have going, or keep on purpose, is left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.worlds.local import leftovers
from harness.worlds.local.leftovers import Record
from harness.worlds.processes import birth, is_alive, mine

GONE = "1:never"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The mark of a process that stands for a node's server; no other run's records are seen."""
    monkeypatch.setattr(leftovers, "_directory", lambda: tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    ) as process:
        yield f"{process.pid}:{birth(process.pid)}"
        process.kill()


def recorded(server: str, *, owner: str = GONE, kept: bool = False) -> Record:
    """A run's record, written down."""
    record = Record("r", owner, keeper=GONE, kept=kept, servers={"n1": server})
    leftovers.save(record)
    return record


def test_what_a_crashed_run_left_is_stopped(server: str) -> None:
    recorded(server)
    assert leftovers.clean(kept_too=False) == ["run r: stopped n1"]
    assert leftovers.records() == []


@pytest.mark.parametrize(("owner", "kept"), [(mine(), False), (GONE, True)], ids=["lives", "kept"])
def test_what_lives_or_is_kept_is_left_alone(server: str, owner: str, kept: bool) -> None:
    recorded(server, owner=owner, kept=kept)
    assert leftovers.clean(kept_too=False) == []
    assert is_alive(server)


def test_a_run_that_keeps_its_cluster_and_ends_while_others_are_cleaned_up_loses_nothing(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record was read while it ran; by the time it is looked at, it says something else."""
    recorded(server, owner=mine())

    def ends(mark: str) -> bool:
        if mark == mine():
            recorded(server, owner=GONE, kept=True)
            return False
        return is_alive(mark)

    monkeypatch.setattr(leftovers, "is_alive", ends)
    assert leftovers.clean(kept_too=False) == []
    assert is_alive(server)
    assert leftovers.clean(kept_too=True) == ["run r: stopped n1"]
