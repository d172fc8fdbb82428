"""A failing run made smaller: with trials that are made up, then with a planted bug."""

from __future__ import annotations

import errno
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from harness import plugins
from harness.campaign.pool import Lost
from harness.cli.main import run
from harness.cli.run_command import resolve
from harness.run import run_test
from harness.run_folder import NotARun, RunFolder
from harness.script.grammar import parse
from harness.script.plan import read_plan
from harness.script.steps import Call, Fault
from harness.shrink.case import Case
from harness.shrink.court import Court, OutOfBudget, Verdict
from harness.shrink.reduce import reduce
from harness.shrink.shrink import Shrunk, shrink
from harness.shrink.source import Source, read_source
from harness.spec import SpecError, TestSpec
from harness.worlds.world import WorldError
from tests.shrink.inline import Inline

NODES = ["n1", "n2", "n3", "n4", "n5"]


class Quiet:
    """An observer who looks away."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def op(self, op: object) -> None:
        """Nothing."""


def base(**changes: object) -> TestSpec:
    """A simulated test."""
    options = {
        "target": "raft", "world": "sim", "workload": "register", "nemesis": "none", "nodes": "5",
        "node": (), "time_limit": 5.0, "clients": "2n", "rate": 50.0, "ops_per_key": 100,
        "client_timeout": 1.0, "nemesis_interval": None, "nemesis_quiet": None,
        "nemesis_overlap": 1, "bugs": (), "options": (), "stop_on_violation": False,
        "seed": 7, "name": None,
    }  # fmt: skip
    return resolve(**(options | changes))  # type: ignore[arg-type]


def busy_case() -> Case:
    """Much happens in it: 60 operations of 10 clients on 4 keys, four faults."""
    lines = [
        f"at {n / 3:.3f} s {f'write {n} to' if n % 2 else 'read'} {n % 4} by process {n % 10}"
        for n in range(60)
    ]
    lines += [
        "at 1 s kill n5", "at 3 s start n5", "at 4 s cut n1 from n2,n3,n4,n5", "at 9 s heal",
        "at 10 s pause n2", "at 12 s resume n2", "at 13 s cut n3>n4",
    ]  # fmt: skip
    return Case.of(read_plan(lines, NODES))


def steps_of(spec: TestSpec) -> Sequence[Call | Fault]:
    """Its steps, read."""
    return [parse(line) for line in spec.steps]


def court_of(call: object, seeds: Sequence[int] = range(3), budget_s: float = 60) -> Court:
    """A court whose trials are made up."""
    assert callable(call)
    workers = Inline(lambda spec: Verdict(("wanted",) if call(spec) else ("other",)))
    return Court(base(), "wanted", workers, seeds, time.monotonic() + budget_s)


def cut_before_read(spec: TestSpec) -> bool:
    """Fails iff n1 is cut from n2, and client 0 reads key 2 afterwards."""
    cut: float | None = None
    for step in sorted(steps_of(spec), key=lambda step: step.at):
        if isinstance(step, Fault) and step.verb == "cut":
            for each in step.links:
                if "n1" in each.src and "n2" in each.dst:
                    cut = step.at
        elif isinstance(step, Call) and step.f == "read" and step.key == 2 and cut is not None:
            return True
    return False


def test_only_what_it_takes_is_left() -> None:
    found = reduce(busy_case(), court_of(cut_before_read), lambda case: None)
    assert found.sizes() | {"seconds": 0} == {
        "nodes": 2, "clients": 1, "keys": 1, "operations": 1, "faults": 1, "seconds": 0,
    }  # fmt: skip
    (trouble,) = found.troubles
    assert trouble.end is None  # nothing needs it healed
    assert len(found.steps) == 2


def test_every_candidate_is_a_script_that_makes_sense() -> None:
    workers = Inline(lambda spec: Verdict(("wanted",) if cut_before_read(spec) else ()))
    court = Court(base(), "wanted", workers, [0, 1], time.monotonic() + 60)
    reduce(busy_case(), court, lambda case: None)
    for spec in workers.seen:
        if spec.steps:
            read_plan(spec.steps, spec.nodes)  # raises StepError else


def test_a_cut_from_others_goes_with_the_last_of_them() -> None:
    plan = read_plan(["at 1 s cut leader from others", "at 1 s cut n1 from others"], NODES)
    assert len(Case.of(plan).only_nodes(["n1", "n2"]).troubles) == 2
    assert Case.of(plan).only_nodes(["n1"]).troubles == ()


def test_a_smaller_cluster_has_fewer_followers_and_keeps_what_is_asked_by_part() -> None:
    """A run of another world is told by parts from the beginning: who leads there may not here."""
    lines = [
        "at 0.1 s cut leader from follower1,follower2,follower3,follower4",
        "at 0.5 s write 1 to x by process 0 at follower2",
        "at 0.6 s write 2 to x by process 1 at follower4",
        "at 2.0 s read x by process 2 at leader",
    ]
    smaller = Case.of(read_plan(lines, NODES)).only_nodes(["n1", "n2", "n3"])
    (cut,) = smaller.troubles
    assert cut.begins.links[0].dst == ("follower1", "follower2")
    assert [call.node for call in smaller.calls] == ["follower2", "leader"]
    assert read_plan(smaller.steps, smaller.nodes)


def test_another_kind_of_failure_is_no_success() -> None:
    """All candidates fail somehow, and only the whole one as wanted."""
    whole = busy_case()
    court = court_of(lambda spec: len(spec.steps) == len(whole.steps))
    assert len(reduce(whole, court, lambda case: None).steps) == len(whole.steps)


def test_what_fails_with_another_seed_only_is_found_with_that() -> None:
    court = court_of(lambda spec: spec.seed == 2 and cut_before_read(spec))
    assert court.first([busy_case()], seeds=3) is not None
    assert court.seed == 2
    assert len(reduce(busy_case(), court, lambda case: None).steps) == 2


def test_the_best_so_far_is_kept_when_the_budget_is_used_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    best: list[Case] = []
    ticks = count()
    monkeypatch.setattr("harness.shrink.court.time", SimpleNamespace(monotonic=lambda: next(ticks)))
    workers = Inline(lambda spec: Verdict(("wanted",) if cut_before_read(spec) else ()))
    with pytest.raises(OutOfBudget):
        reduce(busy_case(), Court(base(), "wanted", workers, [0], deadline=20), best.append)
    assert len(workers.seen) == 21  # the last was never answered
    assert cut_before_read(best[-1].spec(base(), 0))
    assert len(best[-1].steps) < len(busy_case().steps)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of a planted bug, with two faults."""
    spec = base(bugs=("leader_local_read",), nemesis="kill,partition", time_limit=16.0, seed=1)
    result = run_test(spec, tmp_path_factory.mktemp("runs"), Quiet())
    assert result.results["checks"]["linearizable"]["valid"] is False
    return result.folder


