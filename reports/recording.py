"""What a run recorded, as the reports draw it: operations, faults, and how long it took.

A run that crashed may have no history, or one that can't be read. A report of such a run is still
worth having, so that is a state of the recording, said in `trouble`, and not an error.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from harness.history.columns import duration_s, operations
from harness.history.faults import Fault, faults
from harness.history.op import MalformedHistory
from harness.run_folder import RunFolder


@dataclass(frozen=True)
class Recording:
    """A run's operations (see `harness.history.columns`) and faults."""

    operations: pd.DataFrame
    faults: list[Fault]
    duration_s: float
    trouble: str | None = None
    """Why there are no operations, when the history could not be read."""

    @property
    def unanswered(self) -> int:
        """How many operations have no completion, and so no latency."""
        return int(self.operations["latency_ms"].isna().sum())


def recording(run: RunFolder) -> Recording:
    """Read a run's history; without a usable one the recording is empty and says why."""
    try:
        history = run.history()
        return Recording(operations(history), faults(history), duration_s(history))
    except FileNotFoundError:
        return _nothing("There is no history: the run ended before its first operation.")
    except (MalformedHistory, OSError) as e:
        return _nothing(f"The history could not be read: {e}")


def _nothing(trouble: str) -> Recording:
    return Recording(operations([]), [], 0.0, trouble)
