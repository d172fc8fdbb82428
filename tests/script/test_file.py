"""A script as a file: read, written, and refused with its line."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from harness.assembly import assemble
from harness.cli.main import run
from harness.script.file import read_script, script_text, write_script
from harness.spec import SpecError, TimeLimits

SCRIPT = """\
bugs = ["leader_local_read"]
world = "sim"
nodes = 3
steps = [
    "at 0.5 s cut leader from others",
    'at 1.5 s write "a b" to x by process 1 at follower1',
]
"""


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "a script.toml"
    path.write_text(text)
    return path


def test_what_is_left_out_is_as_in_a_run_or_follows_from_the_steps(tmp_path: Path) -> None:
    spec = read_script(written(tmp_path, SCRIPT))
    assert (spec.name, spec.target, spec.workload, spec.seed) == ("a-script", "raft", "register", 0)
    assert (spec.nodes, spec.concurrency, spec.time_limit) == (["n1", "n2", "n3"], 2, 1.5)
    assert (spec.bugs, spec.nemesis) == (["leader_local_read"], [])


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    spec = read_script(written(tmp_path, SCRIPT))
    spec = msgspec.structs.replace(
        spec,
        nodes=["a", "b", "c"],
        limits=TimeLimits(operation_s=0.5),
        options={"election_min": 0.2},
        steps=[*spec.steps, 'at 2 s write "it\'s \\u007f" to "é" by process 0'],
    )
    write_script(tmp_path / "a script.toml", spec, "two lines\nof comment")
    again = read_script(tmp_path / "a script.toml")
    assert again == msgspec.structs.replace(spec, time_limit=2.0)
    text = script_text(spec)
    assert "operation_s" in text
    assert "set_up_s" not in text  # only what a reader must know


def test_a_mark_of_utf_8_is_passed_over(tmp_path: Path) -> None:
    plain = read_script(written(tmp_path, SCRIPT))
    assert read_script(written(tmp_path, "\ufeff" + SCRIPT)) == plain


def test_a_limit_of_no_time_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, f"limits.check_s = -1.0\n{SCRIPT}")
    assert run(["run", str(path), "--out", str(tmp_path)]) == 254
    assert "a script.toml: limits.check_s -1: give seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps = [", "a script.toml: not TOML: "),
        ("nodes = 3", "a script.toml: it has no steps, so it is no script"),
        ("stepps = []", "a script.toml, line 1: there is no 'stepps' in a test; did you"),
        ('seed = "x"\nsteps = ["at 0 s heal"]', "a script.toml, line 1: Expected `int`"),
        (SCRIPT.replace("leader from", "leader form"), "line 5: step 1 'at 0.5 s cut leader form"),
        (SCRIPT.replace("to x", "x"), "a script.toml, line 6: step 2 "),
        (SCRIPT.replace("follower1", "n9"), "a script.toml, line 6: step 2 "),
        (SCRIPT.replace("follower1", "n9"), "column 43: 'n9' can't stand here"),
        ('seed = 1\nnodes = 0\nsteps = ["at 0 s heal"]', "a script.toml, line 2: 0 nodes"),
        ("seed = 1\nsteps = []", "a script.toml, line 2: it has no steps"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=re.escape(said)):
        read_script(written(tmp_path, text))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--nodes", "5"], "--nodes goes with no script"),
        (["--nemesis", "kill"], "--nemesis goes with no script"),
        (["--world", "smi"], "no world 'smi'; did you mean sim?"),
        (["--bug", "leader_local_raed"], "did you mean leader_local_read?"),
        (["--option", "reads=now"], "splitbrain: raft: reads is index or lease, not 'now'"),
    ],
)
def test_options_that_go_with_no_script_cost_254(
    args: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = written(tmp_path, SCRIPT)
    out = tmp_path / "runs"
    assert run(["run", str(script), "--out", str(out), *args]) == 254
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("at 1 s dequeue x by process 0", "workload register has read, write"),
        ("at 1 s write 1 to [1,2] by process 0", r"key \[1, 2\]; expected a string"),
        ("at 1 s write to x by process 0", "column 14: expected a value, found 'to'"),
        ("at 1 s write by process 0", "column 14: expected a value, found 'by'"),
    ],
)
def test_what_the_workload_can_not_judge_is_refused(step: str, told: str, tmp_path: Path) -> None:
    """Before anything starts: the verdict would only be unknown."""
    file = tmp_path / "script.toml"
    file.write_text(f'world = "sim"\nnodes = 3\nsteps = ["{step}"]\n')
    with pytest.raises(SpecError, match=told):
        assemble(read_script(file))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("at 0.5 s cut", "at 0.5 s kcut"), "line 5: step 1 'at 0.5 s kcut leader from others'"),
        (("cut leader from others", "dequeue x by process 0"), "line 5: step 1 'at 0.5 s deq"),
        (("cut leader from others", "dequeue x by process 0"), "column 10: workload register has"),
        (("cut leader from others", "when n1 reaches apended kill it"), "column 26: no point of"),
        (("nodes = 3", 'nodes = 3\noptions = {reads = "now"}'), "line 4: raft: reads is index"),
        (("nodes = 3", 'nodes = 3\noptions = {initial = ["n4"]}'), "line 4: raft: initial: there"),
        (('world = "sim"', 'world = "smi"'), "line 2: no world 'smi'; did you mean sim?"),
        (("leader_local_read", "leader_local_raed"), "line 1: no bug"),
        (('world = "sim"', 'world = "sim"\nworkload = "lock"'), "line 3: workload lock needs a"),
    ],
)
def test_what_can_not_be_is_told_with_its_line_too(
    change: tuple[str, str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = written(tmp_path, SCRIPT.replace(*change))
    assert run(["run", str(script), "--out", str(tmp_path / "runs")]) == 254
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"splitbrain: {script}, line ")
    assert said in line
