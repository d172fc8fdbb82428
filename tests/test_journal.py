"""The history's file: readable whatever happened to whoever wrote it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history import MalformedHistory, Op, pair
from harness.history.journal import Journal, read_history

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OPS = st.builds(
    Op,
    index=st.integers(0, 2**40),
    time=st.integers(0, 2**60),
    type=st.sampled_from(["invoke", "ok", "fail", "info"]),
    process=st.integers(0, 1000) | st.just("nemesis"),
    f=st.text(min_size=1),
    value=VALUES,
    key=st.none() | st.integers(0, 9) | st.text(),
    error=st.none() | st.text(min_size=1),
    node=st.none() | st.sampled_from(["n1", "n2"]),
)


def op(index: int, kind: str, process: int | str = 0, f: str = "write", **rest: Any) -> Op:
    """An op that only needs to be one."""
    return Op(index=index, time=index, type=kind, process=process, f=f, value=rest.get("value"))  # type: ignore[arg-type]


def written(path: Path, ops: list[Op]) -> Path:
    """A history file of these ops."""
    with Journal(path) as journal:
        for one in ops:
            journal.append(one)
    return path


@settings(deadline=None)
@given(ops=st.lists(OPS, min_size=1, max_size=8))
def test_what_is_written_is_read_back(ops: list[Op], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("journal") / "history.jsonl"
    assert read_history(written(path, ops)) == ops


def test_a_torn_last_line_is_left_out_wherever_it_is_torn(tmp_path: Path) -> None:
    path = written(tmp_path / "h", [op(0, "invoke", value=1), op(1, "ok", value=1)])
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        path.write_bytes(whole[:cut])
        expected = 2 if cut == len(whole) - 1 else 1  # only the newline is missing: it is whole
        assert len(read_history(path)) == expected


def test_a_torn_line_in_the_middle_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path / "h", [op(0, "invoke"), op(1, "ok")])
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], lines[1][:20], lines[1], b""]))
    with pytest.raises(MalformedHistory, match=r"h, line 2, column 21: .*expected one op such as"):
        read_history(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"hello", b"hello\n", b"\xff\xfe\n", b"[" * 5000 + b"\n", b'{"index":0}\n'],
    ids=["empty", "blank", "torn words", "words", "not UTF-8", "deep nesting", "not an op"],
)
def test_what_is_no_history_is_an_error_that_names_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "strange.jsonl"
    path.write_bytes(content)
    with pytest.raises(MalformedHistory, match="strange"):
        read_history(path)


def test_a_history_survives_kill_9_of_its_writer(tmp_path: Path) -> None:
    """Each op is with the operating system before the next one is made."""
    path = tmp_path / "history.jsonl"
    program = f"""
import sys
from pathlib import Path
from harness.history import Op
from harness.history.journal import Journal
journal = Journal(Path({str(path)!r}))
for index in range(10**9):
    journal.append(Op(index=index, time=index, type="info", process="nemesis", f="x", value=None))
    if index == 500:
        print("go", flush=True)
"""
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    history = read_history(path)
    assert len(history) > 500
    assert [one.index for one in history] == list(range(len(history)))


def test_pair_joins_each_invocation_with_its_completion() -> None:
    history = [
        op(0, "invoke", 0),
        op(1, "invoke", 1, "read"),
        op(2, "info", "nemesis", "start-kill"),
        op(3, "ok", 1, "read"),
        op(4, "invoke", 1, "read"),
        op(5, "info", 0),
    ]
    outcomes = [(o.invocation.index, o.outcome) for o in pair(history)]
    assert outcomes == [(0, "info"), (1, "ok"), (4, "info")]


@pytest.mark.parametrize(
    ("ops", "text"),
    [
        ([op(0, "ok")], "op 0: process 0 completes write .* without an open invocation"),
        (
            [op(0, "invoke"), op(1, "invoke")],
            "op 1: process 0 invokes write while .* is still open",
        ),
        ([op(0, "invoke"), op(1, "ok", f="read")], "completes read, but its open invocation"),
        ([op(1, "invoke"), op(0, "ok")], "op 0 comes after op 1"),
        ([op(1, "invoke"), op(1, "ok")], "op 1 comes after op 1"),
    ],
)
def test_ops_that_make_no_history_are_an_error(ops: list[Op], text: str) -> None:
    with pytest.raises(MalformedHistory, match=text):
        pair(ops)


def test_time_that_runs_backwards_is_an_error() -> None:
    ops = [
        Op(index=0, time=5, type="invoke", process=0, f="read", value=None),
        Op(index=1, time=4, type="ok", process=0, f="read", value=None),
    ]
    with pytest.raises(MalformedHistory, match="time runs backwards, from 5 to 4 ns"):
        pair(ops)


def test_a_disk_that_fills_up_within_a_line_leaves_it_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    program = f"""
import resource, signal
from pathlib import Path
from harness.history import Op
from harness.history.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (250, resource.RLIM_INFINITY))
journal = Journal(Path({str(path)!r}))
for index in range(10):
    try:
        journal.append(Op(index=index, time=0, type="invoke", process=index, f="read", value=None))
    except OSError as error:
        print(error)
        break
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
try:
    journal.append(Op(index=99, time=0, type="invoke", process=99, f="read", value=None))
except ValueError:
    print("closed")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert f"No space left on device: {str(path)!r}" in ran.stdout
    assert "closed" in ran.stdout
    assert [one.index for one in read_history(path)] == [0, 1, 2]


def test_a_completion_of_another_key_is_an_error() -> None:
    ops = [
        Op(index=0, time=0, type="invoke", process=0, f="read", value=None, key=1),
        Op(index=1, time=1, type="ok", process=0, f="read", value=None, key=2),
    ]
    with pytest.raises(MalformedHistory, match="completes key 2, but its open invocation"):
        pair(ops)
