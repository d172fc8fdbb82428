"""The worked examples of CONTRIBUTING.md, taken from the page, installed as plugins, and run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import plugin, processes_of, splitbrain

PAGE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text()
EXAMPLES = {
    name: (group, source)
    for source, group, name in re.findall(
        r"```python\n(# plugin: (\w+) ([\w-]+)\n.*?)```", PAGE, re.DOTALL
    )
}


def run(tmp_path: Path, name: str, *args: str) -> tuple[int, dict[str, Any]]:
    """Install an example and run a test with it."""
    group, source = EXAMPLES[name]
    env = plugin(tmp_path, group, name, source)
    assert name in splitbrain("list", group, env=env).out
    out = tmp_path / "runs"
    said = splitbrain("run", "--out", str(out), "--json", *args, env=env)
    assert said.out, said.err
    assert processes_of(out) == []
    return said.code, json.loads(said.out)


def test_the_page_has_an_example_of_each() -> None:
    assert {group for group, _ in EXAMPLES.values()} == {"workloads", "nemeses", "targets"}


def test_the_workload(tmp_path: Path) -> None:
    code, results = run(tmp_path, "hotspot", "--workload", "hotspot", "--time-limit", "4")
    assert (code, results["valid"]) == (0, True), results["reason"]
    assert results["stats"]["ok"] > 200


def test_the_fault(tmp_path: Path) -> None:
    code, results = run(
        tmp_path, "restart", "--nemesis", "restart", "--time-limit", "8", "--nodes", "3"
    )
    assert (code, results["valid"]) == (0, True), results["reason"]
    assert [fault["fault"] for fault in results["checks"]["faults"]["faults"]] == ["restart"]


@pytest.mark.parametrize(("nodes", "code"), [(1, 0), (2, 1)])
def test_the_target(tmp_path: Path, nodes: int, code: int) -> None:
    """One island is a linearizable store; two are none."""
    ended, results = run(
        tmp_path, "islands", "--target", "islands", "--nodes", str(nodes),
        "--time-limit", "2", "--nemesis", "none", "--workload", "cas",
    )  # fmt: skip
    assert ended == code, results["reason"]
