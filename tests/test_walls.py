"""The walls of the house: imports run one way, and some rooms stand alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "workloads", "nemesis", "targets", "reports", "splitbrain")
PLUGINS = ("workloads", "nemesis", "targets", "reports")
READERS = {
    f"harness.history.{name}"
    for name in ("columnar", "jepsen", "journal", "json_lines", "read", "source")
}
NO_IO = {"asyncio", "threading", "socket", "subprocess", "pathlib", "os", "io", "logging", "time"}


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, relative imports made whole."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute here"
            yield node.module or ""


def files(package: str) -> list[Path]:
    """The Python files of a package."""
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("package", PLUGINS)
def test_plugins_import_the_harness_and_not_each_other(package: str) -> None:
    others = {*PLUGINS, "splitbrain", "tests"} - {package}
    for file in files(package):
        assert not {name.partition(".")[0] for name in imports(file)} & others, file


def test_the_harness_knows_no_plugin_by_name() -> None:
    for file in files("harness"):
        known = {name.partition(".")[0] for name in imports(file)}
        assert not known & {*PLUGINS, "splitbrain", "tests"}, file


@pytest.mark.parametrize("room", ["harness/checker", "harness/model"])
def test_the_checker_and_the_models_stand_alone(room: str) -> None:
    """No I/O, no event loop, no world: of use to anyone who has only a history."""
    for file in files(room):
        for name in imports(file):
            top = name.partition(".")[0]
            allowed = {"time"} if file.name == "budget.py" else set()
            assert top not in NO_IO - allowed, f"{file} imports {name}"
            if top == "harness":
                inside = ("harness.checker", "harness.model", "harness.history")
                assert name.startswith(inside), f"{file} imports {name}"
                assert name not in READERS, f"{file} reads files"


def test_what_is_shipped_to_a_node_needs_the_standard_library_only() -> None:
    shipped = [*files("targets/store"), ROOT / "harness" / "env.py"]
    for file in shipped:
        for name in imports(file):
            top = name.partition(".")[0]
            own = name == "harness.env" or name.startswith("targets.store")
            assert own or top in sys.stdlib_module_names, f"{file} imports {name}"


def test_a_command_imports_no_more_than_it_uses() -> None:
    """Plots, pages and engines are slow to import, and `--help` needs none of them."""
    program = (
        "import sys; from harness.cli.main import run; run(['--help']); run(['run', '--help']); "
        "print([m for m in ('pandas', 'matplotlib', 'jinja2', 'docker', 'paramiko', 'numpy') "
        "if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip().splitlines()[-1] == "[]"


def test_consoles_are_made_in_one_place() -> None:
    """Others would replace the `:name:`s in what users have named."""
    for file in files("harness"):
        if file.name != "console.py":
            tree = ast.walk(ast.parse(file.read_text()))
            named = {
                (node.module, alias.name)
                for node in tree
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            assert ("rich.console", "Console") not in named, file


def test_every_module_explains_itself() -> None:
    for package in PACKAGES:
        for file in files(package):
            assert ast.get_docstring(ast.parse(file.read_text())), f"{file} has no docstring"
