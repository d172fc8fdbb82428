"""Bad input costs exit 254 and one line that names it, where it stands, and what would do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from tests.end_to_end.command import SPLITBRAIN, splitbrain

GOOD = (
    b'{"index":0,"time":0,"type":"invoke","process":0,"f":"write","value":1}\n'
    b'{"index":1,"time":1,"type":"ok","process":0,"f":"write","value":1}\n'
)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["rnu"], "no command 'rnu'; did you mean run?"),
        (["run", "--tagret", "raft"], "--tagret"),
        (["run", "--target", "rafft"], "no target 'rafft'; did you mean raft?"),
        (["run", "--target", "raft@0.0"], "0.0"),
        (["run", "--world", "locl"], "no world 'locl'; did you mean local?"),
        (["run", "--workload", "registre"], "did you mean register?"),
        (["run", "--nemesis", "partitoin"], "did you mean partition?"),
        (["run", "--nemesis", "partition:havles"], "did you mean halves?"),
        (["run", "--nemesis", ""], "give names by commas, or 'none', or 'all'"),
        (["run", "--nemesis", "none,kill"], "give names by commas, or 'none', or 'all'"),
        (["run", "--nemesis", "partition:majority-ring", "--nodes", "3"], "at least 4 nodes"),
        (["run", "--nemesis", "partition", "--nodes", "1"], "finds nothing to do on 1 node"),
        (["run", "--nemesis", "kill,pause", "--nemesis-interval", "15"], "give at least"),
        (["run", "--nemesis", "all:one"], "'all' has no places"),
        (["run", "--nemesis-overlap", "10"], "--nemesis-overlap 10: give a whole number, 1 to 9"),
        (["run", "--out", "/proc/x"], "/proc/x/raft-register-partition: no folder can be made"),
        (["store", "--node", "n1", "--cluster", "n1=127.0.0.1:7100", "--data", __file__], "a file"),
        (["run", "--bug", "leader_local_raed"], "did you mean leader_local_read?"),
        (["run", "--option", "reads"], "--option 'reads' is not NAME=VALUE"),
        (["run", "--option", "raeds=lease"], "did you mean 'reads'?"),
        (["run", "--option", "lock_delay=1"], "unknown option 'lock_delay': chubby has it"),
        (["run", "--option", "initial=n1,n7"], "no node 'n7'; there are n1, n2, n3, n4, n5"),
        (["suite", "--option", "reads=now"], "reads is index or lease, not 'now'"),
        (["score", "--option", "reads=now"], "reads is index or lease, not 'now'"),
        (["run", "--nodes", "0"], "0 nodes"),
        (["run", "--nodes", "100000"], "100000 nodes: give 1 to 99"),
        (["run", "--nodes", "²"], "node name '²'"),
        (["run", "--nodes", "n1,,n2"], "--nodes 'n1,,n2': there is nothing at one of its commas"),
        (["suite", "--nodes", "3,,5"], "--nodes '3,,5': there is nothing at one of its commas"),
        (["run", "--nemesis", "kill,,pause"], "there is nothing at one of its commas"),
        (["suite", "--nemesis", "kill,"], "there is nothing at one of its commas"),
        (["run", "--name", ""], "name ''"),
        (["suite", "--name", ""], "--name '': give a name"),
        (["run", "--option", "reads=index", "--option", "reads=lease"], "reads is there twice"),
        (["run", "--nodes", "n1,n1"], "a name is there twice"),
        (["run", "--nodes", "n1,../x"], "node name '../x'"),
        (["run", "--concurrency", "many"], "--concurrency 'many'"),
        (["run", "--concurrency", "0"], "--concurrency '0'"),
        (["run", "--rate", "-1"], "--rate -1"),
        (["run", "--rate", "nan"], "--rate nan"),
        (["run", "--rate", "1e-300"], "--rate 1e-300: give at least 0.001, and below 1,000,000"),
        (["run", "--out", ""], "'' names no folder"),
        (["run", "--out", "/dev/null"], "'/dev/null' can't be a folder: /dev/null is none"),
        (["suite", "--out", "/dev/null/x"], "'/dev/null/x' can't be a folder: /dev/null is none"),
        (["run", "--node", "a", "--nodes", "3"], "--node and --nodes: give one of the two"),
        (["run", "--time-limit", "0"], "--time-limit 0"),
        (["run", "--time-limit", "soon"], "'soon'"),
        (["run", "--ops-per-key", "0"], "--ops-per-key 0: give a whole number from 1"),
        (["run", "--name", "../up"], "name '../up'"),
        (["run", "--seed", "x"], "'x'"),
        (["run", "extra"], "extra"),
        (["check"], "FILE|RUN"),
        (["check", "nowhere.jsonl"], "nowhere.jsonl"),
        (["check", "pyproject.toml", "--model", "stack:2"], "pyproject.toml"),
        (["check", "pyproject.toml", "--workers", "0"], "--workers 0: must be from 1 to 64"),
        (["list", "bug"], "did you mean bugs?"),
        (["doctor", "loacl"], "did you mean local?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments(args: list[str], text: str, tmp_path: Path, capsys: Any) -> None:
    extra = ["--out", str(tmp_path)] if args[0] == "run" else []
    assert run([args[0], *extra, *args[1:]]) == 254
    out, err = capsys.readouterr()
    (line,) = err.strip().splitlines()
    assert line.startswith("splitbrain: ")
    assert text in line
    assert out == ""
    assert list(tmp_path.iterdir()) == []  # nothing was started or written


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "holds no operations"),
        (b"hello\n", "line 1"),
        (b"\xff\xff\n", "line 1"),
        (b'{"index":0,"time":0,"type":"ok","process":0,"f":"read","value":1}\n', "without an open"),
        (
            b'{"index":0,"time":0,"type":"info","process":"nemesis","f":"x","value":1}\n',
            "no client",
        ),
        (
            b'{"index":0,"time":0,"type":"invoke","process":0,"f":"write","value":'
            + b"[" * 900
            + b"]" * 900
            + b"}\n",
            "nested too deeply",
        ),
    ],
)
def test_a_file_that_is_no_history(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_bytes(content)
    said = splitbrain("check", str(path), "--model", "register")
    assert said.code == 254, said
    assert text in said.err
    assert "h.jsonl" in said.err
    assert len(said.err.splitlines()) == 1


def test_values_can_not_control_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    evil = '"\\u001b[2Jgone"'
    path.write_text(
        '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}\n'
        f'{{"index":1,"time":1,"type":"ok","process":0,"f":"read","value":{evil}}}\n'
    )
    said = splitbrain("check", str(path), "--model", "register")
    assert said.code == 1
    assert "\x1b" not in said.out
    assert "gone" in said.out


def test_names_and_values_are_printed_as_they_are(tmp_path: Path) -> None:
    """`:smile:` became an emoji, in values, keys and the names of files."""
    path = tmp_path / "a:bug:[b].jsonl"
    key, value = ":x:", r":smile: \\[bold]gone[/] [/]"
    path.write_text(
        f'{{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null,"key":"{key}"}}\n'
        f'{{"index":1,"time":1,"type":"ok","process":0,"f":"read","value":"{value}","key":"{key}"}}\n'
    )
    said = splitbrain("check", str(path), "--model", "register")
    assert said.code == 1
    for expected in (str(path), f'read "{key}"', r":smile: \\[bold]gone[/] [/]"):
        assert expected in said.out


@pytest.mark.parametrize("piped", [True, False])
def test_a_dash_is_standard_input(piped: bool, tmp_path: Path) -> None:
    """It was a file that does not exist."""
    path = tmp_path / "h.jsonl"
    path.write_bytes(GOOD)
    source: Any = {"input": GOOD}
    with path.open("rb") as file:
        source = source if piped else {"stdin": file}
        ended = subprocess.run(
            [*SPLITBRAIN, "check", "-"], capture_output=True, check=False, **source
        )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(b"VALID  /dev/stdin: 1 operation, model register")


def test_evidence_is_for_json(tmp_path: Path) -> None:
    """It was ignored."""
    path = tmp_path / "h.jsonl"
    path.write_bytes(GOOD)
    said = splitbrain("check", str(path), "--evidence")
    assert (said.code, said.out) == (254, "")
    assert "--evidence: is for --json" in said.err
    said = splitbrain("check", str(path), "--evidence", "--json")
    assert json.loads(said.out)["linearization"]


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    said = splitbrain("check", str(tmp_path))
    assert said.code == 254
    assert "is not a run" in said.err


def test_a_model_that_has_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text('{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}\n')
    said = splitbrain("check", str(path))
    assert said.code == 254
    assert "--model is needed: read fit" in said.err
    assert "register" in said.err
    path.write_text('{"index":0,"time":0,"type":"invoke","process":0,"f":"fly","value":null}\n')
    assert "no model that is installed" in splitbrain("check", str(path)).err


def test_a_model_that_does_not_know_the_operations(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text('{"index":0,"time":0,"type":"invoke","process":0,"f":"cas","value":[1,2]}\n')
    said = splitbrain("check", str(path), "--model", "register")
    assert said.code == 254
    assert "cas" in said.err


def test_a_closed_pipe_is_no_verdict() -> None:
    """Click would exit with 1, which says here that a store was caught."""
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run(
            [*SPLITBRAIN, "list", "models"], stdout=writes, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writes)
    assert (done.returncode, done.stderr) == (255, b"")


def test_too_little_memory_is_no_mistake_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def read(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("harness.cli.checking.read_table", read)
    (tmp_path / "h.jsonl").touch()
    assert run(["check", str(tmp_path / "h.jsonl")]) == 255
    assert capsys.readouterr().err == "splitbrain: there is not enough memory for this\n"


def test_the_command_alone_prints_its_help(capsys: Any) -> None:
    assert run([]) == 254
    assert "Commands:\n" in capsys.readouterr().err
