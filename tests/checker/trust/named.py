"""A named test, run against whatever checker is there just now, broken or not.

The module of the test, and those of the tests that it uses, are imported anew for it, so that
they find the broken copy; afterwards everything is as before::

    broken(mutation) ──▶ harness.checker, one rule broken
                              ▲
    failing(name)    ──▶ tests.checker.…, imported anew, run by a pytest within pytest
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

ROOM = "tests.checker"
KEPT = "tests.checker.trust"
OPTIONS = ("-x", "-s", "-o", "addopts=--import-mode=importlib")
QUIET = ("-p", "no:cacheprovider", "-p", "no:terminal")
QUICK = ("--assert=plain", "-p", "no:unraisableexception", "-p", "no:hypothesispytest")
"""Only whether a test fails counts, not how; and each pytest would collect the garbage of the whole
session at its end, several times.
"""

SEED = "7"
"""Random histories are always the same, so that a mutation is noticed always or never."""


class _Failed:
    """The first test that failed."""

    name: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.name is None:
            self.name = report.nodeid


def failing(*names: str) -> str | None:
    """The first of some tests that fails, None if all pass.

    Args:
        names: files, or tests in them, as on pytest's command line.

    Raises:
        RuntimeError: they could not be run at all.
    """
    failed = _Failed()
    with _anew():
        code = pytest.main([*OPTIONS, *QUIET, *QUICK, *names], plugins=[failed])
    if code == pytest.ExitCode.TESTS_FAILED and failed.name is not None:
        return failed.name
    if code == pytest.ExitCode.OK:
        return None
    raise RuntimeError(f"{names} could not be run: {code!r}")


@contextmanager
def _anew() -> Iterator[None]:
    """Forget the tests' modules, with histories that are always the same; then restore them."""
    real = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_forgotten(name)}
    for name in real:
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:  # `from parent import last` would find it there
            vars(sys.modules[parent]).pop(last, None)
    environment = dict(os.environ)
    os.environ.pop("SPLITBRAIN_HISTORIES", None)
    os.environ["SPLITBRAIN_SEED"] = SEED
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        for name in list(sys.modules):
            if _is_forgotten(name):
                del sys.modules[name]
        sys.modules.update(real)
        for name, module in real.items():
            parent, _, last = name.rpartition(".")
            if parent in sys.modules:
                setattr(sys.modules[parent], last, module)


def _is_forgotten(name: str) -> bool:
    kept = name == KEPT or name.startswith(f"{KEPT}.mutations") or name in _RUNNING
    return name.startswith(f"{ROOM}.") and not kept


_RUNNING = frozenset(
    f"{KEPT}.{module}" for module in ("broken", "named", "test_mutations", "test_named_mutations")
)
"""Those that are running while others are imported anew."""
