"""The checker with one rule broken: a copy of `harness.checker` whose source differs in one place.

The copy is imported beside the real one, which stays as it is; models and histories are shared.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

CHECKER = "harness.checker"


@dataclass(frozen=True)
class Mutation:
    """One change of the source.

    Args:
        rule: what it breaks, in words.
        module: where, below `harness.checker`.
        text: what stands there exactly once.
        instead: what to put there.
    """

    rule: str
    module: str
    text: str
    instead: str

    @property
    def name(self) -> str:
        """The module's full name."""
        return f"{CHECKER}.{self.module}"


class NotThere(AssertionError):
    """The text of a mutation does not stand in the source exactly once."""


class _Loader(SourceFileLoader):
    """Loads a module with the mutation applied."""

    def __init__(self, name: str, path: str, mutation: Mutation) -> None:
        super().__init__(name, path)
        self._mutation = mutation

    def get_code(self, fullname: str) -> Any:
        source = self.get_data(self.path).decode()
        if (count := source.count(self._mutation.text)) != 1:
            raise NotThere(f"{self._mutation.text!r} stands {count} times in {self.path}")
        broken = source.replace(self._mutation.text, self._mutation.instead)
        return compile(broken, self.path, "exec")


class _Finder(MetaPathFinder):
    """Finds the mutated module before anybody else does."""

    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutation.name:
            return None
        spec = PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(fullname, spec.origin, self._mutation)
        return spec


@contextmanager
def broken(mutation: Mutation) -> Iterator[ModuleType]:
    """Import `harness.checker` anew with the mutation, and forget it again."""
    real = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_checker(name)}
    parent = sys.modules["harness"]
    finder = _Finder(mutation)
    sys.meta_path.insert(0, finder)
    try:
        copy = importlib.import_module(CHECKER)
        importlib.import_module(mutation.name)
        yield copy
    finally:
        sys.meta_path.remove(finder)
        for name in list(sys.modules):
            if _is_checker(name):
                del sys.modules[name]
        sys.modules.update(real)
        parent.checker = real[CHECKER]  # type: ignore[attr-defined]


def _is_checker(name: str) -> bool:
    return name == CHECKER or name.startswith(f"{CHECKER}.")