@pytest.fixture(scope="module")
def found(failed: RunFolder) -> Shrunk:
    """It made smaller, without processes."""
    return shrink(read_source(failed), Inline(), budget_s=120)


def test_what_the_faults_did_stands_beside_the_history(failed: RunFolder) -> None:
    source = read_source(failed)
    assert source.wanted == "linearizable"
    kinds = [trouble.begins.verb for trouble in source.case.troubles]
    assert kinds == ["kill", "cut"]
    assert all(trouble.end is not None for trouble in source.case.troubles)
    assert len(source.case.calls) > 500


def test_a_planted_stale_read_becomes_a_cut_a_write_and_a_read(found: Shrunk) -> None:
    assert found.spec is not None
    steps = steps_of(found.spec)
    assert [step.verb if isinstance(step, Fault) else step.f for step in steps] == [
        "cut", "write", "read",
    ]  # fmt: skip
    assert len(found.spec.nodes) == 3
    assert found.spec.concurrency == 2
    assert found.after["seconds"] < 5
    assert found.rate is not None
    assert found.rate >= 15
    # It names who leads, because that is another one with every seed.
    assert "cut leader from others" in found.spec.steps[0]


def test_a_script_shrinks_too_and_to_the_same_each_time(found: Shrunk, tmp_path: Path) -> None:
    assert found.spec is not None
    more = [*found.spec.steps, "at 2 s read y by process 1", "at 2.1 s write 1 to y by process 0"]
    spec = msgspec.structs.replace(found.spec, steps=more)
    source = read_source(run_test(spec, tmp_path, Quiet()).folder)
    assert source.case.steps == Case.of(read_plan(more, found.spec.nodes)).steps
    courts = [
        Court(spec, "linearizable", Inline(), [spec.seed, 1], time.monotonic() + 60) for _ in "12"
    ]
    first, second = (reduce(source.case, court, lambda case: None) for court in courts)
    assert first == second
    assert courts[0].trials == courts[1].trials
    assert len(first.steps) <= len(found.spec.steps)


def test_a_run_that_did_not_fail_is_refused(tmp_path: Path) -> None:
    run = run_test(base(time_limit=1.0), tmp_path, Quiet()).folder
    with pytest.raises(SpecError, match="nothing failed in this run"):
        read_source(run)


def test_a_run_that_says_nothing_of_its_faults_is_refused(
    failed: RunFolder, tmp_path: Path
) -> None:
    for file in (failed.spec_file, failed.history_file, failed.results_file):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(NotARun, match=r"no faults\.jsonl"):
        read_source(RunFolder.open(tmp_path))
    (tmp_path / "faults.jsonl").write_bytes(failed.faults_file.read_bytes())
    assert read_source(RunFolder.open(tmp_path)).case == read_source(failed).case
    lines = failed.history_file.read_bytes().splitlines(keepends=True)
    (tmp_path / "history.jsonl").write_bytes(b"".join(lines[:50]))
    with pytest.raises(NotARun, match=r"is damaged: history.jsonl holds \d+ operations, and"):
        read_source(RunFolder.open(tmp_path))
    (tmp_path / "history.jsonl").unlink()
    with pytest.raises(NotARun, match=r"no history\.jsonl"):
        read_source(RunFolder.open(tmp_path))


