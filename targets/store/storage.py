"""What a node has on its disk: a journal, and the snapshot that its beginning went into.

::

    snapshot   the state after slot 4000, who the members are      replaced as a whole
    journal    … what was saved since                              appended to, or made anew

Both are files of checksummed records (`targets.store.journal`) and the first record of each says
whose they are. A snapshot that is damaged is refused loudly, like the middle of a journal: what it
holds had been acknowledged.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.env import Disk
from targets.store.bugs import NO_STORE_BUGS, StoreBugs
from targets.store.journal import CorruptJournal, Journal, encode, scan
from targets.store.replicated import Output

JOURNAL = "journal"
SNAPSHOT = "snapshot"


class Found(NamedTuple):
    """What was on the disk. `torn` counts bytes cut from the journal's end."""

    snapshot: str | None
    records: list[str]
    torn: int


class Storage:
    """One node's files. The journal and the snapshot both belong to `owner`, a line of text."""

    def __init__(self, disk: Disk, owner: str, bugs: StoreBugs = NO_STORE_BUGS) -> None:
        self._disk = disk
        self._owner = owner
        self._journal = Journal(disk, JOURNAL, bugs)

    def open(self) -> Found:
        """Read what is there; CorruptJournal if it can't be trusted."""
        snapshot = self._snapshot()
        if snapshot is not None and not self._disk.read(JOURNAL):
            raise CorruptJournal(
                f"{JOURNAL}: missing or empty beside a snapshot, so what was acknowledged since "
                "is gone; refusing to start without it"
            )
        records = self._journal.open(self._owner)
        return Found(snapshot, records, self._journal.torn)

    def _snapshot(self) -> str | None:
        data = self._disk.read(SNAPSHOT)
        if not data:
            return None
        payloads, end = scan(data)
        if len(payloads) != 2 or end < len(data):
            raise CorruptJournal(f"{SNAPSHOT}: {len(data)} bytes that are no whole snapshot")
        owner, text = (payload.decode() for payload in payloads)
        if owner != self._owner:
            raise CorruptJournal(f"{SNAPSHOT}: belongs to {owner!r}, not to {self._owner!r}")
        return text

    def save(self, out: Output) -> bool:
        """Make durable what a core wants durable, in its order; whether there was anything."""
        if out.snapshot is not None:
            records = (self._owner, out.snapshot)
            self._disk.replace(SNAPSHOT, b"".join(encode(text.encode()) for text in records))
        if out.anew is not None:
            self._journal.replace([self._owner, *out.anew])
        elif out.record is not None:
            self._journal.append(out.record)
        else:
            return out.snapshot is not None
        return True
