"""What is printed for people with rich: marked up by us alone, and else as it is.

Names of files and values of histories may hold what rich would replace: a key `:x:` is two colons
and a letter, not a sign. Markup in them is escaped where they are printed.
"""

from __future__ import annotations

import rich.console


class Console(rich.console.Console):
    """One that replaces no `:name:` by an emoji; every command prints with this one."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, emoji=False)
