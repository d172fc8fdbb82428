"""A history that is kept in memory: for runs of which most are thrown away."""

from __future__ import annotations

from types import TracebackType

from harness.history.op import Op


class Memory:
    """Takes ops as `harness.history.journal.Journal` does; they are in `ops`."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.append = self.ops.append

    def __enter__(self) -> Memory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is to be closed."""
