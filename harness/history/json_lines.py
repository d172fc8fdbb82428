"""JSON lines: how splitbrain itself writes a history, one op a line.

A portion is cut at its last newline and decoded at once. Only one that is not as it should be is
looked at line by line, for the line and the column.

A last line without its newline was being written when the harness was killed: where it ends before
its op does, it is left out. Anywhere else a torn line is an error, and so is one that is whole and
no op.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from harness.history.depth import MAX_DEPTH, TOO_DEEP, too_deep
from harness.history.gather import Gatherer
from harness.history.op import MalformedHistory, Record
from harness.history.source import Source
from harness.history.table import Table

EXAMPLE = '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}'

_decoder = msgspec.json.Decoder(Record)
_ABOUT_ESCAPES = re.compile("truncated|surrogate")
_ESCAPE = re.compile(
    rb"""\\(?:
        u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}  # both halves
      | (?P<lone> u[dD][89a-fA-F][0-9a-fA-F]{2} )
        (?! (?: \\ (?: u (?: [dD] (?: [c-fC-F] [0-9a-fA-F]? )? )? )? )? \Z )
      | . )""",
    re.VERBOSE | re.DOTALL,
)
_BYTE = re.compile(r" \(byte (\d+)\)$")


def read_json_lines(source: Source) -> Table:
    """Read all of it.

    Raises:
        MalformedHistory: with the file, the line and, where it is not JSON, the column.
    """
    gatherer = Gatherer(str(source.path))
    line = 1
    for block in _blocks(source.portions()):
        if block.endswith(b"\n"):
            line = _read_block(block, line, gatherer, source)
        elif block.strip():
            _read_torn(block, line, gatherer, source)
    return gatherer.table()


def _blocks(portions: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, many at a time; the last block is what follows the last newline."""
    held: list[bytes] = []  # a line longer than a portion comes in many
    for portion in portions:
        cut = portion.rfind(b"\n") + 1
        if not cut:
            held.append(portion)
            continue
        yield b"".join([*held, portion[:cut]])
        held = [portion[cut:]]
    yield b"".join(held)


def _read_block(block: bytes, line: int, gatherer: Gatherer, source: Source) -> int:
    """Read whole lines, the first of which has this number; returns the number after the last."""
    after = line + block.count(b"\n")
    try:
        records = _decoder.decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        records = []
    lines: range | list[int] = range(line, after)
    if len(records) != len(lines):  # also where a line is blank, or holds two
        records, lines = [], []
        for number, one in enumerate(block.split(b"\n"), line):
            if one.strip():
                records.append(_read_line(one, number, source))
                lines.append(number)
    elif (
        block.count(b"[") + block.count(b"{") - len(lines) > MAX_DEPTH - 1
        and _most_brackets(block) > MAX_DEPTH
    ):
        for number, one in enumerate(block.split(b"\n")[:-1], line):
            _read_line(one, number, source)  # it looks for the depth itself
    gatherer.add(records, lines)
    return after


def _most_brackets(block: bytes) -> int:
    """How many brackets open on one line, at most: nothing in the block is nested deeper."""
    data = np.frombuffer(block, np.uint8)
    opened = np.flatnonzero((data == ord("[")) | (data == ord("{")))
    ends = np.flatnonzero(data == ord("\n"))
    return int(np.diff(np.searchsorted(opened, ends), prepend=0).max())


def _read_torn(block: bytes, line: int, gatherer: Gatherer, source: Source) -> None:
    # What ends early can only be the line that a crash cut short, unless nothing else is there:
    # then this is no history of ours at all, and silence would hide a mistake.
    if not (len(gatherer) and _ends_early(block)):
        gatherer.add([_read_line(block, line, source)], [line])


def _ends_early(line: bytes) -> bool:
    """Whether it is the beginning of some JSON, and nothing is wrong but that it ends."""
    try:
        msgspec.json.decode(line)
    except msgspec.MsgspecError as error:
        ends = "truncated" in str(error) or str(error).endswith(f"(byte {len(line)})")
        return ends and _lone_surrogate(line) is None
    except (UnicodeDecodeError, RecursionError):
        return False
    return False


def _read_line(line: bytes, number: int, source: Source) -> Record:
    column: int | None
    try:
        record = _decoder.decode(line)
        if not (too_deep(record.value) or too_deep(record.key)):
            return record
        column, what = None, TOO_DEEP
    except UnicodeDecodeError as error:
        column, what = _column_of_bad_utf8(line), f"not UTF-8 ({error.reason})"
    except RecursionError:
        column, what = None, TOO_DEEP
    except msgspec.MsgspecError as error:
        found = _BYTE.search(str(error))
        column = int(found[1]) + 1 if found else None
        what = _BYTE.sub("", str(error)).removesuffix(".")
        if (lone := _lone_surrogate(line)) is not None and _ABOUT_ESCAPES.search(what):
            column, what = lone + 1, "half of a character (a lone surrogate)"
        elif "truncated" in what:
            column, what = len(line) + 1, "the line is torn: it ends before its op does"
    place = f"line {number}" + ("" if column is None else f", column {column}")
    raise MalformedHistory(f"{source.path}, {place}: {what}; expected one op such as {EXAMPLE}")


def _lone_surrogate(line: bytes) -> int | None:
    """Where the first escape stands that is half of a character; the line may end before the other.

    The decoder calls a line truncated that has one near its end.
    """
    found = (escape.start() for escape in _ESCAPE.finditer(line) if escape["lone"])
    return next(found, None)


def _column_of_bad_utf8(line: bytes) -> int | None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return error.start + 1
    return None  # pragma: no cover - it was just found to be there
