"""Watches a running test for the operation that proves the store wrong.

Every op goes to a stream as it is recorded. What the stream finds ends the run early and nothing
more: the verdict is that of the whole check of what was recorded. Nor can the watch harm the run:
its work for an op is bounded, and should it fail, the test goes on without it and the results say
so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from harness.checker.streaming import Stream, Violation
from harness.history import Op
from harness.model import Model

log = logging.getLogger(__name__)


class Watch:
    """Feeds a stream.

    Args:
        model: what the store promises.
        found: called once, with the first violation, from within `op`.
    """

    def __init__(self, model: Model, found: Callable[[Violation], None]) -> None:
        self._stream = Stream(model)
        self._found = found
        self._failed: str | None = None

    @property
    def violation(self) -> Violation | None:
        """What was found."""
        return self._stream.violation

    def op(self, op: Op) -> None:
        """This op has been recorded."""
        if self._failed is not None or self._stream.violation is not None:
            return
        try:
            violation = self._stream.feed(op)
        except Exception as error:  # of a plugin's model too: it must not take the test with it
            log.exception("the watch for a violation failed")
            self._failed = f"{type(error).__name__}: {error}"
            return
        if violation is not None:
            log.info("violation: %s", violation)
            self._found(violation)

    def to_json(self) -> dict[str, Any]:
        """The object `stream` of `results.json`."""
        violation = self._stream.violation
        return {
            "violation": None
            if violation is None
            else {
                "index": violation.op.index,
                "at_s": round(violation.op.time / 1e9, 6),
                "key": violation.key,
                "process": violation.op.process,
                "f": violation.op.f,
            },
            "operations": self._stream.ops,
            "gave_up": list(self._stream.given_up),
            "failed": self._failed,
        }
