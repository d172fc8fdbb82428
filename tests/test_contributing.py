"""The worked examples of CONTRIBUTING.md, taken from the page, installed as plugins, and run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import harness.model.model
from tests.end_to_end.command import plugin, processes_of, splitbrain

MODEL = harness.model.model.__doc__ or ""
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


def test_the_model(tmp_path: Path) -> None:
    """In the docstring, without its imports; with the entry point that the page has."""
    indented = re.findall(r"::\n\n(    class .*?)\n\nand an entry point", MODEL, re.DOTALL)
    source = "from harness.model import INCONSISTENT, UNKNOWN, Model\n\n" + dedent(indented[0])
    env = plugin(tmp_path, "models", "tally", source.replace("class Tally", "class Plugin"))
    assert 'tally = "my_models:Tally"' in PAGE
    path = tmp_path / "h.jsonl"
    for read, code in ((2, 0), (1, 1)):
        ops = [("add", 2, 2), ("read", None, read)]
        path.write_text(
            "\n".join(
                json.dumps({"type": type_, "process": 0, "f": f, "value": value})
                for f, asked, answer in ops
                for type_, value in (("invoke", asked), ("ok", answer))
            )
        )
        said = splitbrain("check", str(path), "--model", "tally", env=env)
        assert said.code == code, said.err


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
