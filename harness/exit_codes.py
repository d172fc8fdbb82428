"""What a command's exit code says. An interface: CI jobs depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.checker.verdict import Validity

VALID = 0
INVALID = 1
"""At least one verdict is invalid; outranks everything below."""
UNKNOWN = 2
"""None is invalid, at least one is unknown."""
BAD_INPUT = 254
"""Bad arguments or a bad input file: one line says what and where."""
FAILED = 255
"""splitbrain itself failed, or its environment did."""


def of(valid: Validity) -> int:
    """The exit code of a verdict."""
    if valid == "unknown":
        return UNKNOWN
    return VALID if valid else INVALID
