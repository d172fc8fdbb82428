"""A pool loses no task that can be saved, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.campaign.pool import Lost, Pool, PoolBroken
from tests.campaign.calls import work


def answers(pool: Pool[tuple[str, str], str], tasks: Sequence[tuple[str, str]]) -> list[str | Lost]:
    """What becomes of each task."""
    found: dict[int, str | Lost] = {}
    tickets: list[int] = []
    left = list(tasks)
    while left or pool.busy:
        while left and pool.free:
            tickets.append(pool.submit(left.pop(0)))
        found.update(pool.collect(10.0))
    return [found[ticket] for ticket in tickets]


def gone(pid: int) -> bool:
    """Whether there is no such process; waits a little for it to go."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_every_task_is_answered_under_its_own_ticket() -> None:
    with Pool(work, 2) as pool:
        told = answers(pool, [("say", str(number)) for number in range(20)])
    assert told == [str(number) for number in range(20)]


def test_a_call_that_raises_is_an_answer_and_the_worker_goes_on() -> None:
    with Pool(work, 1) as pool:
        told = answers(pool, [("pid", ""), ("fail", "not\nlike this"), ("pid", "")])
    assert told[1] == Lost("ValueError: not like this")
    assert told[0] == told[2]


def test_a_killed_worker_costs_its_task_one_more_try(tmp_path: Path) -> None:
    """As when the system is out of memory for a moment."""
    once = tmp_path / "once"
    once.touch()
    always = tmp_path / "always"
    always.touch()
    with Pool(work, 2) as pool:
        told = answers(pool, [("die once", str(once)), ("die", str(always)), ("say", "after")])
    assert told == [str(once), Lost("its worker ended by signal 9"), "after"]


def test_a_task_that_takes_too_long_is_lost_and_not_the_others() -> None:
    with Pool(work, 2, patience_s=0.5) as pool:
        pool.submit(("sleep", "600"))
        found: list[tuple[int, str | Lost]] = []
        while not found:
            found = pool.collect(0.1)
        assert found == [(1, Lost("it took more than 0.5 s"))]
        assert answers(pool, [("say", "after")]) == ["after"]


def test_workers_that_die_at_once_end_the_campaign() -> None:
    with Pool(work, 1) as pool, pytest.raises(PoolBroken, match="with exit code 3"):
        answers(pool, [("end", "")] * 20)


def test_workers_never_hear_of_an_interrupt() -> None:
    """A terminal sends it to all processes of the job; what it means is the campaign's to say."""
    with Pool(work, 1) as pool:
        (pid,) = answers(pool, [("pid", "")])
        assert isinstance(pid, str)
        ticket = pool.submit(("sleep", "0.3"))
        os.kill(int(pid), signal.SIGINT)
        os.kill(int(pid), signal.SIGTERM)
        assert pool.collect(10.0) == [(ticket, "0.3")]
        assert answers(pool, [("pid", "")]) == [pid]


def test_at_its_end_busy_workers_are_gone() -> None:
    with Pool(work, 2) as pool:
        pids = answers(pool, [("pid", "")])
        pool.submit(("sleep", "600"))
        began = time.monotonic()
    assert time.monotonic() - began < 1.0
    assert all(gone(int(str(pid))) for pid in pids)


PROGRAM = """
from harness.campaign.pool import Pool
from tests.campaign.calls import work

if __name__ == "__main__":
    with Pool(work, 2) as pool:
        pool.submit(("pid", ""))
        print(pool.collect(60.0)[0][1], flush=True)
        pool.submit(("sleep", "600"))
        pool.submit(("sleep", "600"))
        pool.collect(600.0)
"""


def test_a_campaign_that_is_killed_takes_its_busy_workers_with_it(tmp_path: Path) -> None:
    """`kill -9` leaves it no moment to say so: the workers notice that its pipes are closed."""
    program = tmp_path / "campaign.py"
    program.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        text=True,
    ) as campaign:
        assert campaign.stdout is not None
        worker = int(campaign.stdout.readline())
        time.sleep(0.2)
        children = _children(campaign.pid)
        assert worker in children
        campaign.kill()
    assert all(gone(pid) for pid in children)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(word) for word in listed.stdout.split()]
