"""The live line says how the run goes, and stays silent where nobody watches."""

from __future__ import annotations

from typing import Any

import pytest

from harness.cli.progress import Progress
from harness.history import Op


def op(kind: str, f: str = "read", process: int | str = 0, value: Any = None) -> Op:
    return Op(index=0, time=0, type=kind, process=process, f=f, value=value)  # type: ignore[arg-type]


def line(progress: Progress) -> str:
    """The line as it is now, without the spinner."""
    return progress.__rich__().plain[2:]


def test_it_counts_outcomes_and_shows_the_rate() -> None:
    progress = Progress()
    progress.phase("running")
    for kind in ("invoke", "ok", "invoke", "ok", "invoke", "fail", "invoke", "info"):
        progress.op(op(kind))
    assert line(progress).startswith("running")
    assert "ops/s" in line(progress)
    assert "2 ok 1 fail 1 info" in line(progress)


def test_it_shows_the_fault_that_is_in_force_and_whom_it_hit() -> None:
    progress = Progress()
    hit = {"where": "halves", "effective": True, "detail": "n1 n2 | n3: 4 links held 9 bytes"}
    progress.op(op("info", "start-partition", "nemesis", {"where": "halves"}))
    assert "start-partition …" in line(progress)
    progress.op(op("info", "start-partition", "nemesis", hit))
    assert "partition halves [n1 n2 | n3]" in line(progress)
    progress.op(op("info", "stop-partition", "nemesis", {"where": "halves"}))
    assert "stop-partition …" in line(progress)
    progress.op(op("info", "stop-partition", "nemesis", hit))
    assert "partition" not in line(progress)


def test_before_the_first_operation_there_is_only_the_phase() -> None:
    progress = Progress()
    progress.phase("setting up 5 nodes")
    assert line(progress) == "setting up 5 nodes"


def test_it_stays_quiet_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.phase("running")
        progress.op(op("ok"))
    assert capsys.readouterr() == ("", "")
