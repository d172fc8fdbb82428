"""The file a history is written to, op by op, and read back from.

One op a line, as JSON. Each line goes to the operating system before the next is made, so that the
file still reads after a `kill -9` of the harness: at worst its last line is torn::

    {"index":0,"time":1200345,"type":"invoke","process":2,"f":"write","value":5,"key":0,"node":"n3"}
    {"index":1,"time":3922011,"type":"ok","process":2,"f":"write","value":5,"key":0,"node":"n3"}
    {"index":2,"time":40        ◀── torn: never completed, so it never happened as far as we know
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType

import msgspec

from harness.history.op import MalformedHistory, Op
from harness.os_error import of_file

_encoder = msgspec.json.Encoder()


def encoded(op: Op) -> bytes:
    """The line of one op; TypeError when a value is not JSON."""
    return _encoder.encode(op) + b"\n"


class Journal:
    """Appends ops to a history file; a context manager."""

    def __init__(self, path: Path) -> None:
        # Unbuffered: a line is with the operating system as soon as append() returns.
        self._path = path
        self._file = path.open("ab", buffering=0)

    def append(self, op: Op) -> None:
        """Write one op; OSError when the disk is full, TypeError when a value is not JSON."""
        line = encoded(op)
        try:
            written = self._file.write(line)
        except OSError as error:
            self._file.close()
            raise of_file(error, self._path) from None
        if written != len(line):
            # The disk became full within the line. Nothing may follow a torn line, or a gap.
            self._file.close()
            raise of_file(OSError(errno.ENOSPC, ""), self._path)

    def close(self) -> None:
        """Make the file survive a power failure too, and close it."""
        if not self._file.closed:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                raise of_file(error, self._path) from None
            finally:
                self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_history(path: Path) -> list[Op]:
    """Read a history file of any format (`harness.history.read`); a torn last line is left out.

    Raises:
        MalformedHistory: with file, line, and what was expected there; also for a history without
            indices, whose ops have no order when their times are equal: a list would give them one.
        OSError: the file can't be read.
    """
    # Whoever only writes needs no numpy.
    from harness.history.read import read_table

    table = read_table(path)
    if table.by_time:
        raise MalformedHistory(
            f"{path}: the ops have no indices and are ordered by time alone; "
            "harness.history.read.read_table reads them"
        )
    return table.ops()
