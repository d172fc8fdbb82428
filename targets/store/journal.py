"""What a node remembers: an append-only file of checked records, one sync for each.

::

    ┌────────┬────────┬───────────┐┌────────┬────────┬─────────┐┌────────┬────
    │ length │ crc32  │ payload   ││ length │ crc32  │ payload ││ length │ cr      torn tail
    └────────┴────────┴───────────┘└────────┴────────┴─────────┘└────────┴────
     4 bytes  of length and payload

Every record is synced before the next is written. So a crash can leave only the last one damaged,
and nothing had been acknowledged from it: it is cut. Damage with a whole record anywhere after it
is something else, a disk that lost what it had promised; cutting there would silently drop
acknowledged writes (Alagappan et al., *Protocol-Aware Recovery*, FAST'18), so the node refuses to
start.
"""

from __future__ import annotations

from struct import Struct
from zlib import crc32

from harness.env import Disk
from targets.store.bugs import NO_STORE_BUGS, StoreBugs

_HEADER = Struct(">II")
_LENGTH = Struct(">I")


class CorruptJournal(Exception):
    """The file was damaged where a crash can't have done it."""


def encode(payload: bytes) -> bytes:
    """Frame one record. The checksum covers the length too: zeros are no valid record."""
    length = _LENGTH.pack(len(payload))
    return length + _LENGTH.pack(crc32(payload, crc32(length))) + payload


def _payload(data: bytes, at: int) -> bytes | None:
    """The payload of the record that starts at this offset, None when there is no whole one."""
    if len(data) - at < _HEADER.size:
        return None
    length, checksum = _HEADER.unpack_from(data, at)
    end = at + _HEADER.size + length
    if end > len(data):
        return None
    payload = data[at + _HEADER.size : end]
    return payload if crc32(payload, crc32(data[at : at + 4])) == checksum else None


def scan(data: bytes, cut: bool = False) -> tuple[list[bytes], int]:
    """Return the payloads and how many bytes they take up; the rest is a torn tail.

    Raises CorruptJournal when a whole record follows the damage: a length that was damaged may
    point anywhere, so every later offset is looked at. With `cut`, a mistake, nobody looks.
    """
    payloads: list[bytes] = []
    at = 0
    while (payload := _payload(data, at)) is not None:
        payloads.append(payload)
        at += _HEADER.size + len(payload)
    for later in range(at + 1, 0 if cut else len(data) - _HEADER.size + 1):
        if _payload(data, later) is not None:
            raise CorruptJournal(
                f"record {len(payloads) + 1} at byte {at} is damaged, but byte {later} begins "
                "a whole one: this is no torn tail; refusing to start without acknowledged data"
            )
    return payloads, at


class Journal:
    """One node's records, in one file."""

    def __init__(self, disk: Disk, name: str, bugs: StoreBugs = NO_STORE_BUGS) -> None:
        self._disk = disk
        self._name = name
        self._bugs = bugs
        self.torn = 0
        """Bytes that were cut from the end when the journal was opened."""

    def open(self, owner: str) -> list[str]:
        """Repair the tail and return all records. The first one says whose they are."""
        data = self._disk.read(self._name)
        try:
            payloads, end = scan(data, cut=self._bugs.wal_cut_on_corrupt_middle)
        except CorruptJournal as error:
            raise CorruptJournal(f"{self._name}: {error}") from None
        if end < len(data):
            self.torn = len(data) - end
            self._disk.replace(self._name, data[:end])
        records = [payload.decode() for payload in payloads]
        if not records:
            self.append(owner)
            return []
        if records[0] != owner:
            raise CorruptJournal(f"{self._name}: belongs to {records[0]!r}, not to {owner!r}")
        return records[1:]

    def append(self, record: str) -> None:
        """Return once the record is safe."""
        if self._bugs.wal_tail_lost:
            self._disk.sync(self._name)  # of what was before, not of this
        self._disk.append(self._name, encode(record.encode()))
        if not (self._bugs.log_not_fsynced or self._bugs.wal_tail_lost):
            self._disk.sync(self._name)

    def replace(self, records: list[str]) -> None:
        """Put these records, the first one included, in place of all; return once they are safe."""
        self._disk.replace(self._name, b"".join(encode(record.encode()) for record in records))
