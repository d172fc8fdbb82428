"""A test that is kept is run again, and what it does then is held against what it did before."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from harness import run
from harness.campaign.keep import MOST_UNKNOWN, Keeper, Task, keep
from harness.run_folder import RunFolder
from harness.trial import run_trial
from tests.campaign.test_explore import BASE, outcome


def test_another_history_is_told_from_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "draw", lambda folder: [])  # its reports are not what this is about
    spec = structs.replace(BASE, time_limit=0.5)
    before = run_trial(spec).sha256()
    same = keep(Task(spec, tmp_path, before))
    assert same.same
    assert RunFolder.open(same.folder).results()["valid"] is True
    assert not keep(Task(structs.replace(spec, seed=2), tmp_path, before)).same


def test_the_first_of_each_kind_is_kept_beyond_the_limit_and_a_few_unknown(tmp_path: Path) -> None:
    stale = outcome(BASE, verdict="invalid", kinds=("linearizable",))
    crash = outcome(BASE, verdict="invalid", kinds=("logs",))
    with Keeper(tmp_path, most=2) as keeper:
        for each in (stale, stale, stale, stale):
            keeper.take(each)
        assert keeper.left == 2
        for each in (crash, crash, outcome(BASE), outcome(BASE, verdict="failed")):
            keeper.take(each)
        assert keeper.left == 3
        for _ in range(10):
            keeper.take(outcome(BASE, verdict="unknown"))
        assert keeper.left == 3 + min(2, MOST_UNKNOWN)
    with Keeper(tmp_path, most=0) as keeper:
        keeper.take(outcome(BASE, verdict="unknown"))
        assert keeper.left == 0
