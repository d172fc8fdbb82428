"""A history from a file of any of the formats that are known, told apart by their content.

::

    1f 8b                          gzip of any of the others
    PAR1                           parquet                        `harness.history.columnar`
    { and then not "    [  (  #  ; Jepsen's EDN                   `harness.history.jepsen`
    anything else                  JSON lines                     `harness.history.json_lines`
"""

from __future__ import annotations

import re
from pathlib import Path

from harness.history.columnar import MAGIC, read_columns
from harness.history.garbage import without_collections
from harness.history.independent import by_key
from harness.history.jepsen import read_jepsen
from harness.history.json_lines import read_json_lines
from harness.history.op import MalformedHistory
from harness.history.source import GZIP, Source
from harness.history.table import Table

_EDN = re.compile(rb'\s*(?:[(#;]|\{\s*[^\s"]|\[(?!\s*\{\s*"))')


def read_table(path: Path, *, independent: bool = False) -> Table:
    """Read a history file.

    Args:
        path: the file.
        independent: values are `[key, value]`, as those of Jepsen's independent generators.

    Raises:
        MalformedHistory: with the file, and line and column where there are such; what was found
            there, and what was expected.
        OSError: the file can't be read.
    """
    with without_collections(), Source(path) as source:
        table = _read(source)
    if not independent:
        return table
    try:
        return by_key(table)
    except MalformedHistory as error:
        raise MalformedHistory(f"{path}: {error}", position=error.position) from None


def _read(source: Source) -> Table:
    head = source.head
    if head.startswith(MAGIC):
        return read_columns(source)
    if head.startswith(GZIP):
        raise MalformedHistory(f"{source.path}: zipped twice; expected gzip of a history")
    if _EDN.match(head):
        return read_jepsen(source)
    return read_json_lines(source)
