"""Jepsen's histories: EDN, as one map a line, as one big vector, or as records.

::

    {:type :invoke, :f :write, :value 5, :process 2, :time 12, :index 0}      one map a line

    [{:index 0, :time 12, :type :invoke, :process 2, :f :write, :value 5}     one vector (or list)
     {:index 1, …}]

    #jepsen.history.Op{:index 0, :time 12, :type :invoke, …}                  either, of records

What an op is made of stands in `harness.history.jepsen_op`. Fields that are not ours are left out.

The text is read in portions. An op that may go on in the next portion is begun again once more of
the text is there.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from harness.history.edn import NOTHING, EdnError, Unfinished, read_form
from harness.history.gather import Gatherer
from harness.history.jepsen_op import Shapes, record
from harness.history.op import MalformedHistory, Record
from harness.history.source import PORTION, Source
from harness.history.table import Table

EXAMPLE = "{:index 0, :time 0, :type :invoke, :process 0, :f :read, :value nil}"
RECORDS_AT_ONCE = 1024

_between = re.compile(r"(?:[\s,]++|;[^\n]*+\n)*+")


def read_jepsen(source: Source) -> Table:
    """Read all of it.

    Raises:
        MalformedHistory: with file, line and column.
    """
    gatherer = Gatherer(str(source.path))
    records: list[Record] = []
    lines: list[int] = []
    for one, line in _Reader(source):
        records.append(one)
        lines.append(line)
        if len(records) == RECORDS_AT_ONCE:
            gatherer.add(records, lines)
            records, lines = [], []
    gatherer.add(records, lines)
    return gatherer.table()


class _Reader:
    """Reads op after op from the text of which a part is there."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._whole = False
        self._portion = PORTION
        self._line, self._column = 1, 1  # of the text's first character
        self._counted, self._counted_line = 0, 1  # up to where the lines are counted
        self._shapes = Shapes()

    def __iter__(self) -> Iterator[tuple[Record, int]]:
        """Every op with its line."""
        bracket = self._bracket()
        while True:
            found = self._shapes.read(self._text, self._at)
            if found is None:
                form, begin, self._at = self._form(bracket)
                if form is NOTHING:
                    break
                op = self._checked(form, begin)
            else:
                op, self._at = found
                begin = self._at - 1  # its end is on the same line as its beginning
            yield op, self._line_of(begin)
            if len(self._text) - self._at < PORTION // 8 and not self._whole:
                self._read_on()
        self._expect_end(bracket)

    def _bracket(self) -> str:
        """What closes the vector that holds all ops; empty when they stand by themselves."""
        self._read_on()
        begin = self._skip()
        opened = self._text[begin : begin + 1]
        if opened in ("[", "("):
            self._at = begin + 1
            return "]" if opened == "[" else ")"
        return ""

    def _skip(self) -> int:
        """Where the next form begins, its first two characters being there."""
        while True:
            found = _between.match(self._text, self._at)
            assert found is not None  # it matches the empty text as well
            comment = self._text.startswith(";", found.end())
            if self._whole or (len(self._text) > found.end() + 1 and not comment):
                return found.end()
            self._read_on()

    def _form(self, bracket: str) -> tuple[Any, int, int]:
        """The next form that is not discarded, and where it begins and ends."""
        while True:
            begin = self._skip()
            if bracket and self._text.startswith(bracket, begin):
                return NOTHING, begin, begin
            try:
                form, end = read_form(self._text, begin, whole=self._whole)
            except Unfinished:
                self._read_on()
            except EdnError as error:
                raise self._malformed(error.at, str(error)) from None
            else:
                if form is not NOTHING or (self._whole and end == len(self._text)):
                    return form, begin, end
                self._at = end  # it was discarded

    def _read_on(self) -> None:
        """Drop what is read already, and add the next portion.

        Each portion is longer than the last as long as one form needs more and more of them, so
        that beginning it again does not cost the square of its length.
        """
        self._line_of(self._at)
        last_break = self._text.rfind("\n", 0, self._at)
        self._column = self._at - last_break if last_break >= 0 else self._column + self._at
        self._line, self._counted = self._counted_line, 0
        self._portion = PORTION if self._at else 2 * self._portion
        self._text, self._at = self._text[self._at :], 0
        parts = [self._text]
        wanted = self._portion
        while wanted > 0 and not self._whole:
            data = self._source.read(wanted)
            wanted -= len(data)
            self._whole = not data
            parts.append(self._decoded(data, parts))
        self._text = "".join(parts)

    def _decoded(self, data: bytes, before: list[str]) -> str:
        try:
            return self._decode.decode(data, final=self._whole)
        except UnicodeDecodeError as error:
            sound = bytes(error.object[: error.start]).decode()
            self._text = "".join([*before, sound])
            raise self._malformed(len(self._text), f"not UTF-8 ({error.reason})") from None

    def _line_of(self, at: int) -> int:
        """The line of a place; places rise."""
        self._counted_line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._counted_line

    def _malformed(self, at: int, what: str) -> MalformedHistory:
        """An error about a place in the text."""
        last_break = self._text.rfind("\n", 0, at)
        line = self._line + self._text.count("\n", 0, at)
        column = at - last_break if last_break >= 0 else self._column + at
        return MalformedHistory(
            f"{self._source.path}, line {line}, column {column}: {what}; "
            f"expected ops such as {EXAMPLE}"
        )

    def _checked(self, form: Any, begin: int) -> Record:
        try:
            return record(form)
        except ValueError as error:
            raise self._malformed(begin, str(error)) from None

    def _expect_end(self, bracket: str) -> None:
        """Raise unless nothing follows the last op but the closing bracket."""
        if not bracket:
            return
        if not self._text.startswith(bracket, self._at):
            raise self._malformed(self._at, f"the file ends before the {bracket!r} of its ops")
        self._at += 1
        form, begin, _ = self._form("")
        if form is not NOTHING:
            raise self._malformed(begin, f"more follows the {bracket!r} of the ops")
