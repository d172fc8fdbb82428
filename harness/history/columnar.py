"""A history as a parquet file: numbers as they lie in memory, for millions of ops.

==========  ==========================================================================
`index`     int64
`time`      int64, nanoseconds
`type`      int8: 0 invoke, 1 ok, 2 fail, 3 info
`process`   int64, -1 being the nemesis
`f`         text
`value`     int64 where every value is an integer or null; text otherwise: each as JSON
`key`       as `value`; not there when no op has a key
`error`     text, null where there is none; not there when no op has one
`node`      as `error`
==========  ==========================================================================

The file's metadata say under `splitbrain.history` which layout it has (`1`, this one),
under `splitbrain.by_time` whether ops of the same time have no order (`0` or `1`), and under
`splitbrain.timed` whether the times are such (`1`, also where it is missing). Pages carry
checksums, so that damage is noticed.

It needs pyarrow, which not everybody has: it is imported only here, and only when it is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from harness.history.depth import MAX_DEPTH, TOO_DEEP, too_deep
from harness.history.integers import Integers, value_column
from harness.history.op import MalformedHistory
from harness.history.source import Source
from harness.history.table import NEMESIS_PROCESS, TYPES, Table

MAGIC: Final = b"PAR1"
LAYOUT: Final = b"1"
_FLAGS: Final = (b"0", b"1")
_NUMBERS: Final = {"index": "int64", "time": "int64", "type": "int8", "process": "int64"}


def write_columns(table: Table, path: Path) -> None:
    """Write a history as a parquet file.

    Raises:
        MissingExtra: pyarrow is not installed.
        ValueError: a value is not JSON; the message says whose.
        OSError: the file can't be written.
    """
    arrow, parquet = _pyarrow("pyarrow", path), _pyarrow("pyarrow.parquet", path)
    columns: dict[str, Any] = {name: arrow.array(getattr(table, name)) for name in _NUMBERS}
    columns["f"] = _texts(arrow, table.f, table.fs)
    columns["value"] = _values(arrow, table, table.value)
    if table.key is not None:
        columns["key"] = _values(arrow, table, table.key)
    if table.error:
        columns["error"] = arrow.array([table.error.get(row) for row in range(len(table))])
    if table.node is not None:
        columns["node"] = _texts(arrow, table.node, table.nodes)
    metadata = {
        "splitbrain.history": LAYOUT,
        "splitbrain.by_time": _FLAGS[table.by_time],
        "splitbrain.timed": _FLAGS[table.timed],
    }
    parquet.write_table(
        arrow.table(columns).replace_schema_metadata(metadata), path, write_page_checksum=True
    )


def _texts(arrow: Any, codes: npt.NDArray[np.int32], names: Sequence[str]) -> Any:
    """A column of names from their positions, null where that is below 0."""
    return arrow.DictionaryArray.from_arrays(
        arrow.array(codes, mask=codes < 0), arrow.array(names, arrow.string())
    )


def _values(arrow: Any, table: Table, values: Sequence[Any]) -> Any:
    """A column of numbers if that is what all values are, else of JSON texts."""
    values = value_column(values, table.process)
    if isinstance(values, Integers) and not values.others:
        return arrow.array(values.number, mask=values.null)
    texts: list[str | None] = []
    for row, value in enumerate(values):
        try:
            texts.append(None if value is None else _json(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"op {table.index[row]}: {value!r} is not JSON: {error}") from None
    return arrow.array(texts, arrow.string())


def _json(value: Any) -> str:
    text = msgspec.json.encode(value)
    if b"null" in text and msgspec.json.decode(text) != value:
        raise ValueError("a number that is none, or not finite")  # the encoder makes null of it
    return text.decode()


def read_columns(source: Source) -> Table:
    """Read a parquet file as `write_columns` writes it.

    Raises:
        MissingExtra: pyarrow is not installed.
        MalformedHistory: the file is damaged, or of another layout.
    """
    path = source.path
    arrow, parquet = _pyarrow("pyarrow", path), _pyarrow("pyarrow.parquet", path)
    try:
        file = arrow.BufferReader(source.read()) if source.streamed else path
        # Not read_table(): it imports what takes longer than the reading.
        with parquet.ParquetFile(file, page_checksum_verification=True) as opened:
            read = opened.read()
        read.validate(full=True)
    except (arrow.ArrowException, OSError, ValueError) as error:
        first = str(error).partition("\n")[0]
        raise MalformedHistory(f"{path}: the parquet file is damaged: {first}") from None
    try:
        return _table(arrow, read)
    except _Unlike as unlike:
        raise MalformedHistory(
            f"{path}: {unlike}; expected the columns of docs/history.md, layout {LAYOUT.decode()}"
        ) from None


class _Unlike(Exception):
    """The file has another layout."""


class MissingExtra(MalformedHistory):
    """A package is not installed that this kind of file needs."""


def _pyarrow(module: str, path: Path) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtra(
            f"{path}: parquet files need pyarrow: pip install 'splitbrain[columns]'"
        ) from None


def _table(arrow: Any, read: Any) -> Table:
    metadata = read.schema.metadata or {}
    layout = metadata.get(b"splitbrain.history")
    if layout != LAYOUT:
        raise _Unlike("no splitbrain.history in its metadata" if layout is None else f"{layout!r}")
    numbers = {name: _numbers(read, name, kind) for name, kind in _NUMBERS.items()}
    if not read.num_rows:
        raise _Unlike("the file holds no operations")
    if not np.isin(numbers["type"], range(len(TYPES))).all():
        raise _Unlike(f"a type that is none of 0 to {len(TYPES) - 1}")
    if numbers["process"].min() < NEMESIS_PROCESS:
        raise _Unlike(f"the process {numbers['process'].min()}")
    f, fs = _coded(arrow, read, "f")
    if (f < 0).any():
        raise _Unlike("an op without f")
    there = set(read.column_names)
    node, nodes = _coded(arrow, read, "node") if "node" in there else (None, [])
    return Table(
        **numbers,
        f=f,
        fs=fs,
        value=value_column(_mixed(arrow, read, "value"), numbers["process"]),
        key=_mixed(arrow, read, "key")[:] if "key" in there else None,
        error=_errors(arrow, read) if "error" in there else {},
        node=node,
        nodes=nodes,
        by_time=metadata.get(b"splitbrain.by_time") == _FLAGS[True],
        timed=metadata.get(b"splitbrain.timed") != _FLAGS[False],
    )


def _column(read: Any, name: str) -> Any:
    if read.column_names.count(name) != 1:
        raise _Unlike(f"{read.column_names.count(name)} columns of the name {name}")
    return read.column(name)


def _numbers(read: Any, name: str, kind: str) -> Any:
    column = _column(read, name)
    if column.type != kind or column.null_count:
        nulls = f" with {column.null_count} nulls" if column.null_count else ""
        raise _Unlike(f"a column {name} of {column.type}{nulls}, not {kind}")
    return column.to_numpy()


def _coded(arrow: Any, read: Any, name: str) -> tuple[npt.NDArray[np.int32], list[str]]:
    """Names as positions in a list of them, -1 where there is none."""
    column = _column(read, name)
    kind = column.type.value_type if arrow.types.is_dictionary(column.type) else column.type
    if kind != "string":
        raise _Unlike(f"a column {name} of {column.type}, not string")
    encoded = column.cast(kind).combine_chunks().dictionary_encode()  # each name once
    return encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist()


def _errors(arrow: Any, read: Any) -> dict[int, str]:
    codes, texts = _coded(arrow, read, "error")
    rows = np.flatnonzero(codes >= 0)
    return dict(zip(rows.tolist(), map(texts.__getitem__, codes[rows].tolist()), strict=True))


def _mixed(arrow: Any, read: Any, name: str) -> Sequence[Any]:
    """A column of numbers or of JSON texts."""
    column = _column(read, name)
    values: list[Any] = []
    if column.type == "int64":
        return Integers(column.fill_null(0).to_numpy(), column.is_null().to_numpy())
    if column.type != "string":
        raise _Unlike(f"a column {name} of {column.type}, not int64 or string")
    for chunk in column.chunks:
        values += _decoded(arrow, chunk, name)
    return values


def _decoded(arrow: Any, chunk: Any, name: str) -> list[Any]:
    """JSON texts decoded in one go: with a line break after each they are JSON lines."""
    compute = importlib.import_module("pyarrow.compute")
    lines = compute.binary_join_element_wise(chunk.fill_null("null"), "", "\n")
    start, *_, end = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :][: len(lines) + 1]
    try:
        values = msgspec.json.Decoder().decode_lines(memoryview(lines.buffers()[2])[start:end])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Unlike(f"a {name} that is not JSON ({error})") from None
    if len(values) != len(chunk):
        raise _Unlike(f"a {name} that is not one JSON value")
    openings = [compute.count_substring(lines, bracket) for bracket in "[{"]
    suspects = np.flatnonzero(compute.greater(compute.add(*openings), MAX_DEPTH))
    if any(too_deep(values[row]) for row in suspects.tolist()):
        raise _Unlike(f"a {name} {TOO_DEEP}")
    return values
