"""The verifier shares nothing with the checker but the models."""

from __future__ import annotations

import subprocess
import sys

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
