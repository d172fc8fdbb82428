"""Limits that hold inside a search, not between searches.

Time is shared by all keys. A search may be told to pause sooner than at the end, so that one hard
key does not keep a violation on another from being found. Memory is what is remembered at one time:
a search that reaches the limit is given up and releases its own.
"""

from __future__ import annotations

from time import monotonic


class Budget:
    """Time and memory that several searches share.

    Args:
        time_limit_s: seconds from now; None for no limit.
        max_states: configurations remembered at one time, of which a large one counts as many; None
            for no limit.
    """

    def __init__(self, time_limit_s: float | None = None, max_states: int | None = None) -> None:
        self.began = monotonic()
        self.max_states = max_states
        self.deadline = float("inf") if time_limit_s is None else self.began + time_limit_s
        self.states = 0
        self._pause = self.deadline

    def elapsed(self) -> float:
        """Seconds since the budget was made."""
        return monotonic() - self.began

    def left(self) -> float | None:
        """Seconds left, None without a limit."""
        return None if self.deadline == float("inf") else max(0.0, self.deadline - monotonic())

    def pause_after(self, seconds: float) -> None:
        """Let `pausing` come true so many seconds from now, if not at the end before."""
        self._pause = min(self.deadline, monotonic() + seconds)

    def pausing(self) -> bool:
        """Whether a search should stop for now."""
        return monotonic() >= self._pause

    def out_of_time(self) -> bool:
        """Whether the time limit has passed."""
        return monotonic() >= self.deadline

    def out_of_memory(self) -> bool:
        """Whether as many configurations are remembered as may be."""
        return self.max_states is not None and self.states >= self.max_states
