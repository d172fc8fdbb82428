"""The verifier shares nothing with the checker but the models."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from pathlib import Path

from tests.test_walls import files, imports


def test_the_verifier_imports_the_models_and_nothing_else_of_ours() -> None:
    for file in files("harness/verify"):
        for name in imports(file):
            top = name.partition(".")[0]
            ours = name.startswith(("harness.model", "harness.verify"))
            assert ours or top == "msgspec" or top in sys.stdlib_module_names, f"{file}: {name}"
            assert top not in {"os", "pathlib", "io", "subprocess", "socket"}, f"{file}: {name}"


def test_nor_does_what_it_imports() -> None:
    """The register's model comes along, and neither checker nor history."""
    program = (
        "import sys, harness.verify, harness.model.register; "
        "print([m for m in sys.modules if m.startswith(('harness.checker', 'harness.history'))])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (shown.stdout, shown.stderr) == ("[]\n", "")


def test_the_checker_does_not_import_the_verifier() -> None:
    for file in files("harness/checker"):
        assert not [name for name in imports(file) if name.startswith("harness.verify")], file


def code_lines(path: Path) -> int:
    """Lines with code on them: no docstrings, comments or blank lines."""
    strings: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            strings.update(range(node.lineno, (node.end_lineno or 0) + 1))
    lines: set[int] = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.string.strip() and token.type not in (tokenize.COMMENT, tokenize.ENCODING):
                lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - strings)


def test_it_is_as_small_as_its_page_says() -> None:
    """What one has to read to believe it; a line more is a line more there."""
    page = Path("docs/certificates.md").read_text()
    said: dict[str, int] = {}
    for lines, modules in re.findall(r"^\| (\d+) \| ((?:`\w+\.py`(?:, )?)+)", page, re.MULTILINE):
        said[modules] = int(lines)
    counted = {
        modules: sum(
            code_lines(Path("harness/verify", module)) for module in re.findall(r"\w+\.py", modules)
        )
        for modules in said
    }
    assert said == counted
    named = {module for modules in said for module in re.findall(r"\w+\.py", modules)}
    assert {Path(file).name for file in files("harness/verify")} == named | {"__init__.py"}
