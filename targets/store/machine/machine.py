"""What a state machine must do, and how results are written.

A result is a mapping with one key, which says what became of the operation:

=========  ===============================================================================
`ok`       it happened; the value is its answer
`fail`     it was looked at in its place in the order, and did nothing: a cas that differs
`refused`  it never entered the log and never will
`unknown`  it may have happened or may yet; sending it again in the same session is safe
`expired`  its session is gone: whether it happened can't be learned any more
=========  ===============================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

Result: TypeAlias = Mapping[str, Any]


class BadRequest(ValueError):
    """The operation makes no sense to the machine; found before it is proposed."""


class Machine(Protocol):
    """A deterministic state machine: the same operations in the same order, the same results."""

    def check(self, operation: Any) -> bool:
        """Whether the operation writes (True) or only reads (False); BadRequest when neither."""

    def apply(self, operation: Any) -> Result:
        """Do an operation that writes."""

    def query(self, operation: Any) -> Result:
        """Answer an operation that reads."""

    def dump(self) -> Any:
        """The whole state as JSON values, alike on all nodes that have applied the same."""

    def load(self, state: Any) -> None:
        """Take a dumped state in place of the own one."""
