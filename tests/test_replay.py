"""`splitbrain replay`: a simulated run again from its folder, and what is said of a difference."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import fingerprint as fingerprints
from harness.cli.main import run as splitbrain
from harness.cli.replay_command import told
from harness.replay import Replay, replay
from harness.run import run_test
from harness.run_folder import NotARun, RunFolder
from harness.spec import TestSpec
from tests.determinism import spec_of
from tests.observers import Nobody


@pytest.fixture(autouse=True)
def _no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cost more than the test, and have tests of their own."""
    monkeypatch.setattr("harness.run.draw", lambda folder: [])


@pytest.fixture
def made(tmp_path: Path) -> RunFolder:
    """A simulated run with a bug that shows."""
    spec = spec_of(5, bugs=["follower_local_read"])
    return run_test(spec, tmp_path / "before", Nobody()).folder


def again(run: RunFolder) -> tuple[Replay, str]:
    """Replay it; what was found, and what a person is told."""
    found = replay(run, run.path.parent / "again", Nobody())
    return found, "\n".join(told(found, run))


def change(file: Path, how: Callable[[str], str]) -> None:
    """Rewrite a file."""
    before = file.read_text()
    file.write_text(how(before))
    assert file.read_text() != before


def test_a_run_comes_again_byte_for_byte_in_a_folder_of_its_own(made: RunFolder) -> None:
    found, said = again(made)
    assert found.run.folder.path != made.path
    assert found.run.folder.history_file.read_bytes() == made.history_file.read_bytes()
    assert (found.difference, found.changed, found.exit_code) == (None, [], 1)
    assert said == f"the same history, byte for byte: {found.ops} ops"


def test_its_test_alone_is_enough(made: RunFolder, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(made.spec_file, alone)
    found, said = again(RunFolder.open(alone))
    assert found.run.folder.history_file.read_bytes() == made.history_file.read_bytes()
    assert (found.ops, found.exit_code) == (None, 1)
    assert "no history to compare with" in said


def test_another_history_from_the_same_code_is_a_failure_of_ours(made: RunFolder) -> None:
    lines = made.history_file.read_text().splitlines(keepends=True)
    lines[6] = lines[6].replace('"time":', '"time":1')
    made.history_file.write_text("".join(lines))
    found, said = again(made)
    assert found.exit_code == 255
    assert found.difference is not None
    assert found.difference.index == 6
    assert found.difference.before == lines[6].strip()
    assert "differ from op 6 on" in said
    assert lines[6].strip() in said
    assert "a mistake in splitbrain" in said


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "", "history.jsonl holds 0 operations, and results.json tells of"),
        (lambda text: text[: len(text) // 2], "operations, and results.json tells of"),
        (lambda text: text.replace('"invoke"', '"inwoke"', 1), "line 1"),
        (lambda text: "\0" * len(text), "is damaged: "),
    ],
    ids=["empty", "half", "a word", "zeros"],
)
def test_a_damaged_history_is_not_blamed_on_splitbrain(
    damage: Callable[[str], str],
    said: str,
    made: RunFolder,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(made.history_file, damage)
    out = made.path.parent / "again"
    assert splitbrain(["replay", str(made.path), "--out", str(out)]) == 254
    error = capsys.readouterr().err
    assert f"{made.path} is damaged: " in error
    assert said in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ('targets = "', 'targets = "0', "the code of targets has changed"),
        ('python = "cpython ', 'python = "cpython 2.7, not ', "made with cpython 2.7"),
        ("[made_by", "[ignored", "does not say which code made it"),
    ],
)
def test_another_history_from_other_code_is_what_one_would_expect(
    made: RunFolder, old: str, new: str, warning: str
) -> None:
    change(made.spec_file, lambda text: text.replace(old, new))
    change(made.history_file, lambda text: text.replace('"read"', '"raed"', 1))
    found, said = again(made)
    assert found.difference is not None
    assert found.exit_code == 1, "that of the new verdict"
    assert said.startswith("warning: ")
    assert warning in said
    assert "a mistake in splitbrain" not in said


