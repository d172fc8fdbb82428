"""Observers of runs, for tests."""

from __future__ import annotations

from harness.history import Op


class Nobody:
    """Looks away."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def op(self, op: Op) -> None:
        """Nothing."""
