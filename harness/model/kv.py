"""A key-value store with read, write and cas on single keys.

An object made of independent parts is linearizable exactly when each part is (locality: Herlihy and
Wing, "Linearizability", TOPLAS 1990, theorem 1), so the store is checked as one register a key.
"""

from __future__ import annotations

from harness.model.register import CasRegister


class KeyValue(CasRegister):
    """Many keys, each a `CasRegister` of its own; the key is the op's `key`."""

    name = "kv"
