"""The bytes of a history's file, in portions, whether the file is zipped or not, or is a pipe."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from harness.history.op import MalformedHistory

GZIP = b"\x1f\x8b"
PORTION = 1 << 16
"""64 kB, some hundred ops: what is made of them fits the cache, which counts for more than the
number of calls."""

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""What other encodings begin with; the longer ones first."""

HEAD = 1 << 12
"""How many bytes are looked at to tell what the file holds; no more than a portion."""


def _other_encoding(head: bytes) -> str | None:
    """The encoding that text begins in, by its mark or its zeros, where that is not UTF-8."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    for size, name in ((4, "UTF-32"), (2, "UTF-16")):
        begin = head[: 4 * size]
        for at in (0, size - 1):  # of the byte that is not 0 of each character
            if len(begin) == 4 * size and all(
                bool(byte) == (number % size == at) for number, byte in enumerate(begin)
            ):
                return name
    return None


class Source:
    """An open file, unzipped as it is read, without UTF-8's mark; a context manager.

    Args:
        path: the file.

    Raises:
        MalformedHistory: it is a folder, no sound gzip file although it begins as one, or text in
            another encoding.
        OSError: it can't be read.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise MalformedHistory(f"{path} is a folder, not the file of a history")
        self.path = path
        plain = path.open("rb")
        zipped = plain.peek(len(GZIP)).startswith(GZIP)
        self.streamed = zipped or not plain.seekable()
        """Whether the bytes can only be had from here, and not at any place of the file."""
        self._open = contextlib.ExitStack()
        self._open.enter_context(plain)
        self._file: IO[bytes] = plain
        if zipped:
            unzipped = gzip.GzipFile(fileobj=plain)
            self._file = cast("IO[bytes]", self._open.enter_context(unzipped))
        self._held = b""
        try:
            self.head = self._held = self.read(HEAD).removeprefix(codecs.BOM_UTF8)
            if (other := _other_encoding(self.head)) is not None:
                raise MalformedHistory(f"{path}: the file is {other}; expected UTF-8")
        except MalformedHistory:
            self._open.close()
            raise

    def read(self, most: int = -1) -> bytes:
        """The next bytes, no more than `most`; all that are left by default."""
        if self._held:
            # The head, read to look at it: whoever reads gets it first.
            held, self._held = self._held, b""
            return held + self.read() if most < 0 else held
        try:
            return self._file.read(most)
        except EOFError:
            raise MalformedHistory(f"{self.path}: the gzip file is cut short") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise MalformedHistory(f"{self.path}: the gzip file is damaged: {error}") from None

    def portions(self) -> Iterator[bytes]:
        """All bytes, some at a time."""
        while portion := self.read(PORTION):
            yield portion

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