def test_a_run_that_was_cut_short_comes_again_and_goes_on(made: RunFolder) -> None:
    whole = made.history_file.read_bytes()
    made.history_file.write_bytes(whole[: len(whole) // 2])  # the last line is torn
    made.results_file.unlink()
    found, said = again(made)
    assert found.unfinished
    assert found.exit_code == 1
    assert "on from where it was cut short" in said


def test_a_replay_that_was_interrupted_says_how_far_it_came(made: RunFolder) -> None:
    found, _ = again(made)
    short = replace(found, compared=3, unfinished=True)
    assert f"cut short: 3 of {found.ops} ops" in "\n".join(told(short, made))


def test_a_run_that_ended_and_lacks_the_rest_is_not_the_same(made: RunFolder) -> None:
    whole = made.history_file.read_bytes()
    made.history_file.write_bytes(whole[: whole.index(b"\n", len(whole) // 2) + 1])
    left = sum(op.type == "invoke" and op.process != "nemesis" for op in made.history())
    told = made.results()["stats"]["ops"]
    change(made.results_file, lambda text: text.replace(f'"ops": {told}', f'"ops": {left}'))
    found, said = again(made)
    assert found.exit_code == 255
    assert "before  (ended)" in said


def test_another_verdict_is_told(made: RunFolder) -> None:
    change(made.results_file, lambda text: text.replace('"valid": false', '"valid": true', 1))
    assert "the verdict was valid then: invalid now" in again(made)[1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('world = "sim"', 'world = "local"', "no simulated run but one of the world local"),
        ("seed = 5", 'seed = "five"', r"test\.toml is not the test of a run: Expected `int`"),
        ("seed = 5", "", "missing required field `seed`"),
    ],
)
def test_what_is_no_simulated_run_is_refused(
    made: RunFolder, old: str, new: str, message: str
) -> None:
    change(made.spec_file, lambda text: text.replace(old, new))
    with pytest.raises(NotARun, match=message):
        again(made)


def test_the_command(made: RunFolder, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "runs")]
    assert splitbrain(["replay", str(made.path), "--json", *out]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["same"], found["changed"]) == (True, [])
    assert found["results"]["valid"] is False
    change(made.spec_file, lambda text: text.replace('world = "sim"', 'world = "docker"'))
    assert splitbrain(["replay", str(made.path), *out]) == 254
    assert splitbrain(["replay", str(tmp_path), *out]) == 254
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_printed_command_is_the_same_test_to_the_last_bit(tmp_path: Path) -> None:
    from harness.cli.run_command import command, resolve

    given = ["--world", "sim", "--time-limit", "0.7", "--nemesis", "kill,pause", "--seed", "8"]
    given += ["--nodes", "3", "--rate", "33.3333333333333"]

    def spec(args: list[str]) -> TestSpec:
        options = command.make_context("run", args).params
        for other in ("script", "out", "leave_db_running", "as_json"):
            del options[other]
        return resolve(**options)

    first = spec(given)
    assert spec(shlex.split(first.command)[2:]) == first


def test_a_fingerprint_knows_every_source_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "decides"
    (package / "inner").mkdir(parents=True)
    files = [package / "__init__.py", package / "inner" / "rule.py", tmp_path / "decides_too.py"]
    for file in files:
        file.write_text("x = 1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def now() -> tuple[str, str]:
        fingerprints._sources.cache_clear()
        return fingerprints._sources("decides"), fingerprints._sources("decides_too")

    first = now()
    assert now() == first
    files[1].write_text("x = 2\n")
    second = now()
    assert (second[0] != first[0], second[1] == first[1]) == (True, True)
    files[1].rename(package / "rule.py")
    assert now()[0] != second[0]
    files[2].write_text("x = 3\n")
    assert now()[1] != first[1]
    fingerprints._sources.cache_clear()