def test_what_never_fails_as_a_script_is_said_so(failed: RunFolder) -> None:
    source = read_source(failed)
    found = shrink(
        Source(source.spec, source.case, "processes"), Inline(lambda s: Verdict(())), budget_s=10
    )
    assert found.spec is None
    assert found.ended is None


def test_a_target_that_is_gone_is_told_before_any_trial(failed: RunFolder) -> None:
    source = read_source(failed)
    gone = replace(source, spec=msgspec.structs.replace(source.spec, target="gone"))
    workers = Inline()
    with pytest.raises(plugins.UnknownName, match="no target 'gone'"):
        shrink(gone, workers, budget_s=10)
    assert not workers.seen


def test_trials_that_can_not_be_carried_out_are_no_answer(failed: RunFolder) -> None:
    source = read_source(failed)
    with pytest.raises(WorldError, match=r"trial could be carried out, .* it fell"):
        shrink(source, Inline(lambda spec: Lost("it fell")), budget_s=10)
    answers = iter([Lost("it fell")])
    some = shrink(source, Inline(lambda spec: next(answers, Verdict(()))), budget_s=10)
    assert (some.spec, some.lost) == (None, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"time": 1, "deed": "kil n1"}', "column 24: expected 'by process'"),
        ('{"time": 1, "deed": "kill n9"}', "'n9' can't stand here"),
        ('{"time": 1, "deed": "read x by process 0"}', "is no fault but an operation"),
        ('{"time": 1}', "missing required field"),
    ],
)
def test_what_is_no_fault_is_told_with_its_line(
    line: str, said: str, failed: RunFolder, tmp_path: Path
) -> None:
    for file in (failed.spec_file, failed.history_file, failed.results_file):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "faults.jsonl").write_text('{"time": 0, "deed": "heal"}\n' + line + "\n")
    with pytest.raises(NotARun, match=rf"faults\.jsonl, line 2: .*{said}"):
        read_source(RunFolder.open(tmp_path))


def test_operations_may_carry_lists() -> None:
    """As those of cas and txn do."""
    lines = [
        "at 0.1 s cas [0, 1] on x by process 0",
        'at 0.2 s txn [["r", "x", null], ["w", "y", 1]] by process 1',
    ]
    source = Source(base(), Case.of(read_plan(lines, NODES)), "wanted")
    workers = Inline(lambda s: Verdict(("wanted",) if "txn" in "".join(s.steps) else ()))
    found = shrink(source, workers, budget_s=20)
    assert found.spec is not None
    (step,) = steps_of(found.spec)
    assert isinstance(step, Call)
    assert step.value == [["r", "x", None], ["w", "y", 1]]


class NoPool:
    """Nobody works: what is asked of it has come too far."""

    def __init__(self, *args: object) -> None:
        raise AssertionError("the work has begun")


def test_what_could_not_be_written_is_told_before_the_work_begins(
    failed: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Minutes of it were lost with the script."""

    def refused(dir: Path) -> None:  # noqa: A002 - the name that `tempfile` has for it
        raise OSError(errno.EROFS, "Read-only file system", str(dir))

    monkeypatch.setattr("harness.campaign.pool.Pool", NoPool)
    script = failed.path / "shrunk.toml"
    with monkeypatch.context() as patch:
        patch.setattr("harness.cli.outputs.TemporaryFile", refused)
        assert run(["shrink", str(failed.path)]) == 254
    said = capsys.readouterr().err
    assert f"{script}: can't be written: Read-only file system; copy" in said
    assert said.count("\n") == 1
    script.mkdir()
    try:
        assert run(["shrink", str(failed.path)]) == 254
    finally:
        script.rmdir()
    assert f"{script}: is no regular file" in capsys.readouterr().err


def test_a_script_that_can_not_be_written_after_all_is_shown(
    failed: RunFolder,
    found: Shrunk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("harness.shrink.shrink.shrink", lambda *args, **options: found)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["shrink", str(failed.path), "--workers", "1"]) == 255
    said = capsys.readouterr()
    assert found.spec is not None
    assert found.spec.steps[0] in said.out
    assert f"{failed.path / 'shrunk.toml'}: No space left on device: free some" in said.err


def test_sigterm_is_an_interrupt(
    failed: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(*args: object, **options: object) -> None:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        raise SpecError("ended")

    monkeypatch.setattr("harness.shrink.shrink.shrink", ended)
    before = signal.getsignal(signal.SIGTERM)
    assert run(["shrink", str(failed.path), "--workers", "1"]) == 254
    assert "ended" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interrupt_keeps_the_best_so_far(failed: RunFolder) -> None:
    source, asked = read_source(failed), count()

    def call(spec: TestSpec) -> Verdict:
        if next(asked) == 30:
            raise KeyboardInterrupt
        reads = any(isinstance(s, Call) and s.f == "read" for s in steps_of(spec))
        return Verdict(("linearizable",) if reads else ())

    found = shrink(source, Inline(call), budget_s=60)
    assert found.ended == "interrupted"
    assert found.spec is not None
    assert found.rate is None
    assert found.after["operations"] < found.before["operations"]
