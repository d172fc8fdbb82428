"""Jepsen's independent keys: every value is `[key, value]`, and here it is split in two.

A completion may have null: its invocation has the key, and `harness.history.paired` takes it from
there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.history.integers import value_column
from harness.history.op import MalformedHistory
from harness.history.table import INVOKE, NEMESIS_PROCESS, Table
from harness.model.value import as_json


def by_key(table: Table) -> Table:
    """The table with the keys taken out of the clients' values; the nemesis' are left alone.

    Raises:
        MalformedHistory: a client's value is not a pair (nor null in a completion), or its op has a
            key already.
    """
    keys: list[Any] = []
    values: list[Any] = []
    clients = (table.process != NEMESIS_PROCESS).tolist()
    asked = (table.type == INVOKE).tolist()
    for row, (value, client) in enumerate(zip(table.value, clients, strict=True)):
        if not client or (value is None and not asked[row]):
            keys.append(None)
            values.append(value)
            continue
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise _malformed(table, row, f"the value is {as_json(value)}; expected [key, value]")
        if table.key is not None and table.key[row] is not None:
            own = as_json(table.key[row])
            raise _malformed(table, row, f"it has the key {own} besides its value")
        key, inner = value
        keys.append(key)
        values.append(inner)
    return replace(table, key=keys, value=value_column(values, table.process))


def _malformed(table: Table, row: int, what: str) -> MalformedHistory:
    return table.malformed(row, f"op {table.index[row]}: {what} (independent keys were asked for)")
