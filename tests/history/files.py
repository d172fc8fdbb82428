"""Histories for the tests of reading, and a small writer of EDN."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from harness.history.columnar import write_columns
from harness.history.op import Op
from harness.history.table import Table

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | INT64 | st.integers() | TEXT | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "inf" not in repr(value))
SIMPLE_VALUES = st.none() | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2)


def ops(values: st.SearchStrategy[Any] = VALUES) -> st.SearchStrategy[list[Op]]:
    """Lists of ops with rising indices and times; they need not pair."""
    one = st.builds(
        Op,
        index=st.integers(1, 2**20),
        time=st.integers(0, 2**40),
        type=st.sampled_from(["invoke", "ok", "fail", "info"]),
        process=st.integers(0, 2**62) | st.just("nemesis"),
        f=st.sampled_from(["read", "write", "cas", "set-up!"]),
        value=values,
        key=st.none() | st.integers(0, 9) | TEXT,
        error=st.none() | st.text("abc \"'\\\n}{:", min_size=1),
        node=st.none() | st.sampled_from(["n1", "n2"]),
    )
    return st.lists(one, min_size=1, max_size=8).map(_rising)


def _rising(found: list[Op]) -> list[Op]:
    index = time = 0
    rising = []
    for op in found:
        index, time = index + op.index, time + op.time
        rising.append(msgspec.structs.replace(op, index=index, time=time))
    return rising


def edn(value: Any) -> str:
    """A JSON value as Clojure prints it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}N" if abs(value) >= 2**63 else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{edn(k)} {edn(v)}" for k, v in value.items()) + "}"
    return "[" + " ".join(map(edn, value)) + "]"


def edn_op(op: Op) -> str:
    """An op as a map, its fields in the order of Jepsen's files."""
    process = ":nemesis" if op.process == "nemesis" else op.process
    fields = f":type :{op.type}, :f :{op.f}, :value {edn(op.value)}, :process {process}"
    for name in ("key", "error", "node"):
        if getattr(op, name) is not None:
            fields += f", :{name} {edn(getattr(op, name))}"
    return f"{{{fields}, :time {op.time}, :index {op.index}}}"


def write(path: Path, form: str, history: Sequence[Op], *, zipped: bool = False) -> Path:
    """Write a history in a form: `json`, `map`, `vector`, `record` (EDN) or `parquet`."""
    if form == "parquet":
        write_columns(Table.of(history), path)
        data = path.read_bytes()
    elif form == "json":
        data = b"".join(msgspec.json.encode(op) + b"\n" for op in history)
    else:
        maps = [edn_op(op) for op in history]
        data = {
            "map": "\n".join(maps) + "\n",
            "vector": "[" + "\n ".join(maps) + "]\n",
            "record": "\n".join(f"#jepsen.history.Op{one}" for one in maps),
        }[form].encode()
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path
