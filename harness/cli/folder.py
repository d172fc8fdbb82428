"""Where folders go: refused before anything starts, if none can be made there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class OutFolder(click.Path):
    """A folder that is there, or could be made."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType.convert`."""
        if not str(value):
            self.fail("'' names no folder: give one, such as runs, or . for this one", param, ctx)
        path = Path(value)
        for there in (path, *path.parents):
            if there.is_dir():
                break
            if there.exists() or there.is_symlink():
                self.fail(f"{str(path)!r} can't be a folder: {there} is none", param, ctx)
        return path
