"""When a node takes a snapshot: the log has grown by enough since the last one.

Taking one costs the time to write the whole state, so a log must have grown by at least as many
bytes as the last snapshot had: a write then pays for two writes of its own size at most, however
large the state is (thesis §5.1.3).
"""

from __future__ import annotations

SNAPSHOT_ENTRIES = 10_000


class Compaction:
    """Counts what was applied; `entries` is the least number of them between two snapshots."""

    def __init__(self, entries: int = SNAPSHOT_ENTRIES) -> None:
        self._entries = entries
        self._since = 0
        self._bytes = 0
        self._last_size = 0

    @property
    def due(self) -> bool:
        """Whether it is time to take one."""
        return self._since >= self._entries and self._bytes >= self._last_size

    def applied(self, command: str) -> None:
        """One more slot was applied."""
        self._since += 1
        self._bytes += len(command)

    def taken(self, size: int) -> None:
        """There is a snapshot of this many characters now, made here or sent by the leader."""
        self._since = self._bytes = 0
        self._last_size = size
