"""The Python and the claims of the pages in docs/ are true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.checker.promises import promises
from harness.history.paired import paired
from harness.history.table import Table
from harness.model.bank import Bank
from harness.model.register import Register
from splitbrain import Op, check
from tests.checker.story import story

DOCS = Path(__file__).parent.parent / "docs"


def history(*asked: tuple[str, Any, Any]) -> list[Op]:
    """Operations of one process: what was asked, and what was answered."""
    ops: list[Op] = []
    for f, value, result in asked:
        at = len(ops)
        ops += [
            Op(index=at, time=at, type="invoke", process=0, f=f, value=value),
            Op(index=at + 1, time=at + 1, type="ok", process=0, f=f, value=result),
        ]
    return ops


def test_the_promises_from_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page did not say what `pairs` is."""
    (source,) = re.findall(r"```python\n(.*?)```", (DOCS / "promises.md").read_text(), re.DOTALL)
    ops = [("invoke", "write", 1), ("ok", "write", 1), ("invoke", "read", None), ("ok", "read", 2)]
    lines = [json.dumps({"type": t, "process": 0, "f": f, "value": v}) for t, f, v in ops]
    (tmp_path / "history.jsonl").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    exec(compile(source, "promises.md", "exec"), {})  # the page is ours
    assert "monotonic reads False" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "broken"),
    [
        ([], ["monotonic reads"]),
        (["3: read -> 1"], ["monotonic reads", "monotonic writes"]),
    ],
)
def test_the_first_version_counts_as_one_with_what_was_read_before_it(
    last: list[str], broken: list[str]
) -> None:
    ops = story("1: write 1 ok", "1: write 2 ok", "3: read -> 2", "3: read -> null", *last)
    guarantees = promises(paired(Table.of(ops)), Register())[2:6]
    assert [promise.name for promise in guarantees if not promise.valid] == broken


def test_which_values_are_equal() -> None:
    for read, valid in ((1.0, True), (True, False), ("1", False), (None, False)):
        ops = history(("read", None, None), ("write", 1, 1), ("read", None, read))
        assert check(ops, Register()).valid is valid


def test_a_bank_allows_overdraft_unless_it_is_told_not_to() -> None:
    moved = {"from": "a", "to": "b", "amount": 2}
    ops = history(
        ("read", None, {"a": 1}), ("transfer", moved, None), ("read", None, {"a": -1, "b": 2})
    )
    assert check(ops, Bank()).valid is True
    assert check(ops, Bank(overdraft=False)).valid is False
    assert check(ops, Bank({"a": 5, "b": 0})).valid is False
