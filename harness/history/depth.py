"""How deep values may be nested.

Code that walks through values calls itself for each level, and Python's stack ends near a thousand.
No history needs more than a few levels: what has too many is refused where it is read.
"""

from __future__ import annotations

from typing import Any, Final

MAX_DEPTH: Final = 256
TOO_DEEP: Final = f"nested too deeply: more than {MAX_DEPTH} levels"


def too_deep(value: Any) -> bool:
    """Whether a value has too many levels."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for part in level:
            if isinstance(part, list):
                inner += part
            elif isinstance(part, dict):
                inner += part.values()
        if not inner:
            return False
        level = inner
    return True
