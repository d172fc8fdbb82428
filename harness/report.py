"""What a report must do: read a finished run's folder and write files for people into it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Protocol

from harness.run_folder import RunFolder


class Report(Protocol):
    """Something to look at, made from a run's folder alone, so that it can be made again later."""

    name: ClassVar[str]
    draws_last: ClassVar[bool]
    """Whether it shows or links what other reports draw, and must come after them."""

    def write(self, run: RunFolder) -> list[Path]:
        """Write the report into the run's folder and return the paths of its files."""
