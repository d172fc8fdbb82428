"""The suite's live table says what a person who waits wants to know, and is silent in a pipe."""

from __future__ import annotations

import pytest
from msgspec import structs
from rich.console import Console

from harness.campaign.summary import MixTally, Summary
from harness.cli.suite_table import SuiteTable, told
from tests.campaign.test_explore import BASE, mixes, outcome


def summary() -> Summary:
    """Three tests of two mixes in a second: one simply valid, one invalid, one violated."""
    made = Summary(mixes=[MixTally(mix=mix) for mix in mixes(3)], wall_s=1.0)
    made.add(outcome(BASE, ops=1000, simulated_s=20.0, cpu_s=1.0), 30)
    stale = {"verdict": "invalid", "kinds": ("linearizable",), "reason": "process 1 read 2"}
    made.add(structs.replace(outcome(BASE, cpu_s=3.0, simulated_s=20.0, **stale), mix=1), 60)
    two = {"invariants": ("election safety: n1 and n2",), "kinds": ("election safety",)}
    made.add(outcome(BASE, cpu_s=0.0, **two), 0)
    return made


def drawn(table: SuiteTable) -> str:
    """The table as a terminal of 120 columns would show it."""
    console = Console(width=120, file=None, record=True, quiet=False, force_terminal=False)
    with console.capture() as capture:
        console.print(table.drawn())
    return capture.get()


def test_it_shows_speed_findings_and_where_the_time_goes() -> None:
    table = SuiteTable(seeds=5000)
    table.show(summary(), "exploring")
    said = drawn(table)
    assert "exploring  3 of 5,000 seeds  1 s  3.0 seeds/s" in said
    assert "40 s simulated, 10 for each CPU second; 1,000 operations; 90 kinds of states" in said
    assert "2 valid  1 invalid" in said
    assert "linearizable: 1" in said
    assert "election safety: 1" in said
    first, second = (line.split() for line in said.splitlines() if "no faults" in line)
    assert first[:4] == ["75%", "1", "20.0", "1"]  # the largest share first
    assert second[:4] == ["25%", "2", "30.0", "1"]


def test_before_the_first_test_it_says_that_it_starts() -> None:
    assert "starting  0 of 10 seeds" in drawn(SuiteTable(seeds=10))


def test_one_line_tells_a_test() -> None:
    """A violated invariant is told as such where the verdict is valid."""
    invalid, violated = (told(each).plain for each in summary().caught)
    assert invalid == "INVALID  seed 1 (linearizable): process 1 read 2"
    assert violated == "VIOLATED  seed 1 (election safety): election safety: n1 and n2"
    hostile = outcome(BASE, verdict="unknown", reason="\x1b[2J")
    assert told(hostile).plain == r"UNKNOWN  seed 1: \x1b[2J"


def test_it_stays_quiet_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with SuiteTable(seeds=10) as table:
        table.show(summary(), "exploring")
        table.found(summary().caught[0])
    assert capsys.readouterr() == ("", "")
